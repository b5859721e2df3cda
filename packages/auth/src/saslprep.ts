/**
 * SASLprep (RFC 4013) as a server needs it: names and passwords that look the same are made the
 * same. It maps and normalizes as the RFC says. Of what the RFC prohibits it refuses what no
 * terminal shows; the rest (directions of writing, unassigned code points) is for the client that
 * prepares the text, and makes no two of them one.
 */
import { hasControlCharacter } from './operator-file.ts'
import { isWellFormed } from './user-name.ts'

/** The prepared text; `undefined` for one that is empty or may not be. */
export function saslprep(text: string): string | undefined {
  if (!isWellFormed(text)) return undefined
  let mapped = ''
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (!isNothing(code)) mapped += isSpace(code) ? ' ' : character
  }
  const prepared = mapped.normalize('NFKC')
  return prepared === '' || hasControlCharacter(prepared) ? undefined : prepared
}

/** Table C.1.2 of RFC 3454. */
function isSpace(code: number): boolean {
  if (code >= 0x2000 && code <= 0x200b) return true
  return SPACES.has(code)
}

const SPACES: ReadonlySet<number> = new Set([0xa0, 0x1680, 0x202f, 0x205f, 0x3000])

/** Table B.1. */
function isNothing(code: number): boolean {
  if (code >= 0x180b && code <= 0x180d) return true
  if (code >= 0xfe00 && code <= 0xfe0f) return true
  return NOTHINGS.has(code)
}

const NOTHINGS: ReadonlySet<number> = new Set([
  0xad, 0x034f, 0x1806, 0x200c, 0x200d, 0x2060, 0xfeff,
])
