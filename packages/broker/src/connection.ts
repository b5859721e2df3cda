/**
 * Room 1: one Network Connection. Cuts the stream of bytes into packets where they lie, asks the
 * protocol what each means, and carries out its answer. Knows no rule of MQTT itself.
 *
 *     chunk -> Decoder -> ServerProtocol -> Publishing -> Intake   (PUBLISH)
 *                             |
 *                             +-> effects -> Outbox, Session        (everything else)
 *
 * While a guard makes up its mind the connection reads nothing, so its packets keep their order.
 */
import { encode, MqttError, PublishFrame, ReasonCode } from '@godwit/codec'
import type {
  AcknowledgementPacket,
  ConnectPacket,
  DecodedPacket,
  Packet,
  WillMessage,
} from '@godwit/codec'
import { ServerProtocol } from '@godwit/session'
import type { CloseEffect, ServerEffect } from '@godwit/session'
import type { Transport } from '@godwit/transport'
import { Acknowledging } from './acknowledging.ts'
import type { Watched } from './deadlines.ts'
import type { Admission } from './door.ts'
import { Entrance } from './entrance.ts'
import type { EntranceHost, Origin } from './entrance.ts'
import type { Verdict } from './guards.ts'
import type { Stay } from './keeping.ts'
import { Link } from './link.ts'
import type { ClientInfo } from './observers.ts'
import { Outbox } from './outbox.ts'
import type { OutboxClient } from './outbox.ts'
import { Publishing } from './publishing.ts'
import { Reading } from './reading.ts'
import type { ReadingHost } from './reading.ts'
import type { BrokerSession } from './session.ts'
import type { Legacy } from './session-lifetime.ts'
import { Subscribing } from './subscribing.ts'
import type { Tapped } from './taps.ts'
import type { EntrySurroundings } from './listeners.ts'

/** What a connection needs to know of the broker it belongs to. */
export interface ConnectionOwner {
  /** Finds the session for a client that is let in, or refuses with a Reason Code. */
  admit(connect: ConnectPacket, verdict: Verdict, origin: Origin): Admission | ReasonCode
  /**
   * What of a session is to survive is stored. `undefined` if nothing has to be waited for, false
   * if there is no room for it.
   */
  keep(session: BrokerSession, stay: Stay): Promise<boolean> | undefined
  /** What the client may do has changed. */
  review(session: BrokerSession): void
  /** The client said goodbye or was lost. */
  left(session: BrokerSession, legacy: Legacy): void
  /** The transport is gone; the connection is never heard of again. */
  closed(connection: Connection): void
}

/** One connection from its first byte to its last. */
export class Connection implements Watched, OutboxClient, EntranceHost, ReadingHost, Tapped {
  readonly #outbox: Outbox
  readonly #transport: Transport
  readonly #owner: ConnectionOwner
  readonly #surroundings: EntrySurroundings
  readonly #protocol: ServerProtocol
  readonly #reading: Reading
  readonly #entrance: Entrance
  readonly #acknowledging: Acknowledging
  readonly #publishing: Publishing
  readonly #subscribing: Subscribing
  #session: BrokerSession | undefined
  #will: WillMessage | undefined
  /** Its client was let in. */
  #isIn = false
  /** Its session was made for it. */
  #isNew = false
  /** Until then its authentication is good. */
  #welcomeUntil = Infinity

  /** Assigns the transport's callbacks, so that reading begins. */
  constructor(transport: Transport, owner: ConnectionOwner, surroundings: EntrySurroundings) {
    const { turn, terms } = surroundings
    this.#transport = transport
    this.#owner = owner
    this.#surroundings = surroundings
    this.#protocol = new ServerProtocol(terms, turn.now)
    this.#reading = new Reading(transport, surroundings, this.#protocol, this)
    this.#entrance = new Entrance(surroundings, this.#protocol, this)
    this.#subscribing = new Subscribing(surroundings, this.#protocol, this)
    this.#outbox = new Outbox(transport, surroundings, this)
    this.#acknowledging = new Acknowledging(this, surroundings, this.#protocol, this.#outbox)
    this.#publishing = new Publishing(surroundings, this.#protocol, this, this.#acknowledging)
    transport.onClose = (error) => this.#lost(error?.message ?? 'The connection was closed')
    transport.onDrain = () => this.#outbox.drained()
    transport.onData = (chunk) => this.#received(chunk)
  }

  /** See {@link EntranceHost}. */
  get origin(): Origin {
    const { remoteAddress, peer } = this.#transport
    const { name: listener } = this.#surroundings.entry
    return {
      remoteAddress,
      ...(listener !== undefined && { listener }),
      ...(peer !== undefined && { peer }),
    }
  }

