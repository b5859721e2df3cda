// A program with a session that outlives its connections: it publishes when there is room, settles
// what it was sent when it is told to, and comes back.

import { Decoder, encode, ReasonCode } from '@godwit/codec'
import type {
  AcknowledgementPacket,
  AcknowledgementType,
  DecodedPacket,
  MqttError,
  PacketIdentifier,
  PublishFrame,
} from '@godwit/codec'
import { ClientProtocol, ClientSession } from '@godwit/session'
import type { ClientEffect, ClientOutput, ConnectedEffect, SubscribedEffect } from '@godwit/session'
import type { MemoryOptions, VirtualClock } from '@godwit/transport/testing'
import { limitsOf } from './client-plan.ts'
import type { ClientPlan } from './client-plan.ts'
import { demand } from './delivery-account.ts'
import type { DeliveryAccount, NumberedMessage } from './delivery-account.ts'
import type { PortionedLine, PortionedListener } from './portioned-line.ts'

/** What surrounds a client. */
export interface ClientSurroundings {
  readonly clock: VirtualClock
  readonly listener: PortionedListener
  readonly account: DeliveryAccount
}

type Protocol = ClientProtocol<NumberedMessage>
type Effect = ClientEffect<NumberedMessage>

/** One client. */
export class PersistentClient implements ClientOutput<NumberedMessage> {
  readonly clientId: string
  readonly plan: ClientPlan
  /** How many packets of exchanges it was sent. */
  heard = 0
  readonly #surroundings: ClientSurroundings
  readonly #session = new ClientSession<NumberedMessage>()
  readonly #backlog: NumberedMessage[] = []
  readonly #unsettled: (() => void)[] = []
  readonly #lines: PortionedLine[] = []
  #protocol: Protocol
  #line: PortionedLine
  /** Whether the broker has its session, as far as it knows. */
  #exists = false
  /** Whether that has its subscriptions. */
  #isSubscribed = false
  #isClean = false

  constructor(clientId: string, plan: ClientPlan, surroundings: ClientSurroundings) {
    this.clientId = clientId
    this.plan = plan
    this.#surroundings = surroundings
    this.#protocol = this.#newProtocol()
    this.#line = this.#dial()
    this.#sayConnect(false)
  }

  /** Where its connection stands. */
  get state(): Protocol['state'] {
    return this.#protocol.state
  }

  /** Whether it is connected and has nothing left to say. */
  get isAtRest(): boolean {
    const left = this.#session.sender.inFlight + this.#backlog.length + this.#unsettled.length
    return this.state === 'connected' && this.#isSubscribed && left === 0
  }

  /** Opens a connection, while the former one may not know yet that it is given up. */
  connect(cleanStart = false): void {
    this.#protocol.lost('It is given up')
    this.#protocol = this.#newProtocol()
    this.#line = this.#dial()
    this.#sayConnect(cleanStart)
  }

