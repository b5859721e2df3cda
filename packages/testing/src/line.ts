/**
 * A line: what lies between a client and the broker. It looks at the packets that pass, and does
 * what a test asks of it: it breaks, goes still, or loses one. To the broker it is a Transport.
 *
 *     client --- transport --- Line --- broker
 *                        up: course, inbox ->
 *                     <- down: course, backlog
 */
import type { Packet } from '@godwit/codec'
import type { Transport } from '@godwit/transport'
import { MemoryTransport } from '@godwit/transport/testing'
import { PacketCourse } from './packet-course.ts'
import type { Sender } from './wire-packet.ts'
import type { WorldClock } from './world-clock.ts'

/** Who looks at the packets of a line. */
export interface LineWatch {
  /** Whether a packet may have to be lost, so that none may go ahead in part. */
  readonly mayLose: boolean
  /** A packet came; returns whether it goes on. */
  passes(line: Line, from: Sender, packet: Packet): boolean
  /** The line is gone. */
  gone(line: Line): void
}

/** One connection. */
export class Line implements Transport {
  onDrain: () => void = ignore
  onClose: (error?: Error) => void = ignore
  /** Who is at its end, as soon as that is known. */
  clientId: string | undefined
  /** Which of this client's connections it is, counted from 1. */
  connection = 1
  readonly #end: Transport
  readonly #clock: WorldClock
  readonly #watch: LineWatch
  readonly #up: PacketCourse
  readonly #down: PacketCourse
  #onData: ((chunk: Uint8Array) => void) | undefined
  #state: 'open' | 'closing' | 'closed' = 'open'
  readonly #frozen = new Set<Sender>()
  /** What came from the client and was not handed to the broker. */
  #inbox: Uint8Array[] = []
  #isPaused = false
  /** The client has ended the connection, behind what is in the inbox. */
  #isEnded = false
  #isCut = false
  /** What the broker wrote while the line was still. */
  #backlog: Uint8Array[] = []
  #owesDrain = false
  #bound: Disposable | undefined
  /** How many bytes may still pass, of one direction, until the line breaks. */
  #allowance: { readonly from: Sender; bytes: number } | undefined

