/** Where acknowledgements go: the one thing that an engine says at once and not as an effect. */
import type { AcknowledgementType, PacketIdentifier, ReasonCode } from '@godwit/codec'

/** Takes acknowledgements that are to go on the wire at once, in the order of the calls. */
export interface AcknowledgementSink {
  /** PUBACK, PUBREC, PUBREL or PUBCOMP. Versions before 5.0 say no Reason Code. */
  acknowledge(type: AcknowledgementType, packetId: PacketIdentifier, reasonCode: ReasonCode): void
}
