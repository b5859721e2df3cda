// Opens a TLS connection.

import { isIP } from 'node:net'
import { connect, type ConnectionOptions } from 'node:tls'
import { dialled } from './socket-dialer.ts'
import type { DialTcpOptions } from './tcp-dialer.ts'
import type { TcpTransport } from './tcp-transport.ts'

/** A certificate or a key, or several, in PEM. */
export type Pem = string | Uint8Array

/**
 * Whom to connect to, whom to trust, and who we are: all that `tls.connect` of Node takes, but for
 * what says where to.
 */
export interface DialTlsOptions extends DialTcpOptions, Omit<ConnectionOptions, Replaced> {
  /** Whose certificates are trusted; what Node trusts by itself if absent. */
  readonly ca?: Pem | readonly Pem[]
  readonly cert?: Pem
  readonly key?: Pem
  /** What the server's certificate must be for; `host` if absent, unless that is an address. */
  readonly servername?: string
  readonly ALPNProtocols?: readonly string[]
}

type Replaced = Where | 'ca' | 'cert' | 'key' | 'servername' | 'ALPNProtocols'
type Where = 'host' | 'port' | 'path' | 'socket'

/**
 * Connects to a TCP port and shakes hands for TLS. A server whose certificate is not trusted, or is
 * for another name, is refused unless `rejectUnauthorized` is false. For the rest see `dialTcp`.
 */
export async function dialTls(options: DialTlsOptions): Promise<TcpTransport> {
  const { host, port } = options
  options.signal?.throwIfAborted()
  const where = `${host}, port ${port} over TLS`
  return await dialled(
    { socket: connect(forNode(options)), event: 'secureConnect', where },
    options,
  )
}

function forNode(options: DialTlsOptions): ConnectionOptions {
  const { signal: _signal, closeTimeoutMs: _closeTimeoutMs, clock: _clock, ...tls } = options
  const { ca, cert, key, ALPNProtocols, ...others } = tls
  return {
    ...(isIP(tls.host) === 0 && { servername: tls.host }),
    ...others,
    ...(ca !== undefined && { ca: [ca].flat().map(bytes) }),
    ...(cert !== undefined && { cert: bytes(cert) }),
    ...(key !== undefined && { key: bytes(key) }),
    ...(ALPNProtocols !== undefined && { ALPNProtocols: [...ALPNProtocols] }),
  }
}

function bytes(pem: Pem): string | Buffer {
  return typeof pem === 'string' ? pem : Buffer.from(pem)
}
