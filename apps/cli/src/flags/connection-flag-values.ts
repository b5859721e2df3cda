/** What the flags that every command has come to, once read. */
import type { ProtocolVersion, QoS } from '@godwit/codec'
import type { PacketProperties } from './packet-properties.ts'
import type { TlsFlags } from './tls-flags.ts'

/** What the flags of `addConnectionFlags` say; what nobody said is absent. */
export interface ConnectionFlags extends TlsFlags {
  readonly url?: string
  readonly host?: string
  readonly port?: number
  readonly unix?: string
  readonly srv?: boolean
  readonly bind?: string
  readonly proxy?: string
  readonly clientId?: string
  readonly clientIdPrefix?: string
  readonly username?: string
  readonly password?: string
  readonly passwordFile?: string
  readonly keepAlive?: number
  readonly protocolVersion?: ProtocolVersion
  readonly cleanStart?: boolean
  readonly sessionExpiry?: number
  readonly connectTimeout?: number
  readonly property?: PacketProperties
  readonly willTopic?: string
  readonly willPayload?: string
  readonly willQos?: QoS
  readonly willRetain?: boolean
  readonly willDelay?: number
  readonly config?: string
  readonly connection?: string
  readonly debug?: boolean
  readonly quiet?: boolean
}
