// A connection inside one process, driven by a virtual clock. Both ends keep to the contract of
// Transport; on top of it a test can freeze an end (its program hangs and reads nothing) and cut
// the connection (a cable is pulled).

import type { Transport } from '../transport.ts'
import { MemoryPipe, type PipeEnds, type PipeOptions } from './memory-pipe.ts'
import type { Segment } from './segment.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** What may be set for a memory connection. */
export interface MemoryOptions {
  /** Cuts each write into segments; each write arrives whole if absent. */
  readonly segment?: Segment
  /** `write` returns false from this many waiting bytes on; 65,536 if absent. */
  readonly highWaterMarkBytes?: number
  /** How long an orderly end may take before the connection is cut; 5,000 ms if absent. */
  readonly closeTimeoutMs?: number
  /** What both ends see as their peer's address; `memory` if absent. */
  readonly remoteAddress?: string
}

/**
 * Makes two connected transports. Nothing is ever delivered from inside a call: `clock.settle()`,
 * `settled()` or `advance()` moves the bytes, in the order in which they were written, also between
 * connections.
 */
export function memoryPair(
  clock: VirtualClock,
  options: MemoryOptions = {},
): [MemoryTransport, MemoryTransport] {
  return MemoryTransport.pair(clock, options)
}

/** One end of a memory connection. */
export class MemoryTransport implements Transport {
  readonly remoteAddress: string
  onDrain: () => void = ignore
  onClose: (error?: Error) => void = ignore
  readonly #clock: VirtualClock
  readonly #closeTimeoutMs: number
  readonly #out: MemoryPipe
  readonly #peer: MemoryTransport
  #onData: ((chunk: Uint8Array) => void) | undefined
  #state: 'open' | 'closing' | 'closed' = 'open'
  #paused = false
  #frozen = false
  #bound: Disposable | undefined

  private constructor(clock: VirtualClock, options: MemoryOptions, peer?: MemoryTransport) {
    this.remoteAddress = options.remoteAddress ?? 'memory'
    this.#clock = clock
    this.#closeTimeoutMs = options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS
    const pipe: PipeOptions = {
      clock,
      segment: options.segment,
      highWaterMarkBytes: options.highWaterMarkBytes ?? HIGH_WATER_MARK_BYTES,
    }
    this.#out = new MemoryPipe(pipe, this.#ends())
    this.#peer = peer ?? new MemoryTransport(clock, options, this)
  }

  /** See `memoryPair`. */
  static pair(clock: VirtualClock, options: MemoryOptions): [MemoryTransport, MemoryTransport] {
    const near = new MemoryTransport(clock, options)
    return [near, near.#peer]
  }

  get bufferedBytes(): number {
    return this.#out.bufferedBytes
  }

  get onData(): (chunk: Uint8Array) => void {
    return this.#onData ?? ignore
  }

  set onData(handler: (chunk: Uint8Array) => void) {
    this.#onData = handler
    this.#readOn()
  }

  write(chunks: readonly Uint8Array[]): boolean {
    return this.#state === 'open' && this.#out.write(chunks)
  }

  pause(): void {
    if (this.#state === 'open') this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#readOn()
  }

  close(): void {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#bound = this.#clock.after(this.#closeTimeoutMs, () => this.#cutOff())
    this.#out.end()
    this.resume()
  }

  destroy(): void {
    this.#gone()
    this.#peer.#gone()
  }

  /** Stops taking bytes, as a program that hangs does; the peer's writes pile up on its side. */
  freeze(): void {
    this.#frozen = true
  }

  /** Takes bytes again, first those that have piled up. */
  thaw(): void {
    this.#frozen = false
    this.#readOn()
  }

  /** Breaks the connection: what is under way is lost, both ends see `onClose` with the error. */
  cut(error: Error = new Error('The memory network was cut')): void {
    this.#gone(error)
    this.#peer.#gone(error)
  }

  #ends(): PipeEnds {
    return {
      ready: () => this.#peer.#taking(),
      data: (segment) => this.#peer.#take(segment),
      end: () => {
        this.#peer.#gone()
        this.#gone()
      },
      drain: () => {
        if (this.#state === 'open') this.onDrain()
      },
    }
  }

  #taking(): boolean {
    return !this.#frozen && !this.#paused && (this.#onData !== undefined || this.#state !== 'open')
  }

  #take(segment: Uint8Array): void {
    if (this.#state === 'open') this.#onData?.(segment)
  }

  #readOn(): void {
    this.#peer.#out.pump()
  }

  #cutOff(): void {
    this.#gone(
      new Error(
        `The peer ${this.remoteAddress} did not end the connection within ` +
          `${this.#closeTimeoutMs} ms and was cut off, ${this.bufferedBytes} bytes untaken`,
      ),
    )
    this.#peer.#gone()
  }

  #gone(error?: Error): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#bound?.[Symbol.dispose]()
    this.#out.drop()
    this.#clock.deliver(() => this.onClose(error))
  }
}

const CLOSE_TIMEOUT_MS = 5_000
const HIGH_WATER_MARK_BYTES = 65_536

function ignore(): void {}
