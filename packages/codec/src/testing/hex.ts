/** Bytes as people read them in the specification: hexadecimal, spaced as is convenient. */

/** The bytes that a hexadecimal text stands for; white space in it means nothing. */
export function bytesOf(hex: string): Uint8Array {
  const digits = hex.replaceAll(/\s/g, '')
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) throw new RangeError(`These are no bytes: ${hex}`)
  const bytes = new Uint8Array(digits.length / 2)
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16)
  }
  return bytes
}

/** Bytes as lower-case hexadecimal digits, without spaces. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
