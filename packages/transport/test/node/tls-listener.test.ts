// Listening with TLS: who gets in, what is known of him, and what is said of those who do not.

import { once } from 'node:events'
import { connect, type ConnectionOptions } from 'node:tls'
import { expect, it, onTestFinished, vi } from 'vitest'
import { TlsListener, type DialTlsOptions } from '../../src/node/index.ts'
import { CertificateAuthority, selfSigned, VirtualClock } from '../../src/testing/index.ts'
import { closing, collect, text, textOf } from './sockets.ts'
import {
  alice,
  authority,
  clientHello,
  credentials,
  dial,
  mutual,
  NAMES,
  plain,
  showing,
  tlsListening,
  tryTo,
  type World,
} from './tls-world.ts'

const stranger = await CertificateAuthority.create('Somebody else')
const yesterday = new Date(Date.now() - 86_400_000)
const lastWeek = new Date(Date.now() - 7 * 86_400_000)
const tomorrow = new Date(Date.now() + 86_400_000)

it('carries bytes both ways, and tells what is known of the peer', async () => {
  const world = await tlsListening()
  const client = await dial(world, { servername: 'godwit.test', ALPNProtocols: ['mqtt'] })
  const server = await world.accepted.next()
  expect(server.remoteAddress).toBe('127.0.0.1')
  expect(server.peer).toEqual({ encryption: 'TLSv1.3', serverName: 'godwit.test' })
  server.onData = (chunk) => server.write([chunk])
  const echoed = collect(client, 300_000)
  client.write([new Uint8Array(300_000).fill(7)])
  expect(Buffer.compare(await echoed, new Uint8Array(300_000).fill(7))).toBe(0)
  const closed = closing(client)
  server.close()
  expect(await closed.error).toBeUndefined()
})

it('has a url of its own kind', async () => {
  const listener = new TlsListener({ host: '127.0.0.1', port: 0, tls: credentials() })
  const { url } = await listener.listen(() => {})
  expect(url).toMatch(/^mqtts:\/\/127\.0\.0\.1:\d+$/)
  await listener[Symbol.asyncDispose]()
})

it('tells whose certificate it verified', async () => {
  const names = [
    { type: 'email', value: 'bob@example.test' },
    { type: 'uri', value: 'urn:device:7' },
    { type: 'ip', value: '2001:db8::7' },
    { type: 'dns', value: 'a.test, DNS:b.test' },
  ] as const
  const validUntil = new Date('2060-01-02T03:04:05Z')
  const bob = await authority.issue({ commonName: 'bob', names, validUntil })
  const world = await tlsListening(mutual())
  await dial(world, showing(bob))
  const { peer } = await world.accepted.next()
  expect(peer?.certificate).toEqual({
    commonName: 'bob',
    alternativeNames: names,
    fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    serialNumber: bob.serialNumber.toString(16).padStart(2, '0'),
    validUntil: validUntil.getTime(),
  })
})

it('has no common name of a certificate with several, or with none', async () => {
  const world = await tlsListening(mutual())
  await dial(world, showing(await authority.issue({ commonName: ['alice', 'admin'] })))
  expect((await world.accepted.next()).peer?.certificate?.commonName).toBeUndefined()
  await dial(world, showing(await authority.issue({})))
  expect((await world.accepted.next()).peer?.certificate?.commonName).toBeUndefined()
})

it('lets in without a certificate where one is only requested', async () => {
  const world = await tlsListening(mutual({ clientCertificate: 'request' }))
  await dial(world)
  expect((await world.accepted.next()).peer).toEqual({ encryption: 'TLSv1.3' })
})

interface Refused {
  readonly why: string
  readonly client: Partial<DialTlsOptions>
  readonly tls?: Parameters<typeof mutual>[0]
  readonly says: string
}

