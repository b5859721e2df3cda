/**
 * A payload for people: text as text, JSON indented and coloured, anything else as a hex dump. What
 * is long is cut off, for a terminal takes seconds for a megabyte.
 */
import { visible } from '../escaping.ts'
import type { Colors } from '../terminal.ts'
import { utf8 } from './message-json.ts'

/** How much of a payload is shown. */
const TEXT_LENGTH_MAX = 16_384
const DUMP_BYTES_MAX = 512
const BYTES_A_LINE = 16

/** The lines of a payload; none for an empty one. JSON that fits into `columns` is one line. */
export function payloadLines(
  payload: Uint8Array,
  { colors, columns }: { readonly colors: Colors; readonly columns: number },
): readonly string[] {
  if (payload.length === 0) return []
  const text = isText(payload) ? utf8(payload) : undefined
  if (text === undefined) return dump(payload, colors)
  if (text.length > TEXT_LENGTH_MAX) {
    const rest = colors.dim(`… and ${counted(text.length - TEXT_LENGTH_MAX)} more characters`)
    return [...textLines(text.slice(0, TEXT_LENGTH_MAX)), rest]
  }
  const json = parsedContainer(text)
  return json === undefined ? textLines(text) : jsonLines(json, { colors, columns })
}

/** A number of at least four digits with a comma after each three. */
export function counted(count: number): string {
  return count.toLocaleString('en-US')
}

/** Control characters, but for those of text, make it binary. */
function isText(payload: Uint8Array): boolean {
  return payload.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d)
}

function textLines(text: string): readonly string[] {
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/)
  return lines.map((line) => visible(line, '\t'))
}

/** An object or a list: numbers and words are better as they came. */
function parsedContainer(text: string): object | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

interface View {
  readonly colors: Colors
  readonly columns: number
}

function jsonLines(value: object, { colors, columns }: View): readonly string[] {
  const short = JSON.stringify(value, undefined, 1).replaceAll(/\n */g, ' ')
  const text = short.length <= columns ? short : JSON.stringify(value, undefined, 2)
  return text.split('\n').map((line) => coloured(visible(line), colors))
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\b\d[\d.eE+-]*/g

function coloured(json: string, colors: Colors): string {
  return json.replaceAll(TOKEN, (token, text?: string, colon?: string) => {
    if (text === undefined) return colors.yellow(token)
    return colon === undefined ? colors.green(text) : colors.blue(text) + colon
  })
}

function dump(payload: Uint8Array, colors: Colors): readonly string[] {
  const shown = payload.subarray(0, DUMP_BYTES_MAX)
  const lines = Array.from({ length: Math.ceil(shown.length / BYTES_A_LINE) }, (_, row) =>
    dumpLine(shown, row * BYTES_A_LINE, colors),
  )
  if (payload.length === shown.length) return lines
  const rest = colors.dim(`… and ${counted(payload.length - shown.length)} more bytes`)
  return [...lines, rest]
}

function dumpLine(bytes: Uint8Array, offset: number, colors: Colors): string {
  const part = [...bytes.subarray(offset, offset + BYTES_A_LINE)]
  const hex = part.map((byte) => byte.toString(16).padStart(2, '0'))
  const half = BYTES_A_LINE / 2
  const columns = [hex.slice(0, half).join(' '), hex.slice(half).join(' ')].join('  ')
  const text = part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
  const place = offset.toString(16).padStart(4, '0')
  const width = BYTES_A_LINE * 3
  return `${colors.dim(place)}  ${columns.padEnd(width)}  ${colors.dim(text.join(''))}`
}
