/**
 * The broker: composes the rooms, opens and closes them. What happens to a message is told in
 * `connection.ts`, `publishing.ts`, `intake.ts`, `router.ts`, `session.ts`, `outbox.ts` and
 * `turn.ts`, in this order.
 */
import { encode, ReasonCode } from '@godwit/codec'
import { topicFilterFault } from '@godwit/topic'
import type { Listener, Transport } from '@godwit/transport'
import type {
  BrokerMessage,
  BrokerOptions,
  Dismissal,
  LocalSubscriptionOptions,
} from './broker-options.ts'
import type { Bans } from './bans.ts'
import { surroundingsOf } from './composition.ts'
import { Connection } from './connection.ts'
import type { ConnectionOwner } from './connection.ts'
import { Connections } from './connections.ts'
import { Door } from './door.ts'
import type { Guards } from './guards.ts'
import { Inspection } from './inspection.ts'
import type { Journal } from './journal.ts'
import { fits, limitsWith } from './limits.ts'
import type { BrokerLimits } from './limits.ts'
import { Listeners } from './listeners.ts'
import type { Accept, EntrySurroundings, ListenerTerms } from './listeners.ts'
import { LocalSubscriber } from './local-subscriber.ts'
import type { MessageHandler } from './local-subscriber.ts'
import { Message } from './message.ts'
import type { ClientInfo } from './observers.ts'
import { Restoration } from './restoration.ts'
import { RightsReview } from './rights-review.ts'
import type { BrokerSession } from './session.ts'
import { Sessions } from './sessions.ts'
import type { Stay } from './keeping.ts'
import type { LifetimeOwner } from './session-lifetime.ts'
import type { BrokerStats } from './stats.ts'
import type { Surroundings } from './surroundings.ts'
import { systemFiguresOf } from './system-figures.ts'
import { SystemTopics } from './sys.ts'
import type { SystemFigures } from './sys.ts'
import type { Tap } from './taps.ts'
import { publishWill } from './wills.ts'

/** An MQTT broker. */
export class Broker implements AsyncDisposable {
  /** For whoever looks after it. */
  readonly inspection: Inspection
  readonly #options: BrokerOptions
  readonly #surroundings: Surroundings
  readonly #sessions: Sessions
  readonly #door: Door
  readonly #listeners: Listeners
  readonly #connections: Connections
  #systemTopics: SystemTopics | undefined
  #state: 'new' | 'open' | 'closed' = 'new'
  #closing: Promise<void> | undefined

  /** @throws {RangeError} for a limit that is none. */
  constructor(options: BrokerOptions) {
    this.#options = options
    this.#surroundings = surroundingsOf(options, (error) => this.#failed(error))
    this.#sessions = new Sessions(this.#surroundings, this.#lifetimeOwner)
    this.inspection = new Inspection(this.#surroundings, this.#sessions)
    this.#door = new Door(this.#sessions, this.#surroundings, options.newClientId)
    this.#connections = new Connections(this.#surroundings, {
      descriptorsMax: options.descriptorsMax,
      connect: (...come) => new Connection(come[0], this.#connectionOwner, come[1]),
    })
    this.#surroundings.memory.connections = this.#connections
    this.#surroundings.memory.sessions = this.#sessions
    this.bans.enforce = (target) => this.#connections.enforce(target)
    const accept: Accept = (transport, surroundings) => this.#accept(transport, surroundings)
    this.#listeners = new Listeners(this.#surroundings, options.capabilities ?? {}, accept)
  }

