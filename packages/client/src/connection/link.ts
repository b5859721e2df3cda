/**
 * One Network Connection: cuts the stream of bytes into packets, asks the protocol what each means
 * and carries out its answer. Knows no rule of MQTT, and not what comes before or after.
 *
 *     chunk -> ClientDecoder -> ClientProtocol -> deliver, acknowledged   (PUBLISH and its answers)
 *                                    +-> effects -> Outgoing, owner       (everything else)
 *
 * What goes wrong in here ends this connection and nothing else: every way in from the event loop
 * is guarded.
 */
import { ClientDecoder, encode, MqttError, ReasonCode } from '@godwit/codec'
import type {
  AcknowledgementPacket,
  DecodedPacket,
  PropertiesOf,
  ProtocolVersion,
  PublishFrame,
  SubscribePacket,
  Subscription,
  UnsubscribePacket,
} from '@godwit/codec'
import { ClientProtocol } from '@godwit/session'
import type {
  ClientCloseEffect,
  ClientEffect,
  ClientOutput,
  ClientSession,
  ConnectOptions,
  Delivery,
  LeavingDetails,
  PublishOutcome,
  ServerTerms,
} from '@godwit/session'
import type { Clock, Transport } from '@godwit/transport'
import { DeadlineWatch } from './deadline-watch.ts'
import type { LinkOwner, LinkParts } from './link-owner.ts'
import { PROPERTY_BYTES_MAX } from '../limits.ts'
import type { LinkPort } from './link-port.ts'
import { Outgoing } from './outgoing.ts'
import type { OutgoingOwner } from './outgoing.ts'
import type { Publication } from '../outbox/publication.ts'

/** One connection, from CONNECT on. */
export class Link implements LinkPort, OutgoingOwner {
  readonly version: ProtocolVersion
  /** Resolves when the transport is gone. */
  readonly gone: Promise<void>
  readonly #transport: Transport
  readonly #session: ClientSession<Publication>
  readonly #clock: Clock
  readonly #owner: LinkOwner
  readonly #protocol: ClientProtocol<Publication>
  readonly #decoder: ClientDecoder
  readonly #outgoing: Outgoing
  readonly #watch: DeadlineWatch
  #terms: ServerTerms | undefined
  /** When the turn began. */
  #now: number
  /** Nothing is taken from the decoder: an answer of ours is due first. */
  #held = false
  /** Nothing is read, because the server does not read either. */
  #overflowed = false
  /** Exchanges have ended since the owner was told of room. */
  #freed = false
  #fault: unknown
  #ended = false

