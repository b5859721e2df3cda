/**
 * TLS on both sides, by `mqtts` and `wss`: which servers clients turn away from, which clients the
 * broker turns away, and what each of them hears.
 */
import type { ConnectionOptions } from 'node:tls'
import { CertificateAuthority, selfSigned } from '@godwit/transport/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { connectPacket } from '../raw-client.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import type { TemporaryDirectory } from '../temporary-directory.ts'
import { keptAuthority, keptPair, openHouse } from './house.ts'
import type { DoorTerms, House } from './house.ts'
import { answerTo } from './line.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const SCHEMES = ['mqtts', 'wss'] as const
const TLS_VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const

/** The connection ends without an answer, in order or not: by then the handshake may be over. */
const REFUSED = expect.stringMatching(/^(?:closed|ECONNRESET|EPIPE)$/)

const DAY_MS = 86_400_000
const inDays = (days: number): Date => new Date(Date.now() + days * DAY_MS)
const PAST = { validFrom: inDays(-7), validUntil: inDays(-1) }
const named = (value: string) => ({ names: [{ type: 'dns', value }] as const })

const authority = await CertificateAuthority.create()
const stranger = await CertificateAuthority.create('Somebody else')
const server = await authority.issue(named('godwit.test'))
const revoked = await authority.issue({ commonName: 'revoked' })

/** The certificates of the server, by the name that clients ask for. */
const BY_NAME = {
  'expired.test': await authority.issue({ ...named('expired.test'), ...PAST }),
  'early.test': await authority.issue({ ...named('early.test'), validFrom: inDays(7) }),
  'self.test': await selfSigned(named('self.test')),
  'strange.test': await stranger.issue(named('strange.test')),
}

/** Those of clients, and whether they are let in where one is requested, and where required. */
const OF_CLIENTS = [
  ['none', undefined, 0, REFUSED],
  ['a good one', await authority.issue({ commonName: 'ada' }), 0, 0],
  ['an expired one', await authority.issue({ commonName: 'ada', ...PAST }), REFUSED, REFUSED],
  ['one of next week', await authority.issue({ validFrom: inDays(7) }), REFUSED, REFUSED],
  ['a self-signed one', await selfSigned({ commonName: 'ada' }), REFUSED, REFUSED],
  ['one of a strange authority', await stranger.issue({ commonName: 'ada' }), REFUSED, REFUSED],
  ['a revoked one', revoked, REFUSED, REFUSED],
] as const

const UNVERIFIED = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'

/** What clients do, and what comes of it. */
const OF_SERVERS: readonly (readonly [what: string, tls: ConnectionOptions, answer: unknown])[] = [
  ['goes to the right server', {}, 0],
  ['goes to a host of another name', { servername: 'other.test' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['goes to an address', { servername: '' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['meets an expired certificate', { servername: 'expired.test' }, 'CERT_HAS_EXPIRED'],
  ['meets one of next week', { servername: 'early.test' }, 'CERT_NOT_YET_VALID'],
  ['meets a self-signed one', { servername: 'self.test' }, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ['meets one of a strange authority', { servername: 'strange.test' }, UNVERIFIED],
  ['trusts nobody', { ca: [] }, UNVERIFIED],
  ['trusts that stranger', { servername: 'strange.test', ca: stranger.certificate }, 0],
  [
    'speaks TLS 1.1 at most',
    { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' },
    'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  ],
  ['speaks TLS 1.2 at most', { maxVersion: 'TLSv1.2' }, 0],
  [
    'has no cipher in common',
    { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' },
    expect.stringContaining('ALERT_HANDSHAKE_FAILURE'),
  ],
  [
    'wants another protocol',
    { ALPNProtocols: ['h2'] },
    expect.stringContaining('ALERT_NO_APPLICATION_PROTOCOL'),
  ],
]

let directory: TemporaryDirectory
let house: House

beforeAll(async () => {
  directory = await temporaryDirectory()
  house = await openHouse(directory, await listeners())
})

afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  await directory[Symbol.asyncDispose]()
})

// First of all: of many such lines in a second, the log has but a few.
it('the log says why somebody was not accepted', async () => {
  const tls = { cert: revoked.certificate, key: revoked.key }
  await answerBy('mqtts required', tls)
  const [line] = await house.program.printed(/^.*that has been revoked.*$/m, 'stderr')
  expect(JSON.parse(line)).toMatchObject({
    msg: 'connection not accepted',
    listener: 'mqtts required',
    remoteAddress: '127.0.0.1',
  })
})

describe.each(SCHEMES)('by %s', (scheme) => {
  it.each(OF_SERVERS)('a client that %s gets what it deserves', async (_, tls, answer) => {
    const heard = await answerBy(`${scheme} open`, tls)
    expect(heard).toEqual(answer)
  })

  it.each(OF_CLIENTS)(
    'the broker asks for a certificate and is shown %s',
    async (_, pair, requested, required) => {
      for (const maxVersion of TLS_VERSIONS) {
        const tls = { maxVersion, ...(pair && { cert: pair.certificate, key: pair.key }) }
        expect(await answerBy(`${scheme} requested`, tls)).toEqual(requested)
        expect(await answerBy(`${scheme} required`, tls)).toEqual(required)
      }
    },
  )

  it('a broker that speaks TLS 1.3 alone says so to who does not', async () => {
    expect(await answerBy(`${scheme} 1.3`, {})).toBe(0)
    const old = await answerBy(`${scheme} 1.3`, { maxVersion: 'TLSv1.2' })
    expect(old).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')
  })

  it('a client that speaks without TLS is not answered', async () => {
    expect(await answerBy(`${scheme} open`, {}, scheme.slice(0, -1))).toEqual(REFUSED)
  })

  it('a client that speaks TLS where there is none is not answered either', async () => {
    expect(await answerBy(`${scheme} without TLS`, {}, scheme)).toMatch(/^E/)
  })
})

async function answerBy(name: string, tls: ConnectionOptions, scheme?: string): Promise<unknown> {
  const url = house.urls.get(name)!
  return answerTo(
    {
      url: scheme === undefined ? url : url.replace(/^\w+/, scheme),
      tls: { ca: authority.certificate, servername: 'godwit.test', ...tls },
    },
    connectPacket(),
  )
}

async function listeners(): Promise<readonly DoorTerms[]> {
  const tls = await keptPair(directory, 'server', server)
  const serverNames = await Promise.all(
    Object.entries(BY_NAME).map(async ([name, pair]) => ({
      name,
      ...(await keptPair(directory, name, pair)),
    })),
  )
  const asking = { ...tls, ...(await keptAuthority(directory, authority, [revoked])) }
  return SCHEMES.flatMap((scheme) => {
    const door = (name: string, terms: object): DoorTerms => ({
      name: `${scheme} ${name}`,
      url: `${scheme}://127.0.0.1:0`,
      anonymous: true,
      tls: terms,
    })
    const { tls: _, ...open } = door('without TLS', {})
    return [
      door('open', { ...tls, serverNames }),
      door('requested', { ...asking, clientCertificate: 'request' }),
      door('required', asking),
      door('1.3', { ...tls, minVersion: 'TLSv1.3' }),
      { ...open, name: open['name'], url: `${scheme.slice(0, -1)}://127.0.0.1:0` },
    ]
  })
}
