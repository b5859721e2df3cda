// Accepts MQTT over WebSocket: an HTTP server that does nothing but upgrade.

import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { BoundAddress, Clock, Listener, Transport } from '@godwit/transport'
import { ServerBinding, systemClock, type BindOptions } from '@godwit/transport/node'
import { WebSocketServer } from 'ws'
import { refuseUpgrade, requireUpgrade } from './http-refusal.ts'
import { chooseSubprotocol, offeredSubprotocols } from './subprotocol.ts'
import { WebSocketTransport, type WebSocketTransportOptions } from './websocket-transport.ts'

/** Where and how to accept WebSocket connections. */
export interface WebSocketListenerOptions extends BindOptions {
  /** The only path that is served, such as `/mqtt`; every path if absent. */
  readonly path?: string
  /** The largest message, all its fragments together; 1 MiB and 64 KiB if absent. */
  readonly maxPayloadBytes?: number
  /** From the start of the TCP connection to the end of the upgrade; 10,000 ms if absent. */
  readonly handshakeTimeoutMs?: number
  /** How long an orderly end may take before the connection is cut; 5,000 ms if absent. */
  readonly closeTimeoutMs?: number
  /** Measures these times; the system's if absent. */
  readonly clock?: Clock
}

/** A WebSocket port for MQTT. Its url is `ws://host:port` and the path. */
export class WebSocketListener implements Listener {
  readonly #options: WebSocketListenerOptions
  readonly #ending: WebSocketTransportOptions
  readonly #webSockets: WebSocketServer
  readonly #binding = new ServerBinding()
  readonly #handshakes = new Map<Socket, Disposable>()

  /** @throws RangeError if `maxPayloadBytes` is not a whole number from 1 to 2^31 - 1. */
  constructor(options: WebSocketListenerOptions) {
    this.#options = options
    const closeTimeoutMs = options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS
    this.#ending = { closeTimeoutMs, clock: options.clock ?? systemClock }
    this.#webSockets = webSocketServer(options.maxPayloadBytes ?? PAYLOAD_BYTES, closeTimeoutMs)
  }

  async listen(accept: (transport: Transport) => void): Promise<BoundAddress> {
    const address = await this.#binding.open(this.#createServer(accept), this.#options)
    return { url: `ws://${address}${this.#options.path ?? ''}` }
  }

  async close(): Promise<void> {
    await this.#binding.close()
    for (const socket of this.#handshakes.keys()) socket.destroy()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #createServer(accept: (transport: Transport) => void): Server {
    const server = createServer((_request, response) => {
      requireUpgrade(response, this.#options.path)
    })
    server.on('connection', (socket) => this.#beginHandshake(socket))
    server.on('upgrade', (request, socket, head) => {
      socket.on('error', ignore)
      const refusal = this.#refusal(request)
      if (refusal) return refuseUpgrade(socket, ...refusal)
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        this.#endHandshake(request.socket)
        accept(new WebSocketTransport(webSocket, request.socket, this.#ending))
      })
    })
    return server
  }

  /** The status and sentence for a request that is not for this port; `ws` judges the rest. */
  #refusal({ url, headers }: IncomingMessage): [status: number, sentence: string] | undefined {
    const { path } = this.#options
    if (headers.upgrade?.toLowerCase() !== 'websocket') {
      return [400, 'This port speaks MQTT over WebSocket: the only upgrade it knows is websocket.']
    }
    if (path !== undefined && url?.split('?', 1)[0] !== path) {
      return [404, `MQTT over WebSocket is served at the path ${path} only.`]
    }
    if (!chooseSubprotocol(offeredSubprotocols(headers['sec-websocket-protocol']))) {
      // [MQTT-6.0.0-3]
      return [400, 'MQTT over WebSocket needs the subprotocol mqtt: offer it in the handshake.']
    }
    return undefined
  }

  #beginHandshake(socket: Socket): void {
    const ms = this.#options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS
    this.#handshakes.set(
      socket,
      this.#ending.clock.after(ms, () => socket.destroy()),
    )
    socket.on('close', () => this.#endHandshake(socket))
  }

  #endHandshake(socket: Socket): void {
    this.#handshakes.get(socket)?.[Symbol.dispose]()
    this.#handshakes.delete(socket)
  }
}

const HANDSHAKE_TIMEOUT_MS = 10_000
const CLOSE_TIMEOUT_MS = 5_000

// One packet of the broker's default maximum, and smaller ones that came in the same message.
const PAYLOAD_BYTES = 1_048_576 + 65_536

function webSocketServer(maxPayload: number, closeTimeout: number): WebSocketServer {
  // `ws` would read 0 and anything above as no limit at all.
  if (!(Number.isInteger(maxPayload) && maxPayload > 0 && maxPayload < 2 ** 31)) {
    throw new RangeError(`maxPayloadBytes is a number of bytes from 1, not ${maxPayload}`)
  }
  // Each part costs a buffer and what that keeps alive: parts of 256 bytes are the worst accepted.
  const parts = Math.max(1_024, Math.ceil(maxPayload / 256))
  const options = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    maxPayload,
    maxFragments: parts,
    maxBufferedChunks: parts,
    closeTimeout,
    // [MQTT-6.0.0-4]
    handleProtocols: (offered: Set<string>) => chooseSubprotocol(offered) ?? false,
  }
  return new WebSocketServer(options)
}

function ignore(): void {}
