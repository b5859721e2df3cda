/**
 * What a message of the latency benchmark carries, so that who receives it knows when it was due:
 *
 *     word of the run (4) | publisher (4) | number of message (8) | when it was due (8) | filling
 */

/** The least size of a payload. */
export const MARK_BYTES = 24

/** What a payload says. */
export interface Mark {
  /** The number of the client that has published it, from 0. */
  publisher: number
  /** The number of the message among those of its publisher, from 0. */
  sequence: number
  /** Milliseconds on the clock of this process. */
  dueMs: number
}

/** Makes payloads of one run and size, and reads them. */
export class Marking {
  readonly #run: number
  readonly #size: number
  readonly #filling: Uint8Array
  readonly #mark: Mark = { publisher: 0, sequence: 0, dueMs: 0 }

  /** `run` tells this run from others, 0 to 2^32 - 1. @throws {RangeError} for too small a size */
  constructor(run: number, size: number) {
    if (size < MARK_BYTES)
      throw new RangeError(`A payload has at least ${MARK_BYTES} bytes: ${size}`)
    this.#run = run
    this.#size = size
    this.#filling = filling(size)
  }

  /** A payload of its own. */
  payload({ publisher, sequence, dueMs }: Mark): Uint8Array {
    const bytes = Buffer.allocUnsafe(this.#size)
    bytes.set(this.#filling)
    bytes.writeUInt32LE(this.#run, 0)
    bytes.writeUInt32LE(publisher, 4)
    bytes.writeDoubleLE(sequence, 8)
    bytes.writeDoubleLE(dueMs, 16)
    return bytes
  }

  /** What a payload says, until the next call; `undefined` for one of another run. */
  read(payload: Uint8Array): Readonly<Mark> | undefined {
    if (payload.length < MARK_BYTES) return undefined
    const view = new DataView(payload.buffer, payload.byteOffset, MARK_BYTES)
    if (view.getUint32(0, true) !== this.#run) return undefined
    const mark = this.#mark
    mark.publisher = view.getUint32(4, true)
    mark.sequence = view.getFloat64(8, true)
    mark.dueMs = view.getFloat64(16, true)
    return mark
  }
}

/** So many bytes of text that is the same in every run. */
export function filling(size: number): Uint8Array {
  return Buffer.alloc(size, 'godwit ')
}
