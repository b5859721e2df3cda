// Connections in memory on which bytes travel only as far as they are told to: each end takes so
// many segments, and then hangs until it may take more.

import { MemoryListener, MemoryTransport } from '@godwit/transport/testing'
import type { MemoryOptions, VirtualClock } from '@godwit/transport/testing'
import type { BoundAddress, Listener, Transport } from '@godwit/transport'

/** Where a broker listens for such connections. */
export class PortionedListener implements Listener {
  readonly #listener: MemoryListener
  /** Dialled, and not accepted yet, in this order. */
  readonly #dialled: PortionedLine[] = []

  constructor(clock: VirtualClock) {
    this.#listener = new MemoryListener(clock)
  }

  listen(accept: (transport: Transport) => void): Promise<BoundAddress> {
    return this.#listener.listen((far) => {
      accept(far)
      this.#dialled.shift()?.accepted(far)
    })
  }

  /** Opens a connection; what arrives at its near end is handed to `take`. */
  dial(options: MemoryOptions, take: (chunk: Uint8Array) => void): PortionedLine {
    const line = new PortionedLine(this.#listener.dial(options), take)
    this.#dialled.push(line)
    return line
  }

  close(): Promise<void> {
    return this.#listener.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** One such connection. */
export class PortionedLine {
  /** The client's end. */
  readonly near: MemoryTransport
  readonly #nearGate: Gate
  #farGate: Gate | undefined
  #forth = 0

  constructor(near: MemoryTransport, take: (chunk: Uint8Array) => void) {
    this.near = near
    this.#nearGate = new Gate(near, take)
  }

  /** The broker has assigned its callbacks. */
  accepted(far: Transport): void {
    if (!(far instanceof MemoryTransport)) throw new TypeError('This is no connection in memory')
    this.#farGate = new Gate(far, far.onData)
    this.#farGate.allow(this.#forth)
  }

  /** From now on the broker's end takes so many segments, and the client's end so many. */
  allow(forth: number, back: number): void {
    this.#forth = forth
    this.#farGate?.allow(forth)
    this.#nearGate.allow(back)
  }
}

/** One end, which hangs when it has taken what it may. */
class Gate {
  readonly #transport: MemoryTransport
  #left = 0

  constructor(transport: MemoryTransport, take: (chunk: Uint8Array) => void) {
    this.#transport = transport
    transport.freeze()
    transport.onData = (chunk) => {
      if (--this.#left <= 0) transport.freeze()
      take(chunk)
    }
  }

  allow(segments: number): void {
    this.#left = segments
    if (segments > 0) this.#transport.thaw()
    else this.#transport.freeze()
  }
}
