/** What went over a line, in a form to be looked at. */
import type {
  AcknowledgementPacket,
  AcknowledgementType,
  DecodedPacket,
  Packet,
  PacketType,
} from '@godwit/codec'

/** Which end of a line says something. */
export type Sender = 'client' | 'broker'

/** How a packet went over the line. */
export interface Passage {
  readonly from: Sender
  /** Milliseconds of the world's clock. */
  readonly at: number
  /** Which connection of this client it was, counted from 1. */
  readonly connection: number
  /** There, and true, if it was lost on the way. */
  readonly lost?: true
}

/** The Control Packet of a type. */
export type PacketOf<T extends PacketType> = T extends AcknowledgementType
  ? AcknowledgementPacket & { readonly type: T }
  : Extract<Packet, { type: T }>

/** A Control Packet, and how it went over the line. */
export type WirePacket<T extends PacketType = PacketType> = PacketOf<T> & Passage

/** The packet as a plain object, with bytes of its own. */
export function plainPacket(packet: DecodedPacket): Packet {
  if (packet.type !== 'publish') return packet
  const { type, topic, qos, retain, dup, packetId, properties } = packet
  const plain = { type, topic, payload: new Uint8Array(packet.payload), qos, retain, dup, packetId }
  return Object.keys(properties).length === 0 ? plain : { ...plain, properties }
}

/** Whether a packet is of this type; of whatever type if none is given. */
export function isOfType<T extends PacketType>(
  packet: WirePacket,
  type: T | undefined,
): packet is WirePacket<T> & WirePacket {
  return type === undefined || packet.type === type
}
