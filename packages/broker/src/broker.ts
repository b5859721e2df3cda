/**
 * The broker: composes the rooms, opens and closes them. What happens to a message is told in
 * `connection.ts`, `publishing.ts`, `intake.ts`, `router.ts`, `session.ts`, `outbox.ts` and
 * `turn.ts`, in this order.
 */
import { encode, ReasonCode } from '@godwit/codec'
import type { PropertiesOf, QoS } from '@godwit/codec'
import { topicFilterFault } from '@godwit/topic'
import type { Clock, Listener, Transport } from '@godwit/transport'
import type { Capabilities } from './capabilities.ts'
import { surroundingsOf } from './composition.ts'
import { Connection } from './connection.ts'
import type { ConnectionOwner } from './connection.ts'
import { Door } from './door.ts'
import type { Guards } from './guards.ts'
import { fits } from './limits.ts'
import type { BacklogPolicy, BrokerLimits } from './limits.ts'
import { LocalSubscriber } from './local-subscriber.ts'
import type { MessageHandler } from './local-subscriber.ts'
import { Message } from './message.ts'
import type { ClientInfo, Observers } from './observers.ts'
import { RightsReview } from './rights-review.ts'
import { Sessions } from './sessions.ts'
import type { LifetimeOwner } from './session-lifetime.ts'
import type { ShareStrategy } from './share-group.ts'
import type { BrokerStats } from './stats.ts'
import type { Surroundings } from './surroundings.ts'
import { systemFiguresOf } from './system-figures.ts'
import { SystemTopics } from './sys.ts'
import type { SystemFigures } from './sys.ts'
import { publishWill } from './wills.ts'

/** What a broker is made of. */
export interface BrokerOptions {
  /** Where clients come from. */
  readonly listeners: readonly Listener[]
  /** Where time comes from: `systemClock`, or a virtual one in tests. */
  readonly clock: Clock
  /** What differs from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<BrokerLimits>
  /** What this broker is not to offer; all that MQTT has where left out. */
  readonly capabilities?: Partial<Capabilities>
  /** What happens when too much waits in a session; `drop-oldest` where left out. */
  readonly backlogPolicy?: BacklogPolicy
  /** How a Shared Subscription chooses among its members; `round-robin` where left out. */
  readonly shareStrategy?: ShareStrategy
  readonly guards?: Guards
  readonly observers?: Observers
  /** Names clients that come without a Client Identifier; must not repeat itself. */
  readonly newClientId?: () => string
  /** How often the `$SYS` topics are brought up to date; 10,000 where left out, 0 for never. */
  readonly systemTopicsEveryMs?: number
  /** What `$SYS/broker/version` says. */
  readonly version?: string
  /** For the hash tables that strangers fill; random where left out. */
  readonly seed?: number
}

/** A message that the program itself publishes. */
export interface BrokerMessage {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos?: QoS
  readonly retain?: boolean
  readonly properties?: PropertiesOf<'publish'>
}

/** How the program itself subscribes. */
export interface LocalSubscriptionOptions {
  /** The highest QoS of what it gets; 2 where left out. */
  readonly qos?: QoS
  readonly retainAsPublished?: boolean
  /** Whether it gets the Retained Messages there are; true where left out. */
  readonly retained?: boolean
}

/** Why the broker ends a connection. */
export interface Dismissal {
  readonly reasonCode: ReasonCode
  /** Told to MQTT 5.0 clients. */
  readonly cause: string
  /** Where to go, with Use another server and Server moved. */
  readonly serverReference?: string
}

/** An MQTT broker. */
export class Broker implements AsyncDisposable {
  readonly #options: BrokerOptions
  readonly #surroundings: Surroundings
  readonly #sessions: Sessions
  readonly #door: Door
  readonly #connections = new Set<Connection>()
  #systemTopics: SystemTopics | undefined
  #state: 'new' | 'open' | 'closed' = 'new'
  #closing: Promise<void> | undefined
  #emptied: (() => void) | undefined

  /** @throws {RangeError} for a limit that is none. */
  constructor(options: BrokerOptions) {
    this.#options = options
    this.#surroundings = surroundingsOf(options)
    this.#sessions = new Sessions(this.#surroundings, this.#lifetimeOwner)
    this.#door = new Door(this.#sessions, this.#surroundings, options.newClientId)
  }

