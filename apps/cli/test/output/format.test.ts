/** The formats of `-F`, and what they say of a message. */
import { InvalidArgumentError } from 'commander'
import { assert, property, string } from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseFormat } from '../../src/output/format.ts'
import { renderFormat } from '../../src/output/format-rendering.ts'
import { strftime } from '../../src/output/strftime.ts'
import { harmlessBytes } from '../../src/output/byte-escaping.ts'
import type { ShownMessage } from '../../src/output/shown-message.ts'
import { AT, shown } from './messages.ts'

beforeEach(() => vi.stubEnv('TZ', 'UTC'))
afterEach(() => vi.unstubAllEnvs())

function render(format: string, message: ShownMessage = shown('hello')): string {
  return renderFormat(parseFormat(format), message, { pretty: false, notJson: () => {} }).toString()
}

describe('a format', () => {
  it.each([
    ['%t %p', 'a/b hello'],
    ['100%%', '100%'],
    ['[%8t][%-8t][%.1t][%4.1t][%-4.1t][%08t]', '[     a/b][a/b     ][a][   a][a   ][     a/b]'],
    ['[%8p][%-8p][%08p][%2p]', '[   hello][hello   ][000hello][hello]'],
    ['[%12x][%-12X][%012x]', '[  68656c6c6f][68656C6C6F  ][0068656c6c6f]'],
    ['[%4l][%-4l][%04l][%-04l]', '[   5][5   ][0005][5   ]'],
    ['%q %r %m', '0 0 0'],
    ['[%A%C%D%E%F%P%R%S]', '[]'],
    ['%I', '2026-03-08T07:05:09+0000'],
    ['%U', '1772953509.123456000'],
    ['@s.@N', '1772953509.123456000'],
    ['@@ @H:@M:@S', '@ 07:05:09'],
    ['\\\\ \\a\\e\\n\\r\\t\\v\\0', '\\ \x07\x1b\n\r\t\v\0'],
    ['', ''],
  ])('%j is %j', (format, text) => {
    expect(render(format)).toBe(text)
  })

  it('gives all properties', () => {
    const properties = {
      contentType: 'text/plain',
      correlationData: Buffer.from('co"rr'),
      messageExpiryInterval: 77,
      payloadFormatIndicator: 1,
      responseTopic: 'r/t',
      userProperty: [
        ['k', 'v'],
        ['k', 'w x'],
      ],
    } as const
    const message = shown('x', { properties, qos: 2, retain: true, packetId: 17 })
    expect(render('%C|%D|%E|%05E|%F|%R|%P|%q|%r|%3m', message)).toBe(
      'text/plain|co"rr|77|00077|1|r/t|k:v k:w x|2|1| 17',
    )
    expect(JSON.parse(render('%j', message))).toEqual({
      tst: '2026-03-08T07:05:09.123456Z+0000',
      topic: 'a/b',
      qos: 2,
      retain: 1,
      payloadlen: 1,
      mid: 17,
      properties: {
        'content-type': 'text/plain',
        'correlation-data': 'co"rr',
        'message-expiry-interval': 77,
        'payload-format-indicator': 1,
        'response-topic': 'r/t',
        'user-properties': { k: 'w x' },
      },
      payload: 'x',
    })
  })

  it('counts characters, not their bytes', () => {
    expect(render('[%6t][%.2t]', shown('', { topic: 'é€😀' }))).toBe('[   é€😀][é€]')
  })

  it('leaves the bytes of a payload as they are', () => {
    const payload = Uint8Array.of(0, 255, 10)
    const rendering = { pretty: false, notJson: () => {} }
    const bytes = renderFormat(parseFormat('<%p>'), shown(payload), rendering)
    expect([...bytes]).toEqual([60, 0, 255, 10, 62])
  })

  it('makes what came from a client harmless on a terminal, not what the user wrote', () => {
    const message = shown('\x1b[31m\x9b\r\n\t\u202e', { topic: 'a\x1b]0;x\x07' })
    const rendering = { pretty: false, notJson: () => {}, harmless: harmlessBytes }
    const bytes = renderFormat(parseFormat('\\e[1m%t %p'), message, rendering)
    expect(bytes.toString()).toBe('\x1b[1ma\\e]0;x\\x07 \\e[31m\\x9b\\r\n\t\\u202e')
  })

  it('%J has null for an empty payload', () => {
    const rendering = { pretty: false, notJson: () => {} }
    const text = renderFormat(parseFormat('%J'), shown(''), rendering).toString()
    expect(JSON.parse(text)).toMatchObject({ payloadlen: 0, payload: null })
  })

  it('tells of a payload that %J cannot be', () => {
    const told: ShownMessage[] = []
    const message = shown('no json')
    const rendering = { pretty: false, notJson: (each: ShownMessage) => void told.push(each) }
    expect(renderFormat(parseFormat('<%J>'), message, rendering).toString()).toBe('<>')
    expect(told).toEqual([message])
  })

  it.each([
    ['%y', 'There is no %y: there are A C D E F I J P R S U X j l m p q r t x.'],
    ['%', 'It ends in the middle of a %: write %% for one.'],
    ['%-5', 'It ends in the middle of a %: write %% for one.'],
    ['%99999t', 'A width is at most 10000.'],
    ['@', 'It ends with an @: write @@ for one.'],
    ['\\', 'It ends with a \\: write \\\\ for one.'],
    ['\\q', 'There is no \\q: there are \\\\ \\0 \\a \\e \\n \\r \\t \\v.'],
  ])('%j is refused', (format, sentence) => {
    expect(() => parseFormat(format)).toThrow(sentence)
  })

  it('of any text is rendered or refused, and literal text is itself', () => {
    assert(
      property(string(), (format) => {
        expect(outcomeOf(() => render(format))).toBe('fine')
        const literal = format.replaceAll(/[%@\\]/g, (each) => each + each)
        expect(render(literal)).toBe(format)
      }),
    )
  })
})

