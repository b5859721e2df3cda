/** The sessions of an import: their records, and who waits for which message. */
import { encodeProgress, encodeSession, encodeSubscription } from '@godwit/broker/stored'
import type { StoredSession } from '@godwit/broker/stored'
import type { Engine, Position } from '@godwit/store'
import type { ImportBatch } from './import-batch.ts'
import type { InFlightItem, QueuedItem, SubscriptionItem } from './import-items.ts'
import { LineFault, shown } from './line-fields.ts'
import type { QueueFilter, QueueHolder, QueueReceiver } from './queues.ts'

/** In an import places are the numbers of messages, and there is one shard of them. */
export interface ImportedSession extends QueueHolder {
  readonly session: StoredSession
  readonly subscriptions: Map<string, SubscriptionItem>
  readonly inFlight: InFlightItem[]
  readonly received: Set<number>
  /** The first message that waits for it; beyond all if none does. */
  first: number
  /** The last one so far. */
  last: number
}

/** The record of the highest number that a session has had. */
const NUMBERS = 'numbers'

/** The sessions of one import. */
export class ImportedSessions {
  readonly #batch: ImportBatch
  /** The highest number that a session of this store has had. */
  #number: number
  readonly #byClientId = new Map<string, ImportedSession>()
  /** For each message who is to get it. */
  readonly #receivers = new Map<number, QueueReceiver[]>()
  readonly #inFlight = new Set<number>()
  #subscriptions = 0

  private constructor(batch: ImportBatch, number: number) {
    this.#batch = batch
    this.#number = number
  }

  /** For the sessions of a store, which perhaps had others before. @throws {StoreError} */
  static async of({ records }: Engine, batch: ImportBatch): Promise<ImportedSessions> {
    const numbers = await records.get('settings', NUMBERS)
    const number = numbers === undefined ? 0 : Number(new TextDecoder().decode(numbers.value))
    return new ImportedSessions(batch, number)
  }

  /** How many there are. */
  get size(): number {
    return this.#byClientId.size
  }

  /** How many subscriptions they have. */
  get subscriptions(): number {
    return this.#subscriptions
  }

  /** Those that have a queue: the others are kept for their wills only. */
  holders(): readonly QueueHolder[] {
    return [...this.#byClientId.values()].filter(({ session }) => session.expirySeconds > 0)
  }

  /** The messages behind which a subscription, or the reading of a session, begins. */
  marks(): ReadonlySet<number> {
    const marks = new Set<number>()
    for (const { subscriptions, first } of this.#byClientId.values()) {
      marks.add(first)
      for (const { since } of subscriptions.values()) marks.add(since)
    }
    return marks
  }

  /** The messages that somebody is to get, or is being sent. */
  wanted(): ReadonlySet<number> {
    return new Set([...this.#receivers.keys(), ...this.#inFlight])
  }

  /** Who is to get a message. They are asked for once. */
  takeReceivers(message: number): readonly QueueReceiver[] {
    const receivers = this.#receivers.get(message) ?? []
    this.#receivers.delete(message)
    return receivers
  }

  /** Whether a message is being sent to somebody. */
  isInFlight(message: number): boolean {
    return this.#inFlight.has(message)
  }

  /** A session. @throws {LineFault} if there is one of its name. */
  add(session: Omit<StoredSession, 'number'>): void {
    const { clientId } = session
    if (this.#byClientId.has(clientId)) {
      throw new LineFault(`there are two sessions of the client ${shown(clientId)}`)
    }
    const number = ++this.#number
    this.#byClientId.set(clientId, importedSession({ ...session, number }))
  }

  /** A subscription. @throws {LineFault} if it is there, or its session is not. */
  subscribe(item: SubscriptionItem): void {
    const { subscriptions } = this.#session(item.clientId)
    const { filter } = item.held
    if (subscriptions.has(filter)) {
      throw new LineFault(
        `the client ${shown(item.clientId)} has two subscriptions of ${shown(filter)}`,
      )
    }
    subscriptions.set(filter, item)
    this.#subscriptions++
  }

  /** A part of a queue. @throws {LineFault} if it is not in order, or its session is not there. */
  queue({ clientId, inFlight, waiting, received }: QueuedItem): void {
    const session = this.#session(clientId)
    if (session.session.expirySeconds === 0) {
      throw new LineFault(`the session of ${shown(clientId)} expires at once, and has no queue`)
    }
    for (const item of inFlight) this.#send(session, item)
    for (const packetId of received) session.received.add(packetId)
    for (const { message, terms } of waiting) {
      if (message < session.last || (message === session.last && terms.share === undefined)) {
        throw new LineFault(
          `expected waiting messages in rising order, got ${message} behind ${session.last}`,
        )
      }
      session.first = Math.min(session.first, message)
      session.last = Math.max(session.last, message)
      const others = this.#receivers.get(message)
      if (others === undefined) this.#receivers.set(message, [{ holder: session, terms }])
      else others.push({ holder: session, terms })
    }
  }

  /** All messages have their places: writes what is known of the sessions. @throws {StoreError} */
  async finish(): Promise<void> {
    const number = new TextEncoder().encode(String(this.#number))
    await this.#batch.record({ table: 'settings', key: NUMBERS, value: number })
    for (const session of this.#byClientId.values()) {
      const { clientId, number } = session
      const value = encodeSession(session.session)
      await this.#batch.record({ table: 'sessions', key: clientId, value })
      for (const { held, since } of session.subscriptions.values()) {
        const key = `${number}/${held.filter}`
        const value = encodeSubscription({ ...held, since: this.#placeOf(since) })
        await this.#batch.record({ table: 'subscriptions', key, value })
      }
      for (const packetId of session.received) {
        const key = `${number}/${packetId}`
        await this.#batch.record({ table: 'received', key, value: new Uint8Array([1]) })
      }
      await this.#writeProgress(session)
    }
  }

  async #writeProgress({ session, first, inFlight, number }: ImportedSession): Promise<void> {
    if (session.expirySeconds === 0) return // It is kept for its will only.
    const exchanges = inFlight.map(({ message = 0, ...exchange }) => ({
      ...exchange,
      position: this.#batch.positionOf(message) ?? 0,
    }))
    const value = encodeProgress({ next: this.#placeOf(first), inFlight: exchanges })
    await this.#batch.record({ table: 'progress', key: String(number), value })
  }

  #placeOf(mark: number): readonly Position[] {
    return this.#batch.markOf(mark) ?? this.#batch.ends
  }

  #send(session: ImportedSession, item: InFlightItem): void {
    const { packetId, message } = item
    if (session.inFlight.some((other) => other.packetId === packetId)) {
      throw new LineFault(`the Packet Identifier ${packetId} is in flight twice`)
    }
    session.inFlight.push(item)
    if (message !== undefined) this.#inFlight.add(message)
  }

  #session(clientId: string): ImportedSession {
    const session = this.#byClientId.get(clientId)
    if (session !== undefined) return session
    throw new LineFault(`expected a session of the client ${shown(clientId)} before, got none`)
  }
}

function importedSession(session: StoredSession): ImportedSession {
  const subscriptions = new Map<string, SubscriptionItem>()
  return {
    session,
    clientId: session.clientId,
    number: session.number,
    subscriptions,
    inFlight: [],
    received: new Set(),
    first: Infinity,
    last: 0,
    get next() {
      return [this.first]
    },
    get filters() {
      return [...subscriptions.values()].map(filterOf)
    },
  }
}

function filterOf({ held, since }: SubscriptionItem): QueueFilter {
  return { ...held, since: [since] }
}
