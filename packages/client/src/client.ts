/** The client as a program sees it. */
import type { ReasonCode } from '@godwit/codec'
import type { Message } from './message.ts'
import type { MessageStream } from './subscriptions/message-stream.ts'
import type {
  CloseOptions,
  PublishOptions,
  RequestOptions,
  RespondOptions,
  SubscribeOptions,
} from './options.ts'
import type { Answerer, Responder } from './requests/responder.ts'
import type { ClientStatistics } from './statistics.ts'
import type { ConnectionStatus } from './status.ts'

/** What a call can be given up by. */
export interface Abortable {
  readonly signal?: AbortSignal
}

/**
 * An MQTT client. Every promise settles, at the latest when the client is closed; every call
 * rejects with a {@link ClientError}, or with the reason of its own signal if that was aborted, or
 * with a `TypeError` for what makes no sense whatever the server.
 */
export interface Client extends AsyncDisposable {
  /** Its Client Identifier; empty until a server has given one to a client that asked for it. */
  readonly clientId: string
  /** Where it stands. */
  readonly status: ConnectionStatus
  /** What it has counted, at the moment of reading. */
  readonly statistics: ClientStatistics
  /**
   * The status, then every change; a slow reader misses what is out of date, never the last. Ends
   * after `closed`.
   */
  statusChanges(options?: Abortable): AsyncIterable<ConnectionStatus>
  /** Resolves when connected, at once if so; rejects if the client is closed first. */
  connected(options?: Abortable): Promise<void>
  /**
   * Publishes a message. Resolves with the code of success when the handshake of its QoS is over;
   * at QoS 0, when the transport has it. Text is UTF-8. While not connected, what waits is sent in
   * order later, as `offline` and `timeToLiveMs` say.
   */
  publish(
    topic: string,
    payload: string | Uint8Array,
    options?: PublishOptions,
  ): Promise<ReasonCode>
  /**
   * Subscribes, and resolves when the server has granted it; the stream goes on through losses of
   * the connection until it is left or closed, or the client is.
   */
  subscribe(filters: string | readonly string[], options?: SubscribeOptions): Promise<MessageStream>
  /** Publishes a request with a Response Topic and resolves with the answer (§4.10). */
  request(topic: string, payload: string | Uint8Array, options?: RequestOptions): Promise<Message>
  /** Answers the requests that are published to a filter. */
  respond(filter: string, answer: Answerer, options?: RespondOptions): Promise<Responder>
  /** Authenticates again (§4.12.1). Resolves when both sides are content. */
  reauthenticate(options?: Abortable): Promise<void>
  /**
   * Leaves. Resolves when the connection is gone, in any state and within a bound; what was
   * accepted and is not over by then is rejected with `closed`. Only the first call counts.
   */
  close(options?: CloseOptions): Promise<void>
}
