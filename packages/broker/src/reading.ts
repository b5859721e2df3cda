/**
 * How one connection is read: packet by packet, and not at all while something is waited for, be it
 * a decision, a rate, or the end of an overload. Then Keep Alive stands still, for the silence is
 * not the client's.
 */
import { Decoder, PublishFrame } from '@godwit/codec'
import type { DecodedPacket } from '@godwit/codec'
import type { ServerProtocol } from '@godwit/session'
import type { Transport } from '@godwit/transport'
import type { Watched } from './deadlines.ts'
import type { Surroundings } from './surroundings.ts'
import type { Throttle } from './throttle.ts'

/** The connection that is read. */
export interface ReadingHost extends Watched {
  /** Its client has published, and is not read in an overload. */
  readonly publishes: boolean
  /** A packet came. */
  handle(packet: DecodedPacket): void
  /** Something was thrown, by the bytes or by what they led to. */
  failed(error: unknown): void
}

/** How long a client that was not listened to may take to be heard, in milliseconds. */
const GRACE_MS = 1000

/** The reading side of one connection. */
export class Reading {
  readonly decoder: Decoder
  /** Slows the client down, if a rate holds for it. */
  throttle: Throttle | undefined
  /** Until then the client's silence is not its fault. */
  deafUntil: number = -Infinity
  readonly #transport: Transport
  readonly #surroundings: Surroundings
  readonly #protocol: ServerProtocol
  readonly #host: ReadingHost
  #waiting = false
  /** A rate is waited for. */
  #pause: Disposable | undefined

  constructor(
    transport: Transport,
    surroundings: Surroundings,
    protocol: ServerProtocol,
    host: ReadingHost,
  ) {
    const { limits } = surroundings
    this.#transport = transport
    this.#surroundings = surroundings
    this.#protocol = protocol
    this.#host = host
    this.decoder = new Decoder({
      version: 4,
      maximumPacketSize: limits.connectBytesMax,
      filtersMax: limits.packetFiltersMax,
      propertyBytesMax: limits.propertyBytesMax,
      userPropertiesMax: limits.userPropertiesMax,
    })
  }

  /** Bytes came. */
  received(chunk: Uint8Array): void {
    if (this.#protocol.state === 'closed') return
    const { turn, counters, overload } = this.#surroundings
    turn.begin()
    counters.bytesIn += chunk.length
    try {
      this.decoder.push(chunk)
      if (overload.level >= 2 && this.#host.publishes) this.#waitForRelief()
      else this.#handlePackets()
    } catch (error) {
      this.#host.failed(error)
    }
  }

  /** See {@link ConnectionHost}. The promise must not reject. */
  wait(decision: Promise<() => void>): void {
    this.#stop()
    void decision.then((act) => this.#goOn(act))
  }

  /** The connection is closed, and reads nothing any more. */
  close(): void {
    this.throttle?.release(this.#surroundings.turn.now)
    this.throttle = undefined
    this.#pause?.[Symbol.dispose]()
  }

  #stop(): void {
    this.#waiting = true
    this.#transport.pause()
    if (this.#protocol.state === 'connected') this.deafUntil = Infinity
    this.#surroundings.deadlines.watch(this.#host) // What is withheld is offered again soon.
  }

  readonly #goOn = (act?: () => void): void => {
    const { turn, deadlines } = this.#surroundings
    turn.begin()
    this.#waiting = false
    if (this.deafUntil === Infinity) this.deafUntil = turn.now + GRACE_MS
    try {
      act?.()
      this.#handlePackets()
    } catch (error) {
      this.#host.failed(error)
    }
    if (this.#protocol.state === 'closed') return
    deadlines.watch(this.#host)
    if (!this.#waiting) this.#transport.resume()
  }

  #handlePackets(): void {
    while (this.#protocol.state !== 'closed' && !this.#waiting) {
      const { throttle } = this
      const packet = throttle === undefined ? this.decoder.next() : this.#nextWithin(throttle)
      if (packet === undefined) return
      this.#host.handle(packet)
    }
  }

  /** The next packet, once what came before it has been waited for. */
  #nextWithin(throttle: Throttle): DecodedPacket | undefined {
    const { turn, counters, clock } = this.#surroundings
    const delayMs = throttle.delayMs(turn.now)
    if (delayMs > 0) {
      counters.throttled++
      this.#stop()
      this.#pause = clock.after(delayMs, this.#goOn)
      return undefined
    }
    const before = this.decoder.bufferedBytes
    const packet = this.decoder.next()
    if (packet === undefined) return undefined
    throttle.took(before - this.decoder.bufferedBytes, packet instanceof PublishFrame, turn.now)
    return packet
  }

  #waitForRelief(): void {
    this.#stop()
    this.#surroundings.overload.relieve(this.#goOn)
  }
}
