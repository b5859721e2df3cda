/** Chunks of any size, read in pieces of a chosen size. It holds a chunk and what is asked for. */

/** Reads a stream of bytes piece by piece. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>
  #chunk: Uint8Array = NOTHING
  #at = 0
  #over = false

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** The next bytes, without passing over them; fewer than `length` only at the end. */
  async peek(length: number): Promise<Uint8Array> {
    while (this.#chunk.length - this.#at < length && !this.#over) await this.#fetch()
    return this.#chunk.subarray(this.#at, this.#at + length)
  }

  /** The next bytes; fewer than `length` only at the end. */
  async take(length: number): Promise<Uint8Array> {
    const bytes = await this.peek(length)
    this.#at += bytes.length
    return bytes
  }

  /** All that is left, chunk by chunk, as it comes. */
  async *rest(): AsyncGenerator<Uint8Array> {
    const begun = this.#chunk.subarray(this.#at)
    this.#chunk = NOTHING
    this.#at = 0
    if (begun.length > 0) yield begun
    while (!this.#over) {
      const chunk = await this.#next()
      if (chunk !== undefined) yield chunk
    }
  }

  async #fetch(): Promise<void> {
    const more = await this.#next()
    if (more === undefined) return
    const left = this.#chunk.length - this.#at
    if (left === 0) {
      this.#chunk = more
    } else {
      const joined = new Uint8Array(left + more.length)
      joined.set(this.#chunk.subarray(this.#at))
      joined.set(more, left)
      this.#chunk = joined
    }
    this.#at = 0
  }

  async #next(): Promise<Uint8Array | undefined> {
    const result = await this.#chunks.next()
    if (result.done !== true) return result.value
    this.#over = true
    return undefined
  }
}

const NOTHING = new Uint8Array(0)
