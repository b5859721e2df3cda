/** Bytes as a dump, sixteen to a line, with some of them marked by the line below. */
import type { Colors } from '../terminal.ts'
import type { ByteRange } from './field.ts'

const LINE_BYTES = 16
/** How many lines of bytes are shown around the first marked one, on either side. */
const CONTEXT_LINES = 2
/** How many marked bytes are shown: the rest of a long field looks like its beginning. */
const MARKED_BYTES_MAX = 48

/** The lines of a dump; lines far from what is marked are left out. */
export function hexDump(bytes: Uint8Array, marked: ByteRange, colors: Colors): readonly string[] {
  const end = Math.min(marked.at + Math.min(marked.length, MARKED_BYTES_MAX), bytes.length)
  const firstLine = Math.max(0, Math.floor(marked.at / LINE_BYTES) - CONTEXT_LINES)
  const lastLine = Math.floor((end - 1) / LINE_BYTES) + CONTEXT_LINES
  const lines: string[] = []
  if (firstLine > 0) lines.push(`      ... ${firstLine * LINE_BYTES} bytes`)
  for (let line = firstLine; line <= lastLine && line * LINE_BYTES < bytes.length; line++) {
    lines.push(
      ...dumpLine(bytes, line * LINE_BYTES, { at: marked.at, length: end - marked.at }, colors),
    )
  }
  const left = bytes.length - (lastLine + 1) * LINE_BYTES
  if (left > 0) lines.push(`      ... ${left} bytes`)
  return lines
}

function dumpLine(
  bytes: Uint8Array,
  from: number,
  marked: ByteRange,
  colors: Colors,
): readonly string[] {
  const isMarked = (at: number): boolean => at >= marked.at && at < marked.at + marked.length
  const offsets = Array.from({ length: LINE_BYTES }, (_, index) => from + index)
  const cells = offsets.map((at) => {
    const byte = bytes[at]
    const hex = byte === undefined ? '  ' : byte.toString(16).padStart(2, '0')
    return isMarked(at) ? colors.red(colors.bold(hex)) : hex
  })
  const characters = [...bytes.subarray(from, from + LINE_BYTES)].map(printable).join('')
  const offset = colors.dim(from.toString(16).padStart(4, '0'))
  const line = `${offset}  ${columns(cells)}  ${colors.dim(characters)}`
  if (!offsets.some(isMarked)) return [line]
  const marks = columns(offsets.map((at) => (isMarked(at) ? '^^' : '  ')))
  return [line, colors.red(`      ${marks}`.trimEnd())]
}

/** Two groups of eight. */
function columns(cells: readonly string[]): string {
  const half = LINE_BYTES / 2
  return `${cells.slice(0, half).join(' ')}  ${cells.slice(half).join(' ')}`
}

function printable(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'
}
