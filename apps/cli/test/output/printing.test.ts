/** How messages are printed for programs and for people. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { visible } from '../../src/escaping.ts'
import type { OutputFlags } from '../../src/flags/output-flags.ts'
import { harmlessBytes } from '../../src/output/byte-escaping.ts'
import { printerFor } from '../../src/output/printer.ts'
import type { ShownMessage } from '../../src/output/shown-message.ts'
import { terminalOf } from '../../src/terminal.ts'
import { shown } from './messages.ts'

beforeEach(() => vi.stubEnv('TZ', 'UTC'))
afterEach(() => vi.unstubAllEnvs())

const PIPE = terminalOf({}, {})
const TERMINAL = terminalOf({ isTTY: true, columns: 60 }, { NO_COLOR: '1' })
const COLORFUL = terminalOf({ isTTY: true, columns: 60 }, {})

function print(message: ShownMessage, flags: OutputFlags = {}, terminal = PIPE): string {
  return Buffer.from(printerFor(flags, terminal, () => {})(message)).toString()
}

describe('for a program', () => {
  it.each([
    ['hello', {}, 'hello\n'],
    ['hello', { verbose: true }, 'a/b hello\n'],
    ['hello', { newline: false }, 'hello'],
    ['', {}, ''],
    ['', { verbose: true }, 'a/b (null)\n'],
    ['', { verbose: true, newline: false }, ''],
    ['\x1b[31m', {}, '\x1b[31m\n'],
  ])('%j with %j is %j', (payload, flags, text) => {
    expect(print(shown(payload), flags)).toBe(text)
  })

  it('--json is a line with what there is', () => {
    const properties = {
      contentType: 'x',
      correlationData: Uint8Array.of(255),
      userProperty: [['a', 'b']],
    } as const
    expect(print(shown('hé"\n', { qos: 1, packetId: 5, properties }), { json: true })).toBe(
      '{"time":"2026-03-08T07:05:09.123Z","topic":"a/b","qos":1,"retain":false,' +
        '"properties":{"contentType":"x","correlationDataBase64":"/w==","userProperty":[["a","b"]]},' +
        '"payload":"hé\\"\\n"}\n',
    )
    expect(print(shown(Uint8Array.of(0, 255)), { json: true })).toBe(
      '{"time":"2026-03-08T07:05:09.123Z","topic":"a/b","qos":0,"retain":false,' +
        '"payloadBase64":"AP8="}\n',
    )
  })
})

it('--json has no control character in it, and is JSON', () => {
  const text = print(shown('\u009b\u202e\u007f\u001b', { topic: 'a\u009b' }), { json: true })
  // oxlint-disable-next-line no-control-regex
  expect(text.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
  expect(JSON.parse(text)).toMatchObject({ topic: 'a\u009b', payload: '\u009b\u202e\u007f\u001b' })
})

describe('for people', () => {
  it('has the time, the topic in a column, and the payload', () => {
    const print = printerFor({}, TERMINAL, () => {})
    const lines = ['a/b', 'a/longer', 'a/b'].map((topic) => print(shown('x', { topic })).toString())
    expect(lines).toEqual([
      '07:05:09.123  a/b  x\n',
      '07:05:09.123  a/longer  x\n',
      '07:05:09.123  a/b       x\n',
    ])
  })

  it.each([
    ['', '  (empty)\n'],
    ['21.5', '  21.5\n'],
    ['two\nlines\n', '\n    two\n    lines\n'],
    ['{"a":[1,true]}', '  { "a": [ 1, true ] }\n'],
    [
      '{"a":"0123456789012345678901234567890123456789"}',
      '\n    {\n      "a": "0123456789012345678901234567890123456789"\n    }\n',
    ],
    ['{"a":', '  {"a":\n'],
    ['evil \u202e\u200f', '  evil \\u202e\\u200f\n'],
  ])('shows %j', (payload, text) => {
    expect(print(shown(payload), {}, TERMINAL)).toBe(`07:05:09.123  a/b${text}`)
  })

  it('dumps what is no text, with no byte of it raw', () => {
    const payload = Buffer.from('\x1b[31mred\x00 \xff more than a line', 'latin1')
    expect(print(shown(payload), {}, TERMINAL)).toBe(
      [
        '07:05:09.123  a/b',
        '    0000  1b 5b 33 31 6d 72 65 64  00 20 ff 20 6d 6f 72 65  .[31mred. . more',
        '    0010  20 74 68 61 6e 20 61 20  6c 69 6e 65               than a line',
        '',
      ].join('\n'),
    )
  })

  it('cuts off what is long', () => {
    const text = print(shown('x'.repeat(20_000)), {}, TERMINAL)
    expect(text).toContain('… and 3,616 more characters')
    expect(text.length).toBeLessThan(17_000)
    const dump = print(shown(new Uint8Array(100_000)), {}, TERMINAL)
    expect(dump).toContain('… and 99,488 more bytes')
  })

  it('shows QoS and RETAIN where they are not 0, and properties on demand', () => {
    const properties = {
      contentType: 'text/x',
      correlationData: Uint8Array.of(1),
      userProperty: [['un\x07it', 'K']],
    } as const
    const message = shown('x', { qos: 1, retain: true, properties })
    expect(print(message, {}, TERMINAL)).toBe('07:05:09.123  a/b  x  QoS 1, retained\n')
    expect(print(message, { properties: true }, TERMINAL)).toBe(
      [
        '07:05:09.123  a/b  x  QoS 1, retained',
        '    content type: text/x',
        '    correlation data: 0x01',
        '    un\\x07it: K',
        '',
      ].join('\n'),
    )
  })

  it('has colours, if wanted', () => {
    const text = print(shown('{"a":1}'), {}, COLORFUL)
    expect(text).toContain('\x1b[36ma/b\x1b[39m')
    expect(text).toContain('\x1b[34m"a"\x1b[39m: \x1b[33m1\x1b[39m')
  })

  it('shows a topic without its control characters', () => {
    expect(print(shown('x', { topic: 'a\x1b[2J\nb' }), {}, TERMINAL)).toBe(
      '07:05:09.123  a\\e[2J\\nb  x\n',
    )
  })

  it.each([
    [{ verbose: true }, 'a\\e x\\x07\n'],
    [{ newline: false }, 'x\\x07'],
  ])('escapes with %j too', (flags, text) => {
    expect(print(shown('x\x07', { topic: 'a\x1b' }), flags, TERMINAL)).toBe(text)
  })
})

describe('a terminal', () => {
  it.each([
    [{}, {}, false],
    [{ isTTY: true }, {}, true],
    [{ isTTY: true }, { NO_COLOR: '1' }, false],
    [{ isTTY: true }, { NO_COLOR: '' }, true],
    [{ isTTY: true }, { TERM: 'dumb' }, false],
    [{}, { FORCE_COLOR: '1' }, true],
    [{ isTTY: true }, { FORCE_COLOR: '0' }, false],
    [{}, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('%j in %j has colours: %s', (stream, environment, colored) => {
    expect(terminalOf(stream, environment).colors.isColorSupported).toBe(colored)
  })
})

describe('what is harmless', () => {
  it('has no control character left', () => {
    const all = Array.from({ length: 0xa1 }, (_, code) => String.fromCharCode(code)).join('')
    // oxlint-disable-next-line no-control-regex
    expect(visible(all)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
    expect(visible('a\tb\n', '\n\t')).toBe('a\tb\n')
  })

  it('is every sequence of bytes, and text is itself', () => {
    expect(harmlessBytes(Buffer.from('é€😀\n')).toString()).toBe('é€😀\n')
    const broken = Buffer.concat([Buffer.from('é'), Uint8Array.of(0xff, 0xc3), Buffer.from('x€')])
    expect(Buffer.from(harmlessBytes(broken)).toString()).toBe('é\\xff\\xc3x€')
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    const text = Buffer.from(harmlessBytes(bytes)).toString()
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
  })
})
