// A Transport over a socket of node:net (or node:tls, which is one). Bytes pass through without a
// copy in both directions.
//
// Closing is where sockets differ from the contract, so it is all here. After `close` the socket is
// still read, and what comes is dropped: closing a socket that has unread bytes would send a reset,
// and a reset can overtake the last bytes that were written, such as a DISCONNECT with its reason.

import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import type { PeerFacts, Transport } from '../transport.ts'
import { peerAddress } from './peer-address.ts'
import { systemClock } from './system-clock.ts'

/** What may be set for a TCP connection. */
export interface TcpTransportOptions {
  /** How long an orderly end may take before the connection is cut; 5,000 ms if absent. */
  readonly closeTimeoutMs?: number
  /** Measures that; the system's if absent. */
  readonly clock?: Clock
  /** Whose connection it is, where a proxy between has told; the socket's peer if absent. */
  readonly remoteAddress?: string
  /** What else is known of the peer. */
  readonly peer?: PeerFacts
}

/** A connected TCP socket as a Transport. It sets TCP_NODELAY and TCP keep-alive (60 s). */
export class TcpTransport implements Transport {
  readonly remoteAddress: string
  readonly peer?: PeerFacts
  onDrain: () => void = ignore
  onClose: (error?: Error) => void = ignore
  readonly #socket: Socket
  readonly #closeTimeoutMs: number
  readonly #clock: Clock
  #onData: ((chunk: Uint8Array) => void) | undefined
  #paused = false
  #open = true
  #error: Error | undefined
  #bound: Disposable | undefined

  /** Takes over a connected socket: nobody else may read, write or end it. */
  constructor(socket: Socket, options: TcpTransportOptions = {}) {
    this.remoteAddress = options.remoteAddress ?? peerAddress(socket)
    if (options.peer !== undefined) this.peer = options.peer
    this.#socket = socket
    this.#closeTimeoutMs = options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS
    this.#clock = options.clock ?? systemClock
    socket.setNoDelay(true)
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    socket.on('drain', () => this.#open && this.onDrain())
    socket.on('end', () => this.#ended())
    socket.on('error', (error) => this.#failed(error))
    socket.on('close', () => this.#closed())
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  get onData(): (chunk: Uint8Array) => void {
    return this.#onData ?? ignore
  }

  set onData(handler: (chunk: Uint8Array) => void) {
    const first = this.#onData === undefined
    this.#onData = handler
    if (!first) return
    this.#socket.on('data', (chunk: Uint8Array) => this.#open && this.#onData?.(chunk))
    if (!this.#paused) this.#socket.resume()
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (!this.#open) return false
    const socket = this.#socket
    if (chunks.length === 1) {
      for (const chunk of chunks) socket.write(chunk)
    } else {
      socket.cork()
      for (const chunk of chunks) socket.write(chunk)
      socket.uncork()
    }
    // The socket's own answer is false for one large chunk even when the kernel took it at once.
    return socket.writableLength < socket.writableHighWaterMark
  }

  pause(): void {
    if (!this.#open) return
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#open) return
    this.#paused = false
    // A socket that flows to nobody would lose what arrives.
    if (this.#onData) this.#socket.resume()
  }

  close(): void {
    if (!this.#open) return
    this.#closing()
    this.#socket.resume()
    this.#socket.end()
  }

  destroy(): void {
    this.#open = false
    this.#socket.destroy()
  }

  /** The peer has ended its side: what was written still goes out, and then this side ends. */
  #ended(): void {
    this.#closing()
    this.#socket.end()
  }

  /** From here on nothing is read or written for the owner, and the end comes within the bound. */
  #closing(): void {
    this.#open = false
    this.#bound ??= this.#clock.after(this.#closeTimeoutMs, () => this.#cutOff())
  }

  #cutOff(): void {
    this.#error ??= new Error(
      `The peer ${this.remoteAddress} did not end the connection within ` +
        `${this.#closeTimeoutMs} ms and was cut off, ${this.bufferedBytes} bytes untaken`,
    )
    this.#socket.destroy()
  }

  #failed(error: Error): void {
    this.#open = false
    this.#error ??= error
  }

  #closed(): void {
    this.#open = false
    this.#bound?.[Symbol.dispose]()
    this.onClose(this.#error)
  }
}

const CLOSE_TIMEOUT_MS = 5_000

// A client with Keep Alive 0 that has lost its power is found by nobody else.
const KEEP_ALIVE_MS = 60_000

function ignore(): void {}
