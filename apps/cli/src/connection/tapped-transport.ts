/** A transport that is listened in on, and that can be held back by somebody beside its owner. */
import type { Transport } from '@godwit/transport'

/** Who listens. */
export interface Tap {
  received(chunk: Uint8Array): void
  sent(chunk: Uint8Array): void
  closed(error: Error | undefined): void
}

/** Passes everything on, and tells the tap. */
export class TappedTransport implements Transport {
  readonly #transport: Transport
  readonly #tap: Tap

  constructor(transport: Transport, tap: Tap) {
    this.#transport = transport
    this.#tap = tap
  }

  get remoteAddress(): string {
    return this.#transport.remoteAddress
  }

  get bufferedBytes(): number {
    return this.#transport.bufferedBytes
  }

  get onData(): (chunk: Uint8Array) => void {
    return this.#transport.onData
  }

  set onData(handler: (chunk: Uint8Array) => void) {
    const tap = this.#tap
    this.#transport.onData = (chunk) => {
      tap.received(chunk)
      handler(chunk)
    }
  }

  get onDrain(): () => void {
    return this.#transport.onDrain
  }

  set onDrain(handler: () => void) {
    this.#transport.onDrain = handler
  }

  get onClose(): (error?: Error) => void {
    return this.#transport.onClose
  }

  set onClose(handler: (error?: Error) => void) {
    const tap = this.#tap
    this.#transport.onClose = (error) => {
      tap.closed(error)
      handler(error)
    }
  }

  write(chunks: readonly Uint8Array[]): boolean {
    for (const chunk of chunks) this.#tap.sent(chunk)
    return this.#transport.write(chunks)
  }

  pause(): void {
    this.#transport.pause()
  }

  resume(): void {
    this.#transport.resume()
  }

  close(): void {
    this.#transport.close()
  }

  destroy(): void {
    this.#transport.destroy()
  }
}
