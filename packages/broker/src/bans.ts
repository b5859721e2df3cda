/**
 * Who may not come in, whatever the guards say: clients, users and addresses. Bans are in memory
 * only and end with the process; whoever wants them for good says them again at the start, or has a
 * guard that refuses.
 */
import type { Clock } from '@godwit/transport'
import { addressKey, networkOf } from './network-address.ts'

/** Whom a ban is for. */
export interface BanTarget {
  readonly type: 'client' | 'user' | 'address'
  /**
   * A Client Identifier, a user name, or an address without port. An IPv6 network of 64 bits can be
   * banned as `2001:db8:1:2::/64`.
   */
  readonly name: string
}

/** What else there is to say about a ban. */
export interface BanTerms {
  /** After so many seconds it is over; until it is lifted where left out. */
  readonly forSeconds?: number
  /** For people. The client is not told. */
  readonly reason?: string
}

/** A ban as it stands. */
export interface Ban extends BanTarget {
  /** What is left of it, in seconds; absent for one that lasts until it is lifted. */
  readonly secondsLeft?: number
  readonly reason?: string
  /** The broker made it by itself, after logins that failed. */
  readonly automatic: boolean
}

/** Who knocks. */
export interface BanCandidate {
  readonly clientId: string
  readonly username: string | undefined
  readonly remoteAddress: string
}

/** A ban inside. */
interface Entry {
  readonly target: BanTarget
  /** Infinity for one that lasts until it is lifted. */
  readonly until: number
  readonly reason: string | undefined
  readonly automatic: boolean
}

/** The bans of a broker, at most 100,000. */
export class Bans {
  readonly #clock: Pick<Clock, 'now'>
  readonly #entries = {
    client: new Map<string, Entry>(),
    user: new Map<string, Entry>(),
    address: new Map<string, Entry>(),
  } as const
  /** Sends away who is there. */
  enforce: ((target: BanTarget) => void) | undefined

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /**
   * Bans somebody from here on, and disconnects who is there, with 0x98. A second ban of the same
   * takes the place of the first. @throws {RangeError} without a name, for a time that is none, and
   * if there are too many.
   */
  ban(target: BanTarget, { forSeconds = Infinity, reason }: BanTerms = {}): void {
    if (target.name === '') throw new RangeError('A ban needs a name: a client, a user, an address')
    if (!(forSeconds > 0)) {
      throw new RangeError(`A ban lasts for more than 0 seconds, got ${forSeconds}`)
    }
    if (!this.#hasRoom()) {
      throw new RangeError(`There are ${BANS_MAX} bans, which is the most: lift some`)
    }
    this.#put(target, { forSeconds, reason, automatic: false })
  }

  /** Ends a ban; false if there was none. */
  lift(target: BanTarget): boolean {
    const key = keyOf(target)
    const entry = this.#valid(target.type, key)
    this.#entries[target.type].delete(key)
    return entry !== undefined
  }

  /** All bans, the oldest of each type first. */
  list(): readonly Ban[] {
    const now = this.#clock.now()
    this.#forgetOld()
    return ALL_TYPES.flatMap((type) => [...this.#entries[type].values()]).map((entry) => {
      const { target, until, reason, automatic } = entry
      const secondsLeft = Math.ceil((until - now) / 1000)
      return {
        ...target,
        automatic,
        ...(until !== Infinity && { secondsLeft }),
        ...(reason !== undefined && { reason }),
      }
    })
  }

  /** Bans an address for its failed logins. Where there are too many bans, it does not. */
  banAutomatically(address: string, forSeconds: number): void {
    if (!this.#hasRoom()) return
    const target = { type: 'address', name: networkOf(address) } as const
    this.#put(target, { forSeconds, reason: 'Too many logins failed', automatic: true })
  }

  /** Whether an address is banned. */
  excludesAddress(address: string): boolean {
    if (this.#entries.address.size === 0) return false
    if (this.#valid('address', addressKey(address)) !== undefined) return true
    return this.#valid('address', networkOf(address)) !== undefined
  }

  /** Whether a client is banned, by any of its names. */
  excludes({ clientId, username, remoteAddress }: BanCandidate): boolean {
    if (this.#valid('client', clientId) !== undefined) return true
    if (username !== undefined && this.#valid('user', username) !== undefined) return true
    return this.excludesAddress(remoteAddress)
  }

  #put(
    target: BanTarget,
    how: Pick<Entry, 'reason' | 'automatic'> & { readonly forSeconds: number },
  ): void {
    const { forSeconds, reason, automatic } = how
    const until = this.#clock.now() + 1000 * forSeconds
    const { type, name } = target
    const entry = { target: { type, name }, until, reason, automatic }
    this.#entries[type].set(keyOf(target), entry)
    this.enforce?.(target)
  }

  /** The ban under this key, if its time is not over. */
  #valid(type: BanTarget['type'], key: string): Entry | undefined {
    const entries = this.#entries[type]
    const entry = entries.get(key)
    if (entry === undefined || entry.until > this.#clock.now()) return entry
    entries.delete(key)
    return undefined
  }

  #hasRoom(): boolean {
    if (this.size < BANS_MAX) return true
    this.#forgetOld()
    return this.size < BANS_MAX
  }

  /** How many there are, those included that are over and not forgotten yet. */
  get size(): number {
    const { client, user, address } = this.#entries
    return client.size + user.size + address.size
  }

  #forgetOld(): void {
    const now = this.#clock.now()
    for (const type of ALL_TYPES) {
      for (const [name, { until }] of this.#entries[type]) {
        if (until <= now) this.#entries[type].delete(name)
      }
    }
  }
}

const ALL_TYPES = ['client', 'user', 'address'] as const

/** Some 30 MB. */
const BANS_MAX = 100_000

function keyOf({ type, name }: BanTarget): string {
  return type === 'address' ? addressKey(name) : name
}

/** Whether somebody is meant by a ban. */
export function isMeant({ type, name }: BanTarget, candidate: BanCandidate): boolean {
  if (type === 'client') return candidate.clientId === name
  if (type === 'user') return candidate.username === name
  return isMeantAddress(name, candidate.remoteAddress)
}

/** Whether an address is meant by the ban of an address. */
export function isMeantAddress(name: string, address: string): boolean {
  const key = addressKey(name)
  return addressKey(address) === key || networkOf(address) === key
}
