// Who is upgraded: origins, headers, proxies, TLS, and what is known of the peer afterwards.

import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { VirtualClock, CertificateAuthority } from '@godwit/transport/testing'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket, type ClientOptions } from 'ws'
import { WebSocketListener, type WebSocketListenerOptions } from '../src/index.ts'
import {
  answer,
  closing,
  collect,
  listening,
  plainSocket,
  text,
  type Listening,
} from './connections.ts'
import { upgraded, upgradeRequest } from './handmade.ts'

const authority = await CertificateAuthority.create()
const names = [{ type: 'dns', value: 'localhost' }] as const
const broker = await authority.issue({ commonName: 'localhost', names })
const alice = await authority.issue({ commonName: 'alice' })

it.each([
  [['https://app.example'], 'https://app.example', 101],
  [['https://app.example'], 'https://APP.example', 101],
  [['https://a.example', 'https://app.example:8443'], 'https://app.example:8443', 101],
  [['https://app.example'], undefined, 101],
  [['*'], 'https://evil.example', 101],
  [['null'], 'null', 101],
  [['capacitor://localhost'], 'capacitor://localhost', 101],
  [undefined, 'https://evil.example', 101],
  [['https://app.example'], 'https://evil.example', 403],
  [['https://app.example'], 'http://app.example', 403],
  [['https://app.example'], 'https://app.example.evil.example', 403],
  [['https://app.example'], 'https://app.example:8443', 403],
  [['https://app.example'], 'null', 403],
  [['https://app.example'], '', 403],
  [['https://app.example'], 'https://app.example, https://evil.example', 403],
  [[], 'https://app.example', 403],
] as const)('answers where %j may connect and %j asks: %i', async (origins, origin, status) => {
  const { url } = await listening(origins && { origins })
  const headers = origin === undefined ? {} : { Origin: origin }
  const { response } = await upgraded(url, headers)
  expect(response).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
})

it('says why a page may not connect, to it and to the operator', async () => {
  const refused: string[] = []
  const { url } = await listening({
    origins: ['https://app.example'],
    onRefused: (address, sentence) => refused.push(`${address} ${sentence}`),
  })
  const { response } = await upgraded(url, { Origin: 'https://evil.example' })
  const sentence =
    'Pages of this origin may not connect: the operator of the server allows origins.'
  expect(response).toContain(`\r\n\r\n${sentence}\n`)
  expect(refused).toEqual([`127.0.0.1 was answered with 403: ${sentence}`])
})

it.each(['app.example', 'https://app.example/', 'https://*.app.example', 'https://', '', '//x'])(
  'refuses %j as an origin',
  (origin) => {
    const options = { host: '127.0.0.1', port: 0, origins: [origin] }
    expect(() => new WebSocketListener(options)).toThrow(`"${origin}" is no origin`)
  },
)

const PROXY = ['127.0.0.1', '10.0.0.0/8']

it.each([
  ['nothing', undefined, '127.0.0.1'],
  ['the client', '192.0.2.7', '192.0.2.7'],
  ['what the client wrote before', '203.0.113.9, 192.0.2.7', '192.0.2.7'],
  ['another trusted proxy', '203.0.113.9, 192.0.2.7, 10.1.1.1', '192.0.2.7'],
  ['only trusted proxies', '10.1.1.2, 10.1.1.1', '10.1.1.2'],
  ['an IPv6 address', '2001:DB8::0007', '2001:db8::7'],
  ['ports', '[2001:db8::7]:52001, 10.1.1.1:80', '2001:db8::7'],
  ['a mapped address', '::ffff:192.0.2.7', '192.0.2.7'],
  ['something unreadable', 'unknown', '127.0.0.1'],
  ['something unreadable behind a proxy', '192.0.2.7, _hidden, 10.1.1.1', '10.1.1.1'],
  ['an empty entry', '192.0.2.7,', '127.0.0.1'],
  ['a bracket', '[::1', '127.0.0.1'],
])('takes the address of the client from a proxy that says %s', async (_what, header, address) => {
  const { url, accepted } = await listening({ trustedProxies: PROXY })
  await upgraded(url, header === undefined ? {} : { 'X-Forwarded-For': header })
  expect(accepted[0]?.remoteAddress).toBe(address)
  const proxied = { proxyAddress: '127.0.0.1' }
  expect(accepted[0]?.peer).toEqual({
    serverName: 'broker.test',
    ...(address !== '127.0.0.1' && proxied),
  })
})

