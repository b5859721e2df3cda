/**
 * A message as a subscriber sees it: what is in the PUBLISH becomes values when somebody asks. Its
 * payload is a view of bytes that other streams may share.
 */
import { isReasonCode } from '@godwit/codec'
import type { PacketIdentifier, PropertiesOf, PublishFrame, QoS, ReasonCode } from '@godwit/codec'
import type { Claim } from './claims.ts'
import type { Message } from '../message.ts'
import { misuse } from '../misuse.ts'

const decoder = new TextDecoder()

/** By this name Node's console asks an object how it is to be shown. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom')

/** What a stream, or who takes unclaimed messages, is handed. */
export class ReceivedMessage implements Message {
  readonly #frame: PublishFrame
  readonly #qos: QoS
  readonly #isManual: boolean
  /** Until it was taken; never at QoS 0. */
  #claim: Claim | undefined
  #payload: Uint8Array | undefined
  #place = 0

  /** `qos` is what it counts as for its receiver, who has no claim to one of QoS 0. */
  constructor(frame: PublishFrame, qos: QoS, claim: Claim | undefined, isManual: boolean) {
    this.#frame = frame
    this.#qos = qos
    this.#claim = claim
    this.#isManual = isManual
  }

  /** The claim to it that is left. */
  static claimOf(message: ReceivedMessage): Claim | undefined {
    return message.#claim
  }

  /** The PUBLISH that it came by. */
  static frameOf(message: ReceivedMessage): PublishFrame {
    return message.#frame
  }

  /** Takes it, once, whoever does. */
  static take(message: ReceivedMessage, reasonCode: ReasonCode): void {
    const claim = message.#claim
    if (claim === undefined) return
    message.#claim = undefined
    claim.take(reasonCode)
  }

  /** Its place in the order of a queue; 0 when it is in none. */
  static placeOf(message: ReceivedMessage): number {
    return message.#place
  }

  /** It is in a queue now, or no more if the place is 0. */
  static putAt(message: ReceivedMessage, place: number): void {
    message.#place = place
  }

  /** See `Message`. */
  get topic(): string {
    return this.#frame.topic
  }

  /** See `Message`. */
  get payload(): Uint8Array {
    return (this.#payload ??= this.#frame.payload)
  }

  /** See `Message`. */
  get qos(): QoS {
    return this.#qos
  }

  /** See `Message`. */
  get retain(): boolean {
    return this.#frame.retain
  }

  /** See `Message`. */
  get dup(): boolean {
    return this.#frame.dup
  }

  /** See `Message`. */
  get packetId(): PacketIdentifier {
    return this.#frame.packetId
  }

  /** See `Message`. */
  get properties(): PropertiesOf<'publish'> {
    return this.#frame.properties
  }

  /** See `Message`. */
  text(): string {
    return decoder.decode(this.payload)
  }

  /** See `Message`. */
  json(): unknown {
    return JSON.parse(this.text())
  }

  /** See `Message`. @throws {TypeError} for a code that a PUBACK or PUBREC of ours cannot have. */
  acknowledge(reasonCode: ReasonCode = 0): void {
    const isRefusal = reasonCode >= 0x80 && isReasonCode(reasonCode, 'puback')
    if (reasonCode !== 0 && !isRefusal) {
      throw misuse('A message is acknowledged with 0, or a Reason Code of PUBACK above', reasonCode)
    }
    if (this.#isManual) ReceivedMessage.take(this, reasonCode)
  }

  /** What Node's console shows: getters and private members would be nothing to look at. */
  static {
    Object.defineProperty(ReceivedMessage.prototype, INSPECT, {
      value(this: ReceivedMessage) {
        const { topic, payload, qos, retain, dup, packetId, properties } = this
        return { topic, payload, qos, retain, dup, packetId, properties }
      },
    })
  }
}
