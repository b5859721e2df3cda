/**
 * Application Messages that can be told apart: each has a number, higher than those of all that
 * were begun before it, which travels as its payload.
 */
import type { PacketIdentifier, PublishPacket } from '@godwit/codec'

/** A message of QoS 1 or 2. */
export interface NumberedMessage {
  /** From 1, up to 65,535. */
  readonly number: number
  readonly topic: string
  readonly qos: 1 | 2
}

/** The packet that carries a message. */
export function publishOf(
  { number, topic, qos }: NumberedMessage,
  packetId: PacketIdentifier,
  dup: boolean,
): PublishPacket {
  const payload = Uint8Array.of(number >> 8, number)
  return { type: 'publish', topic, payload, qos, retain: false, dup, packetId }
}

/** The number of the message in a packet made by `publishOf`. */
export function numberIn({ payload }: PublishPacket): number {
  return payload.reduce((number, byte) => number * 256 + byte, 0)
}
