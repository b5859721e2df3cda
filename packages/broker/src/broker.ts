/**
 * The broker: composes the rooms, opens and closes them. What happens to a message is told in
 * `connection.ts`, `router.ts`, `session.ts`, `outbox.ts` and `turn.ts`, in this order.
 */
import { encode, Publication, ReasonCode } from '@godwit/codec'
import type { ConnectPacket, PropertiesOf, QoS } from '@godwit/codec'
import type { ServerLimits } from '@godwit/session'
import type { Clock, Listener, Transport } from '@godwit/transport'
import { Connection } from './connection.ts'
import type { Admission, ConnectionOwner } from './connection.ts'
import { Deadlines } from './deadlines.ts'
import { fits, limitsWith } from './limits.ts'
import type { BrokerLimits } from './limits.ts'
import { contained } from './observers.ts'
import type { ClientInfo, Observers } from './observers.ts'
import { Router } from './router.ts'
import { BrokerSession } from './session.ts'
import { Sessions } from './sessions.ts'
import { SlabPool } from './slab.ts'
import { Counters } from './stats.ts'
import type { BrokerStats } from './stats.ts'
import type { Surroundings } from './surroundings.ts'
import { Turn } from './turn.ts'

/** What a broker is made of. */
export interface BrokerOptions {
  /** Where clients come from. */
  readonly listeners: readonly Listener[]
  /** Where time comes from: `systemClock`, or a virtual one in tests. */
  readonly clock: Clock
  /** What differs from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<BrokerLimits>
  readonly observers?: Observers
  /** Names clients that come without a Client Identifier; must not repeat itself. */
  readonly newClientId?: () => string
}

/** A message that the program itself publishes. */
export interface BrokerMessage {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos?: QoS
  readonly retain?: boolean
  readonly properties?: PropertiesOf<'publish'>
}

/** An MQTT broker. */
export class Broker implements AsyncDisposable {
  readonly #options: BrokerOptions
  readonly #surroundings: Surroundings
  readonly #sessions = new Sessions()
  readonly #connections = new Set<Connection>()
  #state: 'new' | 'open' | 'closed' = 'new'
  #closing: Promise<void> | undefined
  #emptied: (() => void) | undefined

  /** @throws {RangeError} for a limit that is none. */
  constructor(options: BrokerOptions) {
    this.#options = options
    const limits = limitsWith(options.limits)
    const { clock } = options
    const observers = contained(options.observers ?? {})
    this.#surroundings = {
      limits,
      terms: termsOf(limits),
      turn: new Turn(clock, (error) => observers.fault?.(error)),
      slabs: new SlabPool(),
      router: new Router(limits),
      deadlines: new Deadlines(clock),
      counters: new Counters(),
      observers,
    }
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
    if (this.#closing === undefined) return urls
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
   * Publishes a message to whoever is subscribed.
   * @throws {MqttError} if it cannot be encoded; {RangeError} for a Topic Name beyond the limits.
   */
  publish(message: BrokerMessage): void {
    const { turn, router, limits } = this.#surroundings
    const { topic, payload, qos = 0, retain = false, properties = {} } = message
    const packet = { type: 'publish', dup: false, topic, payload, retain, properties } as const
    encode({ ...packet, qos: 0, packetId: 0 }, 5)
    if (!fits(topic, limits)) throw new RangeError('The Topic Name is too long or too deep')
    turn.begin()
    router.route(new Publication({ ...packet, qos, packetId: 0 }), undefined)
  }

  /** How it stands, and what it did. */
  stats(): BrokerStats {
    const { counters } = this.#surroundings
    let subscriptions = 0
    for (const session of this.#sessions) subscriptions += session.subscriptions
    return {
      connections: this.#connections.size,
      sessions: this.#sessions.size,
      subscriptions,
      messagesIn: counters.messagesIn,
      messagesOut: counters.messagesOut,
      messagesDropped: { ...counters.messagesDropped },
    }
  }

  async #shutDown(): Promise<void> {
    const { limits, deadlines } = this.#surroundings
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

  #accept(transport: Transport): void {
    if (this.#state === 'closed') {
      transport.destroy()
      return
    }
    this.#surroundings.turn.begin()
    const connection = new Connection(transport, this.#owner, this.#surroundings)
    this.#connections.add(connection)
    this.#surroundings.deadlines.watch(connection)
  }

  readonly #owner: ConnectionOwner = {
    admit: (connect, connection) => this.#admit(connect, connection),
    ended: (session) => {
      this.#sessions.remove(session.client.clientId, session)
      session.end()
    },
    closed: (connection) => {
      this.#connections.delete(connection)
      if (this.#connections.size === 0) this.#emptied?.()
    },
  }

  #admit(connect: ConnectPacket, connection: Connection): Admission | ReasonCode {
    if (this.#state === 'closed') return ReasonCode.ServerUnavailable
    const { will } = connect
    if (will !== undefined && !fits(will.topic, this.#surroundings.limits)) {
      return ReasonCode.TopicNameInvalid
    }
    const assigned = connect.clientId === ''
    const clientId = assigned ? this.#newClientId() : connect.clientId
    if (clientId === undefined) return ReasonCode.ClientIdentifierNotValid
    const client: ClientInfo = {
      clientId,
      username: connect.username,
      version: connect.version,
      remoteAddress: connection.remoteAddress,
    }
    const session = new BrokerSession(
      client,
      connection.outbox,
      connection.maximumPacketSize,
      this.#surroundings,
    )
    this.#sessions.add(clientId, connection, session)
    // [MQTT-3.1.3-6] [MQTT-3.1.3-7]
    return assigned ? { session, assignedClientIdentifier: clientId } : { session }
  }

  /** A name that no session has; `undefined` if `newClientId` repeats itself. [MQTT-3.2.2-16] */
  #newClientId(): string | undefined {
    const make = this.#options.newClientId ?? randomClientId
    for (let attempt = 0; attempt < 8; attempt++) {
      const clientId = make()
      if (!this.#sessions.has(clientId)) return clientId
    }
    return undefined
  }
}

/** What this broker can do, in the words of the protocol. */
function termsOf(limits: BrokerLimits): ServerLimits {
  return { ...limits, maximumQoS: 0, retainAvailable: false, sharedSubscriptionAvailable: false }
}

/** The Web Crypto API, which every host has. */
declare const crypto: { randomUUID(): string }

function randomClientId(): string {
  return `auto-${crypto.randomUUID()}`
}
