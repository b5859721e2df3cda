// A Transport over an accepted WebSocket.
//
// `ws` does the handshake, takes frames apart, answers pings and closes. Data frames are written
// here, straight to the socket under one cork: a header and then the chunks where they lie. `ws`
// sends one buffer a message, so several chunks would first have to be copied together for every
// receiver, or be sent as fragments, which small clients do not all understand. Measured for 24
// bytes and 64 KiB: 24-30 us a write, against 40-55 us copied together; about equal at 4 KiB and
// below. Both write whole frames in one go, so they cannot interleave.

import type { Socket } from 'node:net'
import type { Clock, PeerFacts, Transport } from '@godwit/transport'
import type { RawData, WebSocket } from 'ws'
import { binaryFrameHeader } from './frame-header.ts'

/** Whose connection it is, and what bounds it. */
export interface WebSocketTransportOptions {
  readonly remoteAddress: string
  readonly peer: PeerFacts
  /** How many bytes may come before a message is whole, until the peer is `admitted`. */
  readonly strangerBytesMax: number
  readonly closeTimeoutMs: number
  readonly clock: Clock
}

/** An open WebSocket, on the server's side, as a Transport. */
export class WebSocketTransport implements Transport {
  readonly remoteAddress: string
  readonly peer: PeerFacts
  onDrain: () => void = ignore
  onClose: (error?: Error) => void = ignore
  readonly #webSocket: WebSocket
  readonly #socket: Socket
  readonly #options: WebSocketTransportOptions
  #onData: ((chunk: Uint8Array) => void) | undefined
  #held: Uint8Array[] = []
  #paused = false
  #isWhole = false
  #gatheredBytes = 0
  readonly #gathered = (chunk: Uint8Array): void => this.#gather(chunk)
  #open = true
  #error: Error | undefined
  #bound: Disposable | undefined

  /** Takes over an open WebSocket and the socket below it. */
  constructor(webSocket: WebSocket, socket: Socket, options: WebSocketTransportOptions) {
    this.remoteAddress = options.remoteAddress
    this.peer = options.peer
    this.#webSocket = webSocket
    this.#socket = socket
    this.#options = options
    // A message in several frames or reads is passed on in its parts, not first put together.
    webSocket.binaryType = 'fragments'
    webSocket.pause()
    webSocket.on('message', (data, isBinary) => this.#message(data, isBinary))
    webSocket.on('error', (error) => this.#failed(error))
    webSocket.on('close', () => this.#closed())
    // After `ws`, which has listened to it for longer.
    socket.on('data', this.#gathered)
    socket.on('drain', () => this.#open && this.onDrain())
    socket.on('end', () => this.#closing())
    socket.on('error', (error) => this.#failed(error))
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
    if (first && !this.#paused) this.#webSocket.resume()
  }

  write(chunks: readonly Uint8Array[]): boolean {
    // The peer's Close frame ends the sending of data before this end hears of it otherwise.
    if (!this.#open || this.#webSocket.readyState !== this.#webSocket.OPEN) return false
    let length = 0
    for (const chunk of chunks) length += chunk.length
    const socket = this.#socket
    if (length > 0) {
      socket.cork()
      socket.write(binaryFrameHeader(length)) // [MQTT-6.0.0-1]
      for (const chunk of chunks) socket.write(chunk)
      socket.uncork()
    }
    return socket.writableLength < socket.writableHighWaterMark
  }

  admitted(): void {
    this.#socket.off('data', this.#gathered)
  }

  pause(): void {
    if (!this.#open) return
    this.#paused = true
    this.#webSocket.pause()
  }

  resume(): void {
    if (!this.#open || !this.#paused) return
    this.#paused = false
    if (this.#held.length > 0) this.#options.clock.defer(() => this.#release())
    else if (this.#onData) this.#webSocket.resume()
  }

  close(): void {
    this.#end(NORMAL)
  }

  destroy(): void {
    this.#open = false
    this.#webSocket.terminate()
  }

  #message(data: RawData, isBinary: boolean): void {
    this.#isWhole = true
    if (!this.#open) return
    if (!isBinary) {
      this.#error = new Error(
        `The peer ${this.remoteAddress} sent a text frame: MQTT travels in binary frames only`,
      )
      this.#end(UNSUPPORTED_DATA, 'MQTT travels in binary frames only') // [MQTT-6.0.0-1]
      return
    }
    // A message is only a piece of the stream: it may hold part of a packet. [MQTT-6.0.0-2]
    if (Array.isArray(data)) for (const fragment of data) this.#take(fragment)
  }

  /**
   * `ws` gathers a whole message, that of a stranger too, and has one bound for all connections. So
   * what has come since the last message is counted here, below it, to within one read.
   */
  #gather(chunk: Uint8Array): void {
    this.#gatheredBytes = this.#isWhole
      ? 0
      : this.#gatheredBytes + Math.max(chunk.length, READ_BYTES_MIN)
    this.#isWhole = false
    const { strangerBytesMax } = this.#options
    if (!this.#open || this.#gatheredBytes <= strangerBytesMax) return
    this.#error = new Error(
      `The peer ${this.remoteAddress} sent ${strangerBytesMax} bytes without a whole message ` +
        'before it was let in',
    )
    // What still comes would be gathered too, until the end has been answered: nobody reads it.
    this.#closing()
    this.#socket.removeAllListeners('data').on('data', ignore).resume()
    this.#webSocket.close(MESSAGE_TOO_BIG, 'Too long for somebody who is not let in yet')
    this.#socket.end()
  }

  /** `ws` may still bring what it has read when it is paused: it waits here, one read at most. */
  #take(chunk: Uint8Array): void {
    if (this.#paused || this.#held.length > 0) this.#held.push(chunk)
    else if (this.#open) this.#onData?.(chunk)
  }

  #release(): void {
    const held = this.#held
    this.#held = []
    for (const chunk of held) this.#take(chunk)
    if (!this.#paused && this.#open) this.#webSocket.resume()
  }

  #end(code: number, reason?: string): void {
    if (!this.#open) return
    this.#closing()
    this.#webSocket.close(code, reason)
    this.#webSocket.resume()
  }

  /** From here on nothing is read or written for the owner, and the end comes within the bound. */
  #closing(): void {
    this.#open = false
    this.#held = []
    const { clock, closeTimeoutMs } = this.#options
    this.#bound ??= clock.after(closeTimeoutMs, () => this.#cutOff())
  }

  #cutOff(): void {
    this.#error ??= new Error(
      `The peer ${this.remoteAddress} did not end the connection within ` +
        `${this.#options.closeTimeoutMs} ms and was cut off, ${this.bufferedBytes} bytes untaken`,
    )
    this.#webSocket.terminate()
  }

  #failed(error: Error): void {
    this.#error ??= error
    this.#closing()
  }

  #closed(): void {
    this.#open = false
    this.#bound?.[Symbol.dispose]()
    this.onClose(this.#error)
  }
}

// Close codes of RFC 6455, 7.4.1.
const NORMAL = 1000
const UNSUPPORTED_DATA = 1003
const MESSAGE_TOO_BIG = 1009

/** What a read costs at least, however few bytes it brings: a buffer, and what that holds. */
const READ_BYTES_MIN = 256

function ignore(): void {}
