/** Clients that show a certificate, and clients that show two proofs. */
import type { ClientInfo, Verdict } from '@godwit/broker'
import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { both, CertificateAuthenticator, ClaimsAuthorizer } from '../src/index.ts'
import type { Authenticator, CertificateOptions } from '../src/index.ts'
import { attemptOf } from './attempts.ts'
import { CLAIMS, jwtOf, NOW, tokenOf } from './tokens.ts'

type Peer = NonNullable<ClientInfo['peer']>

const CERTIFICATE: NonNullable<Peer['certificate']> = {
  commonName: 'ada',
  alternativeNames: [
    { type: 'uri', value: 'urn:device:7' },
    { type: 'dns', value: 'lamp.example' },
    { type: 'dns', value: 'other.example' },
    { type: 'email', value: 'ada@example.org' },
    { type: 'ip', value: '192.0.2.7' },
  ],
  fingerprint: 'ab',
  serialNumber: '01',
  validUntil: (NOW + 60) * 1000,
}

describe('a certificate', () => {
  it.each([
    ['cn', 'ada'],
    ['dns', 'lamp.example'],
    ['email', 'ada@example.org'],
    ['uri', 'urn:device:7'],
    ['ip', '192.0.2.7'],
  ] as const)('lets its bearer in by its first %s, until it expires', (username, name) => {
    const attempt = attemptOf({ username: 'admin', peer: { certificate: CERTIFICATE } })
    expect(certificateOf({ username }).authenticate(attempt)).toMatchObject({
      reasonCode: 0,
      username: name,
      principal: name,
      expiresInMs: 60_000,
    })
  })

  it('that is not there is left to others, or refused where it is required', () => {
    expect(codeOf(certificateOf(), {})).toBe(undefined)
    expect(codeOf(certificateOf({ required: true }), {})).toBe(ReasonCode.NotAuthorized)
    expect(codeOf(certificateOf({ required: true }), { encryption: 'TLSv1.3' })).toBe(0x87)
  })

  it.each([
    ['without the name', { commonName: undefined }],
    ['with an empty name', { commonName: '' }],
    ['with a line feed in the name', { commonName: 'a\nb' }],
    ['with a zero in the name', { commonName: 'ada\0.example' }],
    ['that has expired', { validUntil: NOW * 1000 }],
    ['that expires at no time', { validUntil: Number.NaN }],
  ])('%s is refused, and the log told why', (_, differs) => {
    const sentences: string[] = []
    const refused = (_client: ClientInfo, sentence: string) => sentences.push(sentence)
    const certificate = { ...CERTIFICATE, ...differs }
    expect(codeOf(certificateOf({ refused }), { certificate })).toBe(ReasonCode.NotAuthorized)
    expect(sentences).toEqual([expect.stringMatching(/^certificate: its certificate has /)])
  })

  it('may have a name that is of no use in rules with a place for it', () => {
    const certificate = { ...CERTIFICATE, commonName: 'factory/+' }
    expect(codeOf(certificateOf(), { certificate })).toBe(0)
  })

  it('lets its bearer stay while the name is the one that counts', () => {
    const client = clientOf(certificateOf().authenticate(withCertificate()))
    expect(certificateOf().mayStay(client)).toBe(true)
    expect(certificateOf({ username: 'dns' }).mayStay(client)).toBe(false)
    expect(certificateOf().mayStay(attemptOf().client)).toBe(undefined)
  })
})

describe('two proofs', () => {
  const login = both(certificateOf(), jwtOf())

  it('must both be there, and of the same user', async () => {
    const password = tokenOf({ ...CLAIMS, exp: NOW + 30 })
    const peer = { certificate: CERTIFICATE }
    expect(await login.authenticate?.(attemptOf({ peer, password }))).toMatchObject({
      reasonCode: 0,
      username: 'ada',
      principal: 'ada',
      expiresInMs: 30_000,
    })
    const codes = [
      { password },
      { peer },
      { peer, password: 'secret' },
      { peer, password: tokenOf({ ...CLAIMS, sub: 'bob' }) },
      { peer, password: tokenOf({ ...CLAIMS, exp: NOW - 1 }) },
      { peer: { certificate: { ...CERTIFICATE, validUntil: 0 } }, password },
    ].map(async (terms) => (await login.authenticate?.(attemptOf(terms)))?.reasonCode)
    expect(await Promise.all(codes)).toEqual([0x86, 0x86, 0x86, 0x86, 0x86, 0x87])
  })

  it('are of the user who logs in where neither names one', async () => {
    const yes: Authenticator = { name: 'yes', authenticate: () => ({ reasonCode: 0 }) }
    const verdict = await both(yes, yes).authenticate?.(attemptOf({ username: 'ada' }))
    expect(verdict).toMatchObject({ reasonCode: 0, username: 'ada' })
    expect((await both(yes, yes).authenticate?.(attemptOf()))?.reasonCode).toBe(0x86)
  })

  it('must both let the client stay, and what either says of its rights holds', async () => {
    const claims = { ...CLAIMS, acl: { pub: ['a'] } }
    const attempt = attemptOf({ peer: { certificate: CERTIFICATE }, password: tokenOf(claims) })
    const client = clientOf(await login.authenticate?.(attempt))
    expect(login.mayStay?.(client)).toBe(true)
    expect(both(certificateOf({ username: 'dns' }), jwtOf()).mayStay?.(client)).toBe(false)
    expect(both(certificateOf(), jwtOf({ issuer: ['x'] })).mayStay?.(client)).toBe(false)
    expect(login.mayStay?.(attempt.client)).toBe(undefined)
    const action = { type: 'publish', topic: 'a', qos: 0, retain: false } as const
    expect(new ClaimsAuthorizer().authorize(action, client)?.decision).toBe('allow')
  })
})

function certificateOf(options: Partial<CertificateOptions> = {}): CertificateAuthenticator {
  return new CertificateAuthenticator({
    username: 'cn',
    timeOfDay: () => NOW * 1000,
    ...options,
  })
}

function withCertificate() {
  return attemptOf({ peer: { certificate: CERTIFICATE } })
}

function codeOf(one: CertificateAuthenticator, peer: Peer): ReasonCode | undefined {
  return one.authenticate(attemptOf({ peer }))?.reasonCode
}

function clientOf(verdict: Verdict | undefined): ClientInfo {
  const { client } = withCertificate()
  return { ...client, username: verdict!.username, claims: verdict!.claims! }
}
