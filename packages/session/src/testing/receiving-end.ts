/** A `Receiver` at work: packets of a link in, packets of the link out, all under the rules. */
import { Decoder, encode, ReasonCode } from '@godwit/codec'
import type {
  AcknowledgementType,
  DecodedPacket,
  PacketIdentifier,
  ProtocolVersion,
  PublishFrame,
} from '@godwit/codec'
import type { AcknowledgementSink } from '../acknowledgement-sink.ts'
import { Receiver } from '../receiver.ts'
import type { DeliveryLedger } from './delivery-ledger.ts'
import { demand } from './demand.ts'
import type { ExchangeModel } from './exchange-model.ts'
import type { Pipe } from './link.ts'
import { numberIn } from './numbered-message.ts'
import type { ReceiverRules } from './receiver-rules.ts'

/** The end of a session that receives messages, with an owner that takes its time. */
export class ReceivingEnd implements AcknowledgementSink {
  readonly #receiver = new Receiver()
  readonly #version: ProtocolVersion
  readonly #pipe: Pipe
  readonly #rules: ReceiverRules
  readonly #ledger: DeliveryLedger
  #decoder: Decoder
  /** What the owner was given and has not settled, of whatever connection. */
  #unsettled: readonly Delivery[] = []
  #connection = 0
  #connected = false

  constructor(version: ProtocolVersion, pipe: Pipe, { receiver, ledger }: ExchangeModel) {
    this.#version = version
    this.#pipe = pipe
    this.#rules = receiver
    this.#ledger = ledger
    this.#decoder = new Decoder({ version })
  }

  /** How many messages the owner has not settled. */
  get unsettled(): number {
    return this.#unsettled.length
  }

  /** A new connection is there. */
  connect(receiveMaximum: number): void {
    this.#decoder = new Decoder({ version: this.#version })
    this.#connection++
    this.#connected = true
    this.#rules.connected(receiveMaximum)
    this.#ledger.connected()
    this.#receiver.resume(receiveMaximum)
  }

  /** The connection is gone. */
  cut(): void {
    this.#connected = false
  }

  /** Bytes came. */
  arrived(bytes: Uint8Array): void {
    this.#decoder.push(bytes)
    for (let packet; (packet = this.#decoder.next()) !== undefined;) this.#receive(packet)
  }

  /** The owner settles one of its messages: a code of 0x80 or above refuses. */
  settle(index: number, reasonCode: ReasonCode): void {
    const delivery = this.#unsettled[index % this.#unsettled.length]
    if (delivery === undefined) return
    this.#unsettled = this.#unsettled.filter((other) => other !== delivery)
    const code = this.#version === 5 ? reasonCode : 0
    if (code < 0x80) this.#ledger.accepted(delivery.number)
    else this.#ledger.refused(delivery.number)
    this.#settleDelivery(delivery, code)
  }

  /** Part of `AcknowledgementSink`. */
  acknowledge(type: AcknowledgementType, packetId: PacketIdentifier, reasonCode: ReasonCode): void {
    demand(this.#connected, 'nothing is acknowledged where nobody hears it')
    this.#rules.answered(type, packetId, reasonCode)
    this.#pipe.write(encode({ type, packetId, reasonCode }, this.#version))
  }

  /** Compares what the receiver says of itself with the rules. */
  check(): void {
    if (!this.#connected) return
    const { unsettled, isFull } = this.#rules
    demand(this.#receiver.unsettled === unsettled, 'unsettled counts what is to be settled')
    const mustWait = unsettled > 0 && isFull
    demand(this.#receiver.mustWait === mustWait, 'mustWait tells whether to go on reading')
    this.#rules.quiet()
  }

  #receive(packet: DecodedPacket): void {
    if (packet.type === 'publish') {
      this.#receivePublish(packet)
    } else {
      demand(packet.type === 'pubrel', 'a receiver gets PUBLISH and PUBREL')
      this.#receivePubrel(packet.packetId)
    }
  }

  #receivePublish(packet: PublishFrame): void {
    const { qos, packetId, dup } = packet
    demand(qos !== 0, 'no message is of QoS 0')
    const expected = this.#rules.arrived(qos, packetId)
    const verdict = this.#receiver.begin(qos, packetId, this)
    demand(verdict === expected, `this PUBLISH is ${expected}, not ${verdict}`)
    if (verdict !== 'deliver') return
    const number = numberIn(packet)
    this.#ledger.delivered(number, dup)
    const delivery = { number, qos, packetId, connection: this.#connection }
    this.#unsettled = [...this.#unsettled, delivery]
  }

  /** [MQTT-4.3.3-11] */
  #receivePubrel(packetId: PacketIdentifier): void {
    const expected = this.#rules.released(packetId)
    const verdict = this.#receiver.release(packetId)
    demand(verdict === expected, `this PUBREL is ${expected}, not ${verdict}`)
    const known = verdict === 'complete' || this.#version !== 5
    const reasonCode = known ? ReasonCode.Success : ReasonCode.PacketIdentifierNotFound
    this.#pipe.write(encode({ type: 'pubcomp', packetId, reasonCode }, this.#version))
  }

  #settleDelivery({ qos, packetId, connection }: Delivery, reasonCode: ReasonCode): void {
    if (connection === this.#connection && this.#connected) {
      this.#rules.settled(qos, packetId, reasonCode)
      this.#receiver.settle(packetId, reasonCode, this)
    } else if (qos === 2) {
      this.#rules.settled(qos, packetId, reasonCode)
      if (this.#connected) this.#receiver.abandon(packetId, reasonCode, this)
      else this.#receiver.abandon(packetId, reasonCode)
    }
  }
}

interface Delivery {
  readonly number: number
  readonly qos: 1 | 2
  readonly packetId: PacketIdentifier
  readonly connection: number
}
