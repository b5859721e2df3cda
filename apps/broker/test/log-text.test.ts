/** What clients say of themselves may not break a line of the log, nor command a terminal. */
import { assert, property, string } from 'fast-check'
import { prettyFactory } from 'pino-pretty'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { jsonLine, prettyLine } from '../src/log-text.ts'
import type { LineForm } from '../src/log-text.ts'

const pretty = prettyLine(prettyFactory({ colorize: false, singleLine: true }))

/** What a terminal obeys, or a reader does not see. */
const HOSTILE = [
  ['a line break', '\r\n{"level":"fatal"}'],
  ['a sequence that clears the screen', '\u001B[2J'],
  ['a title for the window', '\u001B]0;owned\u0007'],
  ['the same by a C1 control', '\u009B2J\u009D0;owned\u009C'],
  ['backspaces', 'root\b\b\b\b'],
  ['a text that is turned around', '\u202Egnp.exe\u202C \u2066x\u2069 \u200F'],
  ['line breaks of Unicode', 'a\u2028b\u2029c\u0085d'],
  ['what is not seen', 'a\u200Bb\uFEFFc\u00ADd\u{E0041}e\u0000f\u007F'],
  ['half a character', 'a\uD800b'],
  ['quotes and backslashes', 'x","username":"admin\\","y\\'],
  ['what looks like an escape', '\\u001b[2J \\\\n'],
  ['a name that objects have', '__proto__'],
] as const

describe.each([
  ['JSON', jsonLine],
  ['pretty lines', pretty],
] as const)('as %s', (_, form) => {
  it.each(HOSTILE)('a field with %s is one line of visible characters', (_title, text) => {
    const line = logged(form, { clientId: text, nested: { list: [text] } }, 'client sent away')
    expect(line).toMatch(ONE_VISIBLE_LINE)
    expect(fieldsOf(line)).toMatchObject({ clientId: text, nested: { list: [text] } })
  })

  it.each(HOSTILE)('a message with %s is one line of visible characters', (_title, text) => {
    expect(logged(form, {}, `a topic: ${text}`)).toMatch(ONE_VISIBLE_LINE)
  })

  it.each(HOSTILE)('an error with %s has visible lines', (_title, text) => {
    const error = new Error(text, { cause: new Error(text) })
    expect(logged(form, { err: error }, 'fault')).toMatch(
      /^(?:[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]*\n)+$/u,
    )
  })

  it('every text comes back as it was', () => {
    assert(
      property(string({ unit: 'binary' }), (text) => {
        const line = logged(form, { clientId: text }, 'client connected')
        expect(line).toMatch(ONE_VISIBLE_LINE)
        expect(fieldsOf(line)).toMatchObject({ clientId: text })
      }),
    )
  })
})

it('lines of a stack are indented, so that none of them looks like a line of the log', () => {
  const error = new Error('bad\n[2026-01-01 00:00:00.000] FATAL: owned')
  const [first = '', ...lines] = logged(pretty, { err: error }, 'fault').trimEnd().split('\n')
  expect(first).toMatch(/ERROR: fault/)
  expect(lines.filter((line) => !line.startsWith('    '))).toEqual([])
})

it('other languages and emoji are as they are', () => {
  const clientId = 'Küche-温度-кухня-🌡'
  expect(logged(jsonLine, { clientId }, 'x')).toContain(clientId)
  expect(logged(pretty, { clientId }, 'x')).toContain(clientId)
})

const ONE_VISIBLE_LINE = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+\n$/u

/** The fields of a line stand at its end, as JSON in both forms. */
function fieldsOf(line: string): unknown {
  return JSON.parse(line.slice(line.indexOf('{')))
}

function logged(form: LineForm, fields: object, message: string): string {
  let text = ''
  const stream = {
    write(line: string) {
      text += form(line)
    },
  }
  pino({ base: null, formatters: { level: (level) => ({ level }) } }, stream).error(fields, message)
  return text
}
