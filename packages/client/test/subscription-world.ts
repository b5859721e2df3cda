/** A link that notes what it is asked, and the rooms of the subscriptions around it. */
import { Decoder, encode, MqttError, PublishFrame, ReasonCode } from '@godwit/codec'
import type {
  PropertiesOf,
  ProtocolVersion,
  PublishPacket,
  SubscribePacket,
  Subscription,
  UnsubscribePacket,
} from '@godwit/codec'
import { unavailableFilter } from '@godwit/session'
import type { Delivery, PublishOutcome, ServerTerms } from '@godwit/session'
import { VirtualClock } from '@godwit/transport/testing'
import type { LinkPort } from '../src/connection/link-port.ts'
import type { MessageStream } from '../src/subscriptions/message-stream.ts'
import type { Message } from '../src/message.ts'
import type { SubscribeOptions, Unclaimed } from '../src/options.ts'
import { Counters } from '../src/statistics.ts'
import { Subscriptions } from '../src/subscriptions/subscriptions.ts'

/** The terms of a server that has said nothing. */
export const TERMS: ServerTerms = {
  clientId: 'godwit',
  keepAlive: 60,
  sessionExpiryInterval: 300,
  receiveMaximum: 65_535,
  maximumQoS: 2,
  retainAvailable: true,
  maximumPacketSize: 268_435_460,
  topicAliasMaximum: 0,
  wildcardSubscriptionAvailable: true,
  subscriptionIdentifierAvailable: true,
  sharedSubscriptionAvailable: true,
  responseInformation: undefined,
  serverReference: undefined,
  reasonString: undefined,
  authenticationData: undefined,
  userProperty: [],
}

/** A connection whose server is the test. */
export class FakeLink implements LinkPort {
  readonly version: ProtocolVersion
  readonly terms: ServerTerms
  readonly hasRoom = true
  /** What has no answer, oldest first. */
  readonly asked: (SubscribePacket | UnsubscribePacket)[] = []
  /** All that was sent, such as `+1 a/#` with the QoS, and `-a/#`. */
  readonly said: string[] = []
  /** What was settled: Packet Identifier and Reason Code. */
  readonly settled: (readonly [packetId: number, reasonCode: ReasonCode])[] = []
  readonly #identifiers = new Map<string, number>()
  #packetId = 0

  constructor(version: ProtocolVersion = 5, terms: Partial<ServerTerms> = {}) {
    this.version = version
    const isVersion5 = version === 5
    this.terms = { ...TERMS, subscriptionIdentifierAvailable: isVersion5, ...terms }
  }

  publish(): PublishOutcome {
    throw new Error('Nothing is published here')
  }

  subscribe(
    subscriptions: readonly Subscription[],
    properties?: PropertiesOf<'subscribe'>,
  ): SubscribePacket {
    for (const { filter } of subscriptions) {
      const reasonCode = unavailableFilter(filter, this.terms)
      if (reasonCode === undefined) continue
      throw new MqttError('The server says no', { fault: 'local', reasonCode })
    }
    const packetId = ++this.#packetId
    const packet: SubscribePacket = {
      type: 'subscribe',
      packetId,
      subscriptions,
      ...(properties !== undefined && { properties }),
    }
    encode(packet, this.version)
    this.said.push(...subscriptions.map(({ filter, qos }) => `+${qos} ${filter}`))
    this.asked.push(packet)
    const identifier = properties?.subscriptionIdentifier
    for (const { filter } of subscriptions) {
      if (identifier !== undefined) this.#identifiers.set(filter, identifier)
    }
    return packet
  }

