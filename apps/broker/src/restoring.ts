/** Tells the log how far the broker is with restoring, if that takes long, and that it is done. */
import type { BrokerOptions } from '@godwit/broker'
import type { Logger } from 'pino'

/** How far it is. */
export type Progress = Parameters<NonNullable<BrokerOptions['restoring']>>[0]

/** Nothing is said before, and nothing more often. */
const EVERY_MS = 500

/** The restoring of one broker. */
export class Restoring {
  readonly #log: Pick<Logger, 'info'>
  readonly #now: () => number
  readonly #startedAt: number
  #saidAt: number
  #progress: Progress = { sessions: 0, retainedMessages: 0, messages: 0 }

  /** It begins. `now` gives milliseconds. */
  constructor(log: Pick<Logger, 'info'>, now: () => number) {
    this.#log = log
    this.#now = now
    this.#startedAt = this.#saidAt = now()
  }

  /** It is so far. */
  progress(progress: Progress): void {
    this.#progress = progress
    const now = this.#now()
    if (now - this.#saidAt < EVERY_MS) return
    this.#saidAt = now
    this.#log.info({ ...this.#progress }, 'restoring')
  }

  /** It is done. */
  finish(): void {
    const ms = Math.round(this.#now() - this.#startedAt)
    this.#log.info({ ...this.#progress, ms }, 'restored')
  }
}
