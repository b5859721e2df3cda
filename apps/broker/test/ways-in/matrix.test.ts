/**
 * Every way in: listener x how one logs in there x what a client shows x version, in one broker.
 * What each client hears is in the tables; a code before MQTT 5.0 is that of the version.
 */
import { writeFile } from 'node:fs/promises'
import type { ConnectionOptions } from 'node:tls'
import { formatPasswordHash, hashPassword } from '@godwit/auth'
import type { ConnectPacket } from '@godwit/codec'
import { CertificateAuthority, selfSigned } from '@godwit/transport/testing'
import type { KeyPair } from '@godwit/transport/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Program } from '../program.ts'
import { connectPacket } from '../raw-client.ts'
import { godwit } from '../running-broker.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import type { TemporaryDirectory } from '../temporary-directory.ts'
import { answerTo } from './line.ts'
import type { Answer } from './line.ts'
import { nowSeconds, tokenOf } from './token.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const LISTENERS = ['mqtt', 'mqtts', 'mtls', 'ws', 'wss', 'unix', 'proxied'] as const
type ListenerKind = (typeof LISTENERS)[number]

/** What is heard with 3.1, 3.1.1 and 5.0. */
type Answers = readonly [Answer, Answer, Answer]

const IN: Answers = [0, 0, 0]
const BAD: Answers = [4, 4, 0x86]
const NOT: Answers = [5, 5, 0x87]

const SECRET = 'a secret that is long enough for HS256'

const SHOWN = {
  'the right password': { username: 'ada', password: 'right' },
  'a wrong password': { username: 'ada', password: 'wrong' },
  'an unknown user': { username: 'eve', password: 'right' },
  'an empty password': { username: 'ada', password: '' },
  'a user name only': { username: 'ada' },
  'an empty user name and a password': { username: '', password: 'right' },
  nothing: {},
  'a good token': { username: 'ada', password: tokenOf(SECRET) },
  'a token of somebody else': { username: 'bob', password: tokenOf(SECRET) },
  'a token with another signature': { username: 'ada', password: tokenOf(`${SECRET}!`) },
  'a token that has expired': {
    username: 'ada',
    password: tokenOf(SECRET, { exp: nowSeconds() - 60 }),
  },
  'a token for others': { username: 'ada', password: tokenOf(SECRET, { aud: 'cars' }) },
  'a token without a signature': { username: 'ada', password: tokenOf(undefined) },
} as const
type Shown = keyof typeof SHOWN

const EVERYBODY = Object.fromEntries(Object.keys(SHOWN).map((shown) => [shown, IN]))
const NO_TOKENS = Object.fromEntries(
  Object.keys(SHOWN)
    .filter((shown) => shown.includes('token'))
    .map((shown) => [shown, BAD]),
)

const BY_PASSWORD: Readonly<Partial<Record<Shown, Answers>>> = {
  ...NO_TOKENS,
  'the right password': IN,
  'a wrong password': BAD,
  'an unknown user': BAD,
  'an empty password': BAD,
  'a user name only': BAD,
  'an empty user name and a password': BAD,
  nothing: NOT,
}

const AUTHENTICATIONS: Readonly<
  Record<string, { readonly terms: object; readonly answers: typeof BY_PASSWORD }>
> = {
  nobody: { terms: { anonymous: true }, answers: EVERYBODY },
  passwords: { terms: { anonymous: false, passwordFile: 'passwords' }, answers: BY_PASSWORD },
  'passwords or nothing': {
    terms: { anonymous: true, passwordFile: 'passwords' },
    answers: { ...BY_PASSWORD, nothing: IN },
  },
  tokens: {
    terms: { anonymous: false, jwt: { secret: SECRET, audience: ['lamps'], issuer: ['us'] } },
    answers: {
      ...BY_PASSWORD,
      'the right password': BAD,
      'a good token': IN,
    },
  },
}

let directory: TemporaryDirectory
let program: Program
let authority: CertificateAuthority
let client: KeyPair
let urls: ReadonlyMap<string, string>

beforeAll(async () => {
  directory = await temporaryDirectory()
  authority = await CertificateAuthority.create()
  client = await authority.issue({ commonName: 'ada' })
  const revoked = await authority.issue({ commonName: 'revoked' })
  await writeFiles(await authority.issue({ names: [{ type: 'ip', value: '127.0.0.1' }] }), revoked)
  broken.set('that was revoked', revoked)
  program = godwit('--config', directory.at('broker.json'))
  await program.printed(/^(listening .*\n){29}/m)
  const names = configuration().listeners.map(({ name }) => name)
  const printed = [...program.stdout.matchAll(/^listening (.*)$/gm)].map(([, url]) => url ?? '')
  urls = new Map(names.map((name, index) => [name, printed[index] ?? '']))
})

afterAll(async () => {
  await program[Symbol.asyncDispose]()
  await directory[Symbol.asyncDispose]()
})

const broken = new Map<string, KeyPair>()

