/**
 * Hexadecimal text to bytes, as people have it at hand: plain digits in any spacing, `0x10, 0x0c`,
 * `\x10\x0c`, `10:0c`, and the dumps of hexdump -C, xxd, od and Wireshark, whose offsets and
 * characters are passed over.
 */

/** Text that is not hexadecimal. The message says where, and what was got. */
export class HexTextError extends Error {
  override readonly name = 'HexTextError'
}

/** Reads lines of hexadecimal text one after the other. */
export class HexText {
  #line = 0
  #bytes = 0
  #isDump = false

  /** The bytes of one line. @throws {HexTextError} for what is no hexadecimal. */
  read(line: string): Uint8Array {
    this.#line++
    const digits = this.#digitsOf(line)
    if (digits.length % 2 !== 0) throw this.#error('has half a byte', digits.slice(-1))
    const bytes = Uint8Array.from(Buffer.from(digits, 'hex'))
    this.#bytes += bytes.length
    return bytes
  }

  #digitsOf(line: string): string {
    const plain = this.#withoutOffset(line).replaceAll(DECORATION, '')
    const wrong = /[^0-9a-f]/i.exec(plain)
    if (wrong !== null) throw this.#error('is not hexadecimal', plain.slice(wrong.index))
    return plain
  }

  /**
   * A line of a dump begins with how many bytes came before it, and ends with characters; the last
   * one may have nothing but that number.
   */
  #withoutOffset(line: string): string {
    const { offset = '', content = '' } = DUMP_LINE.exec(line)?.groups ?? {}
    if (offset === '' || Number.parseInt(offset, 16) !== this.#bytes) return line
    if (content === '') return this.#isDump ? '' : line
    this.#isDump = true
    const [hex = ''] = content.split(CHARACTERS)
    return hex
  }

  #error(what: string, got: string): HexTextError {
    const shown = JSON.stringify(got.length > 20 ? `${got.slice(0, 20)}...` : got)
    return new HexTextError(`Line ${this.#line} ${what}, got ${shown}`)
  }
}

/** Whether bytes look like text of this kind: printable, and nothing that only packets hold. */
export function looksLikeHexText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d))
}

/** An offset of at least four digits, and a space or a colon behind it. */
const DUMP_LINE = /^\s*(?:0x)?(?<offset>[0-9a-f]{4,16})(?:[:\s]\s*(?<content>.*)|)$/i

/** Where the characters of a dump begin: a bar, or more space than there is between bytes. */
const CHARACTERS = /\s*\||(?<=^(?:\s{0,2}[0-9a-f]{2}){1,16})\s{3,}|(?<=[0-9a-f]{4})\s{2,}/i

/** What may stand between and around digits. */
const DECORATION = /0x|\\x|[\s,:;'"[\](){}-]/gi
