/**
 * Who is sent away before the guards are asked, and what is done about logins that fail: bans,
 * overload, and a house that is full. The guards say who somebody is; this, whether there is time
 * and room for anybody.
 */
import { ReasonCode } from '@godwit/codec'
import type { Clock } from '@godwit/transport'
import { Bans } from './bans.ts'
import type { BanCandidate } from './bans.ts'
import { FailedLogins } from './failed-logins.ts'
import type { Verdict } from './guards.ts'
import type { Entry } from './listeners.ts'
import type { ClientInfo } from './observers.ts'
import type { Overload } from './overload.ts'
import type { Rates } from './rate-limits.ts'
import type { Counters } from './stats.ts'

/** The doorkeeper of a broker. */
export class Doorkeeper {
  readonly bans: Bans
  readonly #clock: Clock
  readonly #overload: Pick<Overload, 'level'>
  readonly #counters: Counters
  readonly #failedLogins: FailedLogins

  constructor(clock: Clock, rates: Rates, overload: Pick<Overload, 'level'>, counters: Counters) {
    this.#clock = clock
    this.#overload = overload
    this.#counters = counters
    this.bans = new Bans(clock)
    this.#failedLogins = new FailedLogins(rates, this.bans, counters)
  }

  /** A CONNECT came. Why it is refused, whoever sent it; `undefined` to go on. */
  refusal(client: ClientInfo, { versions, isFull }: Entry): Verdict | undefined {
    this.#counters.connectsReceived++
    if (this.isBanned(client)) return BANNED
    if (!versions.includes(client.version)) return OTHER_VERSION
    if (isFull === true) return FULL
    return this.#overload.level >= 3 ? BUSY : undefined
  }

  /** Whether a client is banned, which is counted. */
  isBanned(candidate: BanCandidate): boolean {
    const isBanned = this.bans.excludes(candidate)
    if (isBanned) this.#counters.banned++
    return isBanned
  }

  /** Whether an address is banned, which is counted. */
  isBannedAddress(address: string): boolean {
    const isBanned = this.bans.excludesAddress(address)
    if (isBanned) this.#counters.banned++
    return isBanned
  }

  /**
   * A guard has refused a client. Fulfilled when it may be told so; `undefined` for at once. Only
   * what looks like a guess is ever late.
   */
  afterFailure({ reasonCode }: Verdict, address: string): Promise<void> | undefined {
    if (!GUESSES.has(reasonCode)) return undefined
    const delayMs = this.#failedLogins.add(address, this.#clock.now())
    if (delayMs === 0) return undefined
    return new Promise((resolve) => void this.#clock.after(delayMs, resolve))
  }
}

const GUESSES: ReadonlySet<ReasonCode> = new Set([
  ReasonCode.BadUserNameOrPassword,
  ReasonCode.NotAuthorized,
])

const BANNED: Verdict = {
  reasonCode: ReasonCode.Banned,
  reasonString: 'This client is banned',
}
const OTHER_VERSION: Verdict = {
  reasonCode: ReasonCode.UnsupportedProtocolVersion,
  reasonString: 'This version of MQTT is not spoken here',
}
const FULL: Verdict = {
  reasonCode: ReasonCode.ServerUnavailable,
  reasonString: 'This server has as many connections as it can have',
}
const BUSY: Verdict = {
  reasonCode: ReasonCode.ServerBusy,
  reasonString: 'This server is busy: come back later',
}
