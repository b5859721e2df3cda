/** Clients that come by a token. */
import type { ClientInfo, Verdict } from '@godwit/broker'
import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { ClaimsAuthorizer, keySet, publicKey, secretKey } from '../src/index.ts'
import type { JwtAuthenticator, JwtOptions } from '../src/index.ts'
import { attemptOf } from './attempts.ts'
import type { AttemptTerms } from './attempts.ts'
import { CLAIMS, EC, jwtOf, NOW, pemOf, RSA, SECRET, signedToken, tokenOf } from './tokens.ts'

describe('a token', () => {
  it('lets its bearer in under the name in it, until it expires', async () => {
    const verdict = await verdictOf(jwtOf(), { password: tokenOf() })
    expect(verdict).toMatchObject({
      reasonCode: 0,
      username: 'ada',
      principal: 'ada',
      expiresInMs: 60_000,
    })
  })

  it.each([
    ['no user name', {}, 0],
    ['an empty one', { username: '' }, 0],
    ['the one in the token', { username: 'ada' }, 0],
    ['another', { username: 'bob' }, 0x86],
  ])('comes with %s', async (_, terms, code) => {
    expect(await codeOf(jwtOf(), { ...terms, password: tokenOf() })).toBe(code)
  })

  it('stands in place of the user name, if that is wanted, and is in no log then', async () => {
    const names: unknown[] = []
    const jwt = jwtOf({ from: 'username', refused: ({ username }) => names.push(username) })
    expect(await codeOf(jwt, { username: tokenOf() })).toBe(0)
    expect(await codeOf(jwt, { username: tokenOf({ sub: 'ada' }), password: 'x' })).toBe(0x86)
    expect(await codeOf(jwt, { username: 'ada', password: tokenOf() })).toBe(undefined)
    expect(names).toEqual([undefined])
  })

  it.each([
    ['a password', 'secret'],
    ['a password with dots', 'a.b.c'],
    ['an encrypted token', 'eyJhbGciOiJkaXIifQ..a.b.c'],
    ['a header without an algorithm', tokenOf(CLAIMS, {})],
    ['bytes that are no text', Buffer.from([0xff, 0x2e, 0xfe, 0x2e, 0xfd])],
    ['nothing', ''],
    ['no password', undefined],
  ])('is not %s, which is left to others', async (_, password) => {
    const terms = { username: 'ada', ...(password !== undefined && { password }) }
    expect(await codeOf(jwtOf(), terms)).toBe(undefined)
  })

  it('is refused unread where it is too long', async () => {
    const password = tokenOf({ ...CLAIMS, more: 'x'.repeat(8192) })
    expect(await codeOf(jwtOf(), { password })).toBe(0x86)
    expect(await codeOf(jwtOf({ tokenBytesMax: 20_000 }), { password })).toBe(0)
  })

  it.each<[string, Partial<JwtOptions>, object, number | undefined]>([
    ['has expired', {}, { ...CLAIMS, exp: NOW }, 0x86],
    ['has expired, within the tolerance', { clockToleranceSeconds: 5 }, { exp: NOW - 4 }, 0],
    ['has expired, beyond it', { clockToleranceSeconds: 5 }, { exp: NOW - 5 }, 0x86],
    ['is not valid yet', {}, { nbf: NOW + 1 }, 0x86],
    ['has no end', {}, { exp: undefined }, 0x86],
    ['has no end, which may be', { expiryRequired: false }, { exp: undefined }, 0],
    ['has an end that is no number', {}, { exp: '9999999999' }, 0x86],
    ['is of nobody', {}, { sub: undefined }, 0x86],
    ['is of somebody who is no text', {}, { sub: { a: 1 } }, 0x86],
    ['is of an empty name', {}, { sub: '' }, 0x86],
    ['is of a name with a line feed', {}, { sub: 'a\nb' }, 0x86],
    ['is of half a character', {}, { sub: '\ud800' }, 0x86],
    ['is of the issuer', { issuer: ['https://id'] }, { iss: 'https://id' }, 0],
    ['is of no issuer', { issuer: ['https://id'] }, {}, 0x86],
    [
      'is of another issuer, and so for others',
      { issuer: ['https://id'] },
      { iss: 'x' },
      undefined,
    ],
    ['is for us among others', { audience: ['mqtt'] }, { aud: ['web', 'mqtt'] }, 0],
    ['is for others', { audience: ['mqtt'] }, { aud: 'web' }, 0x86],
    ['is for nobody', { audience: ['mqtt'] }, {}, 0x86],
    ['is young', { tokenAgeSecondsMax: 60 }, { iat: NOW - 60 }, 0],
    ['is too old', { tokenAgeSecondsMax: 60 }, { iat: NOW - 61 }, 0x86],
    ['has no age', { tokenAgeSecondsMax: 60 }, {}, 0x86],
    ['is from the future', { tokenAgeSecondsMax: 60 }, { iat: NOW + 1 }, 0x86],
    ['is for the client', { clientIdClaim: 'cid' }, { cid: 'lamp' }, 0],
    ['is for another client', { clientIdClaim: 'cid' }, { cid: 'door' }, 0x86],
    ['is for no client', { clientIdClaim: 'cid' }, {}, 0x86],
    ['names the user elsewhere', { usernameClaim: 'name' }, { name: 'bob' }, 0],
    ['has rules that are none', {}, { acl: { publish: ['#'] } }, 0x86],
    ['has rules under another name', { aclClaim: 'rights' }, { acl: 7 }, 0],
  ])('%s', async (_, options, claims, code) => {
    const password = tokenOf({ ...CLAIMS, ...claims })
    expect(await codeOf(jwtOf(options), { password })).toBe(code)
  })

  it('ends at its age where that comes first, and a timer can wait no longer than 24 days', async () => {
    const expiresIn = async (options: Partial<JwtOptions>, claims: object) =>
      (await verdictOf(jwtOf(options), { password: tokenOf({ sub: 'ada', ...claims }) }))
        ?.expiresInMs
    expect(await expiresIn({ tokenAgeSecondsMax: 30 }, { iat: NOW, exp: NOW + 60 })).toBe(30_000)
    expect(await expiresIn({ clockToleranceSeconds: 5 }, { exp: NOW + 60 })).toBe(65_000)
    expect(await expiresIn({}, { exp: 1e300 })).toBe(2_147_483_647)
    expect(await expiresIn({ expiryRequired: false }, {})).toBe(undefined)
  })

  it('tells a client nothing, and the log what was wrong', async () => {
    const sentences: string[] = []
    const jwt = jwtOf({ issuer: ['https://id'], refused: (_, one) => sentences.push(one) })
    const passwords = [
      tokenOf({ ...CLAIMS, iss: 'https://id', exp: NOW - 1 }),
      tokenOf({ ...CLAIMS, iss: 'https://id', sub: '\u001b[2J' }),
      tokenOf({ ...CLAIMS, iss: 'https://id' }, { alg: 'HS256' }, 'another secret'),
      tokenOf({ ...CLAIMS, iss: 'https://other' }),
    ]
    const told = []
    for (const password of passwords) told.push((await verdictOf(jwt, { password }))?.reasonString)
    expect(told.slice(0, 3)).toEqual(Array(3).fill('User name or password is wrong'))
    expect(sentences).toEqual([
      expect.stringContaining('"exp" claim timestamp check failed'),
      expect.stringContaining(String.raw`its claim "sub" is no name: "\u001b[2J"`),
      expect.stringContaining('signature verification failed'),
      expect.stringContaining('it is of another issuer, and left to other authenticators'),
    ])
  })
})

