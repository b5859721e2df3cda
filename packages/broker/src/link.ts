/**
 * The way from a session to its client while there is one: how this Network Connection wants its
 * messages encoded, and the outbox that takes them. Dies with the connection; the session goes on.
 */
import { publishFirstByte, ReasonCode } from '@godwit/codec'
import type {
  PacketIdentifier,
  ProtocolVersion,
  PublishLayout,
  QoS,
  WillMessage,
} from '@godwit/codec'
import type { OutboundAliases } from '@godwit/session'
import type { Message } from './message.ts'
import type { Outbox } from './outbox.ts'
import type { RouteTerms } from './route.ts'
import type { Tapped, Taps } from './taps.ts'

/** What a client asked for and was granted, for whoever wants to know. */
export interface Grant {
  /** An instant. */
  readonly connectedAt: number
  readonly cleanStart: boolean
  readonly keepAliveSeconds: number
  readonly sessionExpirySeconds: number
  readonly will: WillMessage | undefined
}

/** What a connection tells of itself. */
export interface LinkTerms {
  readonly grant: Grant
  readonly version: ProtocolVersion
  /** The most bytes that a packet to the client may have; Infinity for no limit. */
  readonly maximumPacketSize: number
  readonly outbox: Outbox
  readonly aliases: OutboundAliases
  readonly taps: Taps
  /** The connection, for taps. */
  readonly tapped: Tapped
  /** Ends the connection. */
  readonly end: (reasonCode: ReasonCode, cause: string, serverReference?: string) => void
}

/** The present connection of a session. */
export class Link {
  readonly end: LinkTerms['end']
  readonly grant: Grant
  readonly #version: ProtocolVersion
  readonly #maximumPacketSize: number
  readonly #outbox: Outbox
  readonly #aliases: OutboundAliases | undefined
  readonly #taps: Taps
  readonly #tapped: Tapped
  /** The encoding made last tells the client of an alias. */
  #aliasIsNew = false

  constructor(terms: LinkTerms) {
    this.#version = terms.version
    this.#maximumPacketSize = terms.maximumPacketSize
    this.#outbox = terms.outbox
    this.#aliases = terms.aliases.enabled ? terms.aliases : undefined
    this.#taps = terms.taps
    this.#tapped = terms.tapped
    this.end = terms.end
    this.grant = terms.grant
  }

  /** How many bytes wait for the client. */
  get bytes(): number {
    return this.#outbox.bytes
  }

  /** Whether the client takes more at present. */
  get hasRoom(): boolean {
    return this.#outbox.hasRoom(0)
  }

  /**
   * The encoding of a message for this client, to be handed to `put` at once;
   * `undefined` if it is larger than the client allows. [MQTT-3.1.2-24]
   */
  layout(message: Message, terms: RouteTerms, withPacketId: boolean): PublishLayout | undefined {
    const identifiers = terms.subscriptionIdentifiers
    if (this.#aliases !== undefined) {
      return this.#aliasedLayout(this.#aliases, message, withPacketId, identifiers)
    }
    const layout = message.layout(this.#version, withPacketId, identifiers)
    return layout.length > this.#maximumPacketSize ? undefined : layout
  }

  /** Whether a message above QoS 0 is not too large for the client. */
  fits(message: Message, { subscriptionIdentifiers }: RouteTerms): boolean {
    const { length } = message.layout(this.#version, true, subscriptionIdentifiers)
    return length <= this.#maximumPacketSize
  }

  /** Puts a message on its way. `packetId` is 0 at QoS 0; `retain` and `dup` are the flags. */
  put(
    message: Message,
    layout: PublishLayout,
    qos: QoS,
    retain: boolean,
    dup: boolean,
    packetId: PacketIdentifier,
    now: number,
  ): void {
    this.#taps.delivered?.({ message, qos, retain, dup, packetId }, this.#tapped)
    const fresh = message.expiresAt === Infinity || now - message.receivedAt < 1000
    const left = fresh ? -1 : message.secondsLeft(now)
    this.#outbox.addPublish(layout, publishFirstByte(qos, retain, dup), packetId, left)
  }

  /** Puts a PUBREL on its way. */
  release(packetId: PacketIdentifier): void {
    this.#taps.sent?.({ type: 'pubrel', packetId, reasonCode: ReasonCode.Success }, this.#tapped)
    this.#outbox.addAcknowledgement('pubrel', packetId)
  }

  /** Puts a message of QoS 0 on its way, or says why not. */
  send(
    message: Message,
    terms: RouteTerms,
    retain: boolean,
    now: number,
  ): 'too-large-for-receiver' | 'slow-receiver' | undefined {
    const layout = this.layout(message, terms, false)
    if (layout === undefined) return 'too-large-for-receiver' // [MQTT-3.1.2-25]
    if (!this.#outbox.hasRoom(layout.length)) {
      this.#drop(message)
      return 'slow-receiver'
    }
    this.put(message, layout, 0, retain, false, 0, now)
    return undefined
  }

  /** A message whose encoding was made is not put on its way after all. */
  #drop(message: Message): void {
    if (this.#aliasIsNew) this.#aliases?.forget(message.topic)
  }

  /** [MQTT-3.1.2-26] [MQTT-3.3.2-11] */
  #aliasedLayout(
    aliases: OutboundAliases,
    message: Message,
    withPacketId: boolean,
    identifiers: readonly number[] | undefined,
  ): PublishLayout | undefined {
    const alias = aliases.use(message.topic)
    this.#aliasIsNew = alias < 0
    if (alias !== 0) {
      const aliased = message.aliasedLayout(withPacketId, Math.abs(alias), alias < 0, identifiers)
      if (aliased.length <= this.#maximumPacketSize) return aliased
      // To introduce an alias takes room itself: the message may fit without.
      this.#drop(message)
      this.#aliasIsNew = false
    }
    const layout = message.layout(this.#version, withPacketId, identifiers)
    return layout.length > this.#maximumPacketSize ? undefined : layout
  }
}
