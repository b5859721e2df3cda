/**
 * Wrong tokens, counted by the address that they come from. After a few in a minute, the refusal of
 * each further one is delayed; a right token never is, so that nobody can lock out who shares an
 * address. Secrets are too long to guess: this is to be kind to the log and the loop.
 *
 * Bounded in all ways: as many addresses are remembered, the oldest forgotten first, and as many
 * refusals wait at once; above that they come at once, with 429.
 */

/** What is measured against. */
export interface WrongTokenLimits {
  /** How many in a minute are refused at once. */
  readonly freeMax: number
  readonly delayMs: number
  readonly addressesMax: number
  /** How many refusals wait at once. */
  readonly waitingMax: number
}

/** The limits where nobody says otherwise. */
export const WRONG_TOKEN_LIMITS: WrongTokenLimits = {
  freeMax: 5,
  delayMs: 1_000,
  addressesMax: 1_000,
  waitingMax: 16,
}

/** Counts them. */
export class WrongTokens {
  readonly #limits: WrongTokenLimits
  readonly #counts = new Map<string, { since: number; count: number }>()
  #waiting = 0

  constructor(limits: WrongTokenLimits) {
    this.#limits = limits
  }

  /**
   * One came at `now`, in milliseconds of a clock. For how many milliseconds its refusal is to
   * wait, after which `waited` is called unless it is 0; `undefined` if too many wait.
   */
  count(address: string, now: number): number | undefined {
    const key = networkOf(address)
    const former = this.#counts.get(key)
    const isRecent = former !== undefined && now - former.since < MINUTE_MS
    const entry = isRecent ? former : { since: now, count: 0 }
    entry.count++
    this.#remember(key, entry)
    if (entry.count <= this.#limits.freeMax) return 0
    if (this.#waiting >= this.#limits.waitingMax) return undefined
    this.#waiting++
    return this.#limits.delayMs
  }

  /** One of those that had to wait is answered. */
  waited(): void {
    this.#waiting--
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#counts.size
  }

  #remember(key: string, entry: { since: number; count: number }): void {
    this.#counts.delete(key)
    this.#counts.set(key, entry)
    const [oldest] = this.#counts.keys()
    if (this.#counts.size > this.#limits.addressesMax && oldest !== undefined) {
      this.#counts.delete(oldest)
    }
  }
}

const MINUTE_MS = 60_000

/** Of IPv6 the first half, for one host has the whole other half to choose from. */
function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail = ''] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (!address.includes('::')) return groups.slice(0, 4).join(':')
  const filled = 8 - groups.length - (tail === '' ? 0 : tail.split(':').length)
  const zeros = Array.from({ length: Math.max(0, filled) }, () => '0')
  return [...groups, ...zeros, ...tail.split(':')].slice(0, 4).join(':')
}
