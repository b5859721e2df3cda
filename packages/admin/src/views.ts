/**
 * What the API shows, in the form in which it goes over the line: plain objects of JSON. The
 * schemas of the OpenAPI document say the same (`openapi/schemas.ts`), and a test compares them
 * with what a server answers.
 *
 * What is absent is not known, or does not apply.
 */

/** A part of a list. */
export interface Page<T> {
  readonly items: readonly T[]
  /** What to give as `after` for the next part; absent on the last. */
  readonly next?: string
}

/** How the broker stands. */
export interface StatusView {
  readonly version: string
  readonly uptimeSeconds: number
  /** URLs. */
  readonly listeners: readonly string[]
  /** Which operations this broker offers beside those that all do. */
  readonly offers: readonly Offer[]
  /** The broker's counters; names of `BrokerStats`. */
  readonly stats: object
}

/** Operations that a program may offer or not. */
export type Offer = 'explain' | 'traces' | 'reload' | 'plan' | 'log-level'

/** A session, with or without a connection. */
export interface SessionView {
  readonly clientId: string
  readonly username?: string
  /** Whose session it is, if that is not who the user name says. */
  readonly principal?: string
  /** `5.0`, `3.1.1` or `3.1`. */
  readonly version: string
  /** Where its client is, or was. */
  readonly address: string
  readonly listener?: string
  /** Absent while the client is away. */
  readonly connection?: ConnectionView
  /** Whether it survives the end of the broker. */
  readonly durable: boolean
  /** When it ends unless its client comes back; only while that is away. */
  readonly expiresInSeconds?: number
  readonly subscriptions: number
  /** Messages that were sent and are not acknowledged. */
  readonly inFlight: number
  /** Messages of QoS 2 that it has published and not released. */
  readonly unreleased: number
  /** What waits to be sent for the first time. */
  readonly queuedMessages: number
  readonly queuedBytes: number
  /** What it published, and what it was sent. */
  readonly messagesIn: number
  readonly messagesOut: number
  /** What it was not sent, by reason. */
  readonly messagesDropped: Readonly<Record<string, number>>
}

/** The present connection of a session. */
export interface ConnectionView {
  readonly connectedMs: number
  readonly cleanStart: boolean
  /** 0 for none. */
  readonly keepAliveSeconds: number
  readonly sessionExpirySeconds: number
  /** Bytes that wait for the network. */
  readonly outboxBytes: number
  readonly readiness: 'ready' | 'slow'
  /** Such as `TLSv1.3`. */
  readonly encryption?: string
  /** The name that the client used for the server. */
  readonly serverName?: string
  readonly certificate?: CertificateView
  readonly proxyAddress?: string
}

/** What a client showed of itself. */
export interface CertificateView {
  readonly commonName?: string
  /** SHA-256, in hexadecimal digits. */
  readonly fingerprint: string
  /** Milliseconds since 1970. */
  readonly validUntil: number
}

/** A session with the first of what it holds. */
export interface SessionDetailView extends SessionView {
  readonly firstSubscriptions: readonly SubscriptionView[]
  readonly firstInFlight: readonly InFlightView[]
  /** Oldest first. */
  readonly firstQueued: readonly QueuedView[]
  readonly will?: WillView
}

/** A message that waits for a client. What is absent could not be found any more. */
export interface QueuedView {
  readonly topic?: string
  readonly qos: number
  readonly retain: boolean
  readonly payloadBytes?: number
  readonly ageMs?: number
  readonly expiresInSeconds?: number
  /** The Client Identifier of who published it. */
  readonly publisher?: string
}

/** A message that was sent and is not acknowledged. */
export interface InFlightView extends QueuedView {
  readonly packetId: number
  /** Which acknowledgement is missing. */
  readonly awaits: 'puback' | 'pubrec' | 'pubcomp'
}

/** A Will that is not published yet. */
export interface WillView {
  readonly topic: string
  readonly qos: number
  readonly retain: boolean
  readonly payloadBytes: number
  readonly delaySeconds: number
  readonly dueInSeconds?: number
}

/** A subscription. */
export interface SubscriptionView {
  readonly clientId: string
  /** As it was subscribed to: a shared one begins with `$share/`. */
  readonly filter: string
  readonly qos: number
  readonly noLocal: boolean
  readonly retainAsPublished: boolean
  readonly retainHandling: number
  readonly identifier?: number
}

/** What of a Retained Message is seen in a list. */
export interface RetainedView {
  readonly topic: string
  readonly qos: number
  readonly payloadBytes: number
  readonly ageMs: number
  readonly expiresInSeconds?: number
  /** The Client Identifier of who published it, if that was a client. */
  readonly publisher?: string
}

/** A Retained Message. */
export interface RetainedDetailView extends RetainedView {
  readonly payload: string
  readonly encoding: Encoding
  readonly properties: MessageProperties
}

/** How a payload is written: as it is where it is UTF-8 without NUL. */
export type Encoding = 'text' | 'base64'

/** Properties of a message (MQTT 5.0, §3.3.2.3). */
export interface MessageProperties {
  readonly payloadFormatIndicator?: number | undefined
  readonly messageExpiryInterval?: number | undefined
  readonly contentType?: string | undefined
  readonly responseTopic?: string | undefined
  /** Base64. */
  readonly correlationData?: string | undefined
  readonly userProperties?: readonly (readonly [name: string, value: string])[] | undefined
}

/** What became of a message that was published. */
export interface PublishedView {
  /** 0x00 Success, 0x10 No matching subscribers. */
  readonly reasonCode: number
  readonly reason: string
}

/** Who is kept out. */
export type BanKind = 'client' | 'user' | 'address'

/** A ban. */
export interface BanView {
  readonly kind: BanKind
  readonly value: string
  readonly reason?: string
  /** Absent where it lasts until it is lifted. */
  readonly expiresInSeconds?: number
  /** The broker made it by itself, after logins that failed. */
  readonly automatic: boolean
}

/** What may be done, and why. */
export interface ExplanationView {
  readonly client: {
    readonly clientId: string
    readonly username?: string
    readonly address: string
    readonly listener?: string
    /** Whether it was found among those connected, or is made up of the question. */
    readonly connected: boolean
  }
  readonly action: ExplainedAction
  readonly topic: string
  readonly decision: 'allow' | 'deny' | 'partly'
  /** Which line decided. */
  readonly because: string
  /** In the order in which they are asked. */
  readonly opinions: readonly OpinionView[]
  /** Filters of the client that match the topic. */
  readonly matching: readonly string[]
}

/** What can be asked about. */
export type ExplainedAction = 'publish' | 'will' | 'deliver' | 'subscribe'

/** What one set of rules says. */
export interface OpinionView {
  readonly authorizer: string
  /** Absent if it says nothing. */
  readonly decision?: 'allow' | 'deny' | 'partly'
  readonly because?: string
}

/** A trace of a client or a topic, in the log. */
export interface TraceView {
  readonly kind: TraceKind
  readonly value: string
  readonly expiresInSeconds: number
}

/** What can be traced: a client, or what is published to a Topic Filter. */
export type TraceKind = 'client' | 'topic'

/** What a reload changed, or would change. */
export interface ChangeView {
  /** Sentences. */
  readonly changes: readonly string[]
  /** What needs a restart, in sentences. */
  readonly restart: readonly string[]
  /** Connected clients that lose something. */
  readonly affected: readonly { readonly clientId: string; readonly loses: string }[]
}

/** The level of the log. */
export interface LogLevelView {
  readonly level: string
}
