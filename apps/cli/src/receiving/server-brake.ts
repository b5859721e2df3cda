/** Holding back a server while whoever reads our output is slow. */
import type { Dial } from '@godwit/client'
import type { Transport } from '@godwit/transport'

/** Pauses and resumes the connection that a client has at the time. */
export class ServerBrake {
  #transport: Transport | undefined
  #held = 0

  /** A dialer that has its connections held back. */
  dial(dial: Dial): Dial {
    return async (url, options) => {
      const transport = await dial(url, options)
      this.#transport = transport
      return transport
    }
  }

  /** Reads nothing until a promise has resolved. */
  async until(ready: Promise<void>): Promise<void> {
    const transport = this.#transport
    this.#held += 1
    transport?.pause()
    try {
      await ready
    } finally {
      this.#held -= 1
      if (this.#held === 0) this.#transport?.resume()
      if (transport !== this.#transport) transport?.resume()
    }
  }
}
