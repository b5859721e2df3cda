/**
 * What becomes of publications while there is no connection, each by its own policy. It is asked
 * about those that wait, in their order, and not about those that were sent before: the server may
 * have them.
 */
import { offline, superseded } from './outbox-refusals.ts'
import type { OutboxHoldings } from './outbox-holdings.ts'
import type { Publication } from './publication.ts'

/** Carries out `drop` and `keep-last`. */
export class OfflineRules {
  readonly #holdings: OutboxHoldings
  /** By Topic Name, what gives way to a later one. Some of it may be over. */
  readonly #lastByTopic = new Map<string, Publication>()

  constructor(holdings: OutboxHoldings) {
    this.#holdings = holdings
  }

  /** What would give way to it: nothing while there is a connection. */
  earlier(publication: Publication): Publication | undefined {
    if (publication.offline !== 'keep-last') return undefined
    const earlier = this.#lastByTopic.get(publication.topic)
    if (earlier === undefined || earlier === publication) return undefined
    return this.#holdings.waiting.has(earlier) ? earlier : undefined
  }

  /** There is no connection, and this one waits. */
  apply(publication: Publication): void {
    const { topic, offline: policy, attempted } = publication
    if (policy === 'wait' || attempted) return
    if (policy === 'drop') {
      this.#holdings.drop(publication, offline(topic))
      return
    }
    const earlier = this.earlier(publication)
    if (earlier !== undefined) this.#holdings.drop(earlier, superseded(topic))
    this.#lastByTopic.set(topic, publication)
    if (this.#lastByTopic.size > 2 * this.#holdings.waiting.size + SPARE_TOPICS) this.#forgetOver()
  }

  /** There is a connection. */
  suspend(): void {
    this.#lastByTopic.clear()
  }

  #forgetOver(): void {
    for (const [topic, publication] of this.#lastByTopic) {
      if (!this.#holdings.waiting.has(publication)) this.#lastByTopic.delete(topic)
    }
  }
}

/** So many topics of what is over are not worth looking for. */
const SPARE_TOPICS = 1000
