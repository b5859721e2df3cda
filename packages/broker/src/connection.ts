/**
 * Room 1: one Network Connection. Cuts the stream of bytes into packets where they lie, asks the
 * protocol what each means, and carries out its answer. Knows no rule of MQTT itself.
 *
 *     chunk -> Decoder -> ServerProtocol -> Router            (PUBLISH)
 *                             |
 *                             +-> effects -> Outbox, Session   (everything else)
 */
import { Decoder, encode, MqttError, Publication, PublishFrame, ReasonCode } from '@godwit/codec'
import type {
  ConnectPacket,
  Packet,
  SubscribePacket,
  UnsubscribePacket,
  WillMessage,
} from '@godwit/codec'

import { ServerProtocol } from '@godwit/session'
import type { CloseEffect, ServerEffect } from '@godwit/session'
import type { Transport } from '@godwit/transport'
import type { Watched } from './deadlines.ts'
import { Outbox } from './outbox.ts'
import type { BrokerSession } from './session.ts'
import type { Surroundings } from './surroundings.ts'

/** What a connection needs to know of the broker it belongs to. */
export interface ConnectionOwner {
  /** Makes a session for a client that is let in, or refuses with a Reason Code. */
  admit(connect: ConnectPacket, connection: Connection): Admission | ReasonCode
  /** The session is over: the client said goodbye or was lost. */
  ended(session: BrokerSession): void
  /** The transport is gone; the connection is never heard of again. */
  closed(connection: Connection): void
}

/** A client that was let in. */
export interface Admission {
  readonly session: BrokerSession
  readonly assignedClientIdentifier?: string
}

/** One connection from its first byte to its last. */
export class Connection implements Watched {
  readonly outbox: Outbox
  readonly #transport: Transport
  readonly #owner: ConnectionOwner
  readonly #surroundings: Surroundings
  readonly #decoder: Decoder
  readonly #protocol: ServerProtocol
  #session: BrokerSession | undefined
  #will: WillMessage | undefined

  /** Assigns the transport's callbacks, so that reading begins. */
  constructor(transport: Transport, owner: ConnectionOwner, surroundings: Surroundings) {
    const { limits, turn, terms, deadlines } = surroundings
    this.#transport = transport
    this.#owner = owner
    this.#surroundings = surroundings
    this.#decoder = new Decoder({ version: 4, maximumPacketSize: limits.connectBytesMax })
    this.#protocol = new ServerProtocol(terms, turn.now)
    this.outbox = new Outbox(transport, surroundings, () => {
      if (this.#protocol.state !== 'closed') deadlines.watch(this)
    })
    transport.onClose = (error) => this.#lost(error?.message ?? 'The connection was closed')
    transport.onDrain = () => this.outbox.drained()
    transport.onData = (chunk) => this.#received(chunk)
  }

  /** The address of the peer. */
  get remoteAddress(): string {
    return this.#transport.remoteAddress
  }

  /** The most bytes that a packet to the client may have. */
  get maximumPacketSize(): number {
    return this.#protocol.maximumPacketSize
  }

  /** See {@link Watched}: the protocol's deadline, or that of a client that takes nothing. */
  deadline(now: number): number {
    const { stallTimeoutMs } = this.#surroundings.limits
    return Math.min(this.#protocol.deadline, this.outbox.stalledSince(now) + stallTimeoutMs)
  }

  /** See {@link Watched}. */
  expire(now: number): void {
    this.#surroundings.turn.begin()
    if (this.outbox.stalledSince(now) + this.#surroundings.limits.stallTimeoutMs <= now) {
      this.end(ReasonCode.QuotaExceeded, 'The client took none of its bytes in time')
    } else {
      this.#run(this.#protocol.timeout(now))
    }
  }

  /** The broker ends the connection. */
  end(reasonCode: ReasonCode, cause: string): void {
    this.#run(this.#protocol.end(reasonCode, cause))
  }

  /** Drops the transport at once. */
  destroy(): void {
    this.#transport.destroy()
  }

  #received(chunk: Uint8Array): void {
    if (this.#protocol.state === 'closed') return
    this.#surroundings.turn.begin()
    try {
      this.#decoder.push(chunk)
      this.#handlePackets()
    } catch (error) {
      this.#failed(error)
    }
    if (this.outbox.overflowing) {
      this.end(ReasonCode.QuotaExceeded, 'The client takes nothing of what it asks for')
      this.#transport.destroy()
    }
  }

  #handlePackets(): void {
    const { turn, router, counters } = this.#surroundings
    const protocol = this.#protocol
    while (protocol.state !== 'closed') {
      const packet = this.#decoder.next()
      if (packet === undefined) return
      if (packet instanceof PublishFrame) {
        protocol.receivePublish(packet, turn.now)
        counters.messagesIn++
        router.route(new Publication(packet), this.#session)
      } else {
        this.#run(protocol.receive(packet, turn.now))
      }
    }
  }

  #lost(cause: string): void {
    this.#surroundings.turn.begin()
    this.#run(this.#protocol.lost(cause))
    this.#surroundings.deadlines.forget(this)
    this.#owner.closed(this)
  }

  /** Never throws: `end`, `expire` and `#lost` are called on behalf of others. */
  #run(effects: readonly ServerEffect[]): void {
    try {
      for (const effect of effects) this.#carryOut(effect)
    } catch (error) {
      this.#failed(error)
    }
  }