it('believes nobody else about an address', async () => {
  const { url, accepted } = await listening({ trustedProxies: ['10.0.0.0/8'] })
  await upgraded(url, { 'X-Forwarded-For': '192.0.2.7' })
  expect(accepted[0]?.remoteAddress).toBe('127.0.0.1')
  const { url: usual, accepted: accepted2 } = await listening()
  await upgraded(usual, { 'X-Forwarded-For': '192.0.2.7' })
  expect(accepted2[0]?.remoteAddress).toBe('127.0.0.1')
})

it('takes the header of the PROXY protocol in front of the request', async () => {
  const { url, accepted } = await listening({
    proxyProtocol: { from: ['127.0.0.1'] },
    trustedProxies: ['198.51.100.0/24'],
  })
  const socket = await plainSocket(url)
  const header = 'PROXY TCP4 198.51.100.7 127.0.0.1 1 2\r\n'
  socket.write(header + upgradeRequest({ 'X-Forwarded-For': '192.0.2.7' }))
  await once(socket, 'data')
  expect(accepted[0]?.remoteAddress).toBe('192.0.2.7')
  expect(accepted[0]?.peer).toEqual({ serverName: 'broker.test', proxyAddress: '127.0.0.1' })
})

it.each([
  ['broker.test', 'broker.test'],
  ['Broker.Test:8083', 'broker.test'],
  ['[2001:db8::1]:8083', '[2001:db8::1]'],
  ['[2001:db8::1]', '[2001:db8::1]'],
])('knows by the Host %s that the client calls the server %s', async (host, serverName) => {
  const { url, accepted } = await listening()
  await upgraded(url, { Host: host })
  expect(accepted[0]?.peer?.serverName).toBe(serverName)
})

it('refuses headers that are too large, and says so', async () => {
  const { url } = await listening()
  const response = await answer(url, upgradeRequest({ Cookie: 'x'.repeat(9_000) }))
  expect(response).toMatch(/^HTTP\/1\.1 431 .*at most 8 KiB here\.\n$/s)
})

it('refuses too many headers, behind which an Origin could hide', async () => {
  const { url } = await listening({ origins: ['https://app.example'] })
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`X-${index}`, '']))
  const response = await answer(url, upgradeRequest({ ...many, Origin: 'https://evil.example' }))
  expect(response).toMatch(/^HTTP\/1\.1 431 .*at most 100 headers\.\n$/s)
})

it.each([
  ['an oversized subprotocol list', { 'Sec-WebSocket-Protocol': 'mqtt, '.repeat(1_000) }],
  ['a long line of commas', { 'Sec-WebSocket-Protocol': ','.repeat(7_000) }],
  ['a wrong key', { 'Sec-WebSocket-Key': 'short' }],
  ['another version', { 'Sec-WebSocket-Version': '7' }],
])('refuses a request with %s', async (_what, headers) => {
  const { url } = await listening()
  expect(await answer(url, upgradeRequest(headers))).toMatch(/^HTTP\/1\.1 400 /)
})

it('tells the operator of silent and slow requests that it ends', async () => {
  const clock = new VirtualClock()
  const refused: string[] = []
  const { url } = await listening({
    clock,
    onRefused: (_address, sentence) => refused.push(sentence),
  })
  const silent = await plainSocket(url)
  const slow = await plainSocket(url)
  slow.write('GET / HT')
  await upgraded(url)
  const ended = Promise.all([once(silent, 'close'), once(slow, 'close')])
  clock.advance(10_000)
  await ended
  const sentence = 'did not send a whole request for an upgrade to WebSocket within 10000 ms'
  expect(refused).toEqual([sentence, sentence])
})

it('lets the oldest of too many handshakes give way', async () => {
  const { url } = await listening({ handshakesMax: 1 })
  const silent = await plainSocket(url)
  const ended = once(silent, 'close')
  const { response } = await upgraded(url)
  expect(response).toContain('101')
  await ended
})

