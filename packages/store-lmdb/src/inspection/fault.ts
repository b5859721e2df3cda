/** What is wrong with a data file, and where. */

/** A place in a file and what is wrong there. */
export interface Fault {
  /** Such as `page 17`, or `meta page 0`. */
  readonly place: string
  /** The rest of a sentence that begins with the place: what is there and should not be. */
  readonly what: string
}

/** A fault of a page. */
export function pageFault(page: number, what: string): Fault {
  return { place: `page ${page}`, what }
}
