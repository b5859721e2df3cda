// Shakes hands for TLS with connections that something else has accepted.
//
// Each set of credentials is a server of node:tls that listens nowhere and is given its connections
// (its event `connection` is documented for that). To replace the credentials is to make another
// one: nothing is half replaced, handshakes under way end with the old one, and since the keys of
// session tickets are the server's, no session of before is resumed, not even by a client whose
// certificate has been revoked meanwhile.

import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type SecureContext, type Server, type TLSSocket } from 'node:tls'
import type { PeerFacts } from '../transport.ts'
import type { Handshake } from './handshakes.ts'
import { shownCertificate } from './peer-certificate.ts'
import { begun, type Beginning } from './socket-opening.ts'
import { checkedCredentials, type TlsCredentials } from './tls-credentials.ts'
import { handshakeFailure, notTls, untrusted } from './tls-refusal.ts'

/** Called with the encrypted connection, and what was learned of the peer. */
export type Secured = (socket: TLSSocket, facts: PeerFacts) => void

/** The TLS of one listener. */
export class TlsGate {
  readonly #protocol: string
  readonly #underWay = new Map<string, UnderWay>()
  #server: Server
  #credentials: TlsCredentials

  /**
   * @param protocol what ALPN calls what is spoken inside; a client may do without.
   * @throws Error with a sentence if the credentials cannot be used.
   */
  constructor(credentials: TlsCredentials, protocol: string) {
    this.#protocol = protocol
    this.#credentials = credentials
    this.#server = this.#serverOf(credentials)
  }

  /** Uses others for new connections. @throws as the constructor, and nothing has changed. */
  replace(credentials: TlsCredentials): void {
    this.#server = this.#serverOf(credentials)
    this.#credentials = credentials
  }

  /** Shakes hands. `secured` is not called if that fails: the handshake is then refused. */
  secure(handshake: Handshake, secured: Secured): void {
    handshake.await('a whole handshake of TLS', ': it may not trust the certificate of this server')
    begun(handshake, CLIENT_HELLO, ([first = 0]) => {
      const { socket } = handshake
      if (first !== TLS_HANDSHAKE) return handshake.refuse(notTls(first))
      const key = keyOf(socket)
      const gone = (): boolean => this.#underWay.delete(key)
      socket.once('close', gone)
      this.#underWay.set(key, { handshake, secured, gone, credentials: this.#credentials })
      this.#server.emit('connection', socket)
    })
  }

  #serverOf(credentials: TlsCredentials): Server {
    const { options, byName } = checkedCredentials(credentials)
    const server = createServer({
      ...options,
      requestCert: (credentials.clientCertificate ?? 'none') !== 'none',
      // It is judged below, where the reason can be told.
      rejectUnauthorized: false,
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      ALPNProtocols: [this.#protocol],
      SNICallback: (name, answer) => answer(null, namedContext(byName, name)),
    })
    server.on('secureConnection', (socket) => this.#secured(socket))
    server.on('tlsClientError', (error, socket) => {
      const { handshake, credentials: used } = this.#underWay.get(keyOf(socket)) ?? {}
      handshake?.refuse(handshakeFailure(error, used?.minVersion ?? 'TLSv1.2'))
    })
    return server
  }

  #secured(socket: TLSSocket): void {
    const underWay = this.#underWay.get(keyOf(socket))
    if (underWay === undefined || underWay.handshake.isOver) return void socket.destroy()
    const { handshake, secured, gone, credentials } = underWay
    gone()
    handshake.socket.off('close', gone)
    const certificate = shownCertificate(socket)
    const why = untrusted(socket, certificate, credentials.clientCertificate ?? 'none')
    if (why !== undefined) {
      socket.destroy()
      return handshake.refuse(why)
    }
    const version = socket.getProtocol()
    secured(socket, {
      ...(version !== null && { encryption: version }),
      ...(typeof socket.servername === 'string' && { serverName: socket.servername }),
      ...(certificate !== undefined && { certificate }),
    })
  }
}

interface UnderWay {
  readonly handshake: Handshake
  readonly secured: Secured
  readonly gone: () => boolean
  readonly credentials: TlsCredentials
}

/** The type of the record that begins every connection of TLS (RFC 8446, 5.1). */
const TLS_HANDSHAKE = 22

/** Its first record, whole (a type, two bytes of version, two of length); or what is none. */
const CLIENT_HELLO: Beginning = {
  isBegun: (bytes) => {
    const [type, , , high, low] = bytes
    if (type !== TLS_HANDSHAKE) return true
    return high !== undefined && low !== undefined && bytes.length >= 5 + high * 256 + low
  },
  bytesMax: 5 + 16_384,
}

/**
 * Names a connection. The server gives its own socket, which knows as much about the connection as
 * ours but not ours; one that is gone knows nothing any more, and then our socket's end is enough.
 */
function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`
}

function namedContext(
  byName: ReadonlyMap<string, SecureContext>,
  serverName: string,
): SecureContext | undefined {
  const name = serverName.toLowerCase()
  const dot = name.indexOf('.')
  return byName.get(name) ?? (dot === -1 ? undefined : byName.get(`*${name.slice(dot)}`))
}
