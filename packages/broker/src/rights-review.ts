/**
 * Asks the guards again about what sessions are subscribed to, and takes away what their clients
 * may no longer have: a few at a time, and not too many at once where guards take their time.
 */
import type { ReasonCode } from '@godwit/codec'
import type { Chore } from './chores.ts'
import type { HeldSubscription } from './route.ts'
import type { BrokerSession } from './session.ts'
import type { Surroundings } from './surroundings.ts'

/** How many decisions are awaited at a time. */
const ASKED_MAX = 64

/** One review of many sessions. */
export class RightsReview implements Chore {
  /** Fulfilled when all were asked. */
  readonly done: Promise<void>
  readonly #surroundings: Surroundings
  readonly #held: Iterator<Held>
  #finish: () => void = () => {}
  #asked = 0

  constructor(sessions: readonly BrokerSession[], surroundings: Surroundings) {
    this.#surroundings = surroundings
    this.#held = heldBy(sessions)
    this.done = new Promise((resolve) => (this.#finish = resolve))
  }

  /** Asks about one subscription. See {@link Chore}. */
  step(): boolean {
    if (this.#asked >= ASKED_MAX) return false
    const { done, value } = this.#held.next()
    if (done === true) {
      if (this.#asked === 0) this.#finish()
      return false
    }
    const [session, held] = value
    const { filter, qos } = held
    const action = { type: 'subscribe', filter, qos } as const
    const decision = this.#surroundings.guarding.authorize(action, session.client)
    if (decision instanceof Promise) void this.#hear(value, decision)
    else if (decision >= 0x80) session.takeAway(held)
    return true
  }

  async #hear([session, held]: Held, decision: Promise<ReasonCode>): Promise<void> {
    this.#asked++
    const code = await decision
    this.#asked--
    this.#surroundings.chores.add(this) // Before the rest, which may throw.
    if (code >= 0x80) session.takeAway(held)
  }
}

type Held = readonly [BrokerSession, HeldSubscription]

function* heldBy(sessions: readonly BrokerSession[]): Generator<Held, undefined> {
  for (const session of sessions) {
    const held = [...session.subscriptions] // As they are now: they may change meanwhile.
    for (const one of held) yield [session, one]
  }
}
