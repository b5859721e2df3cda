// Accepts MQTT over WebSocket: an HTTP server that does nothing but upgrade. It listens nowhere by
// itself: a port gives it connections which have the header of a proxy and TLS behind them.

import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { BoundAddress, Clock, Listener, PeerFacts, Transport } from '@godwit/transport'
import {
  AddressRanges,
  begun,
  SocketPort,
  systemClock,
  type Arrival,
  type Beginning,
  type BindOptions,
  type SocketPortOptions,
  type TlsCredentials,
} from '@godwit/transport/node'
import type { WebSocketServer } from 'ws'
import { forwardedFor } from './forwarded-for.ts'
import { refuseRequest, refuseUpgrade, requireUpgrade } from './http-refusal.ts'
import { Origins } from './origins.ts'
import { hostName, upgradeRefusal, type UpgradeTerms } from './upgrade-request.ts'
import { webSocketServer } from './websocket-server.ts'
import { WebSocketTransport, type WebSocketTransportOptions } from './websocket-transport.ts'

/** Where and how to accept WebSocket connections. With `tls` they are encrypted. */
export interface WebSocketListenerOptions extends BindOptions, SocketPortOptions {
  /** The only path that is served, such as `/mqtt`; every path if absent. */
  readonly path?: string
  /** Whose pages may connect, such as `https://app.example`; `*` and absent: everybody's. */
  readonly origins?: readonly string[]
  /** From which addresses, or ranges of them, the header X-Forwarded-For is believed. */
  readonly trustedProxies?: readonly string[]
  /** The largest message, all its fragments together; 1 MiB and 64 KiB if absent. */
  readonly maxPayloadBytes?: number
  /** How much of a message is gathered before the client is `admitted`; 80 KiB if absent. */
  readonly strangerBytesMax?: number
  /** How long an orderly end may take before the connection is cut; 5,000 ms if absent. */
  readonly closeTimeoutMs?: number
  /** Measures times; the system's if absent. */
  readonly clock?: Clock
}

/** A WebSocket port for MQTT. Its url is `ws://host:port`, or `wss:` with TLS, and the path. */
export class WebSocketListener implements Listener {
  readonly #options: WebSocketListenerOptions
  readonly #terms: UpgradeTerms
  readonly #trusted: AddressRanges
  readonly #bounds: Omit<WebSocketTransportOptions, 'remoteAddress' | 'peer'>
  readonly #webSockets: WebSocketServer
  readonly #port: SocketPort
  /** What is known of a connection before it is upgraded. */
  readonly #arrivals = new WeakMap<Duplex, Arrival>()

  /**
   * @throws RangeError if `maxPayloadBytes` is not a whole number from 1 to 2^31 - 1; Error with a
   *   sentence for credentials, origins or ranges of addresses that cannot be used.
   */
  constructor(options: WebSocketListenerOptions) {
    this.#options = options
    this.#terms = { path: options.path, origins: new Origins(options.origins) }
    this.#trusted = new AddressRanges(options.trustedProxies ?? [])
    const { closeTimeoutMs = CLOSE_TIMEOUT_MS, clock = systemClock } = options
    const strangerBytesMax = options.strangerBytesMax ?? STRANGER_BYTES
    this.#bounds = { closeTimeoutMs, clock, strangerBytesMax }
    this.#webSockets = webSocketServer(options.maxPayloadBytes ?? PAYLOAD_BYTES, closeTimeoutMs)
    this.#port = new SocketPort(options, 'http/1.1')
  }

  async listen(accept: (transport: Transport) => void): Promise<BoundAddress> {
    const server = this.#createServer(accept)
    const address = await this.#port.open(this.#options, (arrival) => this.#enter(arrival, server))
    const scheme = this.#options.tls === undefined ? 'ws' : 'wss'
    return { url: `${scheme}://${address}${this.#options.path ?? ''}` }
  }

  /**
   * Uses other credentials for connections that come from here on. Nobody is dropped.
   *
   * @throws Error with a sentence if they cannot be used: those of before then stay.
   */
  replace(tls: TlsCredentials): void {
    this.#port.replace(tls)
  }

  close(): Promise<void> {
    return this.#port.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #enter(arrival: Arrival, server: Server): void {
    const { socket, handshake } = arrival
    handshake.await('a whole request for an upgrade to WebSocket')
    const enter = (): void => {
      this.#arrivals.set(socket, arrival)
      server.emit('connection', socket)
    }
    // Behind TLS there is an engine already, which costs more than a parser.
    if (socket === handshake.socket) begun(handshake, REQUEST, enter)
    else enter()
  }

  #createServer(accept: (transport: Transport) => void): Server {
    const server = createServer({ maxHeaderSize: HEADER_BYTES_MAX }, (request, response) => {
      this.#refused(request.socket, 'asked for a page: this port speaks MQTT over WebSocket')
      requireUpgrade(response, this.#options.path)
    })
    // Node would leave those above its own bound out, an Origin among them: they are counted later.
    server.maxHeadersCount = 0
    server.on('clientError', (error, socket) => {
      this.#refused(socket, `sent a request that cannot be read: ${error.message}`)
      refuseRequest(socket, error)
    })
    server.on('upgrade', (request, socket, head) => {
      socket.on('error', ignore)
      const arrival = this.#arrivals.get(socket)
      if (arrival === undefined) return void socket.destroy()
      const refusal = upgradeRefusal(request, this.#terms)
      if (refusal) {
        arrival.handshake.refused(`was answered with ${refusal[0]}: ${refusal[1]}`)
        return refuseUpgrade(socket, ...refusal)
      }
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        arrival.handshake.done()
        const options = { ...this.#bounds, ...this.#peerOf(arrival, request) }
        accept(new WebSocketTransport(webSocket, arrival.socket, options))
      })
    })
    return server
  }

  #refused(socket: Duplex, sentence: string): void {
    this.#arrivals.get(socket)?.handshake.refused(sentence)
  }

  #peerOf({ handshake, facts }: Arrival, request: IncomingMessage): Peer {
    const from = handshake.remoteAddress
    const header = request.headers['x-forwarded-for']
    const remoteAddress = forwardedFor(from, header, this.#trusted)
    const serverName = hostName(request)
    const peer = {
      ...facts,
      ...(serverName !== undefined && { serverName }),
      ...(remoteAddress !== from && { proxyAddress: facts.proxyAddress ?? from }),
    }
    return { remoteAddress, peer }
  }
}

interface Peer {
  readonly remoteAddress: string
  readonly peer: PeerFacts
}

const CLOSE_TIMEOUT_MS = 5_000

/** The request line and the headers of an upgrade. */
const HEADER_BYTES_MAX = 8_192

/** A first byte that no request begins with, or a whole head of one. */
const REQUEST: Beginning = {
  isBegun: (bytes) => {
    const [first = 0] = bytes
    return first < 0x41 || first > 0x5a || Buffer.from(bytes).includes('\r\n\r\n')
  },
  bytesMax: HEADER_BYTES_MAX,
}

// One packet of the broker's default maximum, and smaller ones that came in the same message.
const PAYLOAD_BYTES = 1_048_576 + 65_536

// A CONNECT of 64 KiB, and what is sent with it.
const STRANGER_BYTES = 81_920

function ignore(): void {}
