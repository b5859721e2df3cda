/** What is wrong with a persistence file of Mosquitto. */

/** A file that cannot be read. Its message is for an operator: what, where, what to do. */
export class MosquittoDbError extends Error {
  override readonly name = 'MosquittoDbError'
  /** The byte of the file at which it was noticed, from 0 on. */
  readonly at: number

  constructor(what: string, at: number, options?: ErrorOptions) {
    super(`${what} (byte ${at} of the file)`, options)
    this.at = at
  }
}

/** The file is not what Mosquitto wrote, for this reason. */
export function damaged(what: string, at: number, options?: ErrorOptions): MosquittoDbError {
  return new MosquittoDbError(`${what}; the file is damaged: ${ADVICE}`, at, options)
}

const ADVICE = 'have Mosquitto write it again by stopping it, and import that'
