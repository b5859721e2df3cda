/**
 * A PUBLISH that stays in its bytes (§3.3).
 *
 *     bytes:  ... | first byte, remaining length | topic | packet id | properties | payload | ...
 *                 ^ start           packetIdAt ^                    payloadAt ^
 *
 * Most of what a broker receives is passed on as it came. So a frame is checked in place, every
 * length, every character, every property, and its properties and its payload become JavaScript
 * values only when somebody reads them: with three User Properties a frame takes 122 ns, and 284
 * with all of it read (Node 24, 64-byte payload).
 *
 * Ownership: a frame borrows the chunk that the socket delivered. Whoever gets it may read it until
 * the turn of the event loop ends, and calls `own()` before keeping it any longer, which costs one
 * exact copy; a slice of the chunk would keep all 64 KiB of it alive.
 */
import { byteAt, copyOf, uint16At, viewOf } from './bytes.ts'
import { malformed, protocolError } from './error.ts'
import { DUP_FLAG, RETAIN_FLAG } from './packet-types.ts'
import { isQoS } from './packets.ts'
import type { PacketIdentifier, ProtocolVersion, PublishPacket, QoS } from './packets.ts'
import { checkProperties, readProperties } from './property-reader.ts'
import { propertyBit } from './property-rows.ts'
import type { PropertyBits } from './property-rows.ts'
import { behindVarint, propertyValueAt, varintAt } from './property-scan.ts'
import type { PropertiesOf, PropertyName } from './properties.ts'
import { NO_READ_LIMITS } from './read-limits.ts'
import { sharedReader } from './reader.ts'
import type { Reader } from './reader.ts'

/**
 * Where the parts of an encoded PUBLISH are. The first byte and the Packet Identifier are for each
 * receiver to fill in; everything else is the same for all who get this layout. Offsets but
 * `start` count from the packet's first byte.
 */
export interface PublishLayout {
  readonly bytes: Uint8Array
  /** The offset in `bytes` of the first byte of the packet. */
  readonly start: number
  /** The size of the whole packet in bytes. */
  readonly length: number
  /** Where the Packet Identifier is; 0 if there is none. */
  readonly packetIdAt: number
  /** Where the payload begins, which ends with the packet. */
  readonly payloadAt: number
  /**
   * Where the four bytes of the Message Expiry Interval are, which a server that kept the message
   * makes smaller; 0 if there is none, as always before 5.0.
   */
  readonly messageExpiryAt: number
}

/** A checked PUBLISH in its bytes. */
export class PublishFrame implements PublishPacket, PublishLayout {
  /** The Topic Name: the one in the bytes, or the one that its Topic Alias was found to mean. */
  topic: string
  /** The chunk it borrows from, or bytes of its own after `own()`. */
  bytes: Uint8Array
  start: number
  readonly length: number
  readonly payloadAt: number
  /** The version of the connection that it came over, whose layout it has. */
  readonly version: ProtocolVersion
  readonly qos: QoS
  readonly #topicEnd: number
  readonly #seen: PropertyBits
  #properties: PropertiesOf<'publish'> | undefined
  #messageExpiryAt = NOT_LOOKED_FOR
  #owned = false