  /** `end` is the broker's end of a connection. */
  constructor(end: Transport, clock: WorldClock, watch: LineWatch) {
    this.#end = end
    this.#clock = clock
    this.#watch = watch
    this.#up = new PacketCourse((packet) => this.#passes('client', packet))
    this.#down = new PacketCourse((packet) => this.#passes('broker', packet))
    end.onClose = (error) => this.#endClosed(error)
    end.onDrain = () => {
      if (!this.#frozen.has('broker')) this.#drained()
    }
  }

  get remoteAddress(): string {
    return this.#end.remoteAddress
  }

  get bufferedBytes(): number {
    return this.#end.bufferedBytes + lengthOf(this.#backlog)
  }

  get onData(): (chunk: Uint8Array) => void {
    return this.#onData ?? ignore
  }

  set onData(handler: (chunk: Uint8Array) => void) {
    const isFirst = this.#onData === undefined
    this.#onData = handler
    if (isFirst) this.#end.onData = (chunk) => this.#arrived(chunk)
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.#state !== 'open') return false
    const bytes: Uint8Array[] = []
    for (const chunk of this.#allowed('broker', chunks)) {
      const passing = this.#down.take(chunk, this.#watch.mayLose)
      if (passing.length > 0) bytes.push(passing)
    }
    const hasRoom = this.#writeThrough(bytes)
    this.#cutIfDue()
    return hasRoom
  }

  pause(): void {
    this.#isPaused = true
    this.#end.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#readOn()
  }

  close(): void {
    if (this.#state !== 'open') return
    if (this.#frozen.has('broker') && !this.#isEnded) {
      this.#state = 'closing'
      this.#bound = this.#clock.after(CLOSE_TIMEOUT_MS, () => this.#end.destroy())
    } else {
      this.#leave(() => this.#end.close())
    }
  }

  destroy(): void {
    this.#leave(() => this.#end.destroy())
  }

  /** Whether it still leads from one end to the other. */
  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** Breaks: both ends are told so at once, and what is under way is lost. */
  cut(): void {
    this.#isCut = true
    if (this.#isEnded) this.#clock.deliver(() => this.#closed(cutError()))
    else if (this.#end instanceof MemoryTransport) this.#end.cut(cutError())
    else this.#end.destroy()
  }

  /** Breaks when so many more bytes have passed in one direction, unless disposed of earlier. */
  cutAfter(from: Sender, bytes: number): Disposable {
    const allowance = { from, bytes }
    this.#allowance = allowance
    if (bytes === 0) this.cut()
    return {
      [Symbol.dispose]: () => {
        if (this.#allowance === allowance) this.#allowance = undefined
      },
    }
  }

  /** Goes still: what this end says waits. */
  freeze(from: Sender): void {
    this.#frozen.add(from)
  }

  /** Goes on, first with what has waited. */
  thaw(from: Sender): void {
    if (!this.#frozen.delete(from)) return
    if (from === 'client') this.#readOn()
    else this.#clock.deliver(() => this.#writeOn())
  }

  /** The broker goes. A connection whose end is not known to it yet ends only here. */
  #leave(end: () => void): void {
    if (this.#state === 'closed') return
    this.#state = 'closing'
    if (this.#isEnded) this.#clock.deliver(() => this.#closed())
    else end()
  }

  #passes(from: Sender, packet: Packet): boolean {
    if (packet.type === 'connect') this.#down.version = packet.version
    return this.#watch.passes(this, from, packet)
  }

  #writeThrough(bytes: readonly Uint8Array[]): boolean {
    if (bytes.length === 0) return this.bufferedBytes < HIGH_WATER_MARK_BYTES
    if (!this.#frozen.has('broker')) return this.#end.write(bytes)
    this.#backlog.push(...bytes)
    const hasRoom = lengthOf(this.#backlog) < HIGH_WATER_MARK_BYTES
    this.#owesDrain ||= !hasRoom
    return hasRoom
  }

  /** As much as may pass before the line breaks. */
  #allowed(from: Sender, chunks: readonly Uint8Array[]): readonly Uint8Array[] {
    const allowance = this.#allowance
    if (allowance?.from !== from) return chunks
    return chunks.flatMap((chunk) => {
      if (allowance.bytes === 0) return []
      const allowed = chunk.subarray(0, allowance.bytes)
      allowance.bytes -= allowed.length
      return [allowed]
    })
  }

  /** Comes behind the bytes that were allowed, which are delivered before. */
  #cutIfDue(): void {
    if (this.#allowance?.bytes === 0) this.#clock.deliver(() => this.cut())
  }

  #arrived(chunk: Uint8Array): void {
    for (const allowed of this.#allowed('client', [chunk])) {
      const passing = this.#up.take(allowed, this.#watch.mayLose)
      if (passing.length > 0) this.#inbox.push(passing)
    }
    this.#handOn()
    this.#cutIfDue()
    if (lengthOf(this.#inbox) >= HIGH_WATER_MARK_BYTES) this.#end.pause()
  }

  /** Hands the broker what it takes now. */
  #handOn(): void {
    while (this.#state === 'open' && !this.#isPaused && !this.#frozen.has('client')) {
      const chunk = this.#inbox.shift()
      if (chunk !== undefined) this.#onData?.(chunk)
      else if (this.#isEnded) this.#closed()
      else return
    }
  }

  #readOn(): void {
    this.#clock.deliver(() => {
      this.#handOn()
      if (this.#inbox.length === 0 && !this.#isPaused) this.#end.resume()
    })
  }

  #writeOn(): void {
    if (this.#state === 'closed' || this.#frozen.has('broker')) return
    const hasRoom = this.#end.write(this.#backlog.splice(0))
    if (this.#state === 'closing') this.#end.close()
    else if (hasRoom && this.#owesDrain) this.#drained()
  }

  #drained(): void {
    this.#owesDrain = false
    if (this.#state === 'open') this.onDrain()
  }

  /** An end in order comes behind what was sent before it, and a line that is still hides it. */
  #endClosed(error: Error | undefined): void {
    const hides = this.#inbox.length > 0 || this.#frozen.has('client')
    if (this.#isCut) this.#closed(error ?? cutError())
    else if (error === undefined && this.#state === 'open' && hides) this.#isEnded = true
    else this.#closed(error)
  }

  #closed(error?: Error): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#bound?.[Symbol.dispose]()
    this.#inbox = []
    this.#backlog = []
    this.#watch.gone(this)
    this.onClose(error)
  }
}

const HIGH_WATER_MARK_BYTES = 65_536
const CLOSE_TIMEOUT_MS = 5_000

function cutError(): Error {
  return new Error('The line was cut')
}

function lengthOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0)
}

function ignore(): void {}
