/**
 * Publications in an order, linked through themselves: each is put in, taken out and found to be in
 * the list in the same short time, wherever it stands among 100,000 others.
 */
import type { Publication } from './publication.ts'

/** A list of publications. Each is in one list at most: putting it in takes it out of another. */
export class PublicationList {
  #first: Publication | undefined = undefined
  #last: Publication | undefined = undefined
  #size = 0

  /** How many there are. */
  get size(): number {
    return this.#size
  }

  /** The one that is sent next. */
  get first(): Publication | undefined {
    return this.#first
  }

  /** Whether it is in this list. */
  has(publication: Publication): boolean {
    return publication.list === this
  }

  /** Puts it at the end. */
  append(publication: Publication): void {
    publication.list?.delete(publication)
    publication.list = this
    publication.previous = this.#last
    if (this.#last === undefined) this.#first = publication
    else this.#last.next = publication
    this.#last = publication
    this.#size++
  }

  /** Puts it at the front. */
  prepend(publication: Publication): void {
    publication.list?.delete(publication)
    publication.list = this
    publication.next = this.#first
    if (this.#first === undefined) this.#last = publication
    else this.#first.previous = publication
    this.#first = publication
    this.#size++
  }

  /** Takes it out; does nothing unless it is in. */
  delete(publication: Publication): void {
    if (publication.list !== this) return
    const { previous, next } = publication
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    publication.list = publication.previous = publication.next = undefined
    this.#size--
  }

  /** All, in order. The one that was handed out last, and those before, may be taken out. */
  *[Symbol.iterator](): Generator<Publication, void> {
    let publication = this.#first
    while (publication !== undefined) {
      const { next }: Publication = publication
      yield publication
      publication = next
    }
  }
}
