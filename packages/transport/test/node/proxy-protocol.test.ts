// Listening behind a proxy that says who has connected to it.

import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:tls'
import { expect, it, onTestFinished } from 'vitest'
import type { Transport } from '../../src/index.ts'
import { TcpListener, type TcpListenerOptions } from '../../src/node/index.ts'
import { VirtualClock } from '../../src/testing/index.ts'
import { collect, portOf, textOf } from './sockets.ts'
import { alice, authority, credentials, mutual, plain, Queue, tlsListening } from './tls-world.ts'

const LOOPBACK = { from: ['127.0.0.0/8'] }
const HEADER = 'PROXY TCP4 192.0.2.7 198.51.100.1 52001 1883\r\n'
const BINARY = '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\xc6\x33\x64\x01\xcb\x23\x07\x5b'

it.each([HEADER, BINARY])('takes the address from the header %j', async (header) => {
  const { port, accepted } = await listening()
  await plain(port, `${header}hello`)
  const server = await accepted.next()
  expect(server.remoteAddress).toBe('192.0.2.7')
  expect(server.peer).toEqual({ proxyAddress: '127.0.0.1' })
  expect(textOf(await collect(server, 5))).toBe('hello')
})

it.each([HEADER, BINARY])('takes the header %j at every split', async (header) => {
  const { port, accepted } = await listening()
  const bytes = Buffer.from(`${header}hello`, 'latin1')
  for (let at = 1; at < bytes.length; at++) {
    const proxy = await plain(port)
    proxy.setNoDelay(true).write(bytes.subarray(0, at))
    await flushed(proxy)
    proxy.write(bytes.subarray(at))
    const server = await accepted.next()
    expect(server.remoteAddress).toBe('192.0.2.7')
    expect(textOf(await collect(server, 5))).toBe('hello')
    proxy.destroy()
  }
})

it('takes a header that comes a byte at a time, and the bytes behind it', async () => {
  const { port, accepted } = await listening()
  const proxy = await plain(port)
  proxy.setNoDelay(true)
  for (const byte of Buffer.from(HEADER)) {
    proxy.write(Uint8Array.of(byte))
    await flushed(proxy)
  }
  const server = await accepted.next()
  const received = collect(server, 3)
  proxy.write('abc')
  expect(textOf(await received)).toBe('abc')
})

it('keeps what arrives while the owner has paused, and stays paused', async () => {
  const { port, accepted } = await listening()
  const proxy = await plain(port, `${HEADER}early`)
  const server = await accepted.next()
  const seen: string[] = []
  server.pause()
  server.onData = (chunk) => seen.push(textOf(chunk))
  proxy.write(' and late')
  await plain(port, HEADER)
  await accepted.next()
  expect(seen).toEqual([])
  const received = collect(server, 14)
  server.resume()
  expect(textOf(await received)).toBe('early and late')
})

it.each(['PROXY UNKNOWN\r\n', '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0'])(
  'keeps the address of a proxy that speaks for itself: %j',
  async (header) => {
    const { port, accepted } = await listening()
    await plain(port, header)
    const server = await accepted.next()
    expect([server.remoteAddress, server.peer]).toEqual(['127.0.0.1', undefined])
  },
)

it('refuses a proxy without a header, and one with a wrong header', async () => {
  const { port, accepted, refused } = await listening()
  const without = await plain(port, '\x10\x0c\0\x04MQTT')
  await once(without, 'close')
  const wrong = await plain(port, 'PROXY TCP4 nobody\r\n')
  await once(wrong, 'close')
  expect(refused.all).toEqual([
    '127.0.0.1 is in `proxyProtocol`, but sent no header of the PROXY protocol',
    '127.0.0.1 sent a header of the PROXY protocol that is not TCP4, TCP6 or UNKNOWN',
  ])
  expect(accepted.all).toEqual([])
})

