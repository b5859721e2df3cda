/** What is known about recorded bytes before they are read. */
import type { ProtocolVersion } from '@godwit/codec'

/** All of it may be absent. */
export interface SourceKnowledge {
  /** The version of MQTT where no CONNECT says it. */
  readonly version?: ProtocolVersion
  /** The port of the servers in a capture; that of any server that speaks MQTT if absent. */
  readonly port?: number
}
