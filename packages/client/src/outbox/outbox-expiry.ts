/**
 * How long publications wait: each until a time of its own, and all under one timer. When its turn
 * comes a publication is looked at in any case, so that the timer need not be exact: it has to
 * settle the promises of those whose turn does not come.
 */
import type { Clock } from '@godwit/transport'
import type { Publication } from './publication.ts'
import type { PublicationList } from './publication-list.ts'
import { dueTime } from './publication-measures.ts'

/** Looking at what waits takes about 10 ns for each: 0.1 % of the time. */
const LOOKS_PER_MS = 100
/** The longest that a clock can wait. */
const DELAY_MAX_MS = 2_147_483_647

/** Finds out what has waited for too long. */
export class OutboxExpiry {
  readonly #clock: Clock
  readonly #waiting: PublicationList
  readonly #expire: (publication: Publication) => void
  #timer: Disposable | undefined
  /** When the timer is due. */
  #at = Infinity
  /** Before it, nothing is looked at again. */
  #pauseUntil = 0

  /** Hands what waits for too long to `expire`, which takes it out of the list. */
  constructor(clock: Clock, waiting: PublicationList, expire: (publication: Publication) => void) {
    this.#clock = clock
    this.#waiting = waiting
    this.#expire = expire
  }

  /** A publication has begun to wait. */
  watch(publication: Publication): void {
    const dueAt = dueTime(publication)
    if (dueAt < this.#at) this.#arm(dueAt)
  }

  /** Whether a publication whose turn has come has waited for too long. */
  isOver(publication: Publication): boolean {
    const dueAt = dueTime(publication)
    return dueAt < Infinity && dueAt <= this.#clock.now()
  }

  /**
   * What is left of its Message Expiry Interval goes into the packet, as a server would have it
   * [MQTT-3.3.2-6]: time spent here is time spent waiting, too.
   */
  refresh(publication: Publication): void {
    const { properties, expiresAt } = publication
    if (properties === undefined || expiresAt === Infinity) return
    const seconds = Math.max(Math.ceil((expiresAt - this.#clock.now()) / 1000), 1)
    if (seconds >= (properties.messageExpiryInterval ?? 0)) return
    publication.properties = { ...properties, messageExpiryInterval: seconds }
  }

  /** Watches nothing any more. */
  end(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    this.#at = -Infinity
  }

  #arm(dueAt: number): void {
    const now = this.#clock.now()
    const at = Math.max(dueAt, this.#pauseUntil)
    if (at >= this.#at) return
    this.#timer?.[Symbol.dispose]()
    this.#at = at
    const delay = Math.min(Math.max(Math.ceil(at - now), 0), DELAY_MAX_MS)
    this.#timer = this.#clock.after(delay, () => this.#look())
  }

  #look(): void {
    const now = this.#clock.now()
    this.#at = Infinity
    this.#pauseUntil = now + this.#waiting.size / LOOKS_PER_MS
    let nextAt = Infinity
    for (const publication of this.#waiting) {
      const dueAt = dueTime(publication)
      if (dueAt <= now) this.#expire(publication)
      else if (dueAt < nextAt) nextAt = dueAt
    }
    if (nextAt < Infinity) this.#arm(nextAt)
  }
}
