// Dialling over TLS and to Unix domain sockets, and what is said when it fails.

import dns from 'node:dns'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer as createNetServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type TlsOptions } from 'node:tls'
import { expect, it, onTestFinished, vi, type MockInstance } from 'vitest'
import { dialTcp, dialTls, dialUnix } from '../../src/node/index.ts'
import { selfSigned } from '../../src/testing/index.ts'
import { collect, text, textOf } from './sockets.ts'

const { certificate: CERTIFICATE, key: KEY } = await selfSigned({
  commonName: 'godwit.test',
  names: [
    { type: 'dns', value: 'godwit.test' },
    { type: 'ip', value: '127.0.0.1' },
  ],
})

it('carries bytes over TLS to a server whose certificate it was told to trust', async () => {
  const { host, port } = await tlsServer()
  const client = await dialTls({ host, port, ca: text(CERTIFICATE) })
  onTestFinished(() => client.destroy())
  expect(client.remoteAddress).toBe('127.0.0.1')
  const echoed = collect(client, 9)
  client.write([text('over '), text('TLS!')])
  expect(textOf(await echoed)).toBe('over TLS!')
})

it('shows its own certificate, and asks for a protocol and a name', async () => {
  const { server, host, port } = await tlsServer({
    requestCert: true,
    ca: CERTIFICATE,
    ALPNProtocols: ['mqtt'],
  })
  const secured = once(server, 'secureConnection')
  const client = await dialTls({
    host,
    port,
    ca: [CERTIFICATE],
    cert: CERTIFICATE,
    key: text(KEY),
    servername: 'godwit.test',
    ALPNProtocols: ['mqtt'],
  })
  onTestFinished(() => client.destroy())
  const [socket] = await secured
  expect(socket).toMatchObject({
    authorized: true,
    servername: 'godwit.test',
    alpnProtocol: 'mqtt',
  })
})

it('refuses a certificate that nobody vouches for, and says what to do', async () => {
  const { host, port } = await tlsServer()
  // Some versions of Node have advice of their own in the middle.
  await expect(dialTls({ host, port })).rejects.toMatchObject({
    message: expect.stringMatching(
      /over TLS: self-signed certificate.* \(if it is to be trusted, give its certificate auth/,
    ),
    cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
  })
  const careless = await dialTls({ host, port, rejectUnauthorized: false })
  careless.destroy()
})

it('refuses a certificate for another name', async () => {
  const { host, port } = await tlsServer()
  const options = { host, port, ca: CERTIFICATE, servername: 'example.test' }
  await expect(dialTls(options)).rejects.toThrow(/altnames.*or set `servername`\)$/)
})

it('checks the certificate against the name of the host', async () => {
  const { port } = await tlsServer()
  const dialled = dialTls({ host: 'localhost', port, ca: CERTIFICATE })
  await expect(dialled).rejects.toThrow(/Host: localhost\. is not in the cert's altnames/)
})

it('says that a port seems to have no TLS', async () => {
  const server = createNetServer((socket) => socket.on('error', () => {}).end('no TLS here'))
  const { host, port } = await listening(server)
  await expect(dialTls({ host, port })).rejects.toThrow('(is this a port without TLS?)')
})

it('gives up in the middle of the handshake when the signal aborts, with its reason', async () => {
  const server = createNetServer()
  const { host, port } = await listening(server)
  const controller = new AbortController()
  const dialled = dialTls({ host, port, signal: controller.signal })
  const [socket] = await once(server, 'connection')
  const reason = new Error('took too long')
  controller.abort(reason)
  await expect(dialled).rejects.toBe(reason)
  await once(socket.resume(), 'close')
  const late = dialTls({ host, port, signal: controller.signal })
  await expect(late).rejects.toBe(reason)
})

it('carries bytes over a Unix domain socket', async () => {
  const path = await socketPath()
  const server = createNetServer((socket) => socket.pipe(socket))
  onTestFinished(() => void server.close())
  await once(server.listen(path), 'listening')
  const client = await dialUnix(path)
  onTestFinished(() => client.destroy())
  expect(client.remoteAddress).toBe('unknown')
  const echoed = collect(client, 5)
  client.write([text('local')])
  expect(textOf(await echoed)).toBe('local')
})

it('names the path at which nobody listens', async () => {
  const path = await socketPath()
  await expect(dialUnix(path)).rejects.toMatchObject({
    message: `Cannot connect to ${path}: connect ENOENT ${path}`,
    cause: { code: 'ENOENT' },
  })
  const signal = AbortSignal.abort(new Error('no longer wanted'))
  await expect(dialUnix(path, { signal })).rejects.toThrow('no longer wanted')
})

it('says what went wrong with each address of a name', async () => {
  const { server, port } = await listening(createNetServer())
  server.close()
  const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }))
  const lookup = vi.spyOn(dns, 'lookup') as unknown as MockInstance<Lookup>
  onTestFinished(() => lookup.mockRestore())
  lookup.mockImplementation((_name, _options, callback) => callback(null, addresses))
  await expect(dialTcp({ host: 'two.test', port })).rejects.toMatchObject({
    message:
      `Cannot connect to two.test, port ${port}: connect ECONNREFUSED 127.0.0.1:${port}, ` +
      `connect ECONNREFUSED 127.0.0.2:${port}`,
    cause: expect.any(AggregateError),
  })
})

type Lookup = (
  name: string,
  options: object,
  callback: (error: null, addresses: readonly { address: string; family: number }[]) => void,
) => void

interface Listening {
  readonly server: Server
  readonly host: string
  readonly port: number
}

function tlsServer(options: TlsOptions = {}): Promise<Listening> {
  const tls = createServer({ key: KEY, cert: CERTIFICATE, ...options }, (socket) => {
    socket.on('error', () => {}).pipe(socket)
  })
  return listening(tls.on('tlsClientError', () => {}))
}

async function listening(server: Server): Promise<Listening> {
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { server, host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

async function socketPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'godwit-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return join(directory, 'socket')
}