const REFUSED: readonly Refused[] = [
  {
    why: 'that shows none',
    client: {},
    says: 'showed no certificate, which this port requires',
  },
  {
    why: 'whose own has expired',
    client: showing(
      await authority.issue({ commonName: 'a', validFrom: lastWeek, validUntil: yesterday }),
    ),
    says: 'showed a certificate ("a") that has expired',
  },
  {
    why: 'whose own has expired, even where none is required',
    client: showing(
      await authority.issue({ commonName: 'a', validFrom: lastWeek, validUntil: yesterday }),
    ),
    tls: { clientCertificate: 'request' },
    says: 'showed a certificate ("a") that has expired',
  },
  {
    why: 'whose own is not valid yet',
    client: showing(await authority.issue({ commonName: 'a', validFrom: tomorrow })),
    says: 'showed a certificate ("a") that is not valid yet',
  },
  {
    why: 'whose own is self-signed',
    client: showing(await selfSigned({ commonName: 'a\nb' })),
    says: 'showed a certificate ("a\\nb") that is signed by itself, and is not in clientCa',
  },
  {
    why: 'whose own is of an unknown authority',
    client: showing(await stranger.issue({ commonName: 'a' })),
    says: 'showed a certificate ("a") that is of no authority in clientCa',
  },
  {
    why: 'whose own has been revoked',
    client: showing(alice),
    tls: { revocations: await authority.revocations([alice]) },
    says: 'showed a certificate ("alice") that has been revoked',
  },
  {
    why: 'that no list of revocations is about',
    client: showing(alice),
    tls: { revocations: await stranger.revocations([]) },
    says:
      'showed a certificate ("alice") that no list in revocations is about: add the one of its ' +
      'authority',
  },
  {
    why: 'that only an outdated list of revocations is about',
    client: showing(alice),
    tls: {
      revocations: await authority.revocations([], { validFrom: lastWeek, validUntil: yesterday }),
    },
    says:
      'showed a certificate ("alice") that cannot be checked: the list in revocations is too ' +
      'old, fetch a new one',
  },
]

it.each(REFUSED)('refuses a client $why', async ({ client, tls, says }) => {
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const world = await tlsListening(mutual(tls))
    await tryTo(world, { ...client, maxVersion })
    expect(await world.refused.next()).toBe(`127.0.0.1 ${says}`)
    expect(world.accepted.all).toEqual([])
  }
})

it('finds the right list of revocations among several', async () => {
  const bob = await stranger.issue({ commonName: 'bob' })
  const lists = (await stranger.revocations([bob])) + (await authority.revocations([]))
  const clientCa = `of ours\n${authority.certificate}of theirs\n${stranger.certificate}`
  const world = await tlsListening(mutual({ clientCa, revocations: Buffer.from(lists) }))
  await dial(world, showing(alice))
  expect((await world.accepted.next()).peer?.certificate?.commonName).toBe('alice')
  await tryTo(world, showing(bob))
  expect(await world.refused.next()).toContain('has been revoked')
})

const OLD: ConnectionOptions = {
  minVersion: 'TLSv1',
  maxVersion: 'TLSv1.1',
  ciphers: 'DEFAULT:@SECLEVEL=0',
}

const UNTRUSTED = 'does not trust the certificate of this server'

const MISFITS: readonly (readonly [who: string, client: ConnectionOptions, says: string])[] = [
  ['that is too old', OLD, 'speaks no version of TLS from TLSv1.2 on: it is too old for this port'],
  [
    'that asks for another protocol',
    { ALPNProtocols: ['h2'] },
    'asked by ALPN for a protocol that is not spoken here',
  ],
  [
    'without a cipher in common',
    { ciphers: 'AES128-SHA', maxVersion: 'TLSv1.2' },
    'has no cipher of TLS in common with this server',
  ],
]

it.each(MISFITS)('says why a client %s does not get in', async (_who, client, says) => {
  const world = await tlsListening()
  secureSocket(world, client)
  expect(await world.refused.next()).toBe(`127.0.0.1 ${says}`)
})

it('refuses TLS 1.2 where it is told to', async () => {
  const world = await tlsListening(credentials({ minVersion: 'TLSv1.3' }))
  secureSocket(world, { maxVersion: 'TLSv1.2' })
  expect(await world.refused.next()).toContain('speaks no version of TLS from TLSv1.3 on')
})

it('is refused by a client that expects another name or authority', async () => {
  const world = await tlsListening()
  await expect(dial(world, { servername: 'example.test' })).rejects.toThrow('altnames')
  await expect(dial(world, { ca: stranger.certificate })).rejects.toThrow(/issuer|verify/)
  const expired = { validFrom: lastWeek, validUntil: yesterday, names: NAMES }
  const old = await tlsListening(credentials(await authority.issue(expired)))
  await expect(dial(old)).rejects.toThrow('expired')
})

it('says that a client distrusts it, where the client says so', async () => {
  const world = await tlsListening()
  const socket = await plain(world.port)
  // A ClientHello, then the alert 48, unknown_ca, as clients other than Node send it.
  const hello = await clientHello()
  socket.write(hello)
  socket.write(Buffer.from('15030300020230', 'hex'))
  expect(await world.refused.next()).toContain(UNTRUSTED)
})

it.each([
  [
    '\x10\x0c\0\x04MQTT',
    'spoke MQTT without TLS: this port wants TLS (mqtts), another may take it',
  ],
  ['GET / HTTP/1.1\r\n\r\n', 'spoke HTTP or another protocol of text: this port wants TLS'],
  ['\0\0\0', 'did not speak TLS, which this port wants'],
])('says that %j is no TLS', async (bytes, says) => {
  const world = await tlsListening()
  const socket = await plain(world.port, bytes)
  await once(socket, 'close')
  expect(await world.refused.next()).toContain(`127.0.0.1 ${says}`)
})

