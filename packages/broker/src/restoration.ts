/**
 * Takes up what the store holds: Retained Messages, sessions with their subscriptions, and then the
 * log, once from end to end. Whoever an entry is for is found as when it was published: by the
 * router, among the subscriptions that were valid then, and by what the entry itself says.
 */
import type { Position, StoredRecord, Table } from '@godwit/store'
import { deliveredQoS, sizeOf } from './delivery.ts'
import type { Journal } from './journal.ts'
import { Keeping } from './keeping.ts'
import { frameOf, logMessage } from './log-message.ts'
import type { LogMessage } from './log-message.ts'
import { Message } from './message.ts'
import { RestoredSession } from './restored-session.ts'
import type { RouteTerms, Subscriber } from './route.ts'
import { BrokerSession } from './session.ts'
import type { Sessions } from './sessions.ts'
import {
  decodeProgress,
  decodeRetained,
  decodeSession,
  decodeSubscription,
} from './stored/index.ts'
import type { Surroundings } from './surroundings.ts'

/** How far it has come. */
export interface RestorationProgress {
  readonly sessions: number
  readonly retainedMessages: number
  /** Entries of the log that were read. */
  readonly messages: number
}

/** Reads a store once, before the broker listens. */
export class Restoration {
  readonly #journal: Journal
  readonly #surroundings: Surroundings
  readonly #sessions: Sessions
  readonly #tell: (progress: RestorationProgress) => void
  readonly #byNumber = new Map<number, RestoredSession>()
  readonly #bySession = new Map<Subscriber, RestoredSession>()
  /** How many exchanges there are of which the message is here. */
  readonly #inFlight = new Map<Position, number>()
  /** Those of them that are in the log. */
  readonly #found = new Set<Position>()
  #retained = 0
  #messages = 0

  /** `tell` is called now and then. */
  constructor(
    journal: Journal,
    surroundings: Surroundings,
    sessions: Sessions,
    tell: (progress: RestorationProgress) => void,
  ) {
    this.#journal = journal
    this.#surroundings = surroundings
    this.#sessions = sessions
    this.#tell = tell
  }

  /** Reads everything. @throws {StoreError} {StoredFormatError} */
  async run(): Promise<RestorationProgress> {
    await this.#journal.open()
    this.#journal.isReading = true
    await this.#forEach('sessions', (record) => this.#session(record))
    await this.#forEach('subscriptions', (record) => this.#subscription(record))
    await this.#forEach('progress', (record) => this.#progress(record))
    await this.#forEach('received', (record) => this.#received(record))
    await this.#forEach('retained', (record) => this.#retainedMessage(record))
    for (let shard = 0; shard < this.#journal.shards; shard++) await this.#log(shard)
    this.#journal.isReading = false
    for (const restored of this.#byNumber.values()) {
      restored.resume((position) => this.#found.has(position))
      this.#resume(restored)
    }
    return this.#state()
  }

  async #forEach(table: Table, take: (record: StoredRecord) => void): Promise<void> {
    for await (const records of this.#journal.engine.records.scan(table)) {
      for (const record of records) take(record)
      this.#tell(this.#state())
    }
  }

  #session({ value, revision }: StoredRecord): void {
    const stored = decodeSession(value)
    const { clientId, username, principal, version, number } = stored
    const client = { clientId, username, principal, version, remoteAddress: '' }
    this.#journal.found(number)
    const session = new BrokerSession(client, this.#surroundings)
    const keeping = new Keeping(this.#journal, number, session)
    keeping.restored(stored, revision)
    const restored = new RestoredSession(stored, session, keeping)
    this.#byNumber.set(number, restored)
    this.#bySession.set(session, restored)
  }

  #subscription({ key, value }: StoredRecord): void {
    const restored = this.#byNumber.get(Number(key.slice(0, key.indexOf('/'))))
    if (restored !== undefined) restored.subscribed(decodeSubscription(value))
    else this.#journal.write({ table: 'subscriptions', key, value: null })
  }

  #progress({ key, value }: StoredRecord): void {
    const restored = this.#byNumber.get(Number(key))
    if (restored === undefined) {
      this.#journal.write({ table: 'progress', key, value: null })
      return
    }
    restored.progressed(decodeProgress(value))
    for (const { position } of restored.exchanges) {
      this.#inFlight.set(position, (this.#inFlight.get(position) ?? 0) + 1)
    }
  }

