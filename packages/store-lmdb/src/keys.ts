/**
 * The keys in LMDB. Everything is in one tree, so that a group which writes entries and counts them
 * changes pages that lie together.
 *
 *     | table 1..6 | key, UTF-8                          a record
 *     | table 1..6 | 0xFE | key, UTF-16, little endian   one whose key is not well-formed
 *     | table 1..6 | 0xFF | SHA-256 of the key's bytes   one whose key is too long for LMDB
 *     | 0x6C       | position, u56, big endian           an envelope, by its first position
 *     | 0x6C       | 0xFF, seven times                   the counters, see counters.ts
 *
 * UTF-8 has no 0xFE and no 0xFF in it. What LMDB takes depends on the size of its pages: 1978 bytes
 * with the usual 4 KiB, which the longest of MQTT's strings exceeds by far.
 */
import { createHash } from 'node:crypto'
import type { Position, Table } from '@godwit/store'

/** The first byte of a record's key. Numbers that are on disk never change. */
export const TABLE_BYTES: Readonly<Record<Table, number>> = {
  settings: 1,
  sessions: 2,
  subscriptions: 3,
  progress: 4,
  received: 5,
  retained: 6,
}

/** The longest key of a record that is used as it is, with the byte of its table. */
const KEY_BYTES_MAX = 1024

/** The key of the counters, behind all envelopes. */
export const COUNTERS_KEY: Uint8Array = Uint8Array.of(0x6c, 255, 255, 255, 255, 255, 255, 255)

/** The key of an envelope that begins with this position. */
export function envelopeKey(position: Position): Uint8Array {
  const key = new Uint8Array(8)
  const view = new DataView(key.buffer)
  view.setUint32(0, ((LOG_BYTE << 24) | Math.floor(position / 2 ** 32)) >>> 0)
  view.setUint32(4, position >>> 0)
  return key
}

/** The first position of an envelope with this key; `undefined` if it is not one of an envelope. */
export function envelopePosition(key: Uint8Array): Position | undefined {
  if (key.length !== 8 || key[0] !== LOG_BYTE) return undefined
  const view = new DataView(key.buffer, key.byteOffset, key.length)
  const high = view.getUint32(0) & 0xffffff
  // Behind the greatest that is safe there is nothing but the counters.
  return high < 2 ** 21 ? high * 2 ** 32 + view.getUint32(4) : undefined
}

/** The bytes of a record's key, as they stand in its frame. */
export function keyBytesOf(key: string): Uint8Array {
  const bytes = encoder.encode(key)
  return isWellFormed(key, bytes) ? bytes : Buffer.concat([UTF16_MARK, Buffer.from(key, 'utf16le')])
}

/** The key whose bytes these are. */
export function keyOf(bytes: Uint8Array): string {
  const { buffer, byteOffset, length } = bytes
  const all = Buffer.from(buffer, byteOffset, length)
  return all[0] === UTF16_MARK[0] ? all.toString('utf16le', 1) : all.toString('utf8')
}

/** The key in LMDB of a record, of its table's byte and its key's bytes together. */
export function recordKeyOf(tableAndKey: Uint8Array): Uint8Array {
  if (tableAndKey.length <= KEY_BYTES_MAX) return tableAndKey
  const hash = createHash('sha256').update(tableAndKey.subarray(1)).digest()
  return Buffer.concat([tableAndKey.subarray(0, 1), HASH_MARK, hash])
}

const LOG_BYTE = 0x6c
const UTF16_MARK = Uint8Array.of(0xfe)
const HASH_MARK = Uint8Array.of(0xff)
const encoder = new TextEncoder()

/** Half a surrogate pair becomes U+FFFD, so that two keys would be one. */
function isWellFormed(key: string, bytes: Uint8Array): boolean {
  return (
    !Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('\ufffd') ||
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) === key
  )
}
