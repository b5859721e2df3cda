/**
 * A stream on its way out: what it has not read is acknowledged when its subscriptions are given
 * up, and not before, so that a server that waits for acknowledgements sends no more meanwhile.
 */
import type { ClientError } from '../errors.ts'
import { ReceivedMessage } from './received-message.ts'

/** Waits for the server to let go of all filters of one stream. */
export class Departure {
  /** Resolves when that is so, or will never be; rejects if the server refused. */
  readonly done: Promise<void>
  #resolve: () => void = () => {}
  #reject: (error: ClientError) => void = () => {}
  #unread: readonly ReceivedMessage[]
  #filters: number
  #error: ClientError | undefined

  constructor(unread: readonly ReceivedMessage[], filters: number) {
    this.#unread = unread
    this.#filters = filters
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    if (filters === 0) this.#finish()
  }

  /** Whether the server has still to let go of something. */
  get isWaiting(): boolean {
    return this.#filters > 0
  }

  /** One of the filters is given up; or the server refuses to. */
  left(error?: ClientError): void {
    this.#error ??= error
    if (--this.#filters === 0) this.#finish()
  }

  /** Nobody is to wait any longer, whatever the server does. */
  giveUp(): void {
    this.#resolve()
  }

  #finish(): void {
    for (const message of this.#unread) ReceivedMessage.take(message, 0)
    this.#unread = []
    if (this.#error === undefined) this.#resolve()
    else this.#reject(this.#error)
  }
}
