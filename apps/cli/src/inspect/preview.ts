/** Bytes that may be text, may be hostile and may be many, in a few characters. */
import { visible } from '../escaping.ts'

/** The beginning of some bytes. */
export type Preview =
  | { readonly kind: 'text'; readonly text: string; readonly clipped: boolean }
  | { readonly kind: 'hex'; readonly hex: string; readonly clipped: boolean }

/** What `bytesMax` bytes from the front look like: UTF-8 text if it is that, else hexadecimal. */
export function previewOf(bytes: Uint8Array, bytesMax: number): Preview {
  const clipped = bytes.length > bytesMax
  const front = bytes.subarray(0, bytesMax)
  const text = textOf(front, clipped)
  if (text !== undefined) return { kind: 'text', text, clipped }
  return { kind: 'hex', hex: Buffer.from(front).toString('hex'), clipped }
}

/** A string in quotes, with nothing in it that a terminal would obey. */
export function quoted(text: string): string {
  return `"${visible(text).replaceAll('"', '\\"')}"`
}

/** Hexadecimal digits with a space between the bytes. */
export function spaced(hex: string): string {
  return hex.replaceAll(/..(?=.)/g, '$& ')
}

/** The text, if it is some; a character that the clipping has cut is left out. */
function textOf(bytes: Uint8Array, clipped: boolean): string | undefined {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const text = decoder.decode(bytes, { stream: clipped })
    return BINARY.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

// Control characters that no text has: all but tab, line feed, carriage return and escape.
// oxlint-disable-next-line no-control-regex
const BINARY = /[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f]/