it('waits for a header no longer than for a handshake', async () => {
  const clock = new VirtualClock()
  const { port, refused } = await listening({ clock, handshakeTimeoutMs: 3_000 })
  const silent = await plain(port)
  const slow = await plain(port, 'PROXY ')
  const ended = Promise.all([once(silent, 'close'), once(slow, 'close')])
  const whole = await plain(port, 'x')
  await once(whole, 'close')
  clock.advance(3_000)
  await ended
  const sentence = '127.0.0.1 did not send the header of the PROXY protocol within 3000 ms'
  expect(refused.all.slice(1)).toEqual([sentence, sentence])
})

it('believes no header from elsewhere: it is only bytes', async () => {
  const { port, accepted } = await listening({ proxyProtocol: { from: ['10.0.0.0/8'] } })
  await plain(port, HEADER)
  const server = await accepted.next()
  expect(server.remoteAddress).toBe('127.0.0.1')
  expect(textOf(await collect(server, HEADER.length))).toBe(HEADER)
})

it('says what is wrong with a range', () => {
  expect(
    () => new TcpListener({ host: '127.0.0.1', port: 0, proxyProtocol: { from: ['x'] } }),
  ).toThrow('"x" is no range of addresses')
})

it('takes the header in front of TLS, of which the proxy knows nothing', async () => {
  const world = await tlsListening(mutual(), { proxyProtocol: LOOPBACK })
  const proxy = await plain(world.port)
  proxy.removeAllListeners('data').pause()
  proxy.write(HEADER)
  const client = secured(proxy)
  await once(client, 'secureConnect')
  const server = await world.accepted.next()
  expect(server.remoteAddress).toBe('192.0.2.7')
  expect(server.peer).toMatchObject({
    encryption: 'TLSv1.3',
    proxyAddress: '127.0.0.1',
    certificate: { commonName: 'alice' },
  })
  server.onData = (chunk) => server.write([chunk])
  client.write('over TLS')
  const [echoed] = (await once(client, 'data')) as [Buffer]
  expect(echoed.toString()).toBe('over TLS')
})

it('takes the header and the ClientHello in one piece, and refuses by the address in it', async () => {
  const world = await tlsListening(credentials(), { proxyProtocol: LOOPBACK })
  await plain(world.port, `${HEADER}\x10\x0c\0\x04MQTT`)
  expect(await world.refused.next()).toMatch(/^192\.0\.2\.7 spoke MQTT without TLS/)
  const proxy = await plain(world.port)
  proxy.removeAllListeners('data').pause()
  proxy.cork()
  proxy.write(HEADER)
  const client = secured(proxy)
  setImmediate(() => proxy.uncork())
  await once(client, 'secureConnect')
  expect((await world.accepted.next()).remoteAddress).toBe('192.0.2.7')
})

async function listening(options: Partial<TcpListenerOptions> = {}): Promise<{
  readonly port: number
  readonly accepted: Queue<Transport>
  readonly refused: Queue<string>
}> {
  const refused = new Queue<string>()
  const accepted = new Queue<Transport>()
  const listener = new TcpListener({
    host: '127.0.0.1',
    port: 0,
    proxyProtocol: LOOPBACK,
    onRefused: (address, sentence) => refused.push(`${address} ${sentence}`),
    ...options,
  })
  onTestFinished(() => listener.close())
  const { url } = await listener.listen((transport) => {
    onTestFinished(() => transport.destroy())
    accepted.push(transport)
  })
  return { port: portOf(url), accepted, refused }
}

/** TLS inside a connection that is there already, by a client whom the listener knows. */
function secured(socket: Socket): ReturnType<typeof connect> {
  const ca = authority.certificate
  const { certificate: cert, key } = alice
  const client = connect({ socket, ca, cert, key, servername: 'godwit.test' })
  onTestFinished(() => void client.destroy())
  return client
}

function flushed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.write('', () => setImmediate(resolve)))
}
