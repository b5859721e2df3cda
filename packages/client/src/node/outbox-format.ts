/**
 * The bytes of an outbox file, format 1. Numbers are big-endian.
 *
 *     file     header | frame | frame | ...
 *     header   "GDWTOUTB" | u16 format | u16 0 | u32 salt | u32 CRC-32 of the 16 bytes before
 *     frame    u32 length of the body | u32 CRC of these 4 bytes | u32 CRC of the body | body
 *     body     entry | entry | ...
 *     entry    u8 kind | u32 length of the content | content
 *       1      f64 sequence | f64 accepted at | f64 expires at | PUBLISH of MQTT 5.0
 *       2      f64 sequence of a message to forget | ...
 *
 * A frame is what was written and made safe at once, so that a crash can tear the last one only.
 * The CRCs of a frame begin with the salt, which nobody else knows: no payload, however it was
 * made, is taken for a frame when the file is searched for one behind a place that is damaged.
 */
import { crc32 } from 'node:zlib'
import { Decoder, encode, PublishFrame } from '@godwit/codec'
import type { StoredMessage } from '../outbox/outbox-store.ts'

const MAGIC = Buffer.from('GDWTOUTB')
const FORMAT = 1

/** The size of a file's header. */
export const HEADER_BYTES = 20
/** The size of a frame's header. */
export const FRAME_HEADER_BYTES = 12

/** What is written of one message, or of several that are over. */
export interface Entry {
  readonly bytes: Buffer
  /** The message's; absent if the entry forgets messages. */
  readonly sequence?: number
  /** The messages that it forgets. */
  readonly forgets: readonly number[]
}

/** An entry that keeps a message. @throws {MqttError} for one that no packet can carry. */
export function messageEntry(message: StoredMessage): Entry {
  const { sequence, acceptedAt, expiresAt = Infinity } = message
  const packet = packetOf(message)
  const bytes = entryOf(MESSAGE, NUMBERS_BYTES + packet.length)
  bytes.writeDoubleBE(sequence, ENTRY_HEADER_BYTES)
  bytes.writeDoubleBE(acceptedAt, ENTRY_HEADER_BYTES + 8)
  bytes.writeDoubleBE(expiresAt, ENTRY_HEADER_BYTES + 16)
  bytes.set(packet, ENTRY_HEADER_BYTES + NUMBERS_BYTES)
  return { bytes, sequence, forgets: [] }
}

/** An entry that forgets messages. */
export function forgettingEntry(sequences: readonly number[]): Entry {
  const bytes = entryOf(FORGETTING, sequences.length * 8)
  sequences.forEach((sequence, index) => {
    bytes.writeDoubleBE(sequence, ENTRY_HEADER_BYTES + index * 8)
  })
  return { bytes, forgets: sequences }
}

/** The entries of a frame's body, in order. @throws {Error} for what this format does not have. */
export function entriesIn(body: Buffer): readonly Entry[] {
  const entries: Entry[] = []
  for (let at = 0; at < body.length;) {
    const contentAt = at + ENTRY_HEADER_BYTES
    const end = contentAt + body.readUInt32BE(at + 1)
    const bytes = body.subarray(at, end)
    const kind = body.readUInt8(at)
    if (kind === MESSAGE) {
      entries.push({ bytes, sequence: body.readDoubleBE(contentAt), forgets: [] })
    } else if (kind === FORGETTING) {
      const count = (end - contentAt) / 8
      const forgets = Array.from({ length: count }, (_, n) => body.readDoubleBE(contentAt + n * 8))
      entries.push({ bytes, forgets })
    } else {
      throw new Error(`An entry is of kind 1 or 2, got ${kind}`)
    }
    at = end
  }
  return entries
}

