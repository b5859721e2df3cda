// What the tests of TLS share: an authority, a listener with a certificate of it, and whom it has
// accepted and refused.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { connect as secure, type ConnectionOptions } from 'node:tls'
import { onTestFinished } from 'vitest'
import type { Transport } from '../../src/index.ts'
import {
  dialTls,
  TlsListener,
  type DialTlsOptions,
  type TcpTransport,
  type TlsCredentials,
  type TlsListenerOptions,
} from '../../src/node/index.ts'
import { CertificateAuthority, type KeyPair } from '../../src/testing/index.ts'
import { portOf } from './sockets.ts'

export const NAMES = [
  { type: 'dns', value: 'godwit.test' },
  { type: 'ip', value: '127.0.0.1' },
] as const

/** One authority for all tests of a file, of servers and clients. */
export const authority: CertificateAuthority = await CertificateAuthority.create()
export const serverPair: KeyPair = await authority.issue({
  commonName: 'godwit.test',
  names: NAMES,
})
export const alice: KeyPair = await authority.issue({ commonName: 'alice' })

export interface World {
  readonly listener: TlsListener
  readonly port: number
  readonly accepted: Queue<Transport>
  readonly refused: Queue<string>
}

/** What comes, in order, for those who wait. */
export class Queue<Item> {
  readonly all: Item[] = []
  readonly #waiting: ((item: Item) => void)[] = []
  #taken = 0

  readonly push = (item: Item): void => {
    this.all.push(item)
    const waiting = this.#waiting.shift()
    if (waiting) this.#taken++
    waiting?.(item)
  }

  next(): Promise<Item> {
    const item = this.all[this.#taken]
    if (item === undefined) return new Promise((resolve) => this.#waiting.push(resolve))
    this.#taken++
    return Promise.resolve(item)
  }
}

export function credentials(options: Partial<TlsCredentials> = {}): TlsCredentials {
  return { certificate: serverPair.certificate, key: serverPair.key, ...options }
}

/** Asks clients for a certificate of the authority. */
export function mutual(options: Partial<TlsCredentials> = {}): TlsCredentials {
  const clientCa = authority.certificate
  return credentials({ clientCa, clientCertificate: 'require', ...options })
}

export async function tlsListening(
  tls: TlsCredentials = credentials(),
  options: Partial<TlsListenerOptions> = {},
): Promise<World> {
  const refused = new Queue<string>()
  const accepted = new Queue<Transport>()
  const onRefused = (address: string, sentence: string): void => {
    refused.push(`${address} ${sentence}`)
  }
  const listener = new TlsListener({ host: '127.0.0.1', port: 0, tls, onRefused, ...options })
  onTestFinished(() => listener.close())
  const { url } = await listener.listen((transport) => {
    onTestFinished(() => transport.destroy())
    accepted.push(transport)
  })
  return { listener, port: portOf(url), accepted, refused }
}

/** Dials as a client that trusts the authority. */
export async function dial(
  { port }: World,
  options: Partial<DialTlsOptions> = {},
): Promise<TcpTransport> {
  const ca = authority.certificate
  const client = await dialTls({ host: '127.0.0.1', port, ca, ...options })
  onTestFinished(() => client.destroy())
  return client
}

export function showing({ certificate, key }: KeyPair): Partial<DialTlsOptions> {
  return { cert: certificate, key }
}

/** A client that does not mind being refused. */
export async function tryTo({ port }: World, options: Partial<DialTlsOptions>): Promise<void> {
  const ca = authority.certificate
  const dialled = dialTls({ host: '127.0.0.1', port, ca, ...options })
  await dialled.then(
    (client) => onTestFinished(() => client.destroy()),
    () => {},
  )
}

export async function plain(port: number, bytes?: string): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  socket.on('error', () => {}).resume()
  if (bytes !== undefined) socket.write(bytes, 'latin1')
  return socket
}

/** What a client says first, as bytes. */
export async function clientHello(options: ConnectionOptions = {}): Promise<Buffer> {
  const server = createServer()
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as { port: number }
  const client = secure(port, '127.0.0.1', { servername: 'godwit.test', ...options })
  onTestFinished(() => void client.destroy())
  client.on('error', () => {})
  const [socket] = (await once(server, 'connection')) as [Socket]
  const [hello] = (await once(socket, 'data')) as [Buffer]
  return hello
}