  /** The peer's fault ends the connection in order; ours ends it too, and is reported. */
  #failed(error: unknown): void {
    if (error instanceof MqttError && error.fault === 'peer') {
      this.#run(this.#protocol.fail(error, this.#decoder.version))
      return
    }
    this.#surroundings.observers.fault?.(error)
    if (this.#protocol.state === 'closed') this.#transport.destroy()
    else this.end(ReasonCode.ImplementationSpecificError, 'The broker failed, and has logged how')
  }

  #carryOut(effect: ServerEffect): void {
    switch (effect.type) {
      case 'send':
        this.#send(effect.packet)
        break
      case 'authenticate':
        this.#authenticate(effect.connect)
        break
      case 'subscribe':
        this.#subscribe(effect.packet)
        break
      case 'unsubscribe':
        this.#unsubscribe(effect.packet)
        break
      case 'close':
        this.#close(effect)
        break
    }
  }

  #send(packet: Packet): void {
    const bytes = encode(packet, this.#protocol.version)
    // [MQTT-3.1.2-24] [MQTT-3.1.2-25]
    if (bytes.length <= this.#protocol.maximumPacketSize) this.outbox.add(bytes)
  }

  #authenticate(connect: ConnectPacket): void {
    const { limits, turn, deadlines, observers } = this.#surroundings
    const admission = this.#owner.admit(connect, this)
    if (typeof admission === 'number') {
      this.#run(this.#protocol.reject(admission, 'The broker refused the client'))
      return
    }
    const { session, ...rest } = admission
    this.#session = session
    this.#will = connect.will // [MQTT-3.1.2-7]
    this.#decoder.maximumPacketSize = limits.packetBytesMax
    observers.connected?.(session.client)
    this.#run(this.#protocol.accept({ sessionPresent: false, ...rest }, turn.now))
    if (this.#protocol.state !== 'closed') deadlines.watch(this)
  }

  #subscribe(packet: SubscribePacket): void {
    const { limits } = this.#surroundings
    const identifier = packet.properties?.subscriptionIdentifier
    const codes = packet.subscriptions.map((subscription, index) =>
      index < limits.subscribeFiltersMax && this.#session !== undefined
        ? this.#session.subscribe(subscription, identifier)
        : ReasonCode.QuotaExceeded,
    )
    this.#run(this.#protocol.subscribed(packet.packetId, codes)) // [MQTT-3.8.4-5]
  }

  #unsubscribe(packet: UnsubscribePacket): void {
    const session = this.#session
    const codes = packet.filters.map(
      (filter) => session?.unsubscribe(filter) ?? ReasonCode.NoSubscriptionExisted,
    )
    this.#run(this.#protocol.unsubscribed(packet.packetId, codes)) // [MQTT-3.10.4-6]
  }

  #close({ reasonCode, publishWill, cause }: CloseEffect): void {
    const { observers, deadlines } = this.#surroundings
    const session = this.#session
    const will = this.#will
    this.#session = undefined
    this.#will = undefined // [MQTT-3.1.2-10]
    deadlines.forget(this)
    this.outbox.end()
    if (session === undefined) {
      observers.refused?.(this.remoteAddress, reasonCode, cause)
      return
    }
    this.#owner.ended(session)
    observers.disconnected?.(session.client, reasonCode, cause)
    if (publishWill && will !== undefined) this.#publishWill(will)
  }

  /** A will is a message like any other; nothing outlives the connection to delay it for. */
  #publishWill({ topic, payload, qos, retain, properties }: WillMessage): void {
    const { willDelayInterval: _, ...kept } = properties ?? {}
    const message = { topic, payload, qos, retain, properties: kept } // [MQTT-3.1.2-14]
    const packet = { type: 'publish', dup: false, packetId: 0, ...message } as const
    this.#surroundings.router.route(new Publication(packet), undefined)
  }
}
