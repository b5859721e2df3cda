/**
 * Kinds of login beside a plain password file, what clients show there, and what they hear: the
 * code of CONNACK before MQTT 5.0, and since.
 */
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { formatPasswordHash, hashPassword, hasArgon2, makeScramEntry } from '@godwit/auth'
import type { HashingMethod } from '@godwit/auth'
import type { Mechanism } from '@godwit/client'
import { scramSha256 } from '@godwit/client/scram'
import { nowSeconds, tokenOf } from './token.ts'

/** What a client shows. */
export interface Shown {
  readonly username?: string
  readonly password?: string
  /** For enhanced authentication; there is none before MQTT 5.0. */
  readonly mechanism?: () => Mechanism
  /** Whether it shows its certificate where it is asked for one; else only where it has to. */
  readonly certificate?: boolean
}

/** What is heard with MQTT 3.1 and 3.1.1, and with 5.0; nothing where it cannot be said. */
type Heard = readonly [old: number | undefined, five: number]

/** A kind of login. */
export interface Kind {
  /** The configuration; in `http` the URL of the service is put in. */
  readonly terms: Readonly<Record<string, unknown>>
  readonly cases: Readonly<Record<string, readonly [shown: Shown, heard: Heard]>>
  /** Whether it needs a listener that asks for certificates. */
  readonly asksForCertificates?: boolean
}

const IN: Heard = [0, 0]
const BAD: Heard = [4, 0x86]
const NOTHING_SHOWN: Heard = [5, 0x87]
const UNDECIDED: Heard = [3, 0x88]

/** Before MQTT 5.0 a password has a user name with it, and there is no enhanced authentication. */
const only5 = (code: number): Heard => [undefined, code]

/** A method that nobody knows. */
const plain = (method: string): Mechanism => ({
  method,
  start: () => Buffer.from('n,,n=ada,r=nonce'),
  respond: () => Buffer.from('c=biws,r=nonce,p=AAAA'),
  finish: () => {},
})

/** What nobody is let in by where clients have to show something. */
const NEVER: Kind['cases'] = {
  nothing: [{}, NOTHING_SHOWN],
  'an empty user name': [{ username: '' }, NOTHING_SHOWN],
  'two empty texts': [{ username: '', password: '' }, NOTHING_SHOWN],
  'a user name only': [{ username: 'ada' }, BAD],
  'an empty password': [{ username: 'ada', password: '' }, BAD],
  'an empty user name and a password': [{ username: '', password: 'right' }, BAD],
  'a password only': [{ password: 'right' }, only5(0x86)],
  'a wrong password': [{ username: 'ada', password: 'wrong' }, BAD],
  'an unknown user': [{ username: 'eve', password: 'right' }, BAD],
  'a name of a prototype': [{ username: '__proto__', password: 'right' }, BAD],
  'an unknown method': [{ mechanism: () => plain('SCRAM-SHA-1') }, only5(0x8c)],
}

/** The name of a user in the file, and how the password `right` is hashed there. */
const HASHED: readonly (readonly [string, HashingMethod])[] = [
  ['ada', { algorithm: 'pbkdf2-sha512', iterations: 101 }],
  ['six', { algorithm: 'sha512' }],
  ...(hasArgon2
    ? [['argon', { algorithm: 'argon2id', memoryKiB: 64, passes: 1, lanes: 1 }] as const]
    : []),
]

/** The file of passwords. */
export async function passwordLines(): Promise<string> {
  const lines = HASHED.map(async ([user, method]) => {
    return `${user}:${formatPasswordHash(await hashPassword(Buffer.from('right'), method))}\n`
  })
  return (await Promise.all(lines)).join('')
}

/** The file for SCRAM. */
export async function scramLines(): Promise<string> {
  return `ada:${await makeScramEntry('right', 4096)}\n`
}

const BY_PASSWORD: Kind['cases'] = {
  ...NEVER,
  ...Object.fromEntries(
    HASHED.flatMap(([username]): [string, readonly [Shown, Heard]][] => [
      [`the password of ${username}`, [{ username, password: 'right' }, IN]],
      [`no password of ${username}`, [{ username, password: 'right ' }, BAD]],
    ]),
  ),
  'a user in capital letters': [{ username: 'ADA', password: 'right' }, BAD],
}

const KEYS = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const OTHER_KEYS = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** What the broker knows of the key of tokens, as PEM. */
export const PUBLIC_KEY: string = String(KEYS.publicKey.export({ type: 'spki', format: 'pem' }))

const SECRET = 'a secret that is long enough for HS256'

