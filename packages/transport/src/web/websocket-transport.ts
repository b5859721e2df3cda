// A Transport over the web's WebSocket, on the client's side.
//
// That class can do less than the contract asks for. It cannot stop reading: what comes while the
// owner pauses is held here, up to a bound. It has no event for an empty buffer: while somebody
// waits for that, the buffer is looked at. It cannot be cut off: it is told to close, and no longer
// listened to.

import type { Clock } from '../clock.ts'
import type { Transport } from '../transport.ts'
import { platformClock } from './platform-clock.ts'
import type { CloseDetails, PlatformWebSocket } from './platform-websocket.ts'

/** What may be set for a WebSocket connection. */
export interface WebSocketTransportOptions {
  /** How long an orderly end may take before the connection is given up; 5,000 ms if absent. */
  readonly closeTimeoutMs?: number
  /** How many bytes may come while paused before the connection is ended; 16 MiB if absent. */
  readonly heldBytesMax?: number
  /** Measures time; the platform's if absent. */
  readonly clock?: Clock
}

/** An open WebSocket as a Transport. The host of its URL is all it knows as `remoteAddress`. */
export class WebSocketTransport implements Transport {
  readonly remoteAddress: string
  onDrain: () => void = ignore
  onClose: (error?: Error) => void = ignore
  readonly #webSocket: PlatformWebSocket
  readonly #clock: Clock
  readonly #closeTimeoutMs: number
  readonly #heldBytesMax: number
  #onData: ((chunk: Uint8Array) => void) | undefined
  #state: 'open' | 'closing' | 'closed' = 'open'
  #paused = false
  #held: Uint8Array[] = []
  #heldBytes = 0
  #error: Error | undefined
  #bound: Disposable | undefined
  #waiting = false
  #looking: Disposable | undefined

  /** Takes over a WebSocket that has just opened, with `binaryType` set to `arraybuffer`. */
  constructor(webSocket: PlatformWebSocket, url: URL, options: WebSocketTransportOptions = {}) {
    this.remoteAddress = url.hostname
    this.#webSocket = webSocket
    this.#clock = options.clock ?? platformClock
    this.#closeTimeoutMs = options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS
    this.#heldBytesMax = options.heldBytesMax ?? HELD_BYTES_MAX
    webSocket.addEventListener('message', ({ data }) => this.#message(data))
    webSocket.addEventListener('error', (event) => this.#failed(event))
    webSocket.addEventListener('close', (event) => this.#gone(this.#error ?? disorder(event)))
  }

  get bufferedBytes(): number {
    return this.#state === 'closed' ? 0 : this.#webSocket.bufferedAmount
  }

  get onData(): (chunk: Uint8Array) => void {
    return this.#onData ?? ignore
  }

  set onData(handler: (chunk: Uint8Array) => void) {
    this.#onData = handler
    this.#readOn()
  }

  write(chunks: readonly Uint8Array[]): boolean {
    const webSocket = this.#webSocket
    // After the peer's Close frame the class takes bytes and loses them.
    if (this.#state !== 'open' || webSocket.readyState !== OPEN) return false
    const message = joined(chunks)
    if (message.length > 0) webSocket.send(message) // [MQTT-6.0.0-1]
    if (webSocket.bufferedAmount < HIGH_WATER_MARK_BYTES) return true
    if (!this.#waiting) {
      this.#waiting = true
      this.#clock.defer(() => this.#look())
    }
    return false
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#readOn()
  }

  close(): void {
    this.#end(NORMAL)
  }

  destroy(): void {
    if (this.#state === 'closed') return
    this.#webSocket.close()
    this.#release()
    this.#clock.defer(() => this.onClose())
  }

  #message(data: string | ArrayBuffer): void {
    if (this.#state !== 'open') return
    if (typeof data !== 'string') return this.#take(new Uint8Array(data))
    this.#error = new Error(
      `The server ${this.remoteAddress} sent a text frame: MQTT travels in binary frames only`,
    )
    this.#end(VIOLATION, 'MQTT travels in binary frames only') // [MQTT-6.0.0-1]
  }

  // A message is only a piece of the stream: it may hold part of a packet. [MQTT-6.0.0-2]
  #take(chunk: Uint8Array): void {
    if (this.#onData && !this.#paused && this.#held.length === 0) return this.#onData(chunk)
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    if (this.#heldBytes <= this.#heldBytesMax) return
    this.#error = new Error(
      `${this.#heldBytes} bytes came from ${this.remoteAddress} while reading was paused, and ` +
        `a WebSocket cannot be stopped: resume earlier, or allow for more than heldBytesMax`,
    )
    this.#end(TOO_MUCH, 'Came faster than it was read')
  }

  #readOn(): void {
    if (this.#held.length > 0) this.#clock.defer(() => this.#readHeld())
  }

  #readHeld(): void {
    const held = this.#held
    this.#held = []
    this.#heldBytes = 0
    for (const chunk of held) if (this.#state === 'open') this.#take(chunk)
  }

  /**
   * What the network takes at once is gone by the end of the turn: only then is a timer needed.
   * Chromium 156 sends chunks of 64 KiB at 60 MB/s so, and at 15 with the timer alone.
   */
  #look(): void {
    if (this.#state !== 'open') return
    if (this.#webSocket.bufferedAmount > 0) {
      this.#looking ??= this.#clock.tick(DRAIN_LOOK_MS, () => this.#look())
      return
    }
    this.#looking?.[Symbol.dispose]()
    this.#looking = undefined
    this.#waiting = false
    this.onDrain()
  }

  #end(code: number, reason?: string): void {
    if (this.#state !== 'open') return
    this.#closing()
    this.#webSocket.close(code, reason)
  }

  #failed(event: object): void {
    this.#error ??= broken('error' in event ? event.error : undefined)
    this.#closing()
  }

  /** From here on nothing is read or written for the owner, and the end comes within the bound. */
  #closing(): void {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#held = []
    this.#bound = this.#clock.after(this.#closeTimeoutMs, () => this.#giveUp())
  }

  #giveUp(): void {
    this.#gone(
      this.#error ??
        new Error(
          `The server ${this.remoteAddress} did not end the connection within ` +
            `${this.#closeTimeoutMs} ms and was given up, ${this.bufferedBytes} bytes untaken`,
        ),
    )
  }

