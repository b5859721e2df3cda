/** What a program may ask of a client: every option of every call, with its default. */
import type { PropertiesOf, ProtocolVersion, QoS, ReasonCode } from '@godwit/codec'
import type { ClientLimits } from '@godwit/session'
import type { Clock } from '@godwit/transport'
import type { Mechanism } from './authentication.ts'
import type { Dial } from './dialing.ts'
import type { ClientError } from './errors.ts'
import type { Message, MessageProperties, Will } from './message.ts'
import type { OutboxStore } from './outbox/outbox-store.ts'

/** Who the client says it is. */
export interface Credentials {
  readonly username?: string
  readonly password?: string | Uint8Array
}

/** How long to wait between attempts: a random part of `baseMs` doubled each time up to `capMs`. */
export interface Backoff {
  /** 1,000 if absent. */
  readonly baseMs?: number
  /** 60,000 if absent. */
  readonly capMs?: number
}

/**
 * Whether and when to try again: milliseconds to wait before the attempt with this number, counted
 * from 1 since a connection has lasted ten seconds, or `false` to give up. It is asked about every
 * failure, also one that the default gives up on: `cause.remedy` tells.
 */
export type ReconnectPolicy = (attempt: number, cause: ClientError) => number | false

/** How a client connects, and what for. */
export interface ConnectOptions {
  /** The versions to speak, the best first; where the server refuses one, the next. `[5]`. */
  readonly versions?: readonly ProtocolVersion[]
  /** `godwit-` and 16 random digits if absent. */
  readonly clientId?: string
  /**
   * Whether to begin with a new session, which is the default: it then lasts as long as the client.
   * With `false` the session of an earlier life of the program goes on, and outlives this one;
   * that needs a `clientId`.
   */
  readonly cleanStart?: boolean
  /**
   * For how many seconds the server is to keep the session without a connection, in MQTT 5.0: 300
   * if absent, 0xFFFFFFFF for ever. Older servers keep one for ever, or not at all: `cleanStart`.
   */
  readonly sessionExpirySeconds?: number
  /** The most silence that the client allows itself, in seconds; 60 if absent, 0 is off. */
  readonly keepAliveSeconds?: number
  readonly username?: string
  readonly password?: string | Uint8Array
  /** Asked before each attempt, in place of `username` and `password`. */
  readonly credentials?: (attempt: number) => Credentials | Promise<Credentials>
  /** Enhanced authentication (§4.12), with its state made anew for each attempt. */
  readonly authentication?: () => Mechanism
  readonly will?: Will
  /** Further properties of CONNECT, MQTT 5.0 only. */
  readonly properties?: Pick<
    PropertiesOf<'connect'>,
    'userProperty' | 'requestResponseInformation' | 'requestProblemInformation'
  >
  /** `false` for never; else when to try again after a connection was lost. A {@link Backoff}. */
  readonly reconnect?: false | Backoff | ReconnectPolicy
  /** Whether to go where a server refers to with 0x9C or 0x9D; not if absent. */
  readonly followServerReference?: boolean
  /** Makes the connection, in place of what the scheme of the URL says. */
  readonly dial?: Dial
  /** TLS for `mqtts:`, as Node's `tls.connect` takes it; no business of browsers. */
  readonly tls?: TlsOptions
  /** Aborting it closes the client, whatever it is doing. */
  readonly signal?: AbortSignal
  readonly outbox?: OutboxOptions
  /** What becomes of messages that no stream asked for, such as those of an earlier life. */
  readonly unclaimed?: Unclaimed
  /** What the client grants the server and itself. */
  readonly limits?: Partial<ClientLimits>
  readonly clock?: Clock
  /** At least 0 and below 1; `Math.random` if absent. */
  readonly random?: () => number
}

/** The part of Node's TLS options that a client needs, in PEM. */
export interface TlsOptions {
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[]
  readonly cert?: string | Uint8Array
  readonly key?: string | Uint8Array
  readonly passphrase?: string
  readonly servername?: string
  readonly ALPNProtocols?: readonly string[]
  /** `true` if absent: a server without a certificate that we trust is no server of ours. */
  readonly rejectUnauthorized?: boolean
}

/**
 * `hold`, the default with `cleanStart: false`: they wait, unacknowledged, for a stream that takes
 * them, for a minute or two; then they are dropped, for a server that waits for their
 * acknowledgements sends nothing else in the end. Those of QoS 0 are dropped at once. `drop`, the
 * default else: they are acknowledged and counted.
 * A function takes them itself, and has them acknowledged when it returns or its promise resolves.
 */
export type Unclaimed = 'hold' | 'drop' | ((message: Message) => void | Promise<void>)