describe('keys', () => {
  it('are a secret of at least 32 bytes, for as many algorithms as it is long enough for', () => {
    expect(() => secretKey(Buffer.alloc(31))).toThrow('has 31 bytes; it needs 32 or more')
    expect(secretKey(Buffer.alloc(32)).algorithms).toEqual(['HS256'])
    expect(secretKey(Buffer.alloc(64)).algorithms).toEqual(['HS256', 'HS384', 'HS512'])
  })

  it.each([
    ['RSA', RSA, ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
    ['P-256', EC, ['ES256']],
  ])('are a public key, %s', async (_, { publicKey: key, privateKey }, algorithms) => {
    const keys = publicKey(pemOf(key), 'jwt.pem')
    expect(keys.algorithms).toEqual(algorithms)
    expect(await codeOf(jwtOf({ keys }), { password: signedToken(privateKey) })).toBe(0)
  })

  it('are those of a set, found by the name in the token', async () => {
    const keys = keySet(setOf([RSA, EC]), 'jwks.json')
    const token = (kid: string) => signedToken(EC.privateKey, CLAIMS, { alg: 'ES256', kid })
    expect(await codeOf(jwtOf({ keys }), { password: token('key 1') })).toBe(0)
    expect(await codeOf(jwtOf({ keys }), { password: token('key 0') })).toBe(0x86)
    expect(await codeOf(jwtOf({ keys }), { password: token('../../dev/null') })).toBe(0x86)
  })

  it.each([
    ['no key', 'ssh-rsa AAAA', 'jwt.pem holds no public key in PEM'],
    ['a private key', String(RSA.privateKey.export({ type: 'pkcs8', format: 'pem' })), 'private'],
  ])('are not %s', (_, pem, sentence) => {
    expect(() => publicKey(pem, 'jwt.pem')).toThrow(sentence)
  })

  it.each([
    ['no JSON', '{', 'jwks.json is no JSON'],
    ['no set', '[]', 'jwks.json is no JWKS'],
    ['no key', '{"keys":[7]}', 'jwks.json, key 1, is no key'],
    ['nothing', '{"keys":[]}', 'has no key for signatures'],
    ['keys for encryption', '{"keys":[{"kty":"RSA","use":"enc"}]}', 'has no key for signatures'],
    ['a secret', '{"keys":[{"kty":"oct","k":"AAAA","kid":"a"}]}', 'key 1 ("a"), is a secret'],
    [
      'a private key',
      JSON.stringify({ keys: [RSA.privateKey.export({ format: 'jwk' })] }),
      'private',
    ],
    ['half a key', '{"keys":[{"kty":"EC","crv":"P-256","x":"AAAA"}]}', 'is no public key'],
    ['a key of text', '{"keys":[{"kty":"EC","crv":1}]}', 'key 1, is no key'],
    [
      'too many',
      JSON.stringify({ keys: Array.from({ length: 101 }, () => ({ kty: 'RSA' })) }),
      'has 101 keys',
    ],
  ])('are not those of a set with %s', (_, text, sentence) => {
    expect(() => keySet(text, 'jwks.json')).toThrow(sentence)
  })

  it('are for the algorithms that are wanted, or nothing starts', () => {
    const keys = publicKey(pemOf(RSA.publicKey), 'jwt.pem')
    for (const algorithms of [['HS256'], ['none'], ['RS256', 'ES256'], []]) {
      expect(() => jwtOf({ keys, algorithms })).toThrow('are not for the algorithm')
    }
    expect(() => jwtOf({ keys, algorithms: ['PS256'] }).replaceKeys(secretKey(SECRET))).toThrow(
      'The keys for tokens are not for the algorithm "PS256"; they are for HS256',
    )
  })
})

describe('a client that came by a token', () => {
  it('may stay while its key, its issuer and its audience are wanted', async () => {
    const jwt = jwtOf()
    const claims = { ...CLAIMS, iss: 'https://id', aud: 'mqtt' }
    const client = await clientOf(jwt, { password: tokenOf(claims) })
    const stays = (options: Partial<JwtOptions>) => jwtOf(options).mayStay(client)
    expect(stays({})).toBe(true)
    expect(stays({ issuer: ['https://id'], audience: ['mqtt', 'web'] })).toBe(true)
    expect(stays({ issuer: ['https://other'] })).toBe(false)
    expect(stays({ audience: ['web'] })).toBe(false)
    expect(stays({ keys: secretKey(Buffer.alloc(32)) })).toBe(false)
    jwt.replaceKeys(secretKey(Buffer.alloc(32)))
    expect(jwt.mayStay(client)).toBe(false)
    expect(jwt.mayStay(attemptOf().client)).toBe(undefined)
  })

  it('may stay when its key is in a set, and no longer when it is not', async () => {
    const jwt = jwtOf({ keys: publicKey(pemOf(EC.publicKey), 'jwt.pem') })
    const client = await clientOf(jwt, { password: signedToken(EC.privateKey) })
    jwt.replaceKeys(keySet(setOf([RSA, EC]), 'jwks.json'))
    expect(jwt.mayStay(client)).toBe(true)
    jwt.replaceKeys(keySet(setOf([RSA]), 'jwks.json'))
    expect(jwt.mayStay(client)).toBe(false)
  })

  it('is not let in by a key that is taken away while its token is verified', async () => {
    const jwt: JwtAuthenticator = jwtOf({
      keys: {
        ...secretKey(SECRET),
        find: () => {
          jwt.replaceKeys(secretKey(Buffer.alloc(32)))
          return SECRET
        },
      },
    })
    expect(await codeOf(jwt, { password: tokenOf() })).toBe(0x86)
  })

  it('does what the token says, and nothing is said of those without', async () => {
    const acl = { pub: ['lamps/%c/state'], sub: ['lamps/${clientid}/#', 'news/${username}'] }
    const client = await clientOf(jwtOf(), { password: tokenOf({ ...CLAIMS, acl }) })
    const claims = new ClaimsAuthorizer()
    const may = (type: 'publish' | 'deliver', topic: string) =>
      claims.authorize({ type, topic, qos: 0, retain: false }, client)?.decision
    expect(may('publish', 'lamps/lamp/state')).toBe('allow')
    expect(may('publish', 'lamps/door/state')).toBe(undefined)
    expect(may('deliver', 'lamps/lamp/state')).toBe('allow')
    expect(may('deliver', 'news/ada')).toBe('allow')
    const without = await clientOf(jwtOf(), { password: tokenOf() })
    expect(claims.authorize({ type: 'subscribe', filter: '#', qos: 0 }, without)).toBe(undefined)
  })
})

async function verdictOf(jwt: JwtAuthenticator, terms: AttemptTerms): Promise<Verdict | undefined> {
  return jwt.authenticate(attemptOf(terms))
}

async function codeOf(jwt: JwtAuthenticator, terms: AttemptTerms): Promise<ReasonCode | undefined> {
  return (await verdictOf(jwt, terms))?.reasonCode
}

async function clientOf(jwt: JwtAuthenticator, terms: AttemptTerms): Promise<ClientInfo> {
  const { username, claims, reasonCode } = (await verdictOf(jwt, terms))!
  expect(reasonCode).toBe(ReasonCode.Success)
  return { ...attemptOf(terms).client, username, ...(claims !== undefined && { claims }) }
}

function setOf(pairs: readonly (typeof RSA)[]): string {
  const keys = pairs.map(({ publicKey: key }, at) => ({
    ...key.export({ format: 'jwk' }),
    kid: `key ${at}`,
  }))
  return JSON.stringify({ keys })
}
