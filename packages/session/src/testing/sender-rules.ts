/**
 * What the specification says of a sender of QoS 1 and 2, written down as plainly as can be: tell
 * it what happens on the wire, and it throws where that breaks a rule.
 */
import type { PacketIdentifier, PublishPacket, ReasonCode } from '@godwit/codec'
import type { SenderVerdict } from '../sender.ts'
import { demand } from './demand.ts'
import { numberIn } from './numbered-message.ts'

/** The rules of §4.3.2, §4.3.3, §4.4, §4.6 and §4.9 for the sending end of a session. */
export class SenderRules {
  /** In the order in which their PUBLISHes were first sent. */
  #exchanges: readonly Exchange[] = []
  /** Those that await PUBCOMP, in the order of their PUBRECs. */
  #released: readonly PacketIdentifier[] = []
  /** The PUBRELs that are to be sent, in order. */
  #pubrelsOwed: readonly PacketIdentifier[] = []
  readonly #identifiers: number
  #receiveMaximum = 0
  #highest = 0

  /** `identifiers`: how many there are for its exchanges. */
  constructor(identifiers: number) {
    this.#identifiers = identifiers
  }

  /** The numbers of the messages whose exchanges are not over, oldest first. */
  get unfinished(): readonly number[] {
    return this.#exchanges.map(({ number }) => number)
  }

  /** Whether something is still to be sent again on this connection. */
  get resending(): boolean {
    return this.#pubrelsOwed.length > 0 || this.#due.length > 0
  }

  /** Whether a new message may be sent. */
  get hasRoom(): boolean {
    return this.hasQuota && !this.resending && this.#exchanges.length < this.#identifiers
  }

  /** Whether the quota allows another PUBLISH. */
  get hasQuota(): boolean {
    const counted = this.#exchanges.filter(({ sentHere }) => sentHere)
    return counted.length < this.#receiveMaximum
  }

  /** A new connection is there. */
  connected(receiveMaximum: number): void {
    this.#exchanges = this.#exchanges.map((exchange) => ({ ...exchange, sentHere: false }))
    this.#pubrelsOwed = this.#released
    this.#receiveMaximum = receiveMaximum
  }

  /** The connection is gone. */
  cut(): void {
    this.#receiveMaximum = 0
    this.#pubrelsOwed = []
  }

  /** It put a PUBLISH on the wire. */
  published(packet: PublishPacket): void {
    demand(this.hasQuota, 'the quota is not exceeded [MQTT-3.3.4-9]')
    demand(this.#pubrelsOwed.length === 0, 'PUBRELs are sent again before PUBLISHes')
    if (packet.dup) this.#publishedAgain(packet)
    else this.#publishedFirst(packet)
  }

  /** It put a PUBREL on the wire. */
  released(packetId: PacketIdentifier): void {
    const [next, ...others] = this.#pubrelsOwed
    demand(packetId === next, 'PUBRELs go out once each, in the order of PUBRECs [MQTT-4.6.0-4]')
    this.#pubrelsOwed = others
  }

  /** It found a PUBLISH that it was to send again too large for the peer. */
  gaveUp(packetId: PacketIdentifier): void {
    demand(this.#due[0]?.packetId === packetId, 'the first that is due is given up')
    if (this.#due[0].qos === 1) this.#end(packetId)
    else this.#receivePubrec(packetId)
  }

  /** An acknowledgement came. Returns what it means. */
  received(type: string, packetId: PacketIdentifier, reasonCode: ReasonCode): SenderVerdict {
    const exchange = this.#exchanges.find((other) => other.packetId === packetId)
    const awaited = exchange?.qos === 1 ? ['puback'] : ['pubrec', 'pubcomp']
    if (exchange === undefined || !awaited.includes(type)) return 'unknown'
    if (type === 'pubcomp' && !this.#released.includes(packetId)) return 'unknown'
    if (type !== 'pubrec' || reasonCode >= 0x80) {
      this.#end(packetId)
      return 'settled'
    }
    this.#receivePubrec(packetId)
    return 'release'
  }

  /** These messages are for others to send; while there is no connection. */
  withdrawn(numbers: readonly number[]): void {
    const taken = this.#exchanges.filter(({ number }) => numbers.includes(number))
    demand(
      taken.every(({ qos }) => qos === 1),
      'QoS 2 is completed with its receiver [MQTT-4.8.2-4]',
    )
    for (const { packetId } of taken) this.#end(packetId)
  }

  /** What is to be sent again as PUBLISH, in order. */
  get #due(): readonly Exchange[] {
    if (this.#receiveMaximum === 0) return []
    return this.#exchanges.filter(
      ({ packetId, sentHere }) => !sentHere && !this.#released.includes(packetId),
    )
  }

  #publishedFirst(packet: PublishPacket): void {
    const { packetId, qos } = packet
    const number = numberIn(packet)
    demand(number > this.#highest, 'what was sent before has DUP [MQTT-3.3.1-1]')
    const inUse = this.#exchanges.some((exchange) => exchange.packetId === packetId)
    demand(packetId > 0 && !inUse, 'a new PUBLISH has an unused identifier [MQTT-2.2.1-4]')
    demand(this.#due.length === 0, 'nothing new overtakes what is sent again')
    this.#highest = number
    this.#exchanges = [...this.#exchanges, { number, packetId, qos, sentHere: true }]
  }

  #publishedAgain(packet: PublishPacket): void {
    const [next] = this.#due
    const number = numberIn(packet)
    demand(number === next?.number, 'PUBLISHes are sent again once, in order [MQTT-4.6.0-1]')
    const same = packet.packetId === next.packetId && packet.qos === next.qos
    demand(same, 'a PUBLISH is sent again with its first identifier [MQTT-4.4.0-1]')
    this.#exchanges = this.#exchanges.map((exchange) =>
      exchange === next ? { ...exchange, sentHere: true } : exchange,
    )
  }

  #receivePubrec(packetId: PacketIdentifier): void {
    if (!this.#released.includes(packetId)) this.#released = [...this.#released, packetId]
    const owed = this.#pubrelsOwed.filter((other) => other !== packetId)
    this.#pubrelsOwed = [...owed, packetId]
  }

  #end(packetId: PacketIdentifier): void {
    this.#exchanges = this.#exchanges.filter((exchange) => exchange.packetId !== packetId)
    this.#released = this.#released.filter((other) => other !== packetId)
    this.#pubrelsOwed = this.#pubrelsOwed.filter((other) => other !== packetId)
  }
}

interface Exchange {
  readonly number: number
  readonly packetId: PacketIdentifier
  readonly qos: number
  /** Whether its PUBLISH was sent on this connection. */
  readonly sentHere: boolean
}