  /**
   * Reads the store, then opens every listener and returns their URLs. If one cannot be opened,
   * closes the others. @throws {Error} what the store or the listener threw, or if the broker was
   * started or closed before.
   */
  async start(): Promise<readonly string[]> {
    if (this.#state !== 'new') throw new Error('A broker starts once: make another one')
    this.#state = 'open'
    const urls: string[] = []
    try {
      await this.#restore()
      for (const listener of this.#options.listeners) {
        urls.push(await this.#listeners.open(listener))
      }
    } catch (error) {
      await this.close()
      throw error
    }
    if (this.#closing === undefined) {
      this.#startSystemTopics()
      return urls
    }
    await this.#listeners.closeAll()
    throw new Error('The broker was closed while it started')
  }

  /**
   * Closes listeners and connections; MQTT 5.0 clients are told that the server shuts down, or what
   * is said instead, such as where to go. Those that do not take their last bytes in
   * `closeTimeoutMs` are cut off. Every call gets the same promise, and the first says why.
   * @throws {Error} what a listener threw, after everything else was closed.
   */
  close(why: Dismissal = SHUT_DOWN): Promise<void> {
    this.#state = 'closed'
    return (this.#closing ??= this.#shutDown(why))
  }

  /** @see close */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /**
   * Publishes a message to whoever is subscribed. Returns Success, No matching subscribers, or
   * Quota exceeded: then nobody could take it.
   * @throws {MqttError} if it cannot be encoded; {RangeError} for a Topic Name beyond the limits.
   */
  publish(message: BrokerMessage): ReasonCode {
    const { turn, intake, limits } = this.#surroundings
    const { topic, qos = 0, retain = false, properties = {} } = message
    const payload = new Uint8Array(message.payload) // The program may go on using its own.
    const packet = { type: 'publish', dup: false, topic, payload, retain, properties } as const
    encode({ ...packet, qos: 0, packetId: 0 }, 5)
    if (!fits(topic, limits)) throw new RangeError('The Topic Name is too long or too deep')
    turn.begin()
    return intake.take(new Message({ ...packet, qos, packetId: 0 }, turn.now, undefined), undefined)
  }

  /** Lets a tap hear every packet, until the result is disposed of. */
  tap(tap: Tap): Disposable {
    return this.#surroundings.taps.put(tap)
  }

  /**
   * Fulfilled when everything that was taken so far, from clients and from the program, is durable;
   * at once where there is no store, and never if it has failed.
   */
  async durable(): Promise<void> {
    await this.#surroundings.journal?.durable()
  }

  /**
   * Calls `handler` with every message that the filter matches, until the result is disposed of.
   * @throws {RangeError} for a filter that is none, or beyond the limits.
   */
  subscribe(
    filter: string,
    handler: MessageHandler,
    options: LocalSubscriptionOptions = {},
  ): Disposable {
    const fault = topicFilterFault(filter)
    if (fault !== undefined || !fits(filter, this.#surroundings.limits)) {
      const got = JSON.stringify(filter.length > 80 ? `${filter.slice(0, 80)}...` : filter)
      const reason = fault?.reason ?? 'The Topic Filter is too long or too deep'
      throw new RangeError(`${reason}: got ${got}`)
    }
    const { qos = 2, retainAsPublished = false, retained = true } = options
    const retainHandling = retained ? 0 : 2
    const held = { filter, qos, retainAsPublished, retainHandling, noLocal: false } as const
    return new LocalSubscriber(this.#surroundings, held, handler)
  }

  /**
   * What clients may do has changed: asks the guards again about every subscription of those
   * chosen (all where left out), takes away what they may no longer have, and from then on asks
   * about each message to them before it is delivered: from here on for the first few dozen, and
   * soon for all others. Resolves when all were asked; rejects with what `chosen` throws.
   */
  async rightsChanged(chosen: (client: ClientInfo) => boolean = () => true): Promise<void> {
    this.#surroundings.turn.begin()
    await new RightsReview(this.#sessions, chosen, this.#surroundings).done
  }

  /**
   * Opens one more listener; its URL. @throws {Error} what the listener throws, or if the broker
   * is not started or is closed.
   */
  async open(listener: Listener | ListenerTerms): Promise<string> {
    if (this.#state !== 'open') throw new Error('A broker that is not running opens no listener')
    return this.#listeners.open(listener)
  }

  /** Stops to accept at a listener; the connections that came by it stay. */
  shut(listener: Listener): Promise<void> {
    return this.#listeners.close(listener)
  }

  /**
   * Other limits than those it was made with, from here on: what is there already stays, and
   * connections keep those they came under. Not `guardTimeoutMs`, `journalBytesMax` and
   * `logBytesMax`. @throws {RangeError} for a limit that is none.
   */
  limit(limits: Partial<BrokerLimits>): void {
    Object.assign(this.#surroundings.limits, limitsWith(limits))
    this.#listeners.limitsChanged()
  }

  /**
   * Other guards than those it was made with, from here on. Resolves when they were asked about all
   * that was granted before, as with `rightsChanged`.
   */
  guard(guards: Guards): Promise<void> {
    this.#surroundings.guarding.replace(guards)
    return this.rightsChanged()
  }

  /** Who may not come in. In memory only. */
  get bans(): Bans {
    return this.#surroundings.doorkeeper.bans
  }

  /** Ends the connection of a client; false if it has none. */
  disconnect(clientId: string, { reasonCode, cause, serverReference }: Dismissal): boolean {
    const session = this.#sessions.get(clientId)
    if (session?.connected !== true) return false
    this.#surroundings.turn.begin()
    session.endConnection(reasonCode, cause, serverReference)
    return true
  }

  /** How it stands, and what it did. */
  stats(): BrokerStats {
    const { counters, retained, journal, doorkeeper, memory, overload, queued } = this.#surroundings
    return {
      ...counters.snapshot(),
      connections: this.#connections.size,
      bans: doorkeeper.bans.size,
      listeners: this.#listeners.stats(),
      bytesQueued: queued.bytes,
      outboxBytes: memory.outboxBytes,
      memoryBytes: memory.bytes,
      overloadLevel: overload.level,
      sessions: this.#sessions.size,
      retainedMessages: retained.size,
      retainedBytes: retained.bytes,
      ...(journal !== undefined && { store: journal.stats }),
    }
  }

  async #shutDown({ reasonCode, cause, serverReference }: Dismissal): Promise<void> {
    const { limits, deadlines, overload, memory } = this.#surroundings
    this.#systemTopics?.[Symbol.dispose]()
    // Observers may close the broker from the middle of a turn: let it end first.
    const listeners = await this.#listeners.closeAll()
    const emptied = this.#connections.end(reasonCode, cause, serverReference)
    const timeout = this.#options.clock.after(limits.closeTimeoutMs, () => {
      this.#connections.destroy()
    })
    await emptied
    timeout[Symbol.dispose]()
    await this.#surroundings.journal?.drain()
    this.#surroundings.journal?.close()
    for (const ticking of [deadlines, overload, memory]) ticking[Symbol.dispose]()
    for (const result of listeners) if (result.status === 'rejected') throw result.reason
  }

  async #restore(): Promise<void> {
    const { journal, turn } = this.#surroundings
    if (journal === undefined) return
    const tell = this.#options.restoring ?? (() => {})
    turn.begin()
    const done = await new Restoration(journal, this.#surroundings, this.#sessions, tell).run()
    tell(done)
  }

  /** What of a session is to survive is stored before its client is told of it. */
  #keep(session: BrokerSession, stay: Stay): Promise<boolean> | undefined {
    const { journal } = this.#surroundings
    if (journal === undefined) return undefined
    const isKnown = session.keeping !== undefined && !session.isInDoubt
    session.keep(stay, () => journal.newNumber())
    // Without room a new session cannot be promised; others are let in, and stored later.
    const mayBeLater = isKnown || stay.expirySeconds === 0
    if (session.keeping === undefined || (mayBeLater && journal.isFull)) return undefined
    return this.#isStored(journal, mayBeLater)
  }

  async #isStored(journal: Journal, mayBeLater: boolean): Promise<boolean> {
    const isStored = await journal.stored()
    return isStored || mayBeLater
  }

  /** What was granted to whoever had the session before is asked about again. */
  #review(session: BrokerSession): void {
    if (!this.#surroundings.guarding.authorizes) return
    const review = new RightsReview(new Set([session]), () => true, this.#surroundings)
    review.done.catch((error: unknown) => this.#surroundings.observers.fault?.(error))
  }

  /** Nothing can be promised any more. */
  #failed(error: unknown): void {
    this.#surroundings.observers.failed?.(error)
    void this.#closeAfterFailure()
  }

  async #closeAfterFailure(): Promise<void> {
    try {
      await this.close()
    } catch (error) {
      this.#surroundings.observers.fault?.(error)
    }
  }

  #startSystemTopics(): void {
    const { systemTopicsEveryMs: everyMs = 10_000, clock, version = '' } = this.#options
    if (everyMs === 0) return
    const figures = (): SystemFigures => systemFiguresOf(this.stats(), version)
    this.#systemTopics = new SystemTopics(clock, everyMs, figures, (topic, text) => {
      this.publish({ topic, payload: new TextEncoder().encode(text), retain: true })
    })
  }

  #accept(transport: Transport, surroundings: EntrySurroundings): void {
    if (this.#state === 'closed') {
      transport.destroy()
      return
    }
    this.#connections.accept(transport, surroundings)
  }

  readonly #connectionOwner: ConnectionOwner = {
    admit: (connect, verdict, origin) =>
      this.#state === 'closed'
        ? ReasonCode.ServerUnavailable
        : this.#door.admit(connect, verdict, origin),
    review: (session) => this.#review(session),
    keep: (session, stay) => this.#keep(session, stay),
    left: (session, legacy) => this.#sessions.left(session, legacy, this.#surroundings.turn.now),
    closed: (connection) => this.#connections.closed(connection),
  }

  readonly #lifetimeOwner: LifetimeOwner = {
    publishWill: (will, session) => publishWill(will, session, this.#surroundings),
    expired: () => void this.#surroundings.counters.sessionsExpired++,
    ended: (session) => this.#sessions.remove(session),
  }
}

const SHUT_DOWN: Dismissal = {
  reasonCode: ReasonCode.ServerShuttingDown,
  cause: 'The server shuts down',
}
