/**
 * What the specification says of a receiver of QoS 1 and 2, written down as plainly as can be:
 * tell it what happens, and it says what has to follow, and throws where something else does.
 */
import type { AcknowledgementType, PacketIdentifier, ReasonCode } from '@godwit/codec'
import type { ReceiverVerdict } from '../receiver.ts'
import { demand } from './demand.ts'

/** The rules of §4.3.2, §4.3.3, §4.6 and §4.9 for the receiving end of a session. */
export class ReceiverRules {
  /** The QoS 2 messages that are neither released nor refused, and whether they are settled. */
  readonly #received = new Map<PacketIdentifier, 'unsettled' | 'settled'>()
  /** The PUBLISHes of this connection that are not answered, as they came. */
  #unanswered: readonly Unanswered[] = []
  /** The identifiers of QoS 2 that came on this connection and are neither released nor refused. */
  readonly #came = new Set<PacketIdentifier>()
  #receiveMaximum = 0

  /** How many PUBLISHes of this connection are not settled. */
  get unsettled(): number {
    return this.#unanswered.filter(({ reasonCode }) => reasonCode === undefined).length
  }

  /** Whether the sender may send no further PUBLISH. */
  get isFull(): boolean {
    const ofQoS1 = this.#unanswered.filter(({ qos }) => qos === 1)
    return ofQoS1.length + this.#came.size >= this.#receiveMaximum
  }

  /** The identifiers that a PUBLISH of QoS 2 cannot use for a new message. */
  get taken(): readonly PacketIdentifier[] {
    return [...this.#received.keys()]
  }

  /** A new connection is there. */
  connected(receiveMaximum: number): void {
    this.#unanswered = []
    this.#came.clear()
    this.#receiveMaximum = receiveMaximum
  }

  /** A PUBLISH came. Returns what is to be done with it. */
  arrived(qos: 1 | 2, packetId: PacketIdentifier): ReceiverVerdict {
    const received = qos === 2 ? this.#received.get(packetId) : undefined
    demand(!this.isFull, 'the Receive Maximum is not exceeded [MQTT-3.3.4-9]')
    const reasonCode = received === 'settled' ? 0 : undefined
    this.#unanswered = [...this.#unanswered, { qos, packetId, reasonCode }]
    if (qos === 2) this.#came.add(packetId)
    if (received !== undefined) return 'duplicate'
    if (qos === 2) this.#received.set(packetId, 'unsettled')
    return 'deliver'
  }

  /** The owner settled a PUBLISH, of this connection or of QoS 2. */
  settled(qos: 1 | 2, packetId: PacketIdentifier, reasonCode: ReasonCode): void {
    const place = this.#unanswered.find(
      (other) => other.qos === qos && other.packetId === packetId && other.reasonCode === undefined,
    )
    this.#unanswered = this.#unanswered.map((other) =>
      other === place ? { ...other, reasonCode } : other,
    )
    if (this.#received.get(packetId) !== 'unsettled' || qos === 1) return
    if (reasonCode >= 0x80) this.#received.delete(packetId)
    else this.#received.set(packetId, 'settled')
  }

  /** It put a PUBACK or PUBREC on the wire. */
  answered(type: AcknowledgementType, packetId: PacketIdentifier, reasonCode: ReasonCode): void {
    const [next, ...others] = this.#unanswered
    const right =
      type === (next?.qos === 1 ? 'puback' : 'pubrec') &&
      packetId === next?.packetId &&
      reasonCode === next.reasonCode
    demand(right, 'PUBLISHes are answered when settled, in order [MQTT-4.6.0-2] [MQTT-4.6.0-3]')
    this.#unanswered = others
    if (reasonCode >= 0x80) this.#came.delete(packetId)
  }

  /** Everything that could be answered has been. */
  quiet(): void {
    const owed = this.#unanswered[0]?.reasonCode !== undefined
    demand(!owed, 'what is settled is answered at once [MQTT-4.3.2-4] [MQTT-4.3.3-8]')
  }

  /** PUBREL came. Returns what PUBCOMP has to say. */
  released(packetId: PacketIdentifier): 'complete' | 'unknown' {
    this.#came.delete(packetId)
    return this.#received.delete(packetId) ? 'complete' : 'unknown'
  }
}

interface Unanswered {
  readonly qos: 1 | 2
  readonly packetId: PacketIdentifier
  /** `undefined` until it is settled. */
  readonly reasonCode: ReasonCode | undefined
}
