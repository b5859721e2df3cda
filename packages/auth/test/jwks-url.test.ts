/** Keys that are published on the web. */
import { describe, expect, it } from 'vitest'
import { keySetAt } from '../src/index.ts'
import type { JwtOptions, KeySetUrlOptions } from '../src/index.ts'
import { attemptOf } from './attempts.ts'
import { CLAIMS, EC, jwtOf, RSA, signedToken } from './tokens.ts'
import { saying, WebServer } from './web-server.ts'

const SET = { keys: [{ ...EC.publicKey.export({ format: 'jwk' }), kid: 'a' }] }

describe('keys at a URL', () => {
  it('are fetched when they are first needed, and kept', async () => {
    await using server = await WebServer.open(saying(SET))
    const keys = keySetAt(optionsFor(server))
    expect(server.asked).toEqual([])
    expect(await codeBy({ keys })).toBe(0)
    expect(await codeBy({ keys })).toBe(0)
    expect(server.asked).toHaveLength(1)
  })

  it('are not fetched again at the pace of whoever makes up names of keys', async () => {
    await using server = await WebServer.open(saying(SET))
    const keys = keySetAt(optionsFor(server))
    for (let kid = 0; kid < 5; kid++) expect(await codeBy({ keys }, `made up ${kid}`)).toBe(0x86)
    expect(server.asked).toHaveLength(1)
  })

  it('let nobody in who is not in the set, or is in the other one', async () => {
    await using server = await WebServer.open(saying(SET))
    const keys = keySetAt(optionsFor(server))
    const alien = signedToken(RSA.privateKey, CLAIMS, { alg: 'RS256', kid: 'a' })
    expect((await jwtOf({ keys }).authenticate(attemptOf({ password: alien })))?.reasonCode).toBe(
      0x86,
    )
    const verdict = await jwtOf({ keys }).authenticate(attemptOf({ password: tokenBy('a') }))
    const known = { ...attemptOf().client, claims: verdict!.claims! }
    expect(jwtOf({ keys }).mayStay(known)).toBe(true)
    expect(jwtOf({ keys: keySetAt(optionsFor(server)) }).mayStay(known)).toBe(false)
  })

  it.each([
    ['a fault', saying(SET, 500)],
    ['no set', saying([])],
    ['no JSON', saying('<html>')],
    ['more than is read', saying({ ...SET, more: 'x'.repeat(262_144) })],
    ['a way elsewhere', saying('', 302)],
  ])('let nobody in where there is %s, and are asked for again later', async (_, answer) => {
    await using server = await WebServer.open(answer)
    let now = 0
    const keys = keySetAt({ ...optionsFor(server), timeOfDay: () => now })
    const sentences: string[] = []
    const refused = (_client: unknown, sentence: string) => sentences.push(sentence)
    expect(await codeBy({ keys, refused })).toBe(0x88)
    expect(await codeBy({ keys, refused })).toBe(0x88)
    expect(server.asked).toHaveLength(1)
    expect(sentences[0]).toContain('the keys could not be had')
    now = 30_000
    expect(await codeBy({ keys })).toBe(0x88)
    expect(server.asked).toHaveLength(2)
  })

  it('let nobody in where they do not come in time', async () => {
    await using server = await WebServer.open(() => {})
    expect(await codeBy({ keys: keySetAt({ ...optionsFor(server), timeoutMs: 20 }) })).toBe(0x88)
  })

  it('are not fetched in the open', () => {
    const url = 'http://id.example/jwks'
    expect(() => keySetAt({ url, timeOfDay: () => 0 })).toThrow('wanted: https:')
  })
})

function optionsFor({ url }: WebServer): KeySetUrlOptions {
  return { url, timeOfDay: () => 0 }
}

function tokenBy(kid: string): string {
  return signedToken(EC.privateKey, CLAIMS, { alg: 'ES256', kid })
}

async function codeBy(options: Partial<JwtOptions>, kid = 'a'): Promise<number | undefined> {
  return (await jwtOf(options).authenticate(attemptOf({ password: tokenBy(kid) })))?.reasonCode
}