/** The message that an entry keeps, in memory of its own. @throws {Error} for what is none. */
export function messageIn({ bytes }: Entry): StoredMessage {
  const content = bytes.subarray(ENTRY_HEADER_BYTES)
  const decoder = new Decoder({ version: 5 })
  // A copy: the file's bytes are not to be kept for it, and `Buffer` has views where others copy.
  decoder.push(new Uint8Array(content.subarray(NUMBERS_BYTES)))
  const frame = decoder.next()
  if (!(frame instanceof PublishFrame)) throw new Error('An entry has no PUBLISH')
  const { topic, qos, retain, properties } = frame
  const { topicAlias: _, subscriptionIdentifier: __, ...said } = properties
  const expiresAt = content.readDoubleBE(16)
  return {
    sequence: content.readDoubleBE(0),
    topic,
    payload: frame.payload,
    qos,
    retain,
    ...(Object.keys(said).length > 0 && { properties: said }),
    acceptedAt: content.readDoubleBE(8),
    ...(expiresAt < Infinity && { expiresAt }),
  }
}

/** The header of a file whose frames have this salt. */
export function headerOf(salt: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.set(MAGIC)
  header.writeUInt16BE(FORMAT, 8)
  header.writeUInt32BE(salt, 12)
  header.writeUInt32BE(crc32(header.subarray(0, 16)), 16)
  return header
}

/** The salt of a file. @throws {Error} for a file that is none of ours, or of a later format. */
export function saltIn(file: Buffer): number {
  if (file.length < HEADER_BYTES || !file.subarray(0, 8).equals(MAGIC)) {
    throw new Error('it is no outbox')
  }
  if (file.readUInt32BE(16) !== crc32(file.subarray(0, 16))) {
    throw new Error('its header, at byte 0, is damaged')
  }
  const format = file.readUInt16BE(8)
  if (format !== FORMAT)
    throw new Error(`it has format ${format}, and this version reads ${FORMAT}`)
  return file.readUInt32BE(12)
}

/** A frame with these entries. */
export function frameOf(entries: readonly Pick<Entry, 'bytes'>[], salt: number): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES)
  const frame = Buffer.concat([header, ...entries.map(({ bytes }) => bytes)])
  frame.writeUInt32BE(frame.length - FRAME_HEADER_BYTES, 0)
  frame.writeUInt32BE(crc32(frame.subarray(0, 4), salt), 4)
  frame.writeUInt32BE(crc32(frame.subarray(FRAME_HEADER_BYTES), salt), 8)
  return frame
}

/** The body of the frame there, or `undefined` if there is no whole one. */
export function bodyAt(file: Buffer, at: number, salt: number): Buffer | undefined {
  const end = frameEnd(file, at, salt)
  if (end === undefined || end > file.length) return undefined
  const body = file.subarray(at + FRAME_HEADER_BYTES, end)
  return file.readUInt32BE(at + 8) === crc32(body, salt) ? body : undefined
}

/**
 * Whether a frame that is not whole is the last one that was written, and no more than torn: no
 * other follows it.
 */
export function isTorn(file: Buffer, at: number, salt: number): boolean {
  const end = frameEnd(file, at, salt)
  if (end !== undefined) return end >= file.length
  for (let next = at + 1; next + FRAME_HEADER_BYTES <= file.length; next++) {
    if (bodyAt(file, next, salt) !== undefined) return false
  }
  return true
}

const ENTRY_HEADER_BYTES = 5
const NUMBERS_BYTES = 24
const MESSAGE = 1
const FORGETTING = 2

function entryOf(kind: number, contentBytes: number): Buffer {
  const bytes = Buffer.alloc(ENTRY_HEADER_BYTES + contentBytes)
  bytes.writeUInt8(kind, 0)
  bytes.writeUInt32BE(contentBytes, 1)
  return bytes
}

function packetOf({ topic, payload, qos, retain, properties = {} }: StoredMessage): Uint8Array {
  const packetId = qos === 0 ? 0 : 1
  return encode(
    { type: 'publish', topic, payload, qos, retain, dup: false, packetId, properties },
    5,
  )
}

/** Where the frame there ends, as far as its header can be believed. */
function frameEnd(file: Buffer, at: number, salt: number): number | undefined {
  if (at + FRAME_HEADER_BYTES > file.length) return undefined
  const length = file.readUInt32BE(at)
  // Cheap, and true of nearly all places that are none: their CRC need not be computed.
  if (length > file.length) return undefined
  const isHeader = file.readUInt32BE(at + 4) === crc32(file.subarray(at, at + 4), salt)
  return isHeader ? at + FRAME_HEADER_BYTES + length : undefined
}
