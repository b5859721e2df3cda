/**
 * Whether and when to try again. The default waits a random part (full jitter) of 1 s, 2 s, 4 s and
 * so on up to 60 s, so that a thousand clients of a server that restarts do not come at once.
 */
import type { ClientError } from '../errors.ts'
import type { Backoff, ConnectOptions } from '../options.ts'

const BASE_MS = 1000
const CAP_MS = 60_000

/** The longest delay of a timer, 24 days. */
const DELAY_MS_MAX = 2 ** 31 - 1

/** Counts failures and asks the policy. */
export class Reconnection {
  readonly #options: ConnectOptions
  readonly #random: () => number
  #failures = 0

  constructor(options: ConnectOptions) {
    this.#options = options
    this.#random = options.random ?? Math.random
  }

  /** How many attempts and connections have failed since one of them lasted. */
  get failures(): number {
    return this.#failures
  }

  /** A connection has lasted: what comes next has nothing to do with what was. */
  rested(): void {
    this.#failures = 0
  }

  /**
   * Milliseconds to wait after one more failure, or `false` to give up.
   * @throws {TypeError} if a policy answers neither.
   */
  next(cause: ClientError): number | false {
    const attempt = ++this.#failures
    const { reconnect } = this.#options
    if (reconnect === false) return false
    if (typeof reconnect === 'function') return checked(reconnect(attempt, cause))
    return this.#isWorthTrying(cause) && this.#jittered(attempt, reconnect)
  }

  #isWorthTrying({ remedy }: ClientError): boolean {
    const { credentials, authentication, followServerReference } = this.#options
    if (remedy === 'refresh-credentials') return (credentials ?? authentication) !== undefined
    return remedy === 'retry' || (remedy === 'follow-server' && followServerReference === true)
  }

  #jittered(attempt: number, { baseMs = BASE_MS, capMs = CAP_MS }: Backoff = {}): number | false {
    return checked(this.#random() * Math.min(capMs, baseMs * 2 ** (attempt - 1)))
  }
}

function checked(delayMs: number | false): number | false {
  if (delayMs === false) return false
  if (delayMs >= 0) return Math.min(delayMs, DELAY_MS_MAX)
  throw new TypeError(`\`reconnect\` answers with milliseconds or false, got ${delayMs}`)
}
