/**
 * The record of a Retained Message.
 *
 *     1 | flags | received at | publisher (bit 2) | packet ... to the end
 *
 *     flags: bits 0-1 version - 3, bit 2 has a publisher
 *
 * How numbers and texts are written: `stored-writer.ts`.
 */
import type { ProtocolVersion } from '@godwit/codec'
import { StoredReader, VERSION_MIN } from './stored-reader.ts'
import { StoredWriter } from './stored-writer.ts'
import { INSTANT } from './whole-field.ts'

/** A Retained Message. */
export interface StoredRetained {
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  /** The Client Identifier of the publisher, if it is a client. */
  readonly publisher: string | undefined
  /** The layout of `packet`. */
  readonly version: ProtocolVersion
  /** A whole PUBLISH of `version`, with its Topic Name, without Topic Alias. Not looked into. */
  readonly packet: Uint8Array
}

/** Writes a Retained Message. @throws {RangeError} for a time out of bounds or a broken text. */
export function encodeRetained(retained: StoredRetained): Uint8Array {
  const { receivedAt, publisher, version, packet } = retained
  const writer = new StoredWriter()
  writer.byte((version - VERSION_MIN) | (publisher === undefined ? 0 : HAS_PUBLISHER))
  writer.whole(INSTANT, receivedAt)
  if (publisher !== undefined) writer.text(publisher)
  writer.raw(packet)
  return writer.finish()
}

/**
 * Reads a Retained Message out of any bytes; its packet is a view of them.
 * @throws {StoredFormatError}
 */
export function decodeRetained(bytes: Uint8Array): StoredRetained {
  const reader = new StoredReader('retained message', bytes)
  const flags = reader.flags(0x03 | HAS_PUBLISHER)
  return {
    version: reader.version(flags),
    receivedAt: reader.whole(INSTANT),
    publisher: (flags & HAS_PUBLISHER) === 0 ? undefined : reader.text('the publisher'),
    packet: reader.rest(),
  }
}

const HAS_PUBLISHER = 0x04