  #gone(error: Error | undefined): void {
    if (this.#state === 'closed') return
    this.#release()
    this.onClose(error)
  }

  #release(): void {
    this.#state = 'closed'
    this.#held = []
    this.#bound?.[Symbol.dispose]()
    this.#looking?.[Symbol.dispose]()
  }
}

const CLOSE_TIMEOUT_MS = 5_000
const HELD_BYTES_MAX = 16_777_216
const HIGH_WATER_MARK_BYTES = 65_536
const DRAIN_LOOK_MS = 4

/** The `readyState` of a WebSocket that takes and brings messages. */
const OPEN = 1

// Close codes: NORMAL, going away, and none given are an orderly end (RFC 6455, 7.4.1). A program
// may send the first of these and those from 3000 up; the last two say what 1003 and 1009 would.
const NORMAL = 1000
const ORDERLY = [NORMAL, 1001, 1005]
const VIOLATION = 4003
const TOO_MUCH = 4009

function disorder({ code, reason, wasClean }: CloseDetails): Error | undefined {
  if (wasClean && ORDERLY.includes(code)) return undefined
  const said = reason === '' ? '' : `, "${reason}"`
  return code === ABNORMAL
    ? broken(undefined)
    : new Error(`The server closed the WebSocket with code ${code}${said}`)
}

/** What a platform reports when there was no Close frame. */
const ABNORMAL = 1006

function broken(cause: unknown): Error {
  return new Error('The WebSocket broke without a Close frame', { cause })
}

/** One message for all chunks: the class sends one buffer at a time. */
function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const [only] = chunks
  if (chunks.length === 1 && only?.buffer instanceof ArrayBuffer) {
    return new Uint8Array(only.buffer, only.byteOffset, only.length)
  }
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  const message = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    message.set(chunk, at)
    at += chunk.length
  }
  return message
}

function ignore(): void {}
