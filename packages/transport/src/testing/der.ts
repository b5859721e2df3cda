// Writes DER (X.690), as much of it as certificates need: a tag, a length, a value.

/** A value with its tag: `0x30` is a sequence, `0x31` a set, `0xa0` and up are context tags. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const head = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff]
  return joined([Uint8Array.from(head), ...parts])
}

/** A sequence. */
export function sequence(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return der(0x30, ...parts)
}

/** A positive number, given as its bytes, the highest first. */
export function integer(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0)
  const digits = start === -1 ? Uint8Array.of(0) : bytes.subarray(start)
  // The highest bit would make it negative.
  return (digits[0] ?? 0) >= 0x80 ? der(0x02, Uint8Array.of(0), digits) : der(0x02, digits)
}

/** A number below 2^31. */
export function small(value: number): Uint8Array {
  return integer(Uint8Array.of(value >> 24, value >> 16, value >> 8, value))
}

/** An object identifier such as `2.5.4.3`. */
export function identifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number)
  return der(0x06, Uint8Array.of(40 * first + second, ...others.flatMap(base128)))
}

function base128(value: number): number[] {
  const digits = [value & 0x7f]
  for (let rest = value >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80)
  return digits
}

/** Text in UTF-8, under the tag of a UTF8String or another. */
export function text(value: string, tag = 0x0c): Uint8Array {
  return der(tag, new TextEncoder().encode(value))
}

/** A moment, to the second. From 2050 on it has another form (RFC 5280, 4.1.2.5). */
export function time(moment: Date): Uint8Array {
  const digits = moment.toISOString().replaceAll(/[-:T]|\..*/g, '')
  const isLate = moment.getUTCFullYear() >= 2050
  return isLate ? text(`${digits}Z`, 0x18) : text(`${digits.slice(2)}Z`, 0x17)
}

/** Bits in whole bytes. */
export function bits(bytes: Uint8Array): Uint8Array {
  return der(0x03, Uint8Array.of(0), bytes)
}

/** A block of PEM. */
export function pem(label: string, bytes: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...bytes))
  const lines = base64.match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
