// Numbers as protocols and operators write them: decimal digits and nothing else.

/** Reads a whole number from 0 to `most`; undefined for anything else. */
export function decimal(text: string, most: number): number | undefined {
  if (text === '' || text.length > String(most).length) return undefined
  let value = 0
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - ZERO
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return value <= most ? value : undefined
}

const ZERO = 0x30
