/**
 * Logins that fail, by address. Beyond a few a minute each is answered a little late, which a
 * person does not notice and a program that guesses does; nobody else waits. That alone stops no
 * guessing: a login that succeeds is answered at once, and many may be under way. For that there
 * are bans.
 *
 * Whoever is on this machine is counted like everybody else, for only who fails has to wait; but it
 * is not banned, for all that come through a proxy on this machine may have its address.
 */
import type { Bans } from './bans.ts'
import { BucketTable } from './bucket-table.ts'
import { isLocal, networkOf } from './network-address.ts'
import type { AutomaticBan, Rates } from './rate-limits.ts'
import type { Counters } from './stats.ts'

/** What a row of failures is counted in. */
interface Row {
  count: number
  readonly since: number
}

/** The failed logins of a broker. */
export class FailedLogins {
  readonly #rates: Rates
  readonly #buckets: BucketTable
  readonly #bans: Bans
  readonly #counters: Pick<Counters, 'loginsFailed' | 'loginsDelayed'>
  readonly #rows = new Map<string, Row>()

  constructor(
    rates: Rates,
    bans: Bans,
    counters: Pick<Counters, 'loginsFailed' | 'loginsDelayed'>,
  ) {
    const { failedLoginsPerMinute: perMinute } = rates
    this.#rates = rates
    this.#buckets = new BucketTable({ perSecond: perMinute / 60, most: perMinute })
    this.#bans = bans
    this.#counters = counters
  }

  /** One failed. Returns by how many milliseconds its answer is to be late; 0 for not at all. */
  add(address: string, now: number): number {
    const { banAfterFailedLogins: ban, exempt = isLocal, failedLoginDelayMs } = this.#rates
    const network = networkOf(address)
    this.#counters.loginsFailed++
    if (ban !== undefined && !exempt(address) && this.#isLast(network, ban, now)) {
      this.#bans.banAutomatically(address, ban.forSeconds)
    }
    const bucket = this.#buckets.find(network, now)
    const isOver = bucket.delayMs(now) > 0
    // Who goes on does not owe for it: a minute of silence is enough.
    if (!isOver) bucket.take(1, now)
    else this.#counters.loginsDelayed++
    return isOver ? failedLoginDelayMs : 0
  }

  /** Counts one, and whether it is the one that the address is banned for. */
  #isLast(network: string, { count, withinSeconds }: AutomaticBan, now: number): boolean {
    const former = this.#rows.get(network)
    const isFresh = former !== undefined && now - former.since <= 1000 * withinSeconds
    const row = isFresh ? former : { count: 0, since: now }
    row.count++
    this.#rows.delete(network)
    if (row.count >= count) return true
    if (this.#rows.size >= ROWS_MAX) this.#forgetOldest()
    this.#rows.set(network, row)
    return false
  }

  #forgetOldest(): void {
    for (const network of this.#rows.keys()) {
      this.#rows.delete(network)
      return
    }
  }
}

/** Some 5 MB. Whoever guesses from more addresses than that is not stopped by banning them. */
const ROWS_MAX = 50_000
