// Accepts TCP connections.

import { createServer } from 'node:net'
import type { BoundAddress, Listener } from '../listener.ts'
import type { Transport } from '../transport.ts'
import { ServerBinding, type BindOptions } from './server-binding.ts'
import { TcpTransport, type TcpTransportOptions } from './tcp-transport.ts'

/** Where to accept TCP connections, and how they end. */
export interface TcpListenerOptions extends BindOptions, TcpTransportOptions {}

/** A TCP port. Its url is `mqtt://host:port`. */
export class TcpListener implements Listener {
  readonly #options: TcpListenerOptions
  readonly #binding = new ServerBinding()

  constructor(options: TcpListenerOptions) {
    this.#options = options
  }

  async listen(accept: (transport: Transport) => void): Promise<BoundAddress> {
    const server = createServer((socket) => accept(new TcpTransport(socket, this.#options)))
    return { url: `mqtt://${await this.#binding.open(server, this.#options)}` }
  }

  close(): Promise<void> {
    return this.#binding.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
