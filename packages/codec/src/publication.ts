/**
 * One Application Message on its way to many receivers, encoded at most once for each layout.
 *
 * Receivers differ in little: their version (5.0 has properties), whether their QoS is above 0
 * (then there is a Packet Identifier), and their Subscription Identifiers. All with the same three
 * share one encoding; only the first byte and the Packet Identifier are written per receiver, by
 * whoever copies the layout out. If the message came in with the layout that is wanted, the bytes
 * that came are the encoding.
 *
 *     layout = (before 5.0 | 5.0) x (QoS 0 | QoS above 0) x Subscription Identifiers
 *
 * Ownership: what was encoded here never changes again. What is the bytes that came is borrowed
 * like the frame, until the turn ends or `own()`. Measured on Node 24 for a PUBLISH of 76
 * bytes: 5 ns where the bytes that came will do, 177 ns to encode it, and that once for all.
 */
import { uint32At } from './bytes.ts'
import type { ProtocolVersion, PublishPacket, QoS } from './packets.ts'
import { PublishFrame } from './publish-frame.ts'
import type { PublishLayout } from './publish-frame.ts'
import { encodeLayout } from './publish-layout.ts'

/** A message from anywhere: a frame off a socket, or a packet that a program made. */
export class Publication {
  readonly #source: PublishFrame | PublishPacket
  /** One place for each combination of version and QoS class; made when one is first encoded. */
  #layouts: (PublishLayout | undefined)[] | undefined
  #identified: IdentifiedLayout[] | undefined

  constructor(source: PublishFrame | PublishPacket) {
    this.#source = source
  }

  /** The Topic Name, never empty. */
  get topic(): string {
    return this.#source.topic
  }

  /** The QoS at which it was published. */
  get qos(): QoS {
    return this.#source.qos
  }

  /** Whether it was published to be retained. */
  get retain(): boolean {
    return this.#source.retain
  }

  /** The Application Message. Borrowed until `own()`. */
  get payload(): Uint8Array {
    return this.#source.payload
  }

  /**
   * The Message Expiry Interval as it was published, in seconds; `undefined` if there is none.
   * Read from the bytes, without making the properties, if the message is a frame.
   */
  get messageExpiryInterval(): number | undefined {
    const source = this.#source
    if (!(source instanceof PublishFrame)) return source.properties?.messageExpiryInterval
    const at = source.messageExpiryAt
    return at === 0 ? undefined : uint32At(source.bytes, source.start + at)
  }

  /** The message as it came. */
  get source(): PublishFrame | PublishPacket {
    return this.#source
  }

  /**
   * The encoding for receivers of this version, with room for a Packet Identifier or without,
   * and with these Subscription Identifiers (5.0 only; pass none to others). The same object for
   * the same layout; borrowed until `own()` if it is the bytes that came.
   */
  layout(
    version: ProtocolVersion,
    withPacketId: boolean,
    subscriptionIdentifiers?: readonly number[],
  ): PublishLayout {
    const source = this.#source
    if (version === 5 && subscriptionIdentifiers !== undefined) {
      return this.#identifiedLayout(withPacketId, subscriptionIdentifiers)
    }
    if (source instanceof PublishFrame && hasLayout(source, version, withPacketId)) return source
    const slot = (version === 5 ? 2 : 0) + (withPacketId ? 1 : 0)
    const layouts = (this.#layouts ??= [undefined, undefined, undefined, undefined])
    return (layouts[slot] ??= encodeLayout(source, version, withPacketId))
  }

  /**
   * The encoding for one receiver of 5.0 that knows topics by Topic Alias, or learns one: with the
   * Topic Name if `withTopic`. Made anew by each call, since it fits no other receiver.
   * @throws {MqttError} for an alias that cannot be.
   */
  aliasedLayout(
    withPacketId: boolean,
    topicAlias: number,
    withTopic: boolean,
    subscriptionIdentifiers?: readonly number[],
  ): PublishLayout {
    const additions = { topicAlias, topicLeftOut: !withTopic, subscriptionIdentifiers }
    return encodeLayout(this.#source, 5, withPacketId, additions)
  }

  /** Copies the borrowed bytes, once for all receivers. Call before queueing or keeping. */
  own(): this {
    if (this.#source instanceof PublishFrame) this.#source.own()
    return this
  }

  /** Subscribers often choose the same identifiers, so the last few encodings are kept. */
  #identifiedLayout(withPacketId: boolean, identifiers: readonly number[]): PublishLayout {
    const known = (this.#identified ??= [])
    for (const one of known) {
      if (one.withPacketId === withPacketId && sameNumbers(one.identifiers, identifiers)) {
        return one.layout
      }
    }
    const layout = encodeLayout(this.#source, 5, withPacketId, {
      subscriptionIdentifiers: identifiers,
    })
    if (known.length < IDENTIFIED_LAYOUTS_MAX) known.push({ withPacketId, identifiers, layout })
    return layout
  }
}

interface IdentifiedLayout {
  readonly withPacketId: boolean
  readonly identifiers: readonly number[]
  readonly layout: PublishLayout
}

/** Beyond it, receivers with identifiers of their own are encoded one by one. */
const IDENTIFIED_LAYOUTS_MAX = 8

function hasLayout(frame: PublishFrame, version: ProtocolVersion, withPacketId: boolean): boolean {
  return (
    (frame.version === 5) === (version === 5) && frame.qos > 0 === withPacketId && frame.forwardable
  )
}

function sameNumbers(some: readonly number[], others: readonly number[]): boolean {
  if (some.length !== others.length) return false
  for (let index = 0; index < some.length; index++) {
    if (some[index] !== others[index]) return false
  }
  return true
}