  #received({ key }: StoredRecord): void {
    const slash = key.indexOf('/')
    const restored = this.#byNumber.get(Number(key.slice(0, slash)))
    if (restored === undefined) {
      this.#journal.write({ table: 'received', key, value: null })
      return
    }
    const packetId = Number(key.slice(slash + 1))
    restored.keeping.restoredReceived(packetId)
    restored.session.receiver.restore(packetId)
  }

  #retainedMessage({ key, value }: StoredRecord): void {
    const { receivedAt, publisher, version, packet } = decodeRetained(value)
    const instant = this.#journal.timeOfDay.instantOf(receivedAt)
    const message = new Message(frameOf(packet, version).own(), instant, publisher)
    if (message.expiresAt <= this.#surroundings.turn.now) {
      this.#journal.write({ table: 'retained', key, value: null }) // [MQTT-3.3.2-5]
      return
    }
    this.#surroundings.retained.restore(message)
    this.#retained++
  }

  async #log(shard: number): Promise<void> {
    const { engine, timeOfDay, pages } = this.#journal
    const { first } = await engine.log.bounds(shard)
    for await (const entries of engine.log.scan(shard, first)) {
      for (const { position, bytes } of entries) {
        const found = logMessage(bytes, position, timeOfDay)
        pages.hold(position, sizeOf(found.message), this.#holdersOf(position, found))
      }
      this.#messages += entries.length
      this.#tell(this.#state())
    }
  }

  #holdersOf(position: Position, { message, audience }: LogMessage): number {
    const inFlight = this.#inFlight.get(position) ?? 0
    if (inFlight > 0) this.#found.add(position)
    if (audience.type === 'session') {
      const { number, qos, subscriptionIdentifiers } = audience
      const terms = { qos, retainAsPublished: false, subscriptionIdentifiers, share: undefined }
      return inFlight + this.#queue(this.#byNumber.get(number), position, message, terms)
    }
    const { chosen } = audience
    let holders = inFlight + this.#subscribersOf(position, message, chosen)
    for (const { filter, number } of chosen) {
      const member = this.#byNumber.get(number)
      if (member === undefined || filter === '') continue // It passed it on.
      const { router } = this.#surroundings
      const terms = router.termsOfShare(filter, member.session) ?? FORMER_MEMBER
      holders += this.#queue(member, position, message, terms)
    }
    return holders
  }

  /** What a chosen member was to get by subscriptions of its own has an entry of its own. */
  #subscribersOf(
    position: Position,
    message: Message,
    chosen: readonly { readonly number: number }[],
  ): number {
    const { topic, publisher } = message
    let holders = 0
    for (const { subscriber, terms, ownTerms } of this.#surroundings.router.routes(topic)) {
      const restored = this.#bySession.get(subscriber)
      if (restored?.isAhead(position) !== true) continue
      if (chosen.some(({ number }) => number === restored.stored.number)) continue
      const isOwn = publisher === restored.stored.clientId // [MQTT-3.8.3-3]
      const present = isOwn ? ownTerms : terms
      const valid = restored.isCurrent(position, this.#journal.shards)
        ? present
        : restored.termsAt(position, topic, isOwn)
      holders += this.#queue(restored, position, message, valid)
    }
    return holders
  }

  /** Returns whether the session is to get it, as a number. */
  #queue(
    restored: RestoredSession | undefined,
    position: Position,
    message: Message,
    terms: RouteTerms | undefined,
  ): 0 | 1 {
    if (restored?.isAhead(position) !== true || terms === undefined) return 0
    if (deliveredQoS(message, terms) === 0) return 0
    if (message.expiresAt <= this.#surroundings.turn.now) {
      this.#surroundings.counters.messagesDropped.expired++ // [MQTT-3.3.2-5]
      return 0
    }
    restored.session.restoreQueued(position, sizeOf(message), terms)
    return 1
  }

  /** From here on its time runs. A connection that ended with the process is lost now. */
  #resume({ stored, session, keeping }: RestoredSession): void {
    const { now, timeOfDay } = this.#journal
    const { will, expirySeconds } = stored
    const leftAt = stored.leftAt === undefined ? now : timeOfDay.instantOf(stored.leftAt)
    if (stored.leftAt === undefined) keeping.left({ expirySeconds, will }, now)
    const willDelayMs = 1000 * (will?.properties?.willDelayInterval ?? 0)
    const lifetime = this.#sessions.restore(session)
    lifetime.restored(leftAt + 1000 * expirySeconds, will, leftAt + willDelayMs)
  }

  #state(): RestorationProgress {
    const sessions = this.#byNumber.size
    return { sessions, retainedMessages: this.#retained, messages: this.#messages }
  }
}

/** It gave its subscription up after it had been chosen. */
const FORMER_MEMBER: RouteTerms = {
  qos: 2,
  retainAsPublished: false,
  subscriptionIdentifiers: undefined,
  share: undefined,
}