/** Refusals are fine, other errors are not. */
function outcomeOf(deed: () => void): unknown {
  try {
    deed()
    return 'fine'
  } catch (error) {
    return error instanceof InvalidArgumentError ? 'fine' : error
  }
}

describe('strftime', () => {
  it.each(
    Object.entries({
      a: 'Sun',
      A: 'Sunday',
      b: 'Mar',
      B: 'March',
      c: 'Sun Mar  8 07:05:09 2026',
      C: '20',
      d: '08',
      D: '03/08/26',
      e: ' 8',
      F: '2026-03-08',
      g: '26',
      G: '2026',
      h: 'Mar',
      H: '07',
      I: '07',
      j: '067',
      k: ' 7',
      l: ' 7',
      m: '03',
      M: '05',
      n: '\n',
      p: 'AM',
      P: 'am',
      r: '07:05:09 AM',
      R: '07:05',
      S: '09',
      t: '\t',
      T: '07:05:09',
      u: '7',
      U: '10',
      V: '10',
      w: '0',
      W: '09',
      x: '03/08/26',
      X: '07:05:09',
      y: '26',
      Y: '2026',
      z: '+0000',
      Z: 'UTC',
      '%': '%',
      Q: '%Q',
      é: '%é',
    }),
  )('of %s is %j', (letter, text) => {
    expect(strftime(letter, AT)).toBe(text)
  })

  it('knows the weeks of ISO 8601 around the turn of a year', () => {
    const at = (day: string) => ({ seconds: Date.parse(`${day}T12:00:00Z`) / 1000, nanoseconds: 0 })
    const week = (day: string): string =>
      ['G', 'V', 'u'].map((each) => strftime(each, at(day))).join('-')
    expect(
      ['2024-12-29', '2024-12-30', '2027-01-03', '2027-01-04', '2020-12-31'].map(week),
    ).toEqual(['2024-52-7', '2025-01-1', '2026-53-7', '2027-01-1', '2020-53-4'])
  })

  it('knows noon, and zones away from Greenwich', () => {
    const noon = { seconds: Date.parse('2026-07-01T12:00:00Z') / 1000, nanoseconds: 0 }
    expect([strftime('I', noon), strftime('p', noon)]).toEqual(['12', 'PM'])
    vi.stubEnv('TZ', 'Asia/Kolkata')
    expect(strftime('z', noon)).toBe('+0530')
    vi.stubEnv('TZ', 'America/St_Johns')
    expect(strftime('z', noon)).toBe('-0230')
  })
})
