/**
 * UTF-8 Encoded Strings (§1.5.4): the rules, and both directions between bytes and strings.
 *
 * Checking and decoding are apart, because a PUBLISH is checked when it arrives and decoded only
 * if somebody asks. Decoding uses the host's `TextDecoder`; but plain ASCII, which most strings
 * are, goes through the `latin1Slice` of `Buffer` where there is one: 45 ns for 16 bytes on
 * Node 24 against 75.
 */
import { byteAt, viewOf } from './bytes.ts'
import { malformed, unencodable } from './error.ts'
import { UINT16_MAX } from './limits.ts'
import { TextCache } from './text-cache.ts'
import type { TextSource } from './text-cache.ts'

/**
 * Checks that bytes are well-formed UTF-8 without U+0000, and says whether they are plain ASCII.
 * @throws {MqttError} if they are not.
 */
export function checkText(source: TextSource, from: number, to: number): boolean {
  const { bytes, view } = source
  let at = from
  const last = to - 4
  while (at <= last) {
    const four = view.getInt32(at, true)
    // A high bit, or one borrowed from a zero byte: something other than plain ASCII.
    if (((four | (four - 0x01010101)) & 0x80808080) !== 0) break
    // The last four may overlap those before, which spares the odd bytes.
    at = at < last && at + 4 > last ? last : at + 4
  }
  let plain = true
  while (at < to) {
    const lead = byteAt(bytes, at)
    if (lead === 0) throw malformed('A string holds the character U+0000', 'MQTT-1.5.4-2')
    plain &&= lead < 0x80
    at += lead < 0x80 ? 1 : sequenceLength(bytes, at, to)
  }
  return plain
}

/** A string, checked and decoded. U+FEFF is kept. [MQTT-1.5.4-3] @throws {MqttError} */
export function readText(source: TextSource, from: number, to: number): string {
  const plain = checkText(source, from, to)
  return decodeText(source.bytes, from, to, plain)
}

/** A string that may come again: checked and decoded, or found as it was. @throws {MqttError} */
export function readRecurringText(source: TextSource, from: number, to: number): string {
  const known = strings.find(source, from, to)
  if (known !== undefined) return known
  const text = readText(source, from, to)
  strings.keep(source, from, to, text)
  return text
}

/**
 * A Topic Name: checked and decoded, or found as it was. `statement` is the one that a wildcard
 * breaks here. @throws {MqttError}
 */
export function readTopicName(
  source: TextSource,
  from: number,
  to: number,
  statement: string,
): string {
  const known = topicNames.find(source, from, to)
  if (known !== undefined) return known
  const plain = checkTopicName(source.bytes, from, to, statement)
  const text = decodeText(source.bytes, from, to, plain)
  topicNames.keep(source, from, to, text)
  return text
}

/**
 * Writes a string as UTF-8 and returns the offset behind it. The target must have room for three
 * bytes a UTF-16 unit. @throws {MqttError} if the string cannot be written (§1.5.4).
 */
export function encodeText(target: Uint8Array, start: number, text: string): number {
  let at = start
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit === 0) throw unencodable('A string may not hold U+0000', text, 'MQTT-1.5.4-2')
    if (unit < 0x80) {
      target[at++] = unit
    } else if (unit < 0x800) {
      target[at++] = 0xc0 | (unit >> 6)
      target[at++] = 0x80 | (unit & 0x3f)
    } else if (unit < 0xd800 || unit > 0xdfff) {
      at = encodeThree(target, at, unit)
    } else {
      at = encodeFour(target, at, pairAt(text, index))
      index++
    }
  }
  return at
}

/** Refuses a string of which even the shortest encoding is too long. @throws {MqttError} */
export function checkTextLength(text: string): void {
  if (typeof text !== 'string') throw unencodable('A string is needed', text)
  if (text.length > UINT16_MAX) throw tooLong(text)
}

/** A string that takes more than 65,535 bytes (§1.5.4). */
export function tooLong(text: string): Error {
  return unencodable('A string may take at most 65,535 bytes of UTF-8', text)
}

