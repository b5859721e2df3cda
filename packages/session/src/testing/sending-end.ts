/** A `Sender` at work: packets of a link in, packets of the link out, all under the rules. */
import { Decoder, encode, UINT16_MAX } from '@godwit/codec'
import type { DecodedPacket, PacketIdentifier, ProtocolVersion } from '@godwit/codec'
import { Sender } from '../sender.ts'
import type { Resending, ResendOutcome } from '../sender.ts'
import type { DeliveryLedger } from './delivery-ledger.ts'
import { demand } from './demand.ts'
import type { ExchangeModel } from './exchange-model.ts'
import type { Pipe } from './link.ts'
import { publishOf } from './numbered-message.ts'
import type { NumberedMessage } from './numbered-message.ts'
import type { SenderRules } from './sender-rules.ts'

/** The topic of messages that are too large for some connections. */
export const LARGE = 'large'

/** What a connection is to its sender. */
export interface SendingTerms {
  readonly receiveMaximum: number
  /** How many packets its output takes before `makeRoom`. */
  readonly room: number
  /** Whether messages on `LARGE` can be sent. */
  readonly takesLarge: boolean
}

/** The end of a session that sends messages. */
export class SendingEnd implements Resending<NumberedMessage> {
  readonly #sender = new Sender<NumberedMessage>()
  readonly #version: ProtocolVersion
  readonly #pipe: Pipe
  readonly #rules: SenderRules
  readonly #ledger: DeliveryLedger
  #decoder: Decoder
  #room = 0
  #waited = false
  #takesLarge = true
  #begun = 0

  constructor(
    version: ProtocolVersion,
    pipe: Pipe,
    { sender, ledger, identifiers }: ExchangeModel,
  ) {
    this.#version = version
    this.#pipe = pipe
    this.#rules = sender
    this.#ledger = ledger
    for (let spare = UINT16_MAX; spare > identifiers; spare--) this.#sender.reserve()
    this.#decoder = new Decoder({ version })
  }

  /** A new connection is there, whose quota is no greater than its Receive Maximum. */
  connect(terms: SendingTerms): void {
    this.#decoder = new Decoder({ version: this.#version })
    this.#takesLarge = terms.takesLarge
    this.#rules.connected(terms.receiveMaximum)
    this.#sender.resume(terms.receiveMaximum)
    this.makeRoom(terms.room)
  }

  /** The connection is gone. */
  cut(): void {
    this.#room = 0
    this.#rules.cut()
    this.#sender.suspend()
  }

  /** Begins a message where there is room. */
  begin(qos: 1 | 2, topic: string): void {
    if (topic === LARGE && !this.#takesLarge) return
    const message = { number: this.#begun + 1, topic, qos }
    const { hasRoom } = this.#rules
    const packetId = this.#sender.begin(qos, message)
    demand(packetId > 0 === hasRoom, 'a message begins where there is room, and nowhere else')
    if (packetId === 0) return
    this.#begun++
    this.#ledger.begun(message)
    this.#publish(packetId, message, false)
  }

  /** Bytes came. */
  arrived(bytes: Uint8Array): void {
    this.#decoder.push(bytes)
    for (let packet; (packet = this.#decoder.next()) !== undefined;) this.#receive(packet)
    this.#resend()
  }

  /** The output takes so many more packets. */
  makeRoom(packets: number): void {
    this.#room += packets
    this.#resend()
  }

  /** Others send the messages of QoS 1 on a topic; while there is no connection. */
  withdraw(topic: string): void {
    const withdrawn = this.#sender.withdraw((message) => message.topic === topic)
    this.#rules.withdrawn(withdrawn.map(({ number }) => number))
    for (const { number } of withdrawn) this.#ledger.excused(number)
  }

  /** Part of `Resending`. */
  release(packetId: PacketIdentifier): void {
    this.#rules.released(packetId)
    this.#pipe.write(encode({ type: 'pubrel', packetId, reasonCode: 0 }, this.#version))
  }

  /** Part of `Resending`. */
  publish(packetId: PacketIdentifier, qos: 1 | 2, message: NumberedMessage): ResendOutcome {
    demand(qos === message.qos, 'a PUBLISH is sent again with its QoS')
    if (message.topic === LARGE && !this.#takesLarge) {
      this.#rules.gaveUp(packetId)
      this.#ledger.excused(message.number)
      return 'over'
    }
    if (this.#room === 0) {
      this.#waited = true
      return 'wait'
    }
    this.#room--
    this.#publish(packetId, message, true)
    return 'sent'
  }

  /** Compares what the sender says of itself with the rules. */
  check(): void {
    const { unfinished, hasRoom, resending } = this.#rules
    const numbers = [...this.#sender.messages()].map(({ number }) => number)
    demand(String(numbers) === String(unfinished), 'messages are known until they are over')
    demand(this.#sender.inFlight === unfinished.length, 'inFlight counts what is not over')
    demand(this.#sender.resending === resending, 'resending tells whether something is due')
    demand(this.#sender.hasRoom === hasRoom, 'hasRoom tells whether to begin')
  }

  #receive(packet: DecodedPacket): void {
    const { type } = packet
    const awaited = type === 'puback' || type === 'pubrec' || type === 'pubcomp'
    demand(awaited, 'a sender gets PUBACK, PUBREC and PUBCOMP')
    const { packetId, reasonCode } = packet
    const expected = this.#rules.received(type, packetId, reasonCode)
    const verdict = this.#sender.receive(type, packetId, reasonCode)
    demand(verdict === expected, `a ${type} here is ${expected}, not ${verdict}`)
    if (verdict === 'release') this.release(packetId) // at once [MQTT-4.3.3-4]
  }

  #resend(): void {
    this.#waited = false
    this.#sender.resend(this)
    const done = this.#waited || !this.#rules.resending || !this.#rules.hasQuota
    demand(done, 'what can be sent again is [MQTT-4.4.0-1]')
  }

  #publish(packetId: PacketIdentifier, message: NumberedMessage, dup: boolean): void {
    const packet = publishOf(message, packetId, dup)
    this.#rules.published(packet)
    this.#pipe.write(encode(packet, this.#version))
  }
}
