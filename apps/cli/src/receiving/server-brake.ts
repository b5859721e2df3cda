/** Holding back a server while whoever reads our output is slow. */
import type { Dial } from '@godwit/client'
import type { Transport } from '@godwit/transport'

/** Stops to read from the connection that a client has at the time. */
export class ServerBrake {
  #transport: Transport | undefined
  /** How many wait. */
  #held = 0

  /** A dialer that has its connections held back. */
  dial(dial: Dial): Dial {
    return async (url, options) => {
      const transport = await dial(url, options)
      this.#transport = transport
      // One that is made anew would bring what nobody can take either.
      if (this.#held > 0) transport.pause()
      return transport
    }
  }

  /** Has nothing read until a promise has resolved. */
  async until(ready: Promise<void>): Promise<void> {
    this.#held += 1
    this.#transport?.pause()
    try {
      await ready
    } finally {
      this.#held -= 1
      if (this.#held === 0) this.#transport?.resume()
    }
  }
}