  unsubscribe(filters: readonly string[]): UnsubscribePacket {
    const packet: UnsubscribePacket = { type: 'unsubscribe', packetId: ++this.#packetId, filters }
    this.said.push(...filters.map((filter) => `-${filter}`))
    this.asked.push(packet)
    return packet
  }

  settle({ packetId }: Delivery, reasonCode: ReasonCode): void {
    this.settled.push([packetId, reasonCode])
  }

  /** The Packet Identifiers that were settled with success. */
  get taken(): readonly number[] {
    return this.settled.flatMap(([packetId, reasonCode]) => (reasonCode === 0 ? packetId : []))
  }

  /** The session of another connection goes on. */
  resume(before: FakeLink): void {
    for (const [filter, identifier] of before.#identifiers) {
      this.#identifiers.set(filter, identifier)
    }
  }

  /** The Subscription Identifier that a filter was given last. */
  identifierOf(filter: string): number | undefined {
    return this.#identifiers.get(filter)
  }
}

/** What a test may say of a PUBLISH. */
export interface Publish extends Partial<Omit<PublishPacket, 'payload'>> {
  readonly topic: string
  readonly text?: string
}

/** A PUBLISH as it comes from a decoder. */
export function frameOf(publish: Publish, version: ProtocolVersion = 5): PublishFrame {
  const { text = '', ...rest } = publish
  const payload = new TextEncoder().encode(text)
  const qos = publish.qos ?? 0
  const packet = { type: 'publish', qos, dup: false, retain: false, packetId: 0, payload } as const
  const decoder = new Decoder({ version })
  decoder.push(encode({ ...packet, ...rest }, version))
  const frame = decoder.next()
  if (!(frame instanceof PublishFrame)) throw new Error('That was no PUBLISH')
  return frame
}

/** What a test of subscriptions plays with. */
export class SubscriptionWorld {
  readonly clock: VirtualClock = new VirtualClock()
  readonly statistics: Counters = new Counters()
  readonly subscriptions: Subscriptions
  link: FakeLink = new FakeLink()

  constructor(unclaimed: Unclaimed = 'drop') {
    const { clock, statistics } = this
    this.subscriptions = new Subscriptions({ unclaimed, clock, statistics })
  }

  /** A server lets the client in. */
  connect(link: FakeLink = new FakeLink(), sessionPresent = false): FakeLink {
    if (sessionPresent) link.resume(this.link)
    this.link = link
    this.subscriptions.connected(link, sessionPresent)
    return link
  }

  /** Answers the oldest request: with the QoS that was asked for, or with a code. */
  answer(
    reasonCode?: ReasonCode,
    properties: PropertiesOf<'suback'> & PropertiesOf<'unsuback'> = {},
  ): void {
    const request = this.link.asked.shift()
    if (request === undefined) throw new Error('Nothing was asked')
    if (request.type === 'subscribe') {
      const reasonCodes = [reasonCode ?? request.subscriptions[0]?.qos ?? 0]
      this.subscriptions.subscribed({ type: 'subscribed', request, reasonCodes, properties })
    } else {
      const reasonCodes = [reasonCode ?? ReasonCode.Success]
      this.subscriptions.unsubscribed({ type: 'unsubscribed', request, reasonCodes, properties })
    }
  }

  /** Answers what was asked until nothing is. */
  answerAll(): void {
    while (this.link.asked.length > 0) this.answer()
  }

  /** Subscribes, granted at once. */
  async subscribe(
    filters: string | readonly string[],
    options: SubscribeOptions = {},
  ): Promise<MessageStream> {
    const stream = this.subscriptions.subscribe(filters, options)
    this.answerAll()
    return stream
  }

  /** The server sends a message, for the filters that are named by their identifiers. */
  deliver(publish: Publish, ...filters: readonly string[]): void {
    const subscriptionIdentifier = filters.map((filter) => this.link.identifierOf(filter) ?? 0)
    const properties = filters.length === 0 ? publish.properties : { subscriptionIdentifier }
    const frame = frameOf({ ...publish, ...(properties && { properties }) }, this.link.version)
    this.subscriptions.deliver(frame, this.link)
  }

  /** The connection breaks. */
  lose(): void {
    this.subscriptions.lost()
  }
}

/** The reader of a stream, who may ask for several messages at once. */
export function readerOf(stream: MessageStream): AsyncIterator<Message, undefined> {
  const iterator: AsyncIterator<Message, undefined> = stream[Symbol.asyncIterator]()
  return iterator
}

/** The texts of the messages that wait in a stream; its reader has come back for more. */
export async function textsOf(stream: MessageStream): Promise<readonly string[]> {
  const reader = readerOf(stream)
  const texts: string[] = []
  for (;;) {
    const result = await Promise.race([reader.next(), turn()])
    if (result === undefined || result.done === true) return texts
    texts.push(result.value.text())
  }
}

/** Everything that is ready has been done. */
function turn(): Promise<undefined> {
  return new Promise((resolve) => {
    setImmediate(() => resolve(undefined))
  })
}