it('says nothing of a connection that ends before its first byte, such as a check', async () => {
  const world = await tlsListening()
  const check = await plain(world.port)
  check.end()
  await once(check, 'close')
  const half = await plain(world.port, '\x16\x03\x01')
  half.end()
  expect(await world.refused.next()).toBe(
    '127.0.0.1 ended before it had sent a whole handshake of TLS: it may not trust the ' +
      'certificate of this server',
  )
  expect(world.refused.all).toHaveLength(1)
})

it('ends silent and slow handshakes by one bound from the first moment on', async () => {
  const clock = new VirtualClock()
  const world = await tlsListening(credentials(), { clock, handshakeTimeoutMs: 4_000 })
  const silent = await plain(world.port)
  const slow = await plain(world.port, '\x16')
  await dial(world)
  await world.accepted.next()
  const ended = Promise.all([once(silent, 'close'), once(slow, 'close')])
  clock.advance(2_000)
  slow.write('\x03')
  await dial(world)
  clock.advance(1_999)
  expect(silent.closed || slow.closed).toBe(false)
  clock.advance(1)
  await ended
  const sentence = '127.0.0.1 did not send a whole handshake of TLS within 4000 ms'
  expect(world.refused.all).toEqual([sentence, sentence])
})

it('ends a handshake that stops in its middle by the same bound', async () => {
  const clock = new VirtualClock()
  const world = await tlsListening(credentials(), { clock })
  const stopped = await plain(world.port)
  const answered = once(stopped, 'data')
  stopped.write(await clientHello())
  await answered
  const ended = once(stopped, 'close')
  clock.advance(10_000)
  await ended
  expect(world.refused.all).toEqual([
    '127.0.0.1 did not send a whole handshake of TLS within 10000 ms',
  ])
  expect(world.accepted.all).toEqual([])
})

it('does not end an open connection by the bound of its handshake', async () => {
  const clock = new VirtualClock()
  const world = await tlsListening(credentials(), { clock })
  const client = await dial(world)
  const server = await world.accepted.next()
  clock.advance(60_000)
  const received = collect(server, 1)
  client.write([text('x')])
  expect(textOf(await received)).toBe('x')
})

it('lets the oldest of too many handshakes give way', async () => {
  const world = await tlsListening(credentials(), { handshakesMax: 2 })
  const first = await plain(world.port, '\x16')
  const second = await plain(world.port, '\x16')
  const ended = once(first, 'close')
  await dial(world)
  await world.accepted.next()
  await ended
  expect(world.refused.all).toEqual([
    '127.0.0.1 made way for newer ones: 2 connections were not accepted yet',
  ])
  expect(second.closed).toBe(false)
})

it('ends handshakes when it stops to accept, and leaves open connections open', async () => {
  const world = await tlsListening()
  const client = await dial(world)
  const server = await world.accepted.next()
  const silent = await plain(world.port)
  await dial(world)
  const ended = once(silent, 'close')
  await world.listener.close()
  await ended
  const received = collect(server, 5)
  client.write([text('still')])
  expect(textOf(await received)).toBe('still')
})

it('does not renegotiate', async () => {
  const world = await tlsListening()
  const socket = secureSocket(world, { maxVersion: 'TLSv1.2' })
  await once(socket, 'secureConnect')
  const renegotiated = vi.fn<(error: Error | null) => void>()
  socket.renegotiate({}, renegotiated)
  const [error] = await once(socket, 'error')
  expect(error).toMatchObject({ code: 'ERR_SSL_NO_RENEGOTIATION' })
  expect(renegotiated).not.toHaveBeenCalledWith(null)
})

it('shakes hands with a ClientHello that comes a byte at a time', async () => {
  const world = await tlsListening()
  const proxy = await plain(world.port)
  proxy.setNoDelay(true)
  for (const byte of await clientHello()) {
    await new Promise<void>((resolve) => proxy.write(Uint8Array.of(byte), () => resolve()))
  }
  const [answer] = (await once(proxy, 'data')) as [Buffer]
  // A handshake record with a ServerHello.
  expect([answer[0], answer[5]]).toEqual([22, 2])
})

function secureSocket({ port }: World, options: ConnectionOptions): ReturnType<typeof connect> {
  const ca = authority.certificate
  const socket = connect({ host: '127.0.0.1', port, ca, servername: 'godwit.test', ...options })
  onTestFinished(() => void socket.destroy())
  return socket.on('error', () => {})
}
