/**
 * How much may come in a second, and what is done about more: whoever publishes it is read more
 * slowly, and loses nothing. Without rates nobody is counted.
 */

/** What may be set. A rate that is left out is off, unless it has a default. */
export interface RateLimits {
  /** Messages that one client publishes; then it is not read until it has waited for them. */
  readonly clientMessagesPerSecond?: number
  /** The bytes of all that it sends; the same. */
  readonly clientBytesPerSecond?: number
  /** The same for all clients of one user name together. */
  readonly userMessagesPerSecond?: number
  readonly userBytesPerSecond?: number
  /** The same for all clients at one address together; IPv6 by its first 64 bits. */
  readonly addressMessagesPerSecond?: number
  readonly addressBytesPerSecond?: number
  /** New connections from one address; those beyond are let in later. 200 where left out. */
  readonly connectionsPerSecond?: number
  /** Logins from one address that fail; the answer to those beyond is late. 10 where left out. */
  readonly failedLoginsPerMinute?: number
  /** By how much it is late; 1,000 where left out. */
  readonly failedLoginDelayMs?: number
  /** Bans an address from which too many logins fail; nobody is banned where left out. */
  readonly banAfterFailedLogins?: AutomaticBan
  /**
   * Addresses that the rates of addresses and automatic bans do not hold for, such as those of a
   * proxy that many clients come through. Where left out: those of this machine.
   */
  readonly exempt?: (address: string) => boolean
}

/** When an address is banned for its failed logins, and for how long. */
export interface AutomaticBan {
  /** So many that fail ... */
  readonly count: number
  /** ... within so many seconds of the first of them ... */
  readonly withinSeconds: number
  /** ... ban it for so many. */
  readonly forSeconds: number
}

/** Those that are on where nothing is said. */
export const DEFAULT_RATES: Required<
  Pick<RateLimits, 'connectionsPerSecond' | 'failedLoginsPerMinute' | 'failedLoginDelayMs'>
> = {
  // A house behind one address comes back within seconds after a failure of its line.
  connectionsPerSecond: 200,
  // A person that mistypes, or a few devices with an old password.
  failedLoginsPerMinute: 10,
  failedLoginDelayMs: 1000,
}

/** What holds in a broker. */
export type Rates = RateLimits & typeof DEFAULT_RATES

/** The defaults with what differs from them. @throws {RangeError} for what is no rate. */
export function ratesWith(chosen: RateLimits = {}): Rates {
  const { banAfterFailedLogins, exempt: _exempt, ...rates } = chosen
  for (const [name, rate] of Object.entries(rates)) check(`The rate ${name}`, rate)
  for (const [name, value] of Object.entries(banAfterFailedLogins ?? {})) {
    check(`The value ${name} of banAfterFailedLogins`, value)
  }
  return { ...DEFAULT_RATES, ...chosen }
}

function check(what: string, value: unknown): void {
  if (typeof value === 'number' && value > 0 && value <= RATE_MAX) return
  throw new RangeError(`${what} is a number above 0 and up to ${RATE_MAX}, got ${String(value)}`)
}

const RATE_MAX = 2 ** 31 - 1
