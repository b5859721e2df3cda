/**
 * What an outbox holds: every publication that was accepted and is not over, in one of two lists,
 * with the ways in which it comes to its end. Each takes it out of everything that knows of it.
 */
import type { ReasonCode } from '@godwit/codec'
import type { Clock } from '@godwit/transport'
import type { PublishOptions } from '../options.ts'
import type { OutboxBounds } from './outbox-bounds.ts'
import type { OutboxJournal } from './outbox-journal.ts'
import type { Publication } from './publication.ts'
import { PublicationList } from './publication-list.ts'
import { setTimes } from './publication-measures.ts'
import type { Counters } from '../statistics.ts'

/** What holdings are made of. */
export interface HoldingsParts {
  readonly clock: Clock
  readonly statistics: Pick<Counters, 'messagesSent'>
  readonly bounds: OutboxBounds
  readonly journal: OutboxJournal | undefined
}

/** The publications of one outbox. */
export class OutboxHoldings {
  /** What is to be sent, first that which comes first. */
  readonly waiting: PublicationList = new PublicationList()
  /** What was sent and is not acknowledged, and belongs to the engine's session. */
  readonly inFlight: PublicationList = new PublicationList()
  readonly #parts: HoldingsParts
  readonly #settled: (() => void)[] = []

  constructor(parts: HoldingsParts) {
    this.#parts = parts
  }

  /** Takes one in, which is then to be put into a list. Returns the promise for it. */
  accept(publication: Publication, options: PublishOptions): Promise<ReasonCode> {
    const { timeToLiveMs = Infinity, signal } = options
    this.#parts.bounds.add(publication)
    setTimes(publication, timeToLiveMs, this.#parts.clock.now())
    const { outcome } = publication
    if (signal !== undefined) {
      publication.follow(signal, () => this.#withdraw(publication, signal.reason))
    }
    return outcome
  }

  /** It was sent, and acknowledged as its QoS has it. */
  finish(publication: Publication, reasonCode: ReasonCode): void {
    if (publication.list === undefined) return
    this.#parts.statistics.messagesSent++
    this.end(publication)
    publication.resolve(reasonCode)
  }

  /** It came to nothing. */
  fail(publication: Publication, error: unknown): void {
    if (publication.list === undefined) return
    this.end(publication)
    publication.reject(error)
  }

  /** It came to nothing, as its publisher wanted it in this case. */
  drop(publication: Publication, reason: unknown): void {
    this.end(publication)
    publication.drop(reason)
  }

  /** It is over: only its promise may still be open. */
  end(publication: Publication): void {
    this.#parts.journal?.remove(publication)
    this.#release(publication)
  }

  /** Drops everything, and leaves in the store what is there. */
  abandon(reason: unknown): void {
    for (const list of [this.inFlight, this.waiting]) {
      for (const publication of list) {
        this.#release(publication)
        publication.drop(reason)
      }
    }
  }

  /** Resolves when there is nothing. */
  settled(): Promise<void> {
    if (this.#isEmpty) return Promise.resolve()
    return new Promise((resolve) => {
      this.#settled.push(resolve)
    })
  }

  /** Its publisher has given it up; what is in flight cannot be called back. */
  #withdraw(publication: Publication, reason: unknown): void {
    if (this.waiting.has(publication)) this.end(publication)
    else publication.withdrawn = true
    publication.drop(reason)
  }

  #release(publication: Publication): void {
    publication.list?.delete(publication)
    this.#parts.bounds.subtract(publication)
    if (this.#settled.length === 0 || !this.#isEmpty) return
    for (const resolve of this.#settled.splice(0)) resolve()
  }

  get #isEmpty(): boolean {
    return this.waiting.size + this.inFlight.size === 0
  }
}