function tokens(key: Parameters<typeof tokenOf>[0], wrong: typeof key): Kind['cases'] {
  const showing = (token: string, username = 'ada'): Shown => ({ username, password: token })
  const good = tokenOf(key)
  return {
    ...NEVER,
    'a good token': [showing(good), IN],
    'a good token and no name': [showing(good, ''), IN],
    'a good token only': [{ password: good }, only5(0)],
    'a token of somebody else': [showing(good, 'bob'), BAD],
    'an expired token': [showing(tokenOf(key, { exp: nowSeconds() - 60 })), BAD],
    'a token without an end': [showing(tokenOf(key, { exp: undefined })), BAD],
    'a token of tomorrow': [showing(tokenOf(key, { nbf: nowSeconds() + 600 })), BAD],
    'a token for others': [showing(tokenOf(key, { aud: 'cars' })), BAD],
    'a token for nobody': [showing(tokenOf(key, { aud: undefined })), BAD],
    'a token by others': [showing(tokenOf(key, { iss: 'them' })), BAD],
    'a token without a user': [showing(tokenOf(key, { sub: undefined })), BAD],
    'a token without a signature': [showing(tokenOf(undefined)), BAD],
    'a token with its signature cut off': [showing(good.slice(0, -8)), BAD],
    'a token by another key': [showing(tokenOf(wrong)), BAD],
    'a token by the public key as a secret': [showing(confused()), BAD],
    'a token with rules that are none': [showing(tokenOf(key, { acl: '#' })), BAD],
  }
}

/** What a verifier takes that believes the algorithm of the token. */
function confused(): string {
  const [, claims = ''] = tokenOf(SECRET).split('.')
  const header = Buffer.from('{"alg":"HS256"}').toString('base64url')
  const signature = createHmac('sha256', PUBLIC_KEY).update(`${header}.${claims}`)
  return `${header}.${claims}.${signature.digest('base64url')}`
}

const WHO = { audience: ['lamps'], issuer: ['us'] }

/** What a service on the web says of clients; anything else is a failure of it. */
export function saidOf(username: unknown, password: unknown): object | undefined {
  if (username === 'broken') return undefined
  if (username !== 'ada') return { ignore: true }
  return { allow: password === 'right' }
}

/** All kinds, by name. */
export const KINDS: Readonly<Record<string, Kind>> = {
  passwords: { terms: { anonymous: false, passwordFile: 'passwords' }, cases: BY_PASSWORD },
  'tokens by a secret': {
    terms: { anonymous: false, jwt: { secret: SECRET, ...WHO } },
    cases: tokens(SECRET, `${SECRET}!`),
  },
  'tokens by a public key': {
    terms: { anonymous: false, jwt: { publicKeyFile: 'public.pem', ...WHO } },
    cases: tokens(KEYS.privateKey, OTHER_KEYS.privateKey),
  },
  SCRAM: {
    terms: { anonymous: false, scramFile: 'scram' },
    cases: {
      ...NEVER,
      'the right password': [{ mechanism: scram('ada', 'right') }, only5(0)],
      'a wrong password by SCRAM': [{ mechanism: scram('ada', 'wrong') }, only5(0x86)],
      'an unknown user by SCRAM': [{ mechanism: scram('eve', 'right') }, only5(0x86)],
      'a proof of nothing': [{ mechanism: () => plain('SCRAM-SHA-256') }, only5(0x86)],
    },
  },
  'a service': {
    terms: { anonymous: false, http: {} },
    cases: {
      ...NEVER,
      'the right password': [{ username: 'ada', password: 'right' }, IN],
      'a user that the service fails for': [{ username: 'broken', password: 'x' }, UNDECIDED],
    },
  },
  'tokens or passwords or nothing': {
    terms: { anonymous: true, passwordFile: 'passwords', jwt: { secret: SECRET, ...WHO } },
    cases: {
      ...tokens(SECRET, `${SECRET}!`),
      ...BY_PASSWORD,
      nothing: [{}, IN],
      'an empty user name': [{ username: '' }, IN],
      'two empty texts': [{ username: '', password: '' }, IN],
    },
  },
  certificates: {
    terms: { anonymous: false, certificate: { username: 'cn' } },
    asksForCertificates: true,
    cases: {
      'a certificate': [{ certificate: true }, IN],
      'a certificate and a wrong password': [
        { certificate: true, username: 'eve', password: 'wrong' },
        IN,
      ],
    },
  },
  'certificates or passwords': {
    terms: { anonymous: false, certificate: { username: 'cn' }, passwordFile: 'passwords' },
    asksForCertificates: true,
    cases: {
      'a certificate': [{ certificate: true }, IN],
      'a certificate and a password': [
        { certificate: true, username: 'ada', password: 'right' },
        IN,
      ],
    },
  },
}

/** Where no certificate is shown, though one may be. */
export const WITHOUT_CERTIFICATE: Readonly<Record<string, Kind['cases']>> = {
  certificates: { ...NEVER, 'a password': [{ username: 'ada', password: 'right' }, BAD] },
  'certificates or passwords': BY_PASSWORD,
}

function scram(username: string, password: string): () => Mechanism {
  return scramSha256({ username, password })
}
