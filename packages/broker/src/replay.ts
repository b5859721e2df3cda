/**
 * The retained messages on their way to one new subscription (§3.3.1.3), in slices: a client that
 * subscribes to everything gets 100,000 messages, and neither waits for them alone nor makes others
 * wait. A replay goes on where it stopped, over a lost connection too, since its session keeps it.
 *
 * What is published meanwhile goes to the subscription as usual, and may come once more as the
 * retained message of its topic. The other way round, leaving it out here, would lose it where the
 * session could not take it: the client was slow or away.
 */
import type { Chore } from './chores.ts'
import type { Message } from './message.ts'
import type { Retained } from './retained.ts'
import type { RouteTerms } from './route.ts'

/** Who gets the messages of a replay: a session. */
export interface ReplayTarget {
  /** Room for more: connected, nothing queued before it, its output takes more. */
  readonly canReplay: boolean
  /** Takes a message, with RETAIN set. */
  deliverRetained(message: Message, terms: RouteTerms): void
  /** This replay has nothing left. Not called for one that was cancelled. */
  replayed(replay: Replay): void
}

/** The retained messages for one subscription. */
export class Replay implements Chore {
  /** The Topic Filter of the subscription. */
  readonly filter: string
  readonly #target: ReplayTarget
  #terms: RouteTerms
  /** The Client Identifier of a publisher whose messages are left out. */
  #except: string | undefined
  /** `undefined` once there is nothing left to do. */
  #messages: Iterator<Message | undefined> | undefined

  /** `now` is asked when a message has its turn: those that have expired by then are left out. */
  constructor(
    target: ReplayTarget,
    retained: Pick<Retained, 'walk'>,
    filter: string,
    terms: RouteTerms,
    now: () => number,
    except?: string,
  ) {
    this.filter = filter
    this.#target = target
    this.#terms = terms
    this.#except = except
    this.#messages = retained.walk(filter, now)
  }

  /**
   * Delivers one message, or looks for it for a while. False where the target has no room, which
   * then wakes it by adding it.
   */
  step(): boolean {
    if (this.#messages === undefined || !this.#target.canReplay) return false
    const { done, value } = this.#messages.next()
    if (done === true) {
      this.#messages = undefined
      this.#target.replayed(this)
      return false
    }
    if (value === undefined) return true
    const isOwn = this.#except !== undefined && value.publisher === this.#except
    if (!isOwn) this.#target.deliverRetained(value, this.#terms)
    return true
  }

  /** The subscription was replaced by one that wants no replay of its own: this goes on for it. */
  goOnWith(terms: RouteTerms, except: string | undefined): void {
    this.#terms = terms
    this.#except = except
  }

  /** The subscription was given up, or replayed anew: nothing more is delivered. */
  cancel(): void {
    this.#messages = undefined
  }
}