  /** Its session ends, with whatever was on its way; a new one begins on a new connection. */
  connectAnew(): void {
    for (const line of this.#lines) line.near.cut()
    this.#exists = false
    this.#isSubscribed = false
    this.#surroundings.account.endedSession(this.clientId)
    this.connect(true)
    this.allow(Infinity, Infinity)
  }

  /** Bytes travel: so many segments to the broker, so many to the client. */
  allow(forth: number, back: number): void {
    this.#line.allow(forth, back)
  }

  /** Publishes as soon as there is room. */
  submit(message: NumberedMessage): void {
    this.#backlog.push(message)
    this.work()
  }

  /** Takes responsibility for one of the messages that it was sent. */
  settleOne(index: number): void {
    const [settle] = this.#unsettled.splice(index % Math.max(1, this.#unsettled.length), 1)
    settle?.()
    this.work()
  }

  /** The connection breaks; what is on its way is lost. */
  cut(): void {
    this.#line.near.cut()
  }

  /** Says goodbye. */
  leave(): void {
    if (this.state === 'connected') this.#carryOut(this.#protocol.end(0, 'It leaves'))
  }

  /** Does what is due. */
  work(): void {
    this.#carryOut(this.#protocol.timeout(this.#now))
    if (this.#protocol.resending) this.#protocol.resend(this)
    for (let next; (next = this.#backlog[0]) !== undefined; this.#backlog.shift()) {
      if (this.state !== 'connected' || this.#protocol.publish(next, this.#now, this) === 'wait') {
        return
      }
    }
  }

  /** Nothing holds it up any more. */
  goOn(): void {
    if (this.state === 'closed') this.connect()
    for (const line of this.#lines) line.allow(Infinity, Infinity)
    while (this.#unsettled.length > 0) this.settleOne(0)
    this.work()
  }

  /** See `ClientOutput`. */
  get hasRoom(): boolean {
    return this.#line.near.bufferedBytes < 100
  }

  /** See `ClientOutput`. */
  publish(bytes: Uint8Array): void {
    this.#line.near.write([bytes])
  }

  /** See `ClientOutput`. */
  acknowledge(type: AcknowledgementType, packetId: PacketIdentifier, reasonCode: ReasonCode): void {
    this.#line.near.write([encode({ type, packetId, reasonCode }, this.plan.version)])
  }

  /** See `ClientOutput`. */
  refuse(_: NumberedMessage, error: MqttError): void {
    throw error
  }

  #newProtocol(): Protocol {
    return new ClientProtocol(this.#session, limitsOf(this.plan))
  }

  #dial(): PortionedLine {
    const { segmentBytes, highWaterMarkBytes, version } = this.plan
    const options: MemoryOptions = {
      highWaterMarkBytes,
      segment: ({ length }) => Array(Math.floor(length / segmentBytes)).fill(segmentBytes),
    }
    const protocol = this.#protocol
    const decoder = new Decoder({ version })
    const line = this.#surroundings.listener.dial(options, (chunk) => {
      decoder.push(chunk)
      for (let packet; (packet = decoder.next()) !== undefined;) {
        if (this.#protocol === protocol) this.#receive(packet)
      }
      if (this.#protocol === protocol) this.work()
    })
    line.near.onDrain = () => this.work()
    line.near.onClose = () => void protocol.lost('The connection is gone')
    this.#lines.push(line)
    return line
  }

  #sayConnect(cleanStart: boolean): void {
    this.#isClean = cleanStart
    const { version } = this.plan
    const options = { version, clientId: this.clientId, cleanStart, keepAlive: 0 }
    const properties = { sessionExpiryInterval: 86_400 }
    this.#carryOut(
      this.#protocol.connect(version === 5 ? { ...options, properties } : options, this.#now),
    )
  }

  #receive(packet: DecodedPacket): void {
    if (packet.type === 'publish') this.#receivePublish(packet)
    else if (isAcknowledgement(packet)) this.#receiveAcknowledgement(packet)
    else this.#carryOut(this.#protocol.receive(packet, this.#now))
  }

  #receivePublish(frame: PublishFrame): void {
    this.heard++
    const protocol = this.#protocol
    if (protocol.receivePublish(frame, this.#now, this) === 'duplicate') return
    this.#surroundings.account.arrived(this.clientId, frame)
    const { qos, packetId } = frame
    const settle = (): void => protocol.settle({ qos, packetId }, 0, this)
    if (this.plan.settlesAtOnce) settle()
    else this.#unsettled.push(settle)
  }

  #receiveAcknowledgement(packet: AcknowledgementPacket): void {
    this.heard++
    const { type, reasonCode } = packet
    const refuses = reasonCode >= 0x80 && (type === 'puback' || type === 'pubrec')
    demand(!refuses, `nothing is refused, least of all with 0x${reasonCode.toString(16)}`)
    const message = this.#protocol.receiveAcknowledgement(packet, this.#now, this)
    if (message !== undefined) this.#surroundings.account.acknowledged(message)
  }

  #carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.type) {
        case 'send':
          this.#line.near.write([encode(effect.packet, this.plan.version)])
          break
        case 'connected':
          this.#connected(effect)
          break
        case 'subscribed':
          this.#subscribed(effect)
          break
        case 'close':
          demand(MAY_END.has(effect.reasonCode) || effect.origin === 'loss', effect.cause)
          this.#line.near.close()
          break
        case 'authentication':
        case 'reauthenticated':
        case 'unsubscribed':
          throw new TypeError(`The client did not ask for this: ${effect.type}`)
      }
    }
  }

  #connected({ sessionPresent, discarded }: ConnectedEffect<NumberedMessage>): void {
    const { version, subscriptions } = this.plan
    const isKnown = version === 3 ? this.#exists : sessionPresent
    demand(isKnown === this.#exists, 'a session outlives its connections [MQTT-3.1.2-5]')
    for (const message of discarded) this.#surroundings.account.discarded(message)
    if (this.#isClean && version !== 5) {
      this.connect() // A Clean Session of older versions ends with its connection.
      this.allow(Infinity, Infinity)
      return
    }
    this.#exists = true
    if (!this.#isSubscribed && subscriptions.length > 0) {
      this.#carryOut(this.#protocol.subscribe(subscriptions, this.#now))
    } else {
      this.#isSubscribed = true
    }
    if (this.#protocol.resending) this.#protocol.resend(this)
  }

  #subscribed({ request, reasonCodes }: SubscribedEffect): void {
    const asked = request.subscriptions.map(({ qos }) => qos)
    demand(String(reasonCodes) === String(asked), 'what is asked for is granted')
    this.#isSubscribed = true
    this.#surroundings.account.subscribed(this.clientId)
  }

  get #now(): number {
    return this.#surroundings.clock.now()
  }
}

function isAcknowledgement(
  packet: Exclude<DecodedPacket, PublishFrame>,
): packet is AcknowledgementPacket {
  return ACKNOWLEDGEMENTS.has(packet.type)
}

const ACKNOWLEDGEMENTS: ReadonlySet<string> = new Set(['puback', 'pubrec', 'pubrel', 'pubcomp'])

/** It leaves, is taken over, or takes nothing of what waits for it. */
const MAY_END: ReadonlySet<number> = new Set([
  ReasonCode.NormalDisconnection,
  ReasonCode.SessionTakenOver,
  ReasonCode.QuotaExceeded,
])
