// Where sockets arrive, and what each has to go through: the header of a proxy, then TLS. What is
// spoken inside is up to the listener that stands on this.

import { createServer, type Socket } from 'node:net'
import type { PeerFacts } from '../transport.ts'
import { AddressRanges } from './address-ranges.ts'
import { Handshakes, type Handshake, type HandshakeOptions } from './handshakes.ts'
import { ServerBinding, type Place } from './server-binding.ts'
import { takeProxyHeader } from './socket-opening.ts'
import type { TlsCredentials } from './tls-credentials.ts'
import { TlsGate } from './tls-gate.ts'

/** Which connections begin with a header of the PROXY protocol, of version 1 or 2. */
export interface ProxyProtocolOptions {
  /**
   * The addresses of the proxies, or ranges such as `10.0.0.0/8`: who connects from there must
   * send a header, and is believed. From elsewhere a header is like any other bytes.
   */
  readonly from: readonly string[]
}

/** What may stand before a connection. */
export interface SocketPortOptions extends HandshakeOptions {
  readonly tls?: TlsCredentials
  readonly proxyProtocol?: ProxyProtocolOptions
}

/** A connection that has come through. */
export interface Arrival {
  /** Where to read and write; encrypted if the port is. Nobody listens to its errors any more. */
  readonly socket: Socket
  /** Until it is `done` or refused, the bounds on handshakes hold. */
  readonly handshake: Handshake
  /** What is known of the peer. */
  readonly facts: PeerFacts
}

/** A place where sockets arrive. */
export class SocketPort {
  readonly #binding = new ServerBinding()
  readonly #handshakes: Handshakes
  readonly #proxies: AddressRanges | undefined
  readonly #gate: TlsGate | undefined

  /**
   * @param protocol what ALPN calls what is spoken inside TLS.
   * @throws Error with a sentence for credentials or ranges that cannot be used.
   */
  constructor(options: SocketPortOptions, protocol: string) {
    this.#handshakes = new Handshakes(options)
    this.#proxies = options.proxyProtocol && new AddressRanges(options.proxyProtocol.from)
    this.#gate = options.tls && new TlsGate(options.tls, protocol)
  }

  /**
   * Starts to accept.
   *
   * @returns the bound address as a URL spells it, as `ServerBinding.open`.
   * @throws as that.
   */
  open(place: Place, accept: (arrival: Arrival) => void): Promise<string> {
    return this.#binding.open(
      createServer((socket) => this.#begin(socket, accept)),
      place,
    )
  }

  /** Stops to accept. Connections stay open, but for those that have not come through yet. */
  async close(): Promise<void> {
    await this.#binding.close()
    this.#handshakes.endAll()
  }

  /**
   * Uses other credentials for connections that come from here on.
   *
   * @throws Error with a sentence if they cannot be used: those of before then stay.
   */
  replace(credentials: TlsCredentials): void {
    if (this.#gate === undefined) throw new Error('This port has no TLS: open another one with it')
    this.#gate.replace(credentials)
  }

  #begin(socket: Socket, accept: (arrival: Arrival) => void): void {
    const handshake = this.#handshakes.begin(socket)
    const isProxied = this.#proxies?.has(handshake.remoteAddress) === true
    if (isProxied) takeProxyHeader(handshake, () => this.#secure(handshake, accept))
    else this.#secure(handshake, accept)
  }

  #secure(handshake: Handshake, accept: (arrival: Arrival) => void): void {
    const { socket, proxyAddress } = handshake
    const proxy = proxyAddress !== undefined && { proxyAddress }
    if (this.#gate === undefined) return accept({ socket, handshake, facts: { ...proxy } })
    this.#gate.secure(handshake, (encrypted, facts) => {
      accept({ socket: encrypted, handshake, facts: { ...facts, ...proxy } })
    })
  }
}