/**
 * For how much there is room. Everything counts that was accepted and is not over: what waits, and
 * what was sent and is not acknowledged. QoS 0 that is sent at once does not.
 */
export interface OutboxOptions {
  /** 100,000 if absent. */
  readonly messagesMax?: number
  /** Payloads, topics and properties together: 64 MiB if absent. */
  readonly bytesMax?: number
  /**
   * Where what was accepted outlives the program; nowhere if absent. A message is sent when the
   * store has it, and stays there until its handshake is over, or, at QoS 0, until it is sent; only
   * QoS 0 that is sent at once is never there. What the program leaves behind when it ends, also
   * what `close` has rejected with `closed`, is sent first by the next one. It may then come for
   * the second time, at QoS 2, too: the Packet Identifiers of an earlier life are not kept.
   */
  readonly store?: OutboxStore
}

/**
 * What becomes of a message while the client is not connected, unless it was sent already.
 * - `wait`, the default: it goes into the outbox, in order.
 * - `drop`: it is not published; the promise is rejected with `offline`.
 * - `keep-last`: it goes into the outbox, in order, and the one that waited there for the same
 *   topic under this policy is dropped: its promise is rejected with `superseded`.
 */
export type OfflinePolicy = 'wait' | 'drop' | 'keep-last'

/** How to publish a message. */
export interface PublishOptions {
  /** 0 if absent. */
  readonly qos?: QoS
  readonly retain?: boolean
  readonly properties?: MessageProperties
  readonly offline?: OfflinePolicy
  /**
   * How long it may wait to be sent for the first time; then it is dropped with `expired`. So it is
   * when its `messageExpiryInterval` is over, which is sent as what is left of it.
   */
  readonly timeToLiveMs?: number
  /** Takes it back if it was not sent yet, and rejects the promise in any case. */
  readonly signal?: AbortSignal
}

/** How to subscribe. */
export interface SubscribeOptions {
  /** The highest QoS of the messages; 0 if absent. */
  readonly qos?: QoS
  /** MQTT 5.0: leave out what this client publishes itself. */
  readonly noLocal?: boolean
  /** MQTT 5.0: say with RETAIN how a message was published, not how it came here. */
  readonly retainAsPublished?: boolean
  /** MQTT 5.0: retained messages always (0), only for a new subscription (1), or never (2). */
  readonly retainHandling?: 0 | 1 | 2
  readonly userProperty?: readonly (readonly [name: string, value: string])[]
  /**
   * When the messages of QoS 1 and 2 are acknowledged: `next`, the default, when the next one is
   * asked for; `manual` by `message.acknowledge()`.
   */
  readonly acknowledge?: 'next' | 'manual'
  /**
   * How many messages may wait in the stream from one turn of the event loop to the next; 1,000 if
   * absent.
   */
  readonly messagesMax?: number
  /** How many bytes all of them together may have, as packets; 64 MiB if absent. */
  readonly bytesMax?: number
  /** What gives way when it is full of messages of QoS 0; `drop-oldest` if absent. */
  readonly whenFull?: 'drop-oldest' | 'drop-newest'
  /** Whether to go on if the server grants only some of several filters; not if absent. */
  readonly allowPartial?: boolean
  /** Calls it off, or ends the stream: the iteration throws the reason. */
  readonly signal?: AbortSignal
}

/** How to ask (§4.10). */
export interface RequestOptions {
  readonly qos?: QoS
  readonly properties?: MessageProperties
  /** How long to wait for the answer; 10,000 if absent. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** How to answer (§4.10). */
export interface RespondOptions {
  /** Of the subscription and of the answers; 0 if absent. */
  readonly qos?: QoS
  /** How many requests are worked on at a time; 100 if absent. With 1 they keep their order. */
  readonly concurrency?: number
  /**
   * Told of each request that could not be answered; the others are answered all the same. Without
   * it `done` is rejected with these errors, when the responder has ended.
   */
  readonly onError?: (error: unknown, request: Message) => void
  /** Calls it off, or ends the responder: `done` is rejected with the reason. */
  readonly signal?: AbortSignal
}

/** How to leave. */
export interface CloseOptions {
  /** 0 if absent; 0x04 asks the server to publish the Will. */
  readonly reasonCode?: ReasonCode
  /** Whether the server is to forget the session; only with `cleanStart: false` not, if absent. */
  readonly endSession?: boolean
  /** How long to wait for what was accepted to be sent and acknowledged; 0 if absent. */
  readonly drainTimeoutMs?: number
  readonly userProperty?: readonly (readonly [name: string, value: string])[]
}
