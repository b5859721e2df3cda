/** The server behind the proxy: how its place is written, and a socket that connects to it. */
import { connect, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { TlsSettings } from '../connection/tls.ts'
import { misuse } from '../exit.ts'

/** Where a server is. */
export type Upstream =
  | { readonly path: string }
  | { readonly host: string; readonly port: number; readonly tls?: TlsSettings }

/**
 * Reads `host`, `host:port`, or a URL of mqtt, mqtts or mqtt+unix. @throws {CliError} for what is
 * no such thing.
 */
export function parseUpstream(text: string, tls: TlsSettings): Upstream {
  const url = urlOf(text)
  switch (url.protocol) {
    case 'mqtt+unix:':
      return { path: decodeURIComponent(url.pathname) }
    case 'mqtt:':
      return { host: hostOf(url), port: portOf(url, 1883) }
    case 'mqtts:':
      return { host: hostOf(url), port: portOf(url, 8883), tls }
    default:
      throw misuse(
        `there is no proxy to ${url.protocol}//`,
        'the server is one of mqtt, mqtts or mqtt+unix, for WebSockets are not forwarded',
      )
  }
}

/** The same as it is told to people. */
export function upstreamText(upstream: Upstream): string {
  if ('path' in upstream) return upstream.path
  const { host, port, tls } = upstream
  return `${host}, port ${port}${tls === undefined ? '' : ' over TLS'}`
}

/** A socket that is about to connect. */
export function dialUpstream(upstream: Upstream): Socket {
  if ('path' in upstream) return connect({ path: upstream.path, allowHalfOpen: true })
  const { host, port, tls } = upstream
  if (tls === undefined) return connect({ host, port, allowHalfOpen: true })
  const { ca, cert, key, ALPNProtocols, ...others } = tls
  return connectTls({
    ...(isIP(host) === 0 && { servername: host }),
    ...others,
    host,
    port,
    ...(ca !== undefined && { ca: [ca].flat().map(forNode) }),
    ...(cert !== undefined && { cert: forNode(cert) }),
    ...(key !== undefined && { key: forNode(key) }),
    ...(ALPNProtocols !== undefined && { ALPNProtocols: [...ALPNProtocols] }),
  })
}

function urlOf(text: string): URL {
  try {
    return new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `mqtt://${text}`)
  } catch (cause) {
    const error = misuse(`--to is no place of a server, got ${JSON.stringify(text)}`, 'host:port')
    throw Object.assign(error, { cause })
  }
}

function hostOf({ hostname }: URL): string {
  if (hostname === '') throw misuse('--to names no host', 'write host:port')
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

function portOf({ port }: URL, usual: number): number {
  return port === '' ? usual : Number(port)
}

function forNode(pem: string | Uint8Array): string | Buffer {
  return typeof pem === 'string' ? pem : Buffer.from(pem)
}