  /** See {@link ReadingHost}. */
  get publishes(): boolean {
    return (this.#session?.deliveries.tally.messagesIn ?? 0) > 0
  }

  /** See {@link MemoryHolder}. */
  get outboxBytes(): number {
    return this.#outbox.bytes
  }

  /** See {@link MemoryHolder}. */
  get readBytes(): number {
    return this.#reading.decoder.bufferedBytes
  }

  /** See {@link Tapped}. */
  get client(): ClientInfo | undefined {
    return this.#session?.client
  }

  /** See {@link Watched}: the protocol's deadline, or that of a client that takes nothing. */
  deadline(now: number): number {
    const { stallTimeoutMs } = this.#surroundings.limits
    const stalledAt = this.#outbox.stalledSince(now) + stallTimeoutMs
    const silentAt = Math.max(this.#protocol.deadline, this.#reading.deafUntil)
    return Math.min(stalledAt, silentAt, this.#publishing.retryAt, this.#welcomeUntil)
  }

  /** See {@link Watched}. */
  expire(now: number): void {
    this.#surroundings.turn.begin()
    if (this.#outbox.stalledSince(now) + this.#surroundings.limits.stallTimeoutMs <= now) {
      this.end(ReasonCode.QuotaExceeded, 'The client took none of its bytes in time')
    } else if (this.#welcomeUntil <= now) {
      this.end(ReasonCode.NotAuthorized, 'The authentication of the client has expired')
    } else if (this.#publishing.retryAt <= now) {
      this.#retry(now)
    } else if (this.#reading.deafUntil <= now) {
      this.run(this.#protocol.timeout(now))
    }
  }

  /** See {@link OutboxClient}. */
  congested(): void {
    if (this.#protocol.state !== 'closed') this.#surroundings.deadlines.watch(this)
  }

  /** See {@link OutboxClient}. */
  drained(): void {
    this.#session?.pump()
  }

  /** See {@link ConnectionHost}. Never throws: it is called on behalf of others as well. */
  run(effects: readonly ServerEffect[]): void {
    try {
      for (const effect of effects) this.#carryOut(effect)
    } catch (error) {
      this.failed(error)
    }
  }

  /** See {@link ConnectionHost}. The promise must not reject. */
  wait(decision: Promise<() => void>): void {
    this.#reading.wait(decision)
  }

  /** See {@link EntranceHost}. */
  admit(connect: ConnectPacket, verdict: Verdict): Admission | ReasonCode {
    return this.#owner.admit(connect, verdict, this.origin)
  }

  /** See {@link EntranceHost}. */
  renew({ claims, expiresInMs = Infinity }: Verdict): void {
    const session = this.#session
    this.#welcomeUntil = this.#surroundings.turn.now + expiresInMs
    this.#surroundings.deadlines.watch(this)
    if (session === undefined || claims === undefined) return
    session.client = { ...session.client, claims }
    this.#owner.review(session)
  }

  /** See {@link EntranceHost}. */
  enter(admission: Admission, connect: ConnectPacket, verdict: Verdict): void {
    const { limits, turn, deadlines, observers, throttles } = this.#surroundings
    const { session, client, ...rest } = admission
    const { responseInformation, authenticationData } = verdict
    this.#session = session
    this.#acknowledging.session = session
    this.#isNew = !admission.sessionPresent
    session.client = client
    // Other claims are other rights than those under which it was subscribed.
    if (!this.#isNew && client.claims !== undefined) this.#owner.review(session)
    this.#welcomeUntil = turn.now + (verdict.expiresInMs ?? Infinity)
    this.#will = connect.will // [MQTT-3.1.2-7]
    this.#reading.decoder.maximumPacketSize = limits.packetBytesMax
    this.#reading.throttle = throttles.open(client, turn.now)
    const told = {
      ...(responseInformation !== undefined && { responseInformation }),
      ...(authenticationData !== undefined && { authenticationData }),
    }
    const accept = (): void => {
      if (this.#session !== session) return // It is gone, or sent away.
      this.#isIn = true
      this.#transport.admitted?.()
      observers.connected?.(client)
      const acceptance = { ...rest, ...told, exchanges: session }
      this.run(this.#protocol.accept(acceptance, turn.now))
      if (this.#session !== session) return // The client cannot take its CONNACK.
      deadlines.watch(this)
      session.acknowledgements = this.#acknowledging
      session.attach(this.#link(connect))
    }
    const stay = { expirySeconds: this.#protocol.sessionExpiryInterval, will: connect.will }
    const stored = this.#owner.keep(session, stay)
    if (stored === undefined) {
      accept()
      return
    }
    session.claim((...why) => this.end(...why))
    const refuse = (): void => {
      const cause = 'There is no room in the store for a new session'
      this.run(this.#protocol.reject(ReasonCode.QuotaExceeded, cause))
    }
    this.wait(stored.then((isStored) => (isStored ? accept : refuse)))
  }

  /** The broker ends the connection. */
  end(reasonCode: ReasonCode, cause: string, serverReference?: string): void {
    const details = serverReference === undefined ? undefined : { serverReference }
    this.run(this.#protocol.end(reasonCode, cause, details))
  }

  /** Drops the transport at once. */
  destroy(): void {
    this.#transport.destroy()
  }

  #received(chunk: Uint8Array): void {
    this.#reading.received(chunk)
    if (this.#outbox.overflowing) {
      this.end(ReasonCode.QuotaExceeded, 'The client takes nothing of what it asks for')
      this.#transport.destroy()
    }
  }

  #retry(now: number): void {
    try {
      this.#publishing.retry(now)
    } catch (error) {
      this.failed(error)
    }
  }

  /** See {@link ReadingHost}. */
  handle(packet: DecodedPacket): void {
    const { turn, counters } = this.#surroundings
    if (packet instanceof PublishFrame) {
      this.#publishing.take(packet, this.#session)
      return
    }
    this.#surroundings.taps.received?.(packet, this)
    counters.othersIn++
    if (isAcknowledgement(packet)) {
      const entry = this.#session?.entryOf(packet)
      const verdict = this.#protocol.receiveAcknowledgement(packet, turn.now, this.#acknowledging)
      if (verdict === 'settled') this.#session?.settled(entry)
    } else {
      this.run(this.#protocol.receive(packet, turn.now))
    }
  }

  #lost(cause: string): void {
    this.#surroundings.turn.begin()
    this.run(this.#protocol.lost(cause))
    this.#surroundings.deadlines.forget(this)
    this.#owner.closed(this)
  }

  /** The peer's fault ends the connection in order; ours ends it too, and is reported. */
  failed(error: unknown): void {
    if (error instanceof MqttError && error.fault === 'peer') {
      this.run(this.#protocol.fail(error, this.#reading.decoder.version))
      return
    }
    this.#surroundings.observers.fault?.(error)
    if (this.#protocol.state === 'closed') this.#transport.destroy()
    else this.end(ReasonCode.ImplementationSpecificError, 'The broker failed, and has logged how')
  }

  #carryOut(effect: ServerEffect): void {
    const session = this.#session
    switch (effect.type) {
      case 'send':
        this.#send(effect.packet)
        break
      case 'authenticate':
        this.#entrance.begin(effect.connect)
        break
      case 'authentication':
        this.#entrance.goOn(effect.packet, effect.renewal, this.#session?.client)
        break
      case 'subscribe':
        if (session !== undefined) this.#subscribing.subscribe(effect.packet, session)
        break
      case 'unsubscribe':
        if (session !== undefined) this.#subscribing.unsubscribe(effect.packet, session)
        break
      case 'close':
        this.#close(effect)
        break
    }
  }

  #send(packet: Packet): void {
    this.#surroundings.taps.sent?.(packet, this)
    const bytes = encode(packet, this.#protocol.version)
    // [MQTT-3.1.2-24] [MQTT-3.1.2-25]
    if (bytes.length <= this.#protocol.maximumPacketSize) this.#outbox.add(bytes)
  }

  #link({ cleanStart, will }: ConnectPacket): Link {
    const { version, maximumPacketSize, outboundAliases } = this.#protocol
    const { keepAliveSeconds, sessionExpiryInterval: sessionExpirySeconds } = this.#protocol
    const connectedAt = this.#surroundings.turn.now
    return new Link({
      grant: { connectedAt, cleanStart, keepAliveSeconds, sessionExpirySeconds, will },
      version,
      maximumPacketSize,
      outbox: this.#outbox,
      taps: this.#surroundings.taps,
      tapped: this,
      aliases: outboundAliases,
      end: (...why) => this.end(...why),
    })
  }

  #close({ reasonCode, publishWill, cause }: CloseEffect): void {
    const { observers, deadlines, counters } = this.#surroundings
    const session = this.#session
    const will = publishWill ? this.#will : undefined
    this.#session = undefined
    this.#acknowledging.session = undefined
    this.#will = undefined // [MQTT-3.1.2-10]
    deadlines.forget(this)
    this.#publishing.closed(session)
    this.#reading.close()
    this.#outbox.end()
    if (!this.#isIn) {
      counters.refused(reasonCode)
      observers.refused?.(this.#transport.remoteAddress, reasonCode, cause)
    }
    if (session === undefined) return
    if (this.#isIn) observers.disconnected?.(session.client, reasonCode, cause)
    // Of a new session that its client was never told of, nothing is kept.
    const isUntold = this.#isNew && !this.#isIn
    const expirySeconds = isUntold ? 0 : this.#protocol.sessionExpiryInterval
    this.#owner.left(session, { expirySeconds, will })
  }
}

function isAcknowledgement(
  packet: Exclude<DecodedPacket, PublishFrame>,
): packet is AcknowledgementPacket {
  const { type } = packet
  return type === 'puback' || type === 'pubrec' || type === 'pubrel' || type === 'pubcomp'
}