  /**
   * Opens every listener and returns their URLs. If one cannot be opened, closes the others.
   * @throws {Error} what the listener threw, or if the broker was started or closed before.
   */
  async start(): Promise<readonly string[]> {
    if (this.#state !== 'new') throw new Error('A broker starts once: make another one')
    this.#state = 'open'
    const urls: string[] = []
    try {
      for (const listener of this.#options.listeners) {
        const { url } = await listener.listen((transport) => this.#accept(transport))
        urls.push(url)
      }
    } catch (error) {
      await this.close()
      throw error
    }
    if (this.#closing === undefined) {
      this.#startSystemTopics()
      return urls
    }
    await this.#closeListeners()
    throw new Error('The broker was closed while it started')
  }

  /**
   * Closes listeners and connections; MQTT 5.0 clients are told that the server shuts down. Those
   * that do not take their last bytes in `closeTimeoutMs` are cut off. Every call gets the same
   * promise. @throws {Error} what a listener threw, after everything else was closed.
   */
  close(): Promise<void> {
    this.#state = 'closed'
    return (this.#closing ??= this.#shutDown())
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
    const { counters, retained } = this.#surroundings
    const { messagesDropped, ...counted } = counters
    return {
      ...counted,
      messagesDropped: { ...messagesDropped },
      connections: this.#connections.size,
      sessions: this.#sessions.size,
      retainedMessages: retained.size,
      retainedBytes: retained.bytes,
    }
  }

  async #shutDown(): Promise<void> {
    const { limits, deadlines } = this.#surroundings
    this.#systemTopics?.[Symbol.dispose]()
    // Observers may close the broker from the middle of a turn: let it end first.
    const listeners = await this.#closeListeners()
    for (const connection of this.#connections) {
      connection.end(ReasonCode.ServerShuttingDown, 'The server shuts down')
    }
    const emptied = new Promise<void>((resolve) => {
      this.#emptied = resolve
    })
    const timeout = this.#options.clock.after(limits.closeTimeoutMs, () => {
      for (const connection of this.#connections) connection.destroy()
    })
    if (this.#connections.size > 0) await emptied
    timeout[Symbol.dispose]()
    deadlines[Symbol.dispose]()
    for (const result of listeners) if (result.status === 'rejected') throw result.reason
  }

  #closeListeners(): Promise<readonly PromiseSettledResult<void>[]> {
    return Promise.allSettled(this.#options.listeners.map((listener) => listener.close()))
  }

  #startSystemTopics(): void {
    const { systemTopicsEveryMs: everyMs = 10_000, clock, version = '' } = this.#options
    if (everyMs === 0) return
    const figures = (): SystemFigures => systemFiguresOf(this.stats(), version)
    this.#systemTopics = new SystemTopics(clock, everyMs, figures, (topic, text) => {
      this.publish({ topic, payload: new TextEncoder().encode(text), retain: true })
    })
  }

  #accept(transport: Transport): void {
    if (this.#state === 'closed') {
      transport.destroy()
      return
    }
    this.#surroundings.turn.begin()
    const connection = new Connection(transport, this.#connectionOwner, this.#surroundings)
    this.#connections.add(connection)
    this.#surroundings.deadlines.watch(connection)
  }

  readonly #connectionOwner: ConnectionOwner = {
    admit: (connect, verdict, { remoteAddress }) =>
      this.#state === 'closed'
        ? ReasonCode.ServerUnavailable
        : this.#door.admit(connect, verdict, remoteAddress),
    left: (session, legacy) => this.#sessions.left(session, legacy, this.#surroundings.turn.now),
    closed: (connection) => {
      this.#connections.delete(connection)
      if (this.#connections.size === 0) this.#emptied?.()
    },
  }

  readonly #lifetimeOwner: LifetimeOwner = {
    publishWill: (will, session) => publishWill(will, session, this.#surroundings),
    expired: () => void this.#surroundings.counters.sessionsExpired++,
    ended: (session) => this.#sessions.remove(session),
  }
}