it('carries MQTT over WebSocket over TLS, and tells what is known of the peer', async () => {
  const { url, accepted } = await securely()
  expect(url).toMatch(/^wss:\/\/127\.0\.0\.1:\d+\/mqtt$/)
  const client = await secureClient(url)
  const server = accepted[0]!
  expect(server.peer).toEqual({ encryption: 'TLSv1.3', serverName: 'localhost' })
  const received = collect(server, 5)
  client.send(text('hello'))
  expect(await received).toBe('hello')
  const message = once(client, 'message')
  server.write([text('wel'), text('come')])
  expect(String((await message)[0])).toBe('welcome')
  const closed = closing(server)
  client.close()
  expect(await closed.error).toBeUndefined()
})

it('asks for certificates of clients, and tells whose it verified', async () => {
  const refused: string[] = []
  const clientCa = authority.certificate
  const tls = {
    ...broker,
    certificate: broker.certificate,
    clientCa,
    clientCertificate: 'require' as const,
  }
  const { url, accepted } = await securely({
    tls,
    onRefused: (_, sentence) => refused.push(sentence),
  })
  await secureClient(url, { cert: alice.certificate, key: alice.key })
  expect(accepted[0]?.peer?.certificate?.commonName).toBe('alice')
  await expect(secureClient(url)).rejects.toThrow(/socket hang up|disconnected|ECONNRESET/)
  expect(refused).toEqual(['showed no certificate, which this port requires'])
})

it('replaces its certificate without dropping anybody, and keeps it if the other is bad', async () => {
  const { listener, url, accepted } = await securely()
  const client = await secureClient(url)
  const renewed = await authority.issue({ commonName: 'renewed', names })
  expect(() => listener.replace({ ...renewed, key: broker.key })).toThrow('of another certificate')
  expect(await commonNameSeen(url)).toBe('localhost')
  listener.replace(renewed)
  expect(await commonNameSeen(url)).toBe('renewed')
  const received = collect(accepted[0]!, 5)
  client.send(text('still'))
  expect(await received).toBe('still')
})

it('ends who shakes hands for TLS and then asks for nothing, by the same bound', async () => {
  const clock = new VirtualClock()
  const refused: string[] = []
  const { url } = await securely({ clock, onRefused: (_, sentence) => refused.push(sentence) })
  const silent = tlsSocket(url)
  const slow = tlsSocket(url)
  await Promise.all([once(silent, 'session'), once(slow, 'session')])
  slow.write('GET / HTTP/1.1\r\nHost: x')
  await secureClient(url)
  const ended = Promise.all([once(silent, 'close'), once(slow, 'close')])
  clock.advance(10_000)
  await ended
  const sentence = 'did not send a whole request for an upgrade to WebSocket within 10000 ms'
  expect(refused).toEqual([sentence, sentence])
})

it('says what is spoken to a port that wants TLS', async () => {
  const refused: string[] = []
  const { url } = await securely({ onRefused: (_, sentence) => refused.push(sentence) })
  await answer(url, 'GET / HTTP/1.1\r\n\r\n')
  expect(refused).toEqual(['spoke HTTP or another protocol of text: this port wants TLS'])
})

function securely(options: Partial<WebSocketListenerOptions> = {}): Promise<Listening> {
  return listening({ tls: broker, path: '/mqtt', ...options })
}

async function secureClient(url: string, options: ClientOptions = {}): Promise<WebSocket> {
  const ca = authority.certificate
  const client = new WebSocket(url.replace('127.0.0.1', 'localhost'), 'mqtt', { ca, ...options })
  onTestFinished(() => client.terminate())
  await once(client, 'open')
  return client
}

async function commonNameSeen(url: string): Promise<unknown> {
  const socket = tlsSocket(url)
  await once(socket, 'secureConnect')
  return socket.getPeerX509Certificate()?.toLegacyObject().subject.CN
}

function tlsSocket(url: string): TLSSocket {
  const ca = authority.certificate
  const socket = connect(Number(new URL(url).port), '127.0.0.1', { ca, servername: 'localhost' })
  onTestFinished(() => void socket.destroy())
  return socket.on('error', () => {}).resume()
}
