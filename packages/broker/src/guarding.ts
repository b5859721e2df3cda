/** Asks the guards, and answers in their place where they fail. */
import { ReasonCode } from '@godwit/codec'
import type { Clock } from '@godwit/transport'
import type { Action, Attempt, Awaitable, ExchangeStep, Guards, Verdict } from './guards.ts'
import type { ClientInfo, Observers } from './observers.ts'
import type { Counters } from './stats.ts'

/** Whose deliveries are to be asked about. */
export interface Reviewed {
  /** Its client may have some of what it subscribes to. */
  partlyAuthorized(): void
}

/** The guards of a broker, which always answer, and in time. */
export class Guarding {
  /** Whether anybody decides what clients may do. */
  authorizes: boolean
  #guards: Guards
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #observers: Observers
  readonly #counters: Counters

  constructor(
    guards: Guards,
    clock: Clock,
    timeoutMs: number,
    observers: Observers,
    counters: Counters,
  ) {
    this.authorizes = guards.authorize !== undefined
    this.#guards = guards
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#observers = observers
    this.#counters = counters
  }

  /** Others decide from here on. What those before were asked they may still answer. */
  replace(guards: Guards): void {
    this.#guards = guards
    this.authorizes = guards.authorize !== undefined
  }

  /** Whether a client is let in. */
  authenticate(attempt: Attempt): Awaitable<Verdict> {
    if (this.#guards.authenticate === undefined) return LET_IN
    try {
      return this.#heard(this.#guards.authenticate(attempt), finalVerdictOf, UNAVAILABLE)
    } catch (error) {
      return this.#failed(error, UNAVAILABLE)
    }
  }

  /** The next step of an enhanced authentication. [MQTT-4.12.0-1] */
  exchange(step: ExchangeStep): Awaitable<Verdict> {
    if (this.#guards.exchange === undefined) return UNKNOWN_METHOD
    try {
      return this.#heard(this.#guards.exchange(step), verdictOf, UNAVAILABLE)
    } catch (error) {
      return this.#failed(error, UNAVAILABLE)
    }
  }

  /** Whether a client may stay. One whose guard fails may not. */
  mayStay(client: ClientInfo): boolean {
    if (this.#guards.mayStay === undefined) return true
    try {
      const answer: unknown = this.#guards.mayStay(client)
      if (typeof answer === 'boolean') return answer
      throw new TypeError(`A guard says with a boolean who may stay, got ${inWords(answer)}`)
    } catch (error) {
      return this.#failed(error, false)
    }
  }

  /** The same as `authorize` for a subscription; the session hears if it is granted in part. */
  authorizeSubscription(
    action: Action,
    client: ClientInfo,
    reviewed: Reviewed,
  ): Awaitable<ReasonCode> {
    if (this.#guards.authorize === undefined) return ReasonCode.Success
    const read = (answer: unknown): ReasonCode => {
      if (answer !== 'partly') return reasonCodeOf(answer)
      reviewed.partlyAuthorized()
      return ReasonCode.Success
    }
    try {
      const answer = this.#guards.authorize(action, client)
      return this.#heard(answer, read, ReasonCode.NotAuthorized)
    } catch (error) {
      return this.#failed(error, ReasonCode.NotAuthorized)
    }
  }

  /** Success, or why not. */
  authorize(action: Action, client: ClientInfo): Awaitable<ReasonCode> {
    if (this.#guards.authorize === undefined) return ReasonCode.Success
    try {
      const answer = this.#guards.authorize(action, client)
      return this.#heard(answer, reasonCodeOf, ReasonCode.NotAuthorized)
    } catch (error) {
      return this.#failed(error, ReasonCode.NotAuthorized)
    }
  }

  /** @throws what `read` does */
  #heard<T>(answer: unknown, read: (answer: unknown) => T, refusal: T): Awaitable<T> {
    return isThenable(answer) ? this.#inTime(answer, read, refusal) : read(answer)
  }

  /** What comes after the time is over, be it an answer or an error, is too late to be heard. */
  #inTime<T>(answer: PromiseLike<unknown>, read: (answer: unknown) => T, refusal: T): Promise<T> {
    return new Promise((resolve) => {
      let isOver = false
      const finish = (decide: () => T): void => {
        if (isOver) return
        isOver = true
        timeout[Symbol.dispose]()
        try {
          resolve(decide())
        } catch (error) {
          resolve(this.#failed(error, refusal))
        }
      }
      const timeout = this.#clock.after(this.#timeoutMs, () => {
        finish(() => this.#failed(new Error(`A guard took over ${this.#timeoutMs} ms`), refusal))
      })
      Promise.resolve(answer).then(
        (decided) => finish(() => read(decided)),
        (error: unknown) => finish(() => this.#failed(error, refusal)),
      )
    })
  }

  #failed<T>(error: unknown, refusal: T): T {
    this.#counters.guardFailures++
    this.#observers.fault?.(error)
    return refusal
  }
}

/** A promise of any make: one that is taken for an answer would let everybody in. */
function isThenable(answer: unknown): answer is PromiseLike<unknown> {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'then' in answer &&
    typeof answer.then === 'function'
  )
}

const LET_IN: Verdict = { reasonCode: ReasonCode.Success }

const UNKNOWN_METHOD: Verdict = {
  reasonCode: ReasonCode.BadAuthenticationMethod,
  reasonString: 'This server knows no enhanced authentication: leave Authentication Method out',
}

const UNAVAILABLE: Verdict = { reasonCode: ReasonCode.ServerUnavailable }

function finalVerdictOf(answer: unknown): Verdict {
  const verdict = verdictOf(answer)
  if (verdict.reasonCode !== ReasonCode.ContinueAuthentication) return verdict
  throw new TypeError('A guard continues an authentication that the client has not begun')
}

function verdictOf(answer: unknown): Verdict {
  const verdict = typeof answer === 'number' ? { reasonCode: answer } : answer
  if (isVerdict(verdict)) return verdict
  throw new TypeError(`A guard answers with a Reason Code or a verdict, got ${inWords(answer)}`)
}

/** Anything that is not plainly a verdict must not let a client in. */
function isVerdict(verdict: unknown): verdict is Verdict {
  if (typeof verdict !== 'object' || verdict === null || !('reasonCode' in verdict)) return false
  const { reasonCode } = verdict
  const isKnown = reasonCode === ReasonCode.ContinueAuthentication || isDecision(reasonCode)
  return isKnown && !('expiresInMs' in verdict && !isDuration(verdict.expiresInMs))
}

/** One that is no number would never be over. */
function isDuration(ms: unknown): boolean {
  return ms === undefined || (typeof ms === 'number' && ms >= 0 && ms <= 2_147_483_647)
}

function reasonCodeOf(answer: unknown): ReasonCode {
  if (answer === true) return ReasonCode.Success
  if (answer === false) return ReasonCode.NotAuthorized
  if (isDecision(answer)) return answer
  throw new TypeError(`A guard answers with a boolean or a Reason Code, got ${inWords(answer)}`)
}

function isDecision(answer: unknown): answer is ReasonCode {
  return DECISIONS.has(answer)
}

const DECISIONS: ReadonlySet<unknown> = new Set(
  Object.values(ReasonCode).filter((code) => code === ReasonCode.Success || code >= 0x80),
)

function inWords(answer: unknown): string {
  return typeof answer === 'object' && answer !== null ? 'an object' : String(answer)
}
