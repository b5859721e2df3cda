// A listener that a test dials itself.

import type { BoundAddress, Listener } from '../listener.ts'
import type { Transport } from '../transport.ts'
import { memoryPair, type MemoryOptions, type MemoryTransport } from './memory-transport.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** Accepts connections made with `dial`. Its url is `memory:`. */
export class MemoryListener implements Listener {
  readonly #clock: VirtualClock
  readonly #options: MemoryOptions
  #accept: ((transport: Transport) => void) | undefined

  constructor(clock: VirtualClock, options: MemoryOptions = {}) {
    this.#clock = clock
    this.#options = options
  }

  async listen(accept: (transport: Transport) => void): Promise<BoundAddress> {
    if (this.#accept) throw new Error('This listener already listens: make another one')
    this.#accept = accept
    return { url: 'memory:' }
  }

  /**
   * Connects, and returns the client's end, which may be written to at once. The other end is
   * accepted in the clock's next turn.
   *
   * @param options override those of the listener for this connection.
   * @throws Error if nobody listens.
   */
  dial(options: MemoryOptions = {}): MemoryTransport {
    const accept = this.#accept
    if (!accept) throw new Error('Nobody listens at this memory listener: call listen first')
    const [near, far] = memoryPair(this.#clock, { ...this.#options, ...options })
    this.#clock.deliver(() => accept(far))
    return near
  }

  async close(): Promise<void> {
    this.#accept = undefined
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
