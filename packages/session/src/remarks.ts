/**
 * What a packet of MQTT 5.0 says beside its Reason Code, for people and for support. It is left out
 * where it would make the packet larger than the peer takes.
 */
import { encode } from '@godwit/codec'
import type {
  AuthPacket,
  ConnackPacket,
  DisconnectPacket,
  ProtocolVersion,
  SubackPacket,
  UnsubackPacket,
} from '@godwit/codec'

/** A remark on what a packet says. */
export interface Remarks {
  /** For people, not for programs. */
  readonly reasonString?: string
  /** Pairs of names and values whose meaning the specification leaves open. */
  readonly userProperty?: readonly (readonly [name: string, value: string])[]
}

/** What is said at the end of a connection, beside its cause. */
export interface ClosingDetails {
  /** Where to go instead (§4.11); said with the codes 0x9C and 0x9D only. */
  readonly serverReference?: string
  /** See {@link Remarks}. */
  readonly userProperty?: Remarks['userProperty'] & {}
}

/** The packets whose senders can remark something. */
export type Remarkable =
  AuthPacket | ConnackPacket | DisconnectPacket | SubackPacket | UnsubackPacket

/** Who is to read remarks. */
export interface RemarksReader {
  readonly version: ProtocolVersion
  readonly maximumPacketSize: number
  /** Whether it wants remarks on other packets than CONNACK and DISCONNECT. */
  readonly problemInformation: boolean
}

/** A packet other than CONNACK and DISCONNECT, with the remarks that its reader wants. */
export function remarkedFor(
  reader: RemarksReader,
  packet: Remarkable,
  remarks: Remarks | undefined,
): Remarkable {
  const { version, maximumPacketSize, problemInformation } = reader
  // [MQTT-3.1.2-29]
  if (remarks === undefined || version !== 5 || !problemInformation) return packet
  return remarked(packet, remarks, maximumPacketSize)
}

/**
 * The packet with as much as it can carry in `bytesMax`, the whole packet: first where to go
 * instead, then the Reason String, then the User Properties.
 */
export function remarked(
  packet: Remarkable,
  remarks: Remarks & ClosingDetails,
  bytesMax: number,
): Remarkable {
  const { serverReference, reasonString, userProperty } = remarks
  let said = packet
  if (serverReference !== undefined) said = ifItFits(said, { serverReference }, bytesMax)
  if (reasonString !== undefined) said = ifItFits(said, { reasonString }, bytesMax)
  if (userProperty !== undefined) said = ifItFits(said, { userProperty }, bytesMax)
  return said
}

/**
 * [MQTT-3.2.2-19] [MQTT-3.2.2-20] [MQTT-3.9.2-1] [MQTT-3.9.2-2] [MQTT-3.11.2-1] [MQTT-3.11.2-2]
 * [MQTT-3.14.2-3] [MQTT-3.14.2-4] [MQTT-3.15.2-2] [MQTT-3.15.2-3]
 */
function ifItFits(
  packet: Remarkable,
  more: Remarks & ClosingDetails,
  bytesMax: number,
): Remarkable {
  const whole = { ...packet, properties: { ...packet.properties, ...more } }
  return bytesMax === Infinity || encode(whole, 5).length <= bytesMax ? whole : packet
}
