/** A listener whose connections are lines. */
import type { BoundAddress, Listener, Transport } from '@godwit/transport'
import type { Lines } from './lines.ts'

/** Lays a line to every connection that another listener accepts. */
export class LineListener implements Listener {
  readonly #listener: Listener
  readonly #lines: Lines

  constructor(listener: Listener, lines: Lines) {
    this.#listener = listener
    this.#lines = lines
  }

  listen(accept: (transport: Transport) => void): Promise<BoundAddress> {
    return this.#listener.listen((end) => accept(this.#lines.lay(end)))
  }

  close(): Promise<void> {
    return this.#listener.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
