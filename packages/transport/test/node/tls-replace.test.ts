// Credentials: what cannot be used is said, and others take their place while clients are there.

import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectPlain, createServer } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { expect, it, onTestFinished } from 'vitest'
import { TlsListener, type TlsCredentials } from '../../src/node/index.ts'
import { CertificateAuthority } from '../../src/testing/index.ts'
import { collect, text, textOf } from './sockets.ts'
import {
  alice,
  authority,
  credentials,
  dial,
  mutual,
  NAMES,
  serverPair,
  showing,
  tlsListening,
  tryTo,
  type World,
} from './tls-world.ts'

const other = await authority.issue({ commonName: 'other.test', names: NAMES })
const BEGINS = 'one in PEM begins with -----BEGIN CERTIFICATE-----'

interface Bad {
  readonly what: string
  readonly tls: TlsCredentials
  readonly says: string | RegExp
}

const BAD: readonly Bad[] = [
  {
    what: 'an empty certificate',
    tls: credentials({ certificate: '' }),
    says: `The certificate is not there: ${BEGINS}`,
  },
  {
    what: 'a damaged certificate',
    tls: credentials({ certificate: serverPair.certificate.replace('MII', 'MIIMII') }),
    says: /^The certificate cannot be read: it is damaged \(/,
  },
  {
    what: 'a certificate that is cut off',
    tls: credentials({ certificate: serverPair.certificate.slice(0, 200) }),
    says: /^The certificate cannot be read: it is damaged \(/,
  },
  {
    what: 'the key of another',
    tls: credentials({ key: other.key }),
    says: 'The certificate cannot be used: the key is that of another certificate',
  },
  {
    what: 'a key that is none',
    tls: credentials({ key: 'secret' }),
    says: 'The certificate cannot be used: its key cannot be read: it is none in PEM, or damaged',
  },
  {
    what: 'an empty key',
    tls: credentials({ key: new Uint8Array(0) }),
    says: 'The certificate cannot be used: its key cannot be read: it is none in PEM, or damaged',
  },
  {
    what: 'an encrypted key without a passphrase',
    tls: credentials({ key: encrypted(serverPair.key) }),
    says: 'The certificate cannot be used: its key is encrypted: it needs a passphrase',
  },
  {
    what: 'an encrypted key with the wrong passphrase',
    tls: credentials({ key: encrypted(serverPair.key), passphrase: 'guess' }),
    says: 'The certificate cannot be used: its key is encrypted with another passphrase',
  },
  {
    what: 'an empty file of authorities',
    tls: mutual({ clientCa: '\n' }),
    says: `clientCa holds no certificate: ${BEGINS}`,
  },
  {
    what: 'a damaged authority behind a good one',
    tls: mutual({
      clientCa: `${authority.certificate}${authority.certificate.replace('MII', 'MIIMII')}`,
    }),
    says: /^clientCa cannot be read: it is damaged/,
  },
  {
    what: 'an empty list of revocations',
    tls: mutual({ revocations: '' }),
    says: /^revocations holds no list of revoked certificates in PEM/,
  },
  {
    what: 'a damaged list of revocations',
    tls: mutual({ revocations: '-----BEGIN X509 CRL-----\nnothing\n-----END X509 CRL-----' }),
    says: /^revocations cannot be read/,
  },
  {
    what: 'no authority for certificates that are required',
    tls: credentials({ clientCertificate: 'require' }),
    says: /^Clients are asked for a certificate, but no clientCa says whose are trusted/,
  },
  {
    what: 'an authority for certificates that are not asked for',
    tls: credentials({ clientCa: authority.certificate }),
    says: /^clientCa and revocations are about certificates of clients, which are not asked for/,
  },
  {
    what: 'another name without a key of its own',
    tls: credentials({
      serverNames: [{ name: 'other.test', certificate: other.certificate, key: serverPair.key }],
    }),
    says: 'The certificate for other.test cannot be used: the key is that of another certificate',
  },
]

it.each(BAD)('does not start with $what, and says so', ({ tls, says }) => {
  expect(() => new TlsListener({ host: '127.0.0.1', port: 0, tls })).toThrow(says)
})

it.each(BAD)('keeps what it had where it is to be replaced by $what', async ({ tls, says }) => {
  const world = await tlsListening()
  expect(() => world.listener.replace(tls)).toThrow(says)
  expect(await commonNameSeen(world)).toBe('godwit.test')
})

it('opens an encrypted key with its passphrase', async () => {
  const tls = credentials({ key: encrypted(serverPair.key), passphrase: 'secret' })
  expect(await commonNameSeen(await tlsListening(tls))).toBe('godwit.test')
})

it('replaces its certificate without dropping anybody', async () => {
  const world = await tlsListening()
  const client = await dial(world)
  const server = await world.accepted.next()
  world.listener.replace(credentials(other))
  expect(await commonNameSeen(world)).toBe('other.test')
  server.onData = (chunk) => server.write([chunk])
  const echoed = collect(client, 5)
  client.write([text('still')])
  expect(textOf(await echoed)).toBe('still')
})

it('finishes a handshake with the credentials with which it began', async () => {
  const world = await tlsListening(mutual())
  const slow = await slowLine(world)
  const dialled = dial({ ...world, port: slow.port }, showing(alice))
  await slow.holding
  const newcomer = await CertificateAuthority.create('New')
  world.listener.replace(mutual({ clientCa: newcomer.certificate }))
  slow.release()
  await dialled
  expect((await world.accepted.next()).peer?.certificate?.commonName).toBe('alice')
})

it('trusts other authorities, and knows other revocations, from then on', async () => {
  const newcomer = await CertificateAuthority.create('New')
  const bob = await newcomer.issue({ commonName: 'bob' })
  const world = await tlsListening(mutual())
  await dial(world, showing(alice))
  await world.accepted.next()
  world.listener.replace(mutual({ clientCa: newcomer.certificate }))
  await tryTo(world, showing(alice))
  expect(await world.refused.next()).toContain('is of no authority in clientCa')
  await dial(world, showing(bob))
  expect((await world.accepted.next()).peer?.certificate?.commonName).toBe('bob')
  world.listener.replace(
    mutual({
      clientCa: newcomer.certificate,
      revocations: await newcomer.revocations([bob]),
    }),
  )
  await tryTo(world, showing(bob))
  expect(await world.refused.next()).toContain('has been revoked')
})

it('asks for certificates, or no longer, from then on', async () => {
  const world = await tlsListening()
  world.listener.replace(mutual())
  await tryTo(world, {})
  expect(await world.refused.next()).toContain('showed no certificate')
  world.listener.replace(credentials())
  await dial(world)
  expect((await world.accepted.next()).peer).toEqual({ encryption: 'TLSv1.3' })
})

it.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'resumes a session of %s, but not one of before the credentials were replaced',
  async (maxVersion) => {
    const world = await tlsListening(mutual())
    const options = { cert: alice.certificate, key: alice.key, maxVersion }
    const session = await sessionOf(world, options)
    const again = tlsSocket(world, { ...options, session })
    await once(again, 'secureConnect')
    expect(again.isSessionReused()).toBe(true)
    await world.accepted.next()
    expect((await world.accepted.next()).peer?.certificate?.commonName).toBe('alice')
    world.listener.replace(mutual({ revocations: await authority.revocations([alice]) }))
    const last = tlsSocket(world, { ...options, session })
    expect(await world.refused.next()).toContain('has been revoked')
    expect(last.isSessionReused()).toBe(false)
    expect(world.accepted.all).toHaveLength(2)
  },
)

it('shows the certificate of the name that is asked for, in any case', async () => {
  const wild = await authority.issue({ commonName: '*.wild.test' })
  const world = await tlsListening(
    credentials({
      serverNames: [
        { name: 'Other.test', ...other },
        { name: '*.wild.test', ...wild },
      ],
    }),
  )
  const seen = async (servername: string): Promise<unknown> => commonNameSeen(world, servername)
  expect(await seen('other.test')).toBe('other.test')
  expect(await seen('OTHER.test')).toBe('other.test')
  expect(await seen('a.wild.test')).toBe('*.wild.test')
  expect(await seen('b.a.wild.test')).toBe('godwit.test')
  expect(await seen('localhost')).toBe('godwit.test')
  world.listener.replace(credentials())
  expect(await seen('other.test')).toBe('godwit.test')
})

it('asks for certificates of clients whatever name is asked for', async () => {
  const revocations = await authority.revocations([alice])
  const serverNames = [{ name: 'other.test', ...other }]
  const world = await tlsListening(mutual({ serverNames, revocations }))
  const options = { servername: 'other.test', checkServerIdentity: () => undefined }
  await tryTo(world, options)
  expect(await world.refused.next()).toContain('showed no certificate')
  await tryTo(world, { ...options, ...showing(alice) })
  expect(await world.refused.next()).toContain('has been revoked')
})

it('sends the certificates between its own and the authority', async () => {
  const chain = `comment\n${serverPair.certificate}${authority.certificate}`
  const world = await tlsListening(credentials({ certificate: Buffer.from(chain) }))
  const socket = tlsSocket(world, { rejectUnauthorized: false, ca: [] })
  await once(socket, 'secureConnect')
  const issuer = socket.getPeerX509Certificate()?.issuerCertificate
  expect(issuer?.subject).toBe('CN=Godwit test authority')
})

/** A line that carries what a client says first, and holds what it says after that. */
async function slowLine({ port }: World): Promise<{
  readonly port: number
  readonly holding: Promise<void>
  readonly release: () => void
}> {
  const released = withResolvers()
  const holding = withResolvers()
  const server = createServer((client) => {
    const upstream = connectPlain({ host: '127.0.0.1', port })
    upstream.on('error', () => {}).pipe(client.on('error', () => {}))
    client.once('data', (hello) => {
      upstream.write(hello)
      client.once('data', (finished) => {
        client.pause()
        holding.resolve()
        void released.promise.then(() => upstream.write(finished) && client.pipe(upstream))
      })
    })
  })
  onTestFinished(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port: own } = server.address() as { port: number }
  return { port: own, holding: holding.promise, release: released.resolve }
}

function encrypted(key: string): string {
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc' } as const
  return createPrivateKey(key)
    .export({ ...options, passphrase: 'secret' })
    .toString()
}

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((fulfil) => (resolve = fulfil))
  return { promise, resolve }
}

function tlsSocket({ port }: World, options: Parameters<typeof connect>[1]): TLSSocket {
  const ca = authority.certificate
  const where = { host: '127.0.0.1', servername: 'godwit.test', ca }
  const socket = connect(port, { ...where, ...options })
  onTestFinished(() => void socket.destroy())
  return socket.on('error', () => {})
}

async function commonNameSeen(world: World, servername = 'godwit.test'): Promise<unknown> {
  const socket = tlsSocket(world, { servername, checkServerIdentity: () => undefined })
  await once(socket, 'secureConnect')
  return socket.getPeerX509Certificate()?.toLegacyObject().subject.CN
}

/** What can be resumed: TLS 1.3 sends it behind the handshake. */
async function sessionOf(world: World, options: Parameters<typeof connect>[1]): Promise<Buffer> {
  const socket = tlsSocket(world, options).resume()
  const [session] = (await once(socket, 'session')) as [Buffer]
  return session
}