  /** Says CONNECT and begins to read. @throws {MqttError} for options that may not be said. */
  constructor(parts: LinkParts, options: ConnectOptions) {
    const { transport, session, limits, clock, owner } = parts
    const { version } = options
    this.version = version
    this.#transport = transport
    this.#session = session
    this.#clock = clock
    this.#owner = owner
    this.#now = clock.now()
    this.#protocol = new ClientProtocol(session, limits)
    this.#decoder = new ClientDecoder({
      version,
      maximumPacketSize: limits.packetBytesMax,
      propertyBytesMax: PROPERTY_BYTES_MAX,
    })
    this.#outgoing = new Outgoing(transport, version, clock, this)
    this.#watch = new DeadlineWatch(clock, () => this.#expired())
    this.#carryOut(this.#protocol.connect(options, this.#now))
    this.#watch.until(this.#protocol.deadline)
    this.gone = new Promise((resolve) => {
      transport.onClose = (error) => {
        resolve()
        this.lose(error?.message ?? 'The server closed the connection', error)
      }
    })
    transport.onDrain = () => this.#drained()
    transport.onData = (chunk) => this.#received(chunk)
  }

  /** See {@link LinkPort}. @throws {TypeError} before CONNACK. */
  get terms(): ServerTerms {
    if (this.#terms === undefined) throw new TypeError('There are no terms before CONNACK')
    return this.#terms
  }

  /** Whether the server has let the client in. */
  get isEntered(): boolean {
    return this.#terms !== undefined
  }

  /** See {@link LinkPort}. While something is sent again, nothing new may overtake it. */
  get hasRoom(): boolean {
    return this.#outgoing.hasRoom && !this.#protocol.resending && !this.#ended
  }

  /** See {@link LinkPort}. */
  get output(): ClientOutput<Publication> {
    return this.#outgoing
  }

  /** See {@link LinkPort}. */
  publish(message: Publication): PublishOutcome {
    if (!this.#outgoing.pending) this.#now = this.#clock.now()
    return this.#protocol.publish(message, this.#now, this.#outgoing)
  }

  /** See {@link LinkPort}. */
  subscribe(
    subscriptions: readonly Subscription[],
    properties?: PropertiesOf<'subscribe'>,
  ): SubscribePacket {
    const effects = this.#protocol.subscribe(subscriptions, this.#clock.now(), properties)
    this.#carryOut(effects)
    return effects[0].packet
  }

  /** See {@link LinkPort}. */
  unsubscribe(filters: readonly string[]): UnsubscribePacket {
    const effects = this.#protocol.unsubscribe(filters, this.#clock.now())
    this.#carryOut(effects)
    return effects[0].packet
  }

  /** See {@link LinkPort}. */
  settle(delivery: Delivery, reasonCode: ReasonCode): void {
    const output = this.#ended ? this.#owner.output : this.#outgoing
    this.#protocol.settle(delivery, reasonCode, output)
  }

  /** Sends again what a resumed session has left to say. */
  resend(): void {
    if (this.#protocol.resending) this.#protocol.resend(this.#outgoing)
  }

  /** Takes no more packets until `proceed`, or `authenticate` if that is what is awaited. */
  hold(): void {
    this.#held = true
    this.#regulate()
  }

  /** Goes on with what has come meanwhile, after `first`. */
  proceed(first?: () => void): void {
    this.#guarded(() => {
      first?.()
      this.#held = false
      this.#read()
      this.#regulate()
    })
  }

  /** Answers the server's challenge. */
  authenticate(authenticationData: Uint8Array | undefined): void {
    const details = authenticationData === undefined ? {} : { authenticationData }
    this.#guarded(() => this.#carryOut(this.#protocol.authenticate(details, this.#clock.now())))
    this.proceed()
  }

  /** Begins another authentication. @throws {MqttError} where there can be none. */
  reauthenticate(authenticationData: Uint8Array | undefined): void {
    const details = authenticationData === undefined ? {} : { authenticationData }
    this.#carryOut(this.#protocol.reauthenticate(details, this.#clock.now()))
  }

  /** Says goodbye, because of `fault` if something has failed. @throws {MqttError} for details. */
  leave(reasonCode: ReasonCode, cause: string, details?: LeavingDetails, fault?: unknown): void {
    if (this.#ended) return
    this.#fault = fault
    this.#carryOut(this.#protocol.end(reasonCode, cause, details))
  }

  /** The transport is gone, or given up. */
  lose(cause: string, fault?: unknown): void {
    this.#guarded(() => {
      this.#fault ??= fault
      this.#carryOut(this.#protocol.lost(cause))
    })
  }

  /** Looks at the clock: the time may have come without a timer. */
  look(): void {
    this.#expired()
  }

  /** Cuts off a server that does not answer the end. */
  destroy(): void {
    this.#transport.destroy()
  }

  /** See {@link OutgoingOwner}. */
  refused(message: Publication, error: MqttError): void {
    this.#owner.refused(message, error)
  }

  /** See {@link OutgoingOwner}. */
  rested(): void {
    this.#guarded(() => this.#goOn())
  }

  /** See {@link OutgoingOwner}. */
  overflowed(): void {
    this.#overflowed = true
    this.#regulate()
  }

  /** See {@link OutgoingOwner}. */
  broken(error: unknown): void {
    this.lose('Writing to the connection failed', error)
  }

  #received(chunk: Uint8Array): void {
    if (this.#ended) return
    this.#now = this.#clock.now()
    try {
      this.#decoder.push(chunk)
      this.#read()
    } catch (error) {
      this.#fail(error)
    }
  }

  #read(): void {
    let packet
    while (!this.#held && !this.#ended && (packet = this.#decoder.next()) !== undefined) {
      this.#take(packet)
    }
    if (!this.#freed) return
    this.#freed = false
    if (this.hasRoom) this.#owner.room()
  }

  #take(packet: DecodedPacket): void {
    if (packet.type === 'publish') {
      const verdict = this.#protocol.receivePublish(packet, this.#now, this.#outgoing)
      if (verdict === 'deliver') this.#owner.deliver(packet)
    } else if (isAcknowledgement(packet)) {
      this.#acknowledged(packet)
    } else {
      this.#carryOut(this.#protocol.receive(packet, this.#now))
    }
  }

  #acknowledged(packet: AcknowledgementPacket): void {
    if (packet.type === 'pubrec' && packet.reasonCode < 0x80) {
      const taken = this.#session.sender.message(packet.packetId)
      if (taken?.qos === 2) {
        taken.received = true
        taken.receivedWith = packet.reasonCode
      }
    }
    const over = this.#protocol.receiveAcknowledgement(packet, this.#now, this.#outgoing)
    this.#freed = true
    if (over !== undefined) this.#owner.acknowledged(over, packet)
  }

  #carryOut(effects: readonly ClientEffect<Publication>[]): void {
    for (const effect of effects) {
      switch (effect.type) {
        case 'send':
          this.#outgoing.publish(encode(effect.packet, this.version))
          break
        case 'connected':
          this.#terms = effect.terms
          this.#watch.until(this.#protocol.deadline)
          this.#owner.entered(effect)
          break
        case 'authentication':
          this.hold()
          this.#owner.challenged(effect.packet)
          break
        case 'reauthenticated':
          this.#owner.reauthenticated(effect.packet)
          break
        case 'subscribed':
          this.#owner.subscribed(effect)
          break
        case 'unsubscribed':
          this.#owner.unsubscribed(effect)
          break
        case 'close':
          this.#close(effect)
          break
      }
    }
  }

  #close(effect: ClientCloseEffect<Publication>): void {
    this.#ended = true
    this.#watch.end()
    if (effect.origin === 'loss') {
      this.#transport.destroy()
    } else {
      this.#outgoing.finish()
      this.#transport.close()
    }
    this.#owner.ended(effect, this.#fault)
  }

  #drained(): void {
    this.#guarded(() => {
      this.#protocol.taken(this.#clock.now())
      this.#outgoing.drained()
      this.#overflowed = false
      this.#regulate()
      this.#goOn()
    })
  }

  /** There is room again: first for what is sent again. */
  #goOn(): void {
    this.resend()
    if (this.hasRoom) this.#owner.room()
  }

  #expired(): void {
    this.#guarded(() => {
      this.#now = this.#clock.now()
      this.#carryOut(this.#protocol.timeout(this.#now))
      this.#watch.until(this.#protocol.deadline)
    })
  }

  /** Reads, or does not. */
  #regulate(): void {
    if (this.#ended) return
    if (this.#held || this.#overflowed) this.#transport.pause()
    else this.#transport.resume()
  }

  #guarded(work: () => void): void {
    if (this.#ended) return
    try {
      work()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** The server has broken the rules, or we have a bug. */
  #fail(error: unknown): void {
    const isPeer = error instanceof MqttError && error.fault === 'peer'
    this.#fault ??= error
    try {
      this.#carryOut(
        isPeer ? this.#protocol.fail(error) : this.#protocol.end(BUG.reasonCode, BUG.cause),
      )
    } finally {
      if (!this.#ended) this.#close({ type: 'close', origin: 'loss', ...BUG, discarded: [] })
    }
  }
}

function isAcknowledgement(
  packet: Exclude<DecodedPacket, PublishFrame>,
): packet is AcknowledgementPacket {
  const { type } = packet
  return type === 'puback' || type === 'pubrec' || type === 'pubrel' || type === 'pubcomp'
}

/** How a connection ends whose client has thrown what it never should. */
const BUG = {
  reasonCode: ReasonCode.ImplementationSpecificError,
  name: 'Implementation specific error',
  cause: 'The client has failed',
} as const
