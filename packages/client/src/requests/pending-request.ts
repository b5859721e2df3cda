/** A request whose answer is waited for, until it comes, or the time is up, or nobody wants it. */
import type { Clock } from '@godwit/transport'
import { ClientError } from '../errors.ts'
import type { Message } from '../message.ts'

/** How long a request waits, and for whom. */
export interface PendingTerms {
  readonly topic: string
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  readonly clock: Clock
}

/** One request; the first end is the one that counts. */
export class PendingRequest {
  readonly answer: Promise<Message>
  /** Whether the Response Topic is subscribed to. */
  isListening = false
  /** Whether the server has said that nobody has subscribed to the request. */
  isUnheard = false
  readonly #terms: PendingTerms
  readonly #until: number
  readonly #timer: Disposable
  #resolve: (message: Message) => void = () => {}
  #reject: (reason: unknown) => void = () => {}
  #isOver = false

  constructor(terms: PendingTerms) {
    const { timeoutMs, signal, clock } = terms
    this.#terms = terms
    this.#until = clock.now() + timeoutMs
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#timer = clock.after(timeoutMs, () => this.expire())
    signal?.addEventListener('abort', this.#aborted)
  }

  /** The topic of the request. */
  get topic(): string {
    return this.#terms.topic
  }

  /** Whether nobody waits any more. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** How much of its time is left, in milliseconds. */
  get leftMs(): number {
    return Math.max(this.#until - this.#terms.clock.now(), 0)
  }

  /** The answer is there. */
  succeed(message: Message): void {
    this.#finish()
    this.#resolve(message)
  }

  /** There will be none. */
  fail(reason: unknown): void {
    this.#finish()
    this.#reject(reason)
  }

  /** The time is up. */
  expire(): void {
    const { topic, timeoutMs } = this.#terms
    const sentence = `No answer to the request ${JSON.stringify(topic)} came in ${timeoutMs} ms.`
    this.fail(new ClientError(`${sentence} ${this.#hint}`, { code: 'timeout', remedy: 'retry' }))
  }

  get #hint(): string {
    if (!this.isListening)
      return 'The client could not even subscribe to the answers: is it connected?'
    if (this.isUnheard) return 'The server said that nobody subscribes to it: does anybody answer?'
    return 'Does anybody answer it, and is `timeoutMs` enough?'
  }

  readonly #aborted = (): void => this.fail(this.#terms.signal?.reason)

  #finish(): void {
    this.#isOver = true
    this.#timer[Symbol.dispose]()
    this.#terms.signal?.removeEventListener('abort', this.#aborted)
  }
}
