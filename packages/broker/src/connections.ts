/**
 * All Network Connections of a broker, from the moment that they are accepted: who is let in at
 * once, who a little later, and who not at all.
 *
 *     accept -- banned? too many? --> closed at once
 *        |----- too fast from one address --> waits unread --> Connection
 *        +----- no place left --> Connection that is told so: CONNACK 0x88
 *        +--> Connection
 *
 * Descriptors are kept back for the listeners, the store and the program, and a few connections
 * more than there are places are let in, only to be told that there is none.
 */
import { ReasonCode } from '@godwit/codec'
import type { Transport } from '@godwit/transport'
import { isMeant, isMeantAddress } from './bans.ts'
import type { BanTarget } from './bans.ts'
import { BucketTable } from './bucket-table.ts'
import type { Connection } from './connection.ts'
import type { Watched } from './deadlines.ts'
import type { EntrySurroundings } from './listeners.ts'
import { isLocal, networkOf } from './network-address.ts'
import type { Surroundings } from './surroundings.ts'

/** Makes a connection, which begins to read. */
type Connect = (transport: Transport, surroundings: EntrySurroundings) => Connection

/** What is given to them once. */
export interface ConnectionTerms {
  /** How many descriptors the process may have; `undefined` if that is nobody's concern. */
  readonly descriptorsMax: number | undefined
  readonly connect: Connect
}

/** The connections of a broker. */
export class Connections implements Iterable<Connection> {
  readonly #surroundings: Surroundings
  readonly #terms: ConnectionTerms
  readonly #buckets: BucketTable
  readonly #open = new Map<Connection, EntrySurroundings>()
  readonly #late = new Set<LateArrival>()
  #emptied: (() => void) | undefined

  constructor(surroundings: Surroundings, terms: ConnectionTerms) {
    this.#surroundings = surroundings
    this.#terms = terms
    const { connectionsPerSecond: perSecond } = surroundings.rates
    this.#buckets = new BucketTable({ perSecond, most: perSecond })
  }

  /** How many are open, those included that wait for their turn. */
  get size(): number {
    return this.#open.size + this.#late.size
  }

  /** Those that are read. */
  [Symbol.iterator](): Iterator<Connection> {
    return this.#open.keys()
  }

  /** One was accepted. */
  accept(transport: Transport, surroundings: EntrySurroundings): void {
    const { counters, doorkeeper, turn } = this.#surroundings
    const { remoteAddress } = transport
    turn.begin()
    if (doorkeeper.isBannedAddress(remoteAddress)) {
      transport.destroy()
      return
    }
    const delayMs = this.#delayMs(remoteAddress, turn.now)
    if (this.#isCrowded(surroundings) || delayMs > LATE_MS_MAX) {
      counters.connectionsTurnedAway++
      transport.destroy()
      return
    }
    counters.connectionsAccepted++
    surroundings.entry.figures.accepted++
    if (delayMs === 0) this.#connect(transport, surroundings)
    else this.#connectLater(transport, surroundings, turn.now + delayMs)
  }

  /** One is gone. */
  closed(connection: Connection): void {
    const surroundings = this.#open.get(connection)
    if (surroundings === undefined) return
    this.#open.delete(connection)
    surroundings.entry.figures.open--
    this.#gone()
  }

  /** Sends away whoever a ban is for. */
  enforce(target: BanTarget): void {
    this.#surroundings.turn.begin()
    for (const late of this.#late) {
      if (isAt(target, late.remoteAddress)) late.destroy()
    }
    for (const connection of this.#open.keys()) {
      const { client, origin } = connection
      const isBanned =
        client === undefined ? isAt(target, origin.remoteAddress) : isMeant(target, client)
      // CONNACK has a word of its own for it, and DISCONNECT has not.
      const code = client === undefined ? ReasonCode.Banned : ReasonCode.AdministrativeAction
      if (isBanned) connection.end(code, 'This client is banned')
    }
  }

