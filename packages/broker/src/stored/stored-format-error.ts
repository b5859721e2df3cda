/** What is wrong with stored bytes, in a sentence. */

/** Where a record or an entry is not as one is written. */
export interface StoredFormatFault {
  /** What the bytes are of: 'session', 'entry'. */
  readonly record: string
  /** The offset of the first byte that is wrong. */
  readonly at: number
  /** What should be there: 'a session number from 1 to 10'. */
  readonly expected: string
  /** What is there: '11', 'the end'. */
  readonly got: string
  readonly cause?: unknown
}

/** Bytes that no broker of this format wrote: they are damaged, or those of another version. */
export class StoredFormatError extends Error {
  override readonly name = 'StoredFormatError'

  constructor({ record, at, expected, got, cause }: StoredFormatFault) {
    const options = cause === undefined ? {} : { cause }
    super(
      `A stored ${record} cannot be read: byte ${at}: expected ${expected}, got ${got}`,
      options,
    )
  }
}
