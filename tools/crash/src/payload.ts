/**
 * What is in a message: who published it, and whether it came whole.
 *
 *     CRC-32 in 8 hexadecimal digits | space | publisher | space | topic | space | number | padding
 *
 * The CRC is that of everything behind its space.
 */
import { crc32 } from 'node:zlib'

/** Which message a payload says it is. */
export interface Mark {
  readonly publisher: string
  readonly topic: string
  /** Counts the messages of its topic from 1 on. */
  readonly sequence: number
}

/** The payload of a message, with this many bytes of padding. */
export function encodePayload(mark: Mark, paddingBytes = 0): Uint8Array {
  const { publisher, topic, sequence } = mark
  const text = `${publisher} ${topic} ${sequence} ${'.'.repeat(paddingBytes)}`
  return Buffer.from(`${checksumOf(text)} ${text}`)
}

/** Reads a payload; `undefined` if it is not as it was sent. */
export function decodePayload(payload: Uint8Array): Mark | undefined {
  const whole = Buffer.from(payload).toString()
  const text = whole.slice(CHECKSUM_DIGITS + 1)
  if (whole.slice(0, CHECKSUM_DIGITS + 1) !== `${checksumOf(text)} `) return undefined
  const [publisher, topic, digits] = text.split(' ')
  const sequence = Number(digits)
  if (publisher === undefined || topic === undefined || !Number.isInteger(sequence))
    return undefined
  return { publisher, topic, sequence }
}

const CHECKSUM_DIGITS = 8

function checksumOf(text: string): string {
  return crc32(text).toString(16).padStart(CHECKSUM_DIGITS, '0')
}