/**
 * Checks a string that is a Topic Name: as any string, and without wildcards (§4.7.1).
 * `statement` is the one that a wildcard breaks here. @throws {MqttError}
 */
function checkTopicName(bytes: Uint8Array, from: number, to: number, statement: string): boolean {
  let plain = true
  let at = from
  while (at < to) {
    const lead = byteAt(bytes, at)
    if (lead === 0x23 || lead === 0x2b) {
      throw malformed(`A Topic Name holds the wildcard ${lead === 0x23 ? '#' : '+'}`, statement)
    }
    if (lead === 0) throw malformed('A Topic Name holds the character U+0000', 'MQTT-1.5.4-2')
    plain &&= lead < 0x80
    at += lead < 0x80 ? 1 : sequenceLength(bytes, at, to)
  }
  return plain
}

/** The string that checked bytes stand for; `plain` if they are ASCII. */
function decodeText(bytes: Uint8Array, from: number, to: number, plain: boolean): string {
  if (plain && latin1Slice !== undefined) return latin1Slice.call(bytes, from, to)
  return textDecoder.decode(viewOf(bytes, from, to))
}

const strings = new TextCache(512)
const topicNames = new TextCache(1024)

/** The length of the sequence that a byte of 0x80 or above begins (RFC 3629, section 4). */
function sequenceLength(bytes: Uint8Array, at: number, end: number): 2 | 3 | 4 {
  const lead = byteAt(bytes, at)
  if (lead < 0xc2 || lead > 0xf4)
    throw notUtf8(`the byte 0x${lead.toString(16)} begins a character`)
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  if (at + length > end) throw notUtf8('the last character is cut off')
  const second = byteAt(bytes, at + 1)
  if (second < leastSecond(lead) || second > greatestSecond(lead)) {
    throw notUtf8('a character is overlong, a surrogate, above U+10FFFF or broken off')
  }
  for (let next = at + 2; next < at + length; next++) {
    if ((byteAt(bytes, next) & 0xc0) !== 0x80) throw notUtf8('a character is broken off')
  }
  return length
}

/** Below it the sequence would be overlong. */
function leastSecond(lead: number): number {
  return lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
}

/** Above it the sequence would be a surrogate, or beyond U+10FFFF. */
function greatestSecond(lead: number): number {
  return lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
}

function notUtf8(why: string): Error {
  return malformed(`A string is not well-formed UTF-8: ${why}`, 'MQTT-1.5.4-1')
}

/** The code point of the surrogate pair that begins at an index. */
function pairAt(text: string, index: number): number {
  const high = text.charCodeAt(index)
  const low = text.charCodeAt(index + 1)
  if (high > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) {
    throw unencodable('A string may not hold half a surrogate pair', text, 'MQTT-1.5.4-1')
  }
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
}

function encodeThree(target: Uint8Array, at: number, point: number): number {
  target[at] = 0xe0 | (point >> 12)
  target[at + 1] = 0x80 | ((point >> 6) & 0x3f)
  target[at + 2] = 0x80 | (point & 0x3f)
  return at + 3
}

function encodeFour(target: Uint8Array, at: number, point: number): number {
  target[at] = 0xf0 | (point >> 18)
  target[at + 1] = 0x80 | ((point >> 12) & 0x3f)
  target[at + 2] = 0x80 | ((point >> 6) & 0x3f)
  target[at + 3] = 0x80 | (point & 0x3f)
  return at + 4
}

/** What this file uses of the host beyond ECMAScript; both may be missing from a given host. */
interface Host {
  readonly Buffer?: {
    readonly prototype: { readonly latin1Slice?: Slice }
  }
  readonly TextDecoder: new (
    label: string,
    options: { readonly ignoreBOM: boolean },
  ) => { decode(bytes: Uint8Array): string }
}

type Slice = (this: Uint8Array, from: number, to: number) => string

const host: Host = globalThis
const latin1Slice = host.Buffer?.prototype.latin1Slice
const textDecoder = new host.TextDecoder('utf-8', { ignoreBOM: true })
