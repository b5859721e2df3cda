/** Bytes of a client on their way to a terminal, in a format that says nothing about escaping. */
import { visible } from '../escaping.ts'

const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The bytes with control characters written out, but for tabs and line breaks; what is no UTF-8
 * becomes `\xff` byte by byte.
 */
export function harmlessBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.from(visible(decoded(bytes), '\n\t'))
}

function decoded(bytes: Uint8Array): string {
  try {
    return STRICT.decode(bytes)
  } catch {
    return pieces(bytes)
  }
}

/** Decodes what can be, one character at a time: a character has at most four bytes. */
function pieces(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const length = [1, 2, 3, 4].find((count) => isCharacter(bytes.subarray(at, at + count)))
    const part = bytes.subarray(at, at + (length ?? 1))
    text += length === undefined ? `\\x${Buffer.from(part).toString('hex')}` : STRICT.decode(part)
    at += part.length
  }
  return text
}

function isCharacter(bytes: Uint8Array): boolean {
  try {
    return STRICT.decode(bytes) !== ''
  } catch {
    return false
  }
}
