/**
 * What slows one client down: the buckets that its packets are taken from. It is asked before the
 * next packet is read, so that a debt is waited for and nothing is lost.
 */
import { BucketTable } from './bucket-table.ts'
import { isLocal, networkOf } from './network-address.ts'
import type { ClientInfo } from './observers.ts'
import type { RateLimits } from './rate-limits.ts'
import type { TokenBucket } from './token-bucket.ts'

/** The throttle of one connection. */
export interface Throttle {
  /** A packet was read. */
  took(bytes: number, isMessage: boolean, now: number): void
  /** How many milliseconds nothing is to be read; 0 to go on. */
  delayMs(now: number): number
  /** The connection is gone. */
  release(now: number): void
}

/** Whom buckets are for, how messages and bytes are counted for them. */
interface Scope {
  readonly nameOf: (client: ClientInfo) => string | undefined
  readonly messages: BucketTable | undefined
  readonly bytes: BucketTable | undefined
}

/** The message and byte rates of a broker. */
export class Throttles {
  readonly #scopes: readonly Scope[]

  constructor(rates: RateLimits) {
    const { exempt = isLocal } = rates
    const byClient = (client: ClientInfo): string => client.clientId
    const byUser = (client: ClientInfo): string | undefined => client.username
    const byAddress = ({ remoteAddress }: ClientInfo): string | undefined =>
      exempt(remoteAddress) ? undefined : networkOf(remoteAddress)
    this.#scopes = [
      scopeOf(byClient, rates.clientMessagesPerSecond, rates.clientBytesPerSecond),
      scopeOf(byUser, rates.userMessagesPerSecond, rates.userBytesPerSecond),
      scopeOf(byAddress, rates.addressMessagesPerSecond, rates.addressBytesPerSecond),
    ].filter(({ messages, bytes }) => messages !== undefined || bytes !== undefined)
  }

  /** The throttle for a client that is let in; `undefined` if no rate holds for it. */
  open(client: ClientInfo, now: number): Throttle | undefined {
    const held: Held[] = []
    for (const { nameOf, messages, bytes } of this.#scopes) {
      const name = nameOf(client)
      if (name === undefined) continue
      if (messages !== undefined) held.push(new Held(messages, name, true, now))
      if (bytes !== undefined) held.push(new Held(bytes, name, false, now))
    }
    return held.length === 0 ? undefined : new ClientThrottle(held)
  }
}

/** One bucket that a connection holds. */
class Held {
  readonly bucket: TokenBucket
  /** Whether it counts messages, and not bytes. */
  readonly countsMessages: boolean
  readonly #table: BucketTable
  readonly #name: string

  constructor(table: BucketTable, name: string, countsMessages: boolean, now: number) {
    this.bucket = table.hold(name, now)
    this.countsMessages = countsMessages
    this.#table = table
    this.#name = name
  }

  giveBack(now: number): void {
    this.#table.giveBack(this.#name, now)
  }
}

class ClientThrottle implements Throttle {
  #held: readonly Held[]

  constructor(held: readonly Held[]) {
    this.#held = held
  }

  took(bytes: number, isMessage: boolean, now: number): void {
    for (const { bucket, countsMessages } of this.#held) {
      if (!countsMessages) bucket.take(bytes, now)
      else if (isMessage) bucket.take(1, now)
    }
  }

  delayMs(now: number): number {
    let delayMs = 0
    for (const { bucket } of this.#held) delayMs = Math.max(delayMs, bucket.delayMs(now))
    return delayMs === 0 ? 0 : Math.min(Math.max(delayMs, PAUSE_MS_MIN), PAUSE_MS_MAX)
  }

  release(now: number): void {
    for (const held of this.#held) held.giveBack(now)
    this.#held = []
  }
}

/** Fifty stops a second are enough: what is saved up in one is sent at once afterwards. */
const PAUSE_MS_MIN = 20

/** The longest delay of a timer; whoever still owes then waits again. */
const PAUSE_MS_MAX = 2 ** 31 - 1

function scopeOf(nameOf: Scope['nameOf'], messages?: number, bytes?: number): Scope {
  return { nameOf, messages: tableOf(messages), bytes: tableOf(bytes) }
}

/** What was saved up in one second may come at once. */
function tableOf(perSecond: number | undefined): BucketTable | undefined {
  return perSecond === undefined ? undefined : new BucketTable({ perSecond, most: perSecond })
}
