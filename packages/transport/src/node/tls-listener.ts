// Accepts TLS connections.

import type { BoundAddress, Listener } from '../listener.ts'
import type { Transport } from '../transport.ts'
import type { HandshakeOptions } from './handshakes.ts'
import type { BindOptions } from './server-binding.ts'
import { SocketPort, type ProxyProtocolOptions } from './socket-port.ts'
import { TcpTransport, type TcpTransportOptions } from './tcp-transport.ts'
import type { TlsCredentials } from './tls-credentials.ts'

/** Where and as whom to accept TLS connections, and whose. */
export interface TlsListenerOptions extends BindOptions, TcpTransportOptions, HandshakeOptions {
  readonly tls: TlsCredentials
  /** Whose connections begin with a header of the PROXY protocol; nobody's if absent. */
  readonly proxyProtocol?: ProxyProtocolOptions
}

/** A TCP port with TLS. Its url is `mqtts://host:port`. */
export class TlsListener implements Listener {
  readonly #options: TlsListenerOptions
  readonly #port: SocketPort

  /** @throws Error with a sentence for credentials or ranges that cannot be used. */
  constructor(options: TlsListenerOptions) {
    this.#options = options
    this.#port = new SocketPort(options, 'mqtt')
  }

  async listen(accept: (transport: Transport) => void): Promise<BoundAddress> {
    const address = await this.#port.open(this.#options, ({ socket, handshake, facts: peer }) => {
      handshake.done()
      const { remoteAddress } = handshake
      accept(new TcpTransport(socket, { ...this.#options, remoteAddress, peer }))
    })
    return { url: `mqtts://${address}` }
  }

  /**
   * Uses other credentials for connections that come from here on. Nobody is dropped, and sessions
   * of TLS from before are not resumed.
   *
   * @throws Error with a sentence if they cannot be used: those of before then stay.
   */
  replace(tls: TlsCredentials): void {
    this.#port.replace(tls)
  }

  close(): Promise<void> {
    return this.#port.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
