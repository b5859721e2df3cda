/**
 * A Network Connection that keeps its bytes until it is told how many of them arrive, so that a
 * test can cut it anywhere.
 */

/** One direction: bytes come out in order, or not at all. */
export class Pipe {
  #underWay: readonly number[] = []

  /** How many bytes were written and have not arrived. */
  get underWay(): number {
    return this.#underWay.length
  }

  /** Puts bytes on their way. */
  write(bytes: Uint8Array): void {
    this.#underWay = [...this.#underWay, ...bytes]
  }

  /** The next bytes, at most so many, which arrive now. */
  arrive(count: number): Uint8Array {
    const bytes = Uint8Array.from(this.#underWay.slice(0, count))
    this.#underWay = this.#underWay.slice(count)
    return bytes
  }
}

/** Both directions, from and to the sender of Application Messages. */
export class Link {
  /** From the sender to the receiver. */
  readonly forth: Pipe = new Pipe()
  /** From the receiver to the sender. */
  readonly back: Pipe = new Pipe()

  /** What is under way is lost. */
  cut(): void {
    this.forth.arrive(this.forth.underWay)
    this.back.arrive(this.back.underWay)
  }
}
