/**
 * `@godwit/client` where there is a WebSocket and no more: browsers, workers, edge runtimes. It
 * knows `ws:` and `wss:`; any other transport can be passed in as `dial`.
 */
import { dialWebSocket, platformClock } from '@godwit/transport/web'
import type { Client } from './client.ts'
import { connectOn, openOn } from './connect.ts'
import type { ConnectOptions } from './options.ts'
import type { Platform } from './settings.ts'
import { onWake } from './connection/waking.ts'

export { ReasonCode } from '@godwit/codec'
export type { ProtocolVersion, QoS } from '@godwit/codec'
export type { ClientLimits, ServerTerms } from '@godwit/session'
export type { Clock, Transport } from '@godwit/transport'
export type { Awaitable, Mechanism } from './authentication.ts'
export type { Abortable, Client } from './client.ts'
export type { Dial, DialOptions } from './dialing.ts'
export { ClientError } from './errors.ts'
export type { ClientErrorCode, ClientErrorDetails, Remedy } from './errors.ts'
export { DEFAULT_LIMITS } from './limits.ts'
export type { Message, MessageProperties, Will } from './message.ts'
export type { MessageStream } from './subscriptions/message-stream.ts'
export type {
  Backoff,
  CloseOptions,
  ConnectOptions,
  Credentials,
  OfflinePolicy,
  OutboxOptions,
  PublishOptions,
  ReconnectPolicy,
  RequestOptions,
  RespondOptions,
  SubscribeOptions,
  TlsOptions,
  Unclaimed,
} from './options.ts'
export type { OutboxStore, StoredMessage } from './outbox/outbox-store.ts'
export type { Answer, Answerer, Responder } from './requests/responder.ts'
export type { ClientStatistics } from './statistics.ts'
export type { ConnectionStatus } from './status.ts'

/**
 * Connects to a server. Rejects if the first attempt fails, but other versions and servers that it
 * is referred to are tried; from then on the client stays connected as `reconnect` says.
 * @throws {TypeError} for a URL or options that make no sense; {ClientError}; the signal's reason.
 */
export function connect(url: string | URL, options?: ConnectOptions): Promise<Client> {
  return connectOn(PLATFORM, url, options)
}

/**
 * Returns a client at once, which connects in the background and tries again from the first attempt
 * on; what is published and subscribed meanwhile waits.
 * @throws {TypeError} for a URL or options that make no sense.
 */
export function open(url: string | URL, options?: ConnectOptions): Client {
  return openOn(PLATFORM, url, options)
}

const PLATFORM: Platform = {
  dialers: { 'ws:': dialWebSocket, 'wss:': dialWebSocket },
  clock: platformClock,
  onWake,
}
