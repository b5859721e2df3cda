/**
 * Asks the guards again about what sessions are subscribed to, and takes away what their clients
 * may no longer have: a few at a time, and not too many at once where guards take their time.
 *
 *     each session chosen: asks about its messages from here on | each of its subscriptions
 *
 * First all the former, for it is quick, and what a client may not have must not go to it.
 */
import { ReasonCode } from '@godwit/codec'
import type { Chore } from './chores.ts'
import type { ClientInfo } from './observers.ts'
import type { HeldSubscription } from './route.ts'
import type { BrokerSession } from './session.ts'
import type { Surroundings } from './surroundings.ts'

/** How many decisions are awaited at a time. */
const ASKED_MAX = 64

/** The sessions that are looked at before anything else happens; each may ask 32 questions. */
const CHOSEN_AT_ONCE = 64

/** Most need no questions, and are done in less than 1 us. */
const CHOSEN_A_STEP = 4

/** All sessions there are. */
export interface ReviewedSessions extends Iterable<BrokerSession> {
  readonly size: number
}

/** One review of many sessions. */
export class RightsReview implements Chore {
  /** Fulfilled when all were asked; rejected if the choice failed. */
  readonly done: Promise<void>
  readonly #surroundings: Surroundings
  readonly #chosen: (client: ClientInfo) => boolean
  readonly #sessions: Iterator<BrokerSession>
  /** New sessions come behind those that were there, and need no review. */
  #left: number
  readonly #reviewed: BrokerSession[] = []
  readonly #held: Iterator<Held>
  #finish: () => void = () => {}
  #fail: (error: unknown) => void = () => {}
  #asked = 0

  /** Begins with the first sessions, and asks for its slices. */
  constructor(
    sessions: ReviewedSessions,
    chosen: (client: ClientInfo) => boolean,
    surroundings: Surroundings,
  ) {
    this.#surroundings = surroundings
    this.#chosen = chosen
    this.#sessions = sessions[Symbol.iterator]()
    this.#left = sessions.size
    this.#held = heldBy(this.#reviewed)
    this.done = new Promise((resolve, reject) => {
      this.#finish = resolve
      this.#fail = reject
    })
    if (this.#choose(CHOSEN_AT_ONCE)) surroundings.chores.add(this)
  }

  /** Looks at a few sessions, or asks about one subscription. See {@link Chore}. */
  step(): boolean {
    if (this.#left > 0) return this.#choose(CHOSEN_A_STEP)
    if (this.#asked >= ASKED_MAX) return false
    const { done, value } = this.#held.next()
    if (done === true) {
      if (this.#asked === 0) this.#finish()
      return false
    }
    const [session, held] = value
    const { filter, qos } = held
    const action = { type: 'subscribe', filter, qos } as const
    const { guarding } = this.#surroundings
    const decision = guarding.authorizeSubscription(action, session.client, session)
    if (decision instanceof Promise) void this.#hear(value, decision)
    else this.#decided(value, decision)
    return true
  }

  /** Looks at no more than so many; false if the choice failed. */
  #choose(most: number): boolean {
    try {
      for (let left = most; left > 0 && this.#left > 0; left--) {
        const { done, value } = this.#sessions.next()
        this.#left = done === true ? 0 : this.#left - 1
        if (done === true || !this.#chosen(value.client)) continue
        if (!this.#isWelcome(value)) value.endConnection(ReasonCode.NotAuthorized, UNWELCOME)
        value.review()
        this.#reviewed.push(value)
      }
    } catch (error) {
      this.#fail(error)
      return false
    }
    return true
  }

  /** Whether its client may go on; one that is away is asked who it is when it comes. */
  #isWelcome(session: BrokerSession): boolean {
    return !session.connected || this.#surroundings.guarding.mayStay(session.client)
  }

  async #hear(value: Held, decision: Promise<ReasonCode>): Promise<void> {
    this.#asked++
    const code = await decision
    this.#asked--
    this.#surroundings.chores.add(this)
    this.#decided(value, code)
  }

  #decided([session, held]: Held, code: ReasonCode): void {
    if (code < 0x80) return
    try {
      session.takeAway(held)
    } catch (error) {
      this.#surroundings.observers.fault?.(error)
    }
  }
}

const UNWELCOME = 'What let the client in does so no longer'

type Held = readonly [BrokerSession, HeldSubscription]

function* heldBy(sessions: readonly BrokerSession[]): Generator<Held, undefined> {
  for (const session of sessions) {
    const held = [...session.subscriptions] // As they are now: they may change meanwhile.
    for (const one of held) yield [session, one]
  }
}
