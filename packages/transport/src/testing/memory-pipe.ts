// One direction of a memory connection: what one end wrote waits here until the other takes it.
//
// Bytes are kept by reference and copied when they are delivered, as a kernel may do: a writer that
// changes bytes it has given away, or a reader that changes what others share, is found out.

import { cutInto, type Segment } from './segment.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** What a pipe asks and tells the transports at its two ends. */
export interface PipeEnds {
  /** Whether the reading end takes bytes at this instant. */
  ready(): boolean
  /** For the reading end: bytes. */
  data(segment: Uint8Array): void
  /** For the reading end: no more will come. */
  end(): void
  /** For the writing end: what it was told to wait for has been taken. */
  drain(): void
}

/** How a pipe delivers. */
export interface PipeOptions {
  readonly clock: VirtualClock
  readonly segment: Segment | undefined
  readonly highWaterMarkBytes: number
}

/**
 * A queue of writes, delivered by a virtual clock in the order of the calls. Writes are numbered;
 * each delivery goes up to the number that was last when it was handed in, so that bytes which
 * waited for a slow reader do not draw later ones past those of another connection.
 */
export class MemoryPipe {
  bufferedBytes = 0
  readonly #options: PipeOptions
  readonly #ends: PipeEnds
  #writes: Uint8Array[][] = []
  #arriving: Uint8Array[] = []
  #last = 0
  #begun = 0
  #end = Infinity
  #full = false

  constructor(options: PipeOptions, ends: PipeEnds) {
    this.#options = options
    this.#ends = ends
  }

  write(chunks: readonly Uint8Array[]): boolean {
    this.#writes.push([...chunks])
    this.#last++
    for (const chunk of chunks) this.bufferedBytes += chunk.length
    this.pump()
    const full = this.bufferedBytes >= this.#options.highWaterMarkBytes
    this.#full ||= full
    return !full
  }

  /** Ends the stream behind what was written. */
  end(): void {
    this.#end = ++this.#last
    this.pump()
  }

  /** Delivers what is there, as far as the reading end takes it by then. */
  pump(): void {
    const through = this.#last
    this.#options.clock.deliver(() => this.#deliver(through))
  }

  /** Loses everything that waits. */
  drop(): void {
    this.#writes = []
    this.#arriving = []
    this.#begun = this.#last
    this.#end = Infinity
    this.#full = false
    this.bufferedBytes = 0
  }

  #deliver(through: number): void {
    while (this.#ends.ready()) {
      const segment = this.#arriving.pop()
      if (segment) this.#deliverSegment(segment)
      else if (this.#begun < through) this.#begin()
      else return
    }
  }

  #deliverSegment(segment: Uint8Array): void {
    this.bufferedBytes -= segment.length
    this.#ends.data(segment)
    if (this.#full && this.bufferedBytes === 0) {
      this.#full = false
      this.#ends.drain()
    }
  }

  #begin(): void {
    if (++this.#begun === this.#end) this.#ends.end()
    else this.#arriving = this.#segments(this.#writes.shift() ?? [])
  }

  /** Last first, so that each is taken from the end of the array. */
  #segments(write: readonly Uint8Array[]): Uint8Array[] {
    const bytes = new Uint8Array(write.reduce((length, chunk) => length + chunk.length, 0))
    let at = 0
    for (const chunk of write) {
      bytes.set(chunk, at)
      at += chunk.length
    }
    return cutInto(bytes, this.#options.segment?.(bytes) ?? []).toReversed()
  }
}