  /**
   * Checks the body at the reader, which ends with the packet; `start` is the offset of the
   * packet's first byte. @throws {MqttError}
   */
  constructor(reader: Reader, start: number, version: ProtocolVersion) {
    const bytes = reader.bytes
    const flags = byteAt(bytes, start)
    const qos = (flags >> 1) & 3
    if (!isQoS(qos)) throw malformed('A PUBLISH has QoS 3', 'MQTT-3.3.1-4')
    if (qos === 0 && (flags & DUP_FLAG) !== 0) {
      throw malformed('A PUBLISH of QoS 0 has DUP set', 'MQTT-3.3.1-2')
    }
    this.topic = reader.topicNameOrEmpty('MQTT-3.3.2-2') // [MQTT-3.3.2-1]
    this.#topicEnd = reader.at - start
    this.bytes = bytes
    this.start = start
    this.length = reader.end - start
    this.version = version
    this.qos = qos
    if (qos !== 0) reader.packetId() // [MQTT-2.2.1-2]
    this.#seen = version === 5 ? checkProperties(reader, 'publish') : 0
    this.payloadAt = reader.at - start
    if (this.topic === '' && (this.#seen & TOPIC_ALIAS) === 0) {
      throw protocolError('A PUBLISH has neither Topic Name nor Topic Alias', 'MQTT-4.7.3-1')
    }
  }

  /** The discriminant of the union of packets. */
  get type(): 'publish' {
    return 'publish'
  }

  /** Whether its sender has tried to deliver it before. */
  get dup(): boolean {
    return (byteAt(this.bytes, this.start) & DUP_FLAG) !== 0
  }

  /** Whether it is to be retained, or was. */
  get retain(): boolean {
    return (byteAt(this.bytes, this.start) & RETAIN_FLAG) !== 0
  }

  /** Where the Packet Identifier is, counted from the first byte; 0 if there is none. */
  get packetIdAt(): number {
    return this.qos === 0 ? 0 : this.#topicEnd
  }

  /** The Packet Identifier; 0 at QoS 0. */
  get packetId(): PacketIdentifier {
    return this.qos === 0 ? 0 : uint16At(this.bytes, this.start + this.#topicEnd)
  }

  /** Looked for once, and only if the property is there. */
  get messageExpiryAt(): number {
    if ((this.#seen & MESSAGE_EXPIRY_INTERVAL) === 0) return 0
    if (this.#messageExpiryAt === NOT_LOOKED_FOR) {
      this.#messageExpiryAt = this.#valueAt('messageExpiryInterval') - this.start
    }
    return this.#messageExpiryAt
  }

  /** The Topic Alias that came, read from the bytes; 0 if there is none. */
  get topicAlias(): number {
    if ((this.#seen & TOPIC_ALIAS) === 0) return 0
    return uint16At(this.bytes, this.#valueAt('topicAlias'))
  }

  /**
   * The Subscription Identifier where it is the only property, as it is in most of what a client is
   * sent; 0 where there are others, several or none, which are for `properties` to tell.
   */
  get onlySubscriptionIdentifier(): number {
    if (this.#seen !== SUBSCRIPTION_IDENTIFIER) return 0
    const at = this.start + this.propertiesAt + 1
    const isAlone = behindVarint(this.bytes, at) === this.start + this.payloadAt
    return isAlone ? varintAt(this.bytes, at) : 0
  }

  /** The Application Message. A view of the borrowed bytes. */
  get payload(): Uint8Array {
    return viewOf(this.bytes, this.start + this.payloadAt, this.start + this.length)
  }

  /** The properties, copied out of the bytes; an empty object if there are none. */
  get properties(): PropertiesOf<'publish'> {
    return (this.#properties ??= this.#readProperties())
  }

  /** Where the first property is, behind their length; where the payload is if there is none. */
  get propertiesAt(): number {
    if (this.version !== 5) return this.payloadAt
    return behindVarint(this.bytes, this.#propertyLengthAt) - this.start
  }

  /** Whether a property is there, without reading it. */
  carries(name: keyof PropertiesOf<'publish'>): boolean {
    return this.#seen !== 0 && (this.#seen & propertyBit(name)) !== 0
  }

  /**
   * Whether other receivers may be sent these bytes: a Topic Alias means something on its own
   * connection only [MQTT-3.3.2-7], and Subscription Identifiers belong to one receiver.
   */
  get forwardable(): boolean {
    return (this.#seen & OF_ONE_CONNECTION) === 0
  }

  /** Copies the borrowed bytes. Call before keeping the frame beyond this turn. */
  own(): this {
    if (this.#owned) return this
    this.bytes = copyOf(this.bytes, this.start, this.start + this.length)
    this.start = 0
    this.#owned = true
    return this
  }

  /** Where the property length is, or would be before 5.0. */
  get #propertyLengthAt(): number {
    return this.start + this.#topicEnd + (this.qos === 0 ? 0 : 2)
  }

  #valueAt(name: PropertyName): number {
    return propertyValueAt(this.bytes, this.#propertyLengthAt, this.start + this.payloadAt, name)
  }

  #readProperties(): PropertiesOf<'publish'> {
    if (this.version !== 5) return NO_PROPERTIES
    const end = this.start + this.payloadAt
    sharedReader.moveTo(this.bytes, this.#propertyLengthAt, end, NO_READ_LIMITS)
    return readProperties(sharedReader, 'publish') ?? NO_PROPERTIES
  }
}

const NO_PROPERTIES: PropertiesOf<'publish'> = Object.freeze({})

const NOT_LOOKED_FOR = -1
const TOPIC_ALIAS = propertyBit('topicAlias')
const MESSAGE_EXPIRY_INTERVAL = propertyBit('messageExpiryInterval')
const SUBSCRIPTION_IDENTIFIER = propertyBit('subscriptionIdentifier')
const OF_ONE_CONNECTION = TOPIC_ALIAS | SUBSCRIPTION_IDENTIFIER
