/** Tokens by people who have no key. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ClaimsAuthorizer, keySet, publicKey } from '../src/index.ts'
import type { JwtAuthenticator } from '../src/index.ts'
import { attemptOf } from './attempts.ts'
import { CLAIMS, EC, encoded, jwtOf, pemOf, RSA, signedToken, tokenOf } from './tokens.ts'

const PEM = pemOf(RSA.publicKey)
const JWK = RSA.publicKey.export({ format: 'jwk' })
const BY_PEM = jwtOf({ keys: publicKey(PEM, 'jwt.pem') })
const BY_SET = jwtOf({ keys: keySet(JSON.stringify({ keys: [{ ...JWK, kid: 'a' }] }), 'set') })

describe('a forged token', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', '', 'HS1', 'RS256\0', '__proto__', 'constructor'])(
    'with the algorithm %j is refused',
    async (alg) => {
      for (const signature of ['', 'AAAA', encoded('x')]) {
        expect(await isRefused(`${encoded({ alg })}.${encoded(CLAIMS)}.${signature}`)).toBe(true)
      }
    },
  )

  it('signed by HMAC with the public key as the secret is refused, however it is written', async () => {
    const der = RSA.publicKey.export({ type: 'spki', format: 'der' })
    const secrets = [
      PEM,
      PEM.trim(),
      PEM.replaceAll('\n', ''),
      der,
      String(JWK.n),
      JSON.stringify(JWK),
    ]
    for (const secret of secrets) {
      for (const header of [{ alg: 'HS256' }, { alg: 'HS256', kid: 'a' }]) {
        expect(await isRefused(tokenOf(CLAIMS, header, secret))).toBe(true)
      }
    }
  })

  it('is refused where it brings its own key', async () => {
    const jwk = EC.publicKey.export({ format: 'jwk' })
    for (const more of [{ jwk }, { jku: 'https://evil.example/jwks' }, { x5u: 'https://evil' }]) {
      expect(await isRefused(signedToken(EC.privateKey, CLAIMS, { alg: 'ES256', ...more }))).toBe(
        true,
      )
      expect(
        await isRefused(signedToken(EC.privateKey, CLAIMS, { alg: 'ES256', kid: 'a', ...more })),
      ).toBe(true)
    }
  })

  it.each(['../../../../dev/null', 'a\0', "' OR 1=1", '__proto__', 'constructor', ' a', ''])(
    'with the key name %j is refused, which is looked up nowhere but in the set',
    async (kid) => {
      expect(await isRefused(tokenOf(CLAIMS, { alg: 'HS256', kid }, ''))).toBe(true)
      expect(await isRefused(signedToken(EC.privateKey, CLAIMS, { alg: 'ES256', kid }))).toBe(true)
      expect(
        await isRefused(signedToken(RSA.privateKey, CLAIMS, { alg: 'RS256', kid }), BY_SET),
      ).toBe(true)
    },
  )

  it('with a header that must be understood is refused', async () => {
    expect(await isRefused(tokenOf(CLAIMS, { alg: 'HS256', crit: ['x'], x: 1 }), jwtOf())).toBe(
      true,
    )
    expect(
      await isRefused(tokenOf(CLAIMS, { alg: 'HS256', crit: ['b64'], b64: false }), jwtOf()),
    ).toBe(true)
  })

  it('with a part of it changed is refused', async () => {
    const token = tokenOf()
    const jwt = jwtOf()
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.nat(255), async (at, code) => {
        const changed = token.slice(0, at) + String.fromCharCode(code) + token.slice(at + 1)
        const verdict = await jwt.authenticate(
          attemptOf({ password: Buffer.from(changed, 'latin1') }),
        )
        // The last character has bits that stand for nothing, so it can be written in other ways.
        expect(isSame(token, changed) || verdict?.reasonCode !== 0).toBe(true)
      }),
    )
  })

  it('of whatever bytes is refused without a throw', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 99 }), async (password) => {
        expect((await jwtOf().authenticate(attemptOf({ password })))?.reasonCode).not.toBe(0)
      }),
    )
  })
})

describe('a token with claims that are names of JavaScript', () => {
  // Written as text: a literal would set the prototype.
  it.each([
    ['__proto__', '"__proto__":{"sub":"admin","acl":{"all":["#"]}}'],
    ['constructor', '"constructor":{"prototype":{"sub":"admin"}}'],
    ['toString', '"toString":"admin"'],
  ])('gives nothing by %s', async (name, member) => {
    const claims = `{"exp":${CLAIMS.exp},${member}}`
    expect(await isRefused(tokenOf(claims), jwtOf())).toBe(true)
    expect(await isRefused(tokenOf(claims), jwtOf({ usernameClaim: 'hasOwnProperty' }))).toBe(true)
    const verdict = await jwtOf().authenticate(
      attemptOf({ password: tokenOf(`{"sub":"ada","exp":${CLAIMS.exp},${member}}`) }),
    )
    const { client } = attemptOf()
    const known = { ...client, claims: verdict!.claims! }
    const action = { type: 'publish', topic: name, qos: 0, retain: false } as const
    expect(new ClaimsAuthorizer().authorize(action, known)).toBe(undefined)
    expect(Object.hasOwn(Object.prototype, 'sub')).toBe(false)
  })
})

async function isRefused(password: string, ...others: JwtAuthenticator[]): Promise<boolean> {
  const asked = (others.length > 0 ? others : [BY_PEM, BY_SET]).map((jwt) =>
    jwt.authenticate(attemptOf({ password })),
  )
  return (await Promise.all(asked)).every((verdict) => (verdict?.reasonCode ?? 0x86) >= 0x80)
}

function isSame(token: string, changed: string): boolean {
  return token
    .split('.')
    .every((part, at) =>
      Buffer.from(part, 'base64url').equals(Buffer.from(changed.split('.')[at] ?? '', 'base64url')),
    )
}