describe.each(LISTENERS)('a client that comes by %s', (listener) => {
  it.each(Object.entries(AUTHENTICATIONS))(
    'where %s decide, hears what it deserves',
    async (name, { answers }) => {
      const heard: Partial<Record<Shown, Answer[]>> = {}
      for (const [shown, credentials] of Object.entries(SHOWN)) {
        const codes: Answer[] = []
        for (const version of [3, 4, 5] as const) {
          codes.push(await answer(`${listener} ${name}`, connecting(version, credentials)))
        }
        Object.assign(heard, { [shown]: codes })
      }
      expect(heard).toEqual(answers)
    },
  )
})

describe('a client certificate', () => {
  it('is a login of its own, without a password', async () => {
    expect(await answer('certificates', connecting(5, {}))).toBe(0)
  })

  it.each([
    ['that was revoked', async () => broken.get('that was revoked')],
    ['that has expired', () => authority.issue({ validUntil: new Date(Date.now() - 1000) })],
    ['that is not valid yet', () => authority.issue({ validFrom: new Date(Date.now() + 1e9) })],
    ['that vouches for itself', () => selfSigned({ commonName: 'ada' })],
    ['of an unknown authority', async () => (await CertificateAuthority.create()).issue()],
    ['that is not there', async () => undefined],
  ])('%s is refused before MQTT is spoken', async (_, make) => {
    const pair = await make()
    const tls = {
      ca: authority.certificate,
      ...(pair && { cert: pair.certificate, key: pair.key }),
    }
    const heard = await answer('mtls nobody', connecting(5, {}), tls)
    expect(typeof heard).toBe('string')
  })
})

describe('a client that looks at the certificate of the server', () => {
  it.each([
    ['another name', { servername: 'other.example' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['an unknown authority', { ca: [] }, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['only TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }, ''],
  ] as const)('and finds or speaks %s does not go on', async (_, differing, code) => {
    const own = { ca: authority.certificate, ...differing } as ConnectionOptions
    const heard = await answer('mqtts nobody', connecting(5, {}), own)
    expect(String(heard)).toContain(code)
    expect(typeof heard).toBe('string')
  })
})

function connecting(
  version: 3 | 4 | 5,
  { username, password }: { readonly username?: string; readonly password?: string },
): ConnectPacket {
  return connectPacket({
    version,
    clientId: 'c',
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: Buffer.from(password) }),
  })
}

async function answer(
  name: string,
  connect: ConnectPacket,
  tls?: ConnectionOptions,
): Promise<Answer> {
  const isMutual = name.startsWith('mtls') || name === 'certificates'
  const shown = isMutual ? { cert: client.certificate, key: client.key } : {}
  const approach = {
    url: urls.get(name) ?? '',
    tls: tls ?? { ca: authority.certificate, ...shown },
    ...(name.startsWith('proxied') && { proxiedFor: '192.0.2.9' }),
  }
  return answerTo(approach, connect)
}

async function writeFiles(server: KeyPair, revoked: KeyPair): Promise<void> {
  const method = { algorithm: 'pbkdf2-sha512', iterations: 1000 } as const
  const hash = formatPasswordHash(await hashPassword(Buffer.from('right'), method))
  await writeFile(directory.at('passwords'), `ada:${hash}\n`, { mode: 0o600 })
  await writeFile(directory.at('server.crt'), server.certificate)
  await writeFile(directory.at('server.key'), server.key)
  await writeFile(directory.at('ca.crt'), authority.certificate)
  await writeFile(directory.at('revoked.pem'), await authority.revocations([revoked]))
  await writeFile(directory.at('broker.json'), JSON.stringify(configuration()))
}

function configuration(): { readonly listeners: readonly { readonly name: string }[] } {
  const tls = { certificate: 'server.crt', key: 'server.key' }
  const mutual = { ...tls, clientCa: 'ca.crt', revocations: 'revoked.pem' }
  const kinds: Readonly<Record<ListenerKind, object>> = {
    mqtt: { url: 'mqtt://127.0.0.1:0' },
    mqtts: { url: 'mqtts://127.0.0.1:0', tls },
    mtls: { url: 'mqtts://127.0.0.1:0', tls: mutual },
    ws: { url: 'ws://127.0.0.1:0' },
    wss: { url: 'wss://127.0.0.1:0', tls },
    unix: {},
    proxied: { url: 'mqtt://127.0.0.1:0', proxyProtocol: { from: ['127.0.0.0/8'] } },
  }
  const listeners = LISTENERS.flatMap((kind) =>
    Object.entries(AUTHENTICATIONS).map(([name, { terms }], index) => ({
      name: `${kind} ${name}`,
      ...(kind === 'unix' && { url: `mqtt+unix://${directory.at(`${index}.sock`)}` }),
      ...kinds[kind],
      authentication: terms,
    })),
  )
  const certificates = {
    name: 'certificates',
    url: 'mqtts://127.0.0.1:0',
    tls: mutual,
    authentication: { anonymous: false, certificate: { username: 'cn' } },
  }
  const rates = { failedLoginsPerMinute: 1_000_000, connectionsPerSecond: 1_000_000 }
  return { listeners: [...listeners, certificates], durability: 'memory', rates } as {
    readonly listeners: readonly { readonly name: string }[]
  }
}