  /** Ends all of them; fulfilled when they are gone. Those that wait for their turn are cut off. */
  async end(reasonCode: ReasonCode, cause: string, serverReference?: string): Promise<void> {
    for (const connection of this.#open.keys()) connection.end(reasonCode, cause, serverReference)
    for (const late of this.#late) late.destroy()
    if (this.size === 0) return
    await new Promise<void>((resolve) => {
      this.#emptied = resolve
    })
  }

  /** Cuts off those that are left. */
  destroy(): void {
    for (const connection of this.#open.keys()) connection.destroy()
  }

  #connect(transport: Transport, surroundings: EntrySurroundings): void {
    const isFull = this.#isFull(surroundings)
    surroundings.entry.figures.open++
    const entry = isFull ? { ...surroundings.entry, isFull } : surroundings.entry
    const seen = isFull ? { ...surroundings, entry } : surroundings
    const connection = this.#terms.connect(transport, seen)
    this.#open.set(connection, surroundings)
    this.#surroundings.deadlines.watch(connection)
  }

  #connectLater(transport: Transport, surroundings: EntrySurroundings, at: number): void {
    const { counters, deadlines, turn } = this.#surroundings
    counters.connectionsDelayed++
    surroundings.entry.figures.open++
    const leave = (): void => {
      this.#late.delete(late)
      deadlines.forget(late)
      surroundings.entry.figures.open--
    }
    const late = new LateArrival(transport, at, {
      due: () => {
        turn.begin()
        leave()
        this.#connect(transport, surroundings)
      },
      gone: () => {
        leave()
        this.#gone()
      },
    })
    this.#late.add(late)
    deadlines.watch(late)
  }

  #gone(): void {
    if (this.size === 0) this.#emptied?.()
  }

  /** How long it is until it is the turn of one more from this address. */
  #delayMs(address: string, now: number): number {
    const { exempt = isLocal } = this.#surroundings.rates
    if (exempt(address)) return 0
    const bucket = this.#buckets.find(networkOf(address), now)
    const delayMs = bucket.delayMs(now)
    if (delayMs > 0 && this.#late.size >= LATE_MAX) return Infinity
    if (delayMs <= LATE_MS_MAX) bucket.take(1, now)
    return delayMs
  }

  /** Whether there is no place for one more. */
  #isFull({ entry }: EntrySurroundings, places = 0): boolean {
    const { connectionsMax = Infinity, figures } = entry
    return this.size >= this.#connectionsMax + places || figures.open >= connectionsMax + places
  }

  /** Whether there is not even room to say so. */
  #isCrowded(surroundings: EntrySurroundings): boolean {
    return this.#isFull(surroundings, PLACES_TO_REFUSE)
  }

  get #connectionsMax(): number {
    const { descriptorsMax = Infinity } = this.#terms
    const most = Math.max(1, descriptorsMax - DESCRIPTORS_KEPT_BACK - PLACES_TO_REFUSE)
    return Math.min(this.#surroundings.limits.connectionsMax, most)
  }
}

/** Longer than that no client waits for its CONNACK. */
const LATE_MS_MAX = 10_000
/** Some 60 MB of sockets that nobody reads. */
const LATE_MAX = 10_000

/** For listeners, the store, logs, and what else the program opens: the least is 32. */
const DESCRIPTORS_KEPT_BACK = 64
/** How many more are let in to be told that there is no place, each for `connectTimeoutMs`. */
const PLACES_TO_REFUSE = 64

interface LateHost {
  due(): void
  gone(): void
}

/** A connection that is not read yet. */
class LateArrival implements Watched {
  readonly remoteAddress: string
  readonly #transport: Transport
  readonly #at: number
  readonly #host: LateHost

  constructor(transport: Transport, at: number, host: LateHost) {
    this.remoteAddress = transport.remoteAddress
    this.#transport = transport
    this.#at = at
    this.#host = host
    transport.onClose = () => host.gone()
  }

  deadline(): number {
    return this.#at
  }

  expire(): void {
    this.#host.due()
  }

  destroy(): void {
    this.#transport.destroy()
  }
}

function isAt({ type, name }: BanTarget, address: string): boolean {
  return type === 'address' && isMeantAddress(name, address)
}
