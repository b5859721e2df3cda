// UTF-8 Encoded Strings (§1.5.4): which bytes are refused, and that what was read before never
// changes what is read next.

import * as fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { MqttError } from '../src/index.ts'
import { Reader } from '../src/reader.ts'
import { strings } from '../src/testing/index.ts'
import { malformedBy, protocolErrorBy, refusalBy, refusalOf } from './refusal.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

describe('a string', () => {
  it('is refused unless it is well-formed UTF-8 without surrogates [MQTT-1.5.4-1]', () => {
    for (const bytes of ['80', 'c0af', 'eda080', 'f4908080', 'e282', 'ff', 'c328', 'f0288cbc']) {
      const length = (bytes.length / 2).toString(16).padStart(4, '0')
      const remaining = (bytes.length / 2 + 2).toString(16).padStart(2, '0')
      expect(refusalOf(4, `30 ${remaining} ${length} ${bytes}`)).toEqual(
        malformedBy('MQTT-1.5.4-1'),
      )
    }
  })

  it('is refused with U+0000 in it [MQTT-1.5.4-2]', () => {
    for (const text of ['\0', 'a\0', 'abcd\0', 'abc\0efgh', 'é\0', '\0\0\0\0']) {
      expect(refusalBy(() => readAs('skipString', text))).toEqual(malformedBy('MQTT-1.5.4-2'))
      expect(refusalBy(() => readAs('recurringString', text))).toEqual(malformedBy('MQTT-1.5.4-2'))
      expect(refusalBy(() => readAs('topicName', text))).toEqual(malformedBy('MQTT-1.5.4-2'))
    }
  })

  it('keeps U+FEFF wherever it is [MQTT-1.5.4-3]', () => {
    for (const text of ['\ufeff', '\ufeffa', 'a\ufeff', '\ufeff'.repeat(40)]) {
      expect(readAs('string', text)).toBe(text)
      expect(readAs('recurringString', text)).toBe(text)
      expect(readAs('topicName', text)).toBe(text)
    }
  })

  it('may hold every other character, of every length', () => {
    const edges = [0x01, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x1_0000, 0x10_ffff]
    const text = String.fromCodePoint(...edges)
    expect(readAs('string', text)).toBe(text)
    expect(readAs('topicName', text)).toBe(text)
  })

  it('of a pair obeys the same rules in both its parts [MQTT-1.5.7-1]', () => {
    expect(refusalOf(5, '30 0a 0001 61 06 26 0001 ff 0000')).toEqual(malformedBy('MQTT-1.5.4-1'))
    expect(refusalOf(5, '30 0a 0001 61 06 26 0000 0001 00')).toEqual(malformedBy('MQTT-1.5.4-2'))
  })

  it('is refused exactly where a strict decoder refuses it, or for U+0000', () => {
    fc.assert(
      fc.property(nearlyText(), (bytes) => {
        const wanted = strictly(bytes)
        expect(readBytes('string', bytes)).toBe(wanted)
        expect(readBytes('recurringString', bytes)).toBe(wanted)
      }),
      { numRuns: 3000 },
    )
  })
})

describe('a Topic Name', () => {
  it('is refused with a wildcard in it [MQTT-3.3.2-2]', () => {
    for (const topic of ['#', '+', 'a/#', 'abcd+', 'é/+/b']) {
      expect(refusalBy(() => readAs('topicName', topic))).toEqual(malformedBy('MQTT-3.3.2-2'))
    }
  })

  it('has at least one character [MQTT-4.7.3-1]', () => {
    expect(refusalBy(() => readAs('topicName', ''))).toEqual(malformedBy('MQTT-4.7.3-1'))
    expect(refusalOf(4, '30 02 0000')).toEqual(protocolErrorBy('MQTT-4.7.3-1'))
  })
})

describe('strings that come again', () => {
  it('are never taken for one another, however many there are', () => {
    const fewCharacters = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '/'), maxLength: 70 })
    const many = fc.array(fc.oneof(fewCharacters, strings()), { minLength: 50, maxLength: 200 })
    fc.assert(
      fc.property(many, (texts) => {
        for (const text of [...texts, ...texts]) {
          expect(readAs('recurringString', text)).toBe(text)
          const topic = `/${text.replaceAll(/[#+]/g, '')}`
          expect(readAs('topicName', topic)).toBe(topic)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('are told apart when more come than there is room for', () => {
    const texts = Array.from({ length: 5000 }, (_, index) => `s/${index % 2500}`)
    for (const text of texts) expect(readAs('recurringString', text)).toBe(text)
    for (const text of texts) expect(readAs('topicName', text)).toBe(text)
  })

  it('are told apart by every one of their bytes', () => {
    for (let length = 1; length <= 66; length++) {
      for (let at = 0; at < length; at++) {
        const text = `${'x'.repeat(at)}y${'x'.repeat(length - at - 1)}`
        expect(readAs('recurringString', text)).toBe(text)
      }
    }
  })

  it('that were strings are still refused as Topic Names [MQTT-3.3.2-2]', () => {
    expect(readAs('recurringString', 'seen/#')).toBe('seen/#')
    expect(refusalBy(() => readAs('topicName', 'seen/#'))).toEqual(malformedBy('MQTT-3.3.2-2'))
  })

  it('are read the same at every offset', () => {
    for (let offset = 0; offset < 9; offset++) {
      const bytes = new Uint8Array(40)
      bytes.set(lengthPrefixed('any/alignment/é'), offset)
      expect(new Reader(bytes, offset).recurringString()).toBe('any/alignment/é')
    }
  })
})

describe('a host without a Buffer', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.resetModules()
  })

  it('reads the same strings', async () => {
    vi.stubGlobal('Buffer', undefined)
    vi.resetModules()
    const { Reader } = await import('../src/reader.ts')
    fc.assert(
      fc.property(strings(), (text) => {
        expect(new Reader(lengthPrefixed(text)).string()).toBe(text)
        expect(new Reader(lengthPrefixed(`\ufeff${text}`)).string()).toBe(`\ufeff${text}`)
      }),
    )
  })
})

type Method = 'string' | 'recurringString' | 'skipString' | 'topicName'

function readAs(method: Method, text: string): unknown {
  return readPrefixed(method, lengthPrefixed(text))
}

/** What these bytes read as; `undefined` where they are refused. */
function readBytes(method: Method, bytes: Uint8Array): unknown {
  try {
    return readPrefixed(method, Uint8Array.of(0, bytes.length, ...bytes))
  } catch (error) {
    if (error instanceof MqttError) return undefined
    throw error
  }
}

function readPrefixed(method: Method, bytes: Uint8Array): unknown {
  return new Reader(bytes)[method]('MQTT-3.3.2-2')
}

function lengthPrefixed(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text)
  return Uint8Array.of(bytes.length >> 8, bytes.length, ...bytes)
}

/** The string as a decoder that forgives nothing reads it, but for U+0000. */
function strictly(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** Bytes that are UTF-8 but for a few, and bytes at the edges of the ranges of UTF-8. */
function nearlyText(): fc.Arbitrary<Uint8Array> {
  const edges = [0, 1, 0x61, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf]
  const leads = [0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff]
  const some = fc.array(fc.constantFrom(...edges, ...leads), { maxLength: 12 })
  const encoded = strings(20).map((text) => [...new TextEncoder().encode(text)])
  return fc
    .tuple(encoded, fc.oneof(fc.constant([]), some), encoded)
    .map((parts) => Uint8Array.from(parts.flat()))
}
