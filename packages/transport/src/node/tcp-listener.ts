// Accepts TCP connections.

import type { BoundAddress, Listener } from '../listener.ts'
import type { Transport } from '../transport.ts'
import type { HandshakeOptions } from './handshakes.ts'
import type { BindOptions } from './server-binding.ts'
import { SocketPort, type Arrival, type ProxyProtocolOptions } from './socket-port.ts'
import { TcpTransport, type TcpTransportOptions } from './tcp-transport.ts'

/** Where to accept TCP connections, and how they begin and end. */
export interface TcpListenerOptions extends BindOptions, TcpTransportOptions, HandshakeOptions {
  /** Whose connections begin with a header of the PROXY protocol; nobody's if absent. */
  readonly proxyProtocol?: ProxyProtocolOptions
}

/** A TCP port. Its url is `mqtt://host:port`. */
export class TcpListener implements Listener {
  readonly #options: TcpListenerOptions
  readonly #port: SocketPort

  /** @throws Error with a sentence for ranges of addresses that cannot be used. */
  constructor(options: TcpListenerOptions) {
    this.#options = options
    const { tls: _tls, ...plain }: TcpListenerOptions & { readonly tls?: unknown } = options
    this.#port = new SocketPort(plain, 'mqtt')
  }

  async listen(accept: (transport: Transport) => void): Promise<BoundAddress> {
    const address = await this.#port.open(this.#options, (arrival) => {
      accept(this.#transport(arrival))
    })
    return { url: `mqtt://${address}` }
  }

  close(): Promise<void> {
    return this.#port.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #transport({ socket, handshake, facts }: Arrival): TcpTransport {
    handshake.done()
    const { remoteAddress, proxyAddress } = handshake
    const peer = proxyAddress !== undefined && { peer: facts }
    return new TcpTransport(socket, { ...this.#options, remoteAddress, ...peer })
  }
}
