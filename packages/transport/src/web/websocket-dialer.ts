// Opens a WebSocket for MQTT, on the platform's own class.

import { abortReason } from '../abort-reason.ts'
import type { Transport } from '../transport.ts'
import type { PlatformWebSocket, PlatformWebSocketConstructor } from './platform-websocket.ts'
import { WebSocketTransport, type WebSocketTransportOptions } from './websocket-transport.ts'

/** How to connect, and until when to try. */
export interface DialWebSocketOptions extends WebSocketTransportOptions {
  /** Gives up when it aborts, such as `AbortSignal.timeout(10_000)`; no meaning once connected. */
  readonly signal?: AbortSignal
  /** The subprotocols to offer, the best first; `mqtt` if absent. Old servers know `mqttv3.1`. */
  readonly protocols?: readonly string[]
  /** Makes the WebSocket; the platform's own class if absent. */
  readonly WebSocket?: PlatformWebSocketConstructor
}

/**
 * Connects to a `ws:` or `wss:` URL. The transport's callbacks are best assigned in the turn in
 * which the promise resolves, so that an early end is not missed.
 *
 * @throws an Error that names the URL without its query, with what the platform told as `cause`:
 *   browsers keep the reason to themselves. The signal's reason if it aborts first.
 */
export async function dialWebSocket(
  url: URL,
  options: DialWebSocketOptions = {},
): Promise<Transport> {
  options.signal?.throwIfAborted()
  const webSocket = makeWebSocket(url, options)
  webSocket.binaryType = 'arraybuffer'
  return await opened(webSocket, url, options)
}

function makeWebSocket(url: URL, options: DialWebSocketOptions): PlatformWebSocket {
  try {
    // [MQTT-6.0.0-3]
    return new (options.WebSocket ?? WebSocket)(url.href, [...(options.protocols ?? ['mqtt'])])
  } catch (cause) {
    throw failure(url, cause)
  }
}

function opened(
  webSocket: PlatformWebSocket,
  url: URL,
  { signal, ...options }: DialWebSocketOptions,
): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      if (signal) reject(abortReason(signal))
      webSocket.close()
    }
    const fail = (event: object): void => {
      signal?.removeEventListener('abort', abort)
      reject(failure(url, 'error' in event ? event.error : undefined))
    }
    signal?.addEventListener('abort', abort)
    webSocket.addEventListener('error', fail)
    webSocket.addEventListener('close', fail)
    webSocket.addEventListener('open', () => {
      signal?.removeEventListener('abort', abort)
      // Here, before the first message can come.
      resolve(new WebSocketTransport(webSocket, url, options))
    })
  })
}

function failure(url: URL, cause: unknown): Error {
  const why =
    cause instanceof Error && cause.message !== ''
      ? cause.message
      : 'the platform does not say why; the console of a browser may'
  return new Error(`Cannot connect to ${url.protocol}//${url.host}${url.pathname}: ${why}`, {
    cause,
  })
}
