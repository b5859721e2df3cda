/** Makes the connection, by whatever way the flags ask for. */
import { resolveSrv } from 'node:dns/promises'
import type { SrvRecord } from 'node:dns'
import { isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Dial } from '@godwit/client'
import { dialTcp, dialTls, dialUnix, TcpTransport } from '@godwit/transport/node'
import { dialWebSocket } from '@godwit/transport/web'
import type { ConnectionFlags } from '../flags/connection-flag-values.ts'
import { CliError, misuse } from '../exit.ts'
import { openSocket, settled } from './socket.ts'
import type { Route } from './socket.ts'
import { proxyOf } from './socks.ts'
import { tlsSettings } from './tls.ts'
import type { TlsSettings } from './tls.ts'

const PORTS: ReadonlyMap<string, number> = new Map([
  ['mqtt:', 1883],
  ['mqtts:', 8883],
])

/** Asks for SRV records (RFC 2782). */
export type SrvLookup = (name: string) => Promise<readonly SrvRecord[]>

/** The dialer for what the flags say. @throws {CliError} if a file of theirs cannot be read. */
export function dialerOf(flags: ConnectionFlags, lookUp: SrvLookup = resolveSrv): Dial {
  const tls = tlsSettings(flags)
  const proxy = flags.proxy === undefined ? undefined : proxyOf(flags.proxy)
  const route: Route = { bind: flags.bind, proxy }
  const special = flags.bind !== undefined || proxy !== undefined
  return async (url, { signal }) => {
    if (url.protocol === 'mqtt+unix:') return dialUnix(decodeURIComponent(url.pathname), { signal })
    if (url.protocol.startsWith('ws')) return dialWebSocket(plainWebSocket(url, flags), { signal })
    const target = { ...(await addressOf(url, flags, lookUp)), signal }
    if (special) return dialSpecially(url, target, { route, tls })
    return url.protocol === 'mqtts:' ? dialTls({ ...tls, ...target }) : dialTcp(target)
  }
}

interface Target {
  readonly host: string
  readonly port: number
  readonly signal: AbortSignal
}

interface Special {
  readonly route: Route
  readonly tls: TlsSettings
}

/** From an address of ours, or by a proxy: the socket is made first, and TLS put over it. */
async function dialSpecially(
  { protocol }: URL,
  target: Target,
  { route, tls }: Special,
): Promise<TcpTransport> {
  const socket = await openSocket(target, route)
  if (protocol !== 'mqtts:') return new TcpTransport(socket)
  const { host, port, signal } = target
  const { ca, cert, key, ALPNProtocols, ...others } = tls
  const secured = connectTls({
    ...(isIP(host) === 0 ? { servername: host } : { host }),
    ...others,
    ...(ca !== undefined && { ca: [ca].flat().map(bytes) }),
    ...(cert !== undefined && { cert: bytes(cert) }),
    ...(key !== undefined && { key: bytes(key) }),
    ...(ALPNProtocols !== undefined && { ALPNProtocols: [...ALPNProtocols] }),
    socket,
  })
  await settled(secured, { event: 'secureConnect', where: `${host}, port ${port}`, signal })
  return new TcpTransport(secured)
}

function bytes(pem: string | Uint8Array): string | Buffer {
  return typeof pem === 'string' ? pem : Buffer.from(pem)
}

type Address = Pick<Target, 'host' | 'port'>

async function addressOf(
  { hostname, port, protocol }: URL,
  { srv }: ConnectionFlags,
  lookUp: SrvLookup,
): Promise<Address> {
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  if (srv === true && port === '') return service(protocol, host, lookUp)
  return { host, port: port === '' ? (PORTS.get(protocol) ?? 0) : Number(port) }
}

async function service(protocol: string, host: string, lookUp: SrvLookup): Promise<Address> {
  const name = `${protocol === 'mqtts:' ? '_secure-mqtt' : '_mqtt'}._tcp.${host}`
  try {
    const [best] = (await lookUp(name)).toSorted(
      (a, b) => a.priority - b.priority || b.weight - a.weight,
    )
    if (best !== undefined) return { host: best.name, port: best.port }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CliError(`The SRV record of ${name} cannot be had: ${reason}`, { cause })
  }
  throw new CliError(`There is no SRV record of ${name}`, { advice: 'leave out --srv' })
}

/** Node's own WebSocket cannot be told how to connect. */
function plainWebSocket(url: URL, flags: ConnectionFlags): URL {
  const { bind, proxy, caFile, caDir, cert, insecure, alpn, ciphers, tlsVersion, psk } = flags
  const asked = { bind, proxy, 'ca-file': caFile, 'ca-dir': caDir, cert, insecure, alpn, ciphers }
  const all = Object.entries({ ...asked, 'tls-version': tlsVersion, psk })
  const [first] = all.find(([, value]) => value !== undefined) ?? []
  if (first === undefined) return url
  throw misuse(
    `--${first} cannot be had with a WebSocket`,
    'use mqtts://, or name authorities in the environment variable NODE_EXTRA_CA_CERTS',
  )
}
