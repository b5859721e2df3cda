// SCRAM-SHA-256 (RFC 5802, RFC 7677): both sides prove that they know the password.

import { describe, expect, it, vi } from 'vitest'
import { ClientError } from '../src/errors.ts'
import { ScramExchange } from '../src/scram/exchange.ts'
import { ScramKeys } from '../src/scram/keys.ts'
import { scramSha256 } from '../src/scram.ts'
import type { ScramOptions } from '../src/scram.ts'
import { ScramServer } from './scram-server.ts'

const USER = { username: 'user', password: 'pencil' }
const NONCE = 'rOprNGfwEbeRWgbNEkqO'
const BOTH = `${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0`
const SERVER_FIRST = `r=${BOTH},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`
const SIGNATURE = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='

describe('SCRAM-SHA-256', () => {
  it('says what the example of RFC 7677 says', async () => {
    const exchange = example()
    expect(textOf(exchange.start())).toBe(`n,,n=user,r=${NONCE}`)
    expect(textOf(await exchange.respond(bytes(SERVER_FIRST)))).toBe(
      `c=biws,r=${BOTH},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
    )
    expect(() => exchange.finish(bytes(SIGNATURE))).not.toThrow()
  })

  it.each([
    ['plain', USER],
    ['with commas and equals signs', { username: 'a,=b=2C', password: 'p,=' }],
    ['in other scripts', { username: 'ユーザー', password: 'пароль🔑' }],
  ])('is understood by a server: %s', async (_, account) => {
    const server = new ScramServer(account)
    const mechanism = scramSha256(account)()
    expect(mechanism.method).toBe('SCRAM-SHA-256')
    const serverFirst = server.challenge((await mechanism.start())!)
    const clientFinal = await mechanism.respond(serverFirst)
    expect(await mechanism.finish(server.conclude(clientFinal!))).toBeUndefined()
    expect(server.authzid).toBeUndefined()
  })

  it('asks for the rights of somebody else', async () => {
    const server = new ScramServer(USER)
    const mechanism = scramSha256({ ...USER, authzid: 'a,b=c' })()
    const clientFinal = await mechanism.respond(server.challenge((await mechanism.start())!))
    expect(server.conclude(clientFinal!)).toBeInstanceOf(Uint8Array)
    expect(server.authzid).toBe('a,b=c')
  })

  it('proves nothing with a wrong password', async () => {
    const server = new ScramServer(USER)
    const mechanism = scramSha256({ ...USER, password: 'crayon' })()
    const clientFinal = await mechanism.respond(server.challenge((await mechanism.start())!))
    expect(() => server.conclude(clientFinal!)).toThrow('The proof is wrong')
  })

  it('prepares user name and password, so that what looks the same is the same', async () => {
    const server = new ScramServer({ username: 'IX', password: 'a b' })
    const mechanism = scramSha256({ username: '\u2168', password: '\u00aa\u00a0\u00adb' })()
    const clientFinal = await mechanism.respond(server.challenge((await mechanism.start())!))
    expect(server.conclude(clientFinal!)).toBeInstanceOf(Uint8Array)
  })

  it('takes another nonce each time', async () => {
    const mechanism = scramSha256(USER)
    const nonces = await Promise.all([1, 2, 3].map(async () => textOf(await mechanism().start())))
    expect(new Set(nonces).size).toBe(3)
    expect(nonces[0]).toMatch(/^n,,n=user,r=[A-Za-z0-9+/]{24}$/)
  })

  it('salts the password once for each salt and iteration count', async () => {
    const salting = vi.spyOn(crypto.subtle, 'deriveBits')
    const mechanism = scramSha256(USER)
    const authenticate = async (account: { salt?: Uint8Array; iterations?: number }) => {
      const server = new ScramServer({ ...USER, ...account })
      const run = mechanism()
      const clientFinal = await run.respond(server.challenge((await run.start())!))
      await run.finish(server.conclude(clientFinal!))
      return salting.mock.calls.length
    }
    expect(await authenticate({})).toBe(1)
    expect(await authenticate({})).toBe(1)
    expect(await authenticate({ iterations: 5000 })).toBe(2)
    expect(await authenticate({ iterations: 5000, salt: Uint8Array.of(1, 2, 3) })).toBe(3)
    expect(await authenticate({ iterations: 5000, salt: Uint8Array.of(1, 2, 3) })).toBe(3)
    salting.mockRestore()
  })
})

describe('a server that cannot be trusted', () => {
  it.each([
    ['an impostor', 'v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=', 'may be an impostor'],
    ['a shorter signature', 'v=6rri', 'may be an impostor'],
    ['no signature', 'x=6rri', '"v" is missing'],
    ['bad base64', 'v=6rri=', 'base64'],
    ['silence', undefined, 'says nothing'],
  ])('has not authenticated with its success: %s', async (_, verdict, why) => {
    const exchange = example()
    await exchange.respond(bytes(SERVER_FIRST))
    const finish = () => exchange.finish(verdict === undefined ? undefined : bytes(verdict))
    expect(finish).toThrow(why)
    expect(finish).toThrow(ClientError)
  })

  it('has not authenticated without a challenge', () => {
    expect(() => example().finish(bytes(SIGNATURE))).toThrow('out of turn')
    expect(() => example().finish(undefined)).toThrow('says nothing')
  })

  it('may say its last word before its success, once', async () => {
    const exchange = example()
    await exchange.respond(bytes(SERVER_FIRST))
    expect(await exchange.respond(bytes(SIGNATURE))).toBeUndefined()
    expect(() => exchange.finish(undefined)).not.toThrow()
    await expect(exchange.respond(bytes(SIGNATURE))).rejects.toThrow('out of turn')
    expect(() => exchange.finish(bytes(SIGNATURE))).toThrow('out of turn')
  })

  it('may say that the proof was wrong', async () => {
    const exchange = example()
    await exchange.respond(bytes(SERVER_FIRST))
    expect(errorOf(() => exchange.finish(bytes('e=invalid-proof')))).toMatchObject({
      code: 'authentication-failed',
      remedy: 'refresh-credentials',
      message: expect.stringContaining('"invalid-proof"'),
    })
  })

  it.each([
    ['a nonce of its own', `r=other${BOTH},s=W22Z,i=4096`, 'does not continue ours'],
    ['our nonce and no more', `r=${NONCE},s=W22Z,i=4096`, 'does not continue ours'],
    ['no nonce', 's=W22Z,i=4096', '"r" is missing'],
    ['no salt', `r=${BOTH},i=4096`, '"s" is missing'],
    ['an empty salt', `r=${BOTH},s=,i=4096`, 'salt is empty'],
    ['bad base64', `r=${BOTH},s=W2,i=4096`, 'base64'],
    ['base64 with a blank', `r=${BOTH},s=W2 2Z,i=4096`, 'base64'],
    ['no base64', `r=${BOTH},s=%,i=4096`, 'base64'],
    ['no iteration count', `r=${BOTH},s=W22Z`, '"i" is missing'],
    ['a word for a count', `r=${BOTH},s=W22Z,i=many`, 'no number'],
    ['a fraction', `r=${BOTH},s=W22Z,i=5000.5`, 'no number'],
    ['another form of a number', `r=${BOTH},s=W22Z,i=0x2000`, 'no number'],
    ['too few iterations', `r=${BOTH},s=W22Z,i=4095`, '4095 iterations'],
    ['too many iterations', `r=${BOTH},s=W22Z,i=1000001`, '1000001 iterations'],
    ['a thousand million iterations', `r=${BOTH},s=W22Z,i=1000000000`, '1000000000 iterations'],
    ['an extension that must be known', `m=x,r=${BOTH},s=W22Z,i=4096`, 'extension'],
    ['nothing', '', '"r" is missing'],
  ])('is not answered: %s', async (_, serverFirst, why) => {
    const salting = vi.spyOn(crypto.subtle, 'deriveBits')
    const error = await example()
      .respond(bytes(serverFirst))
      .catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'authentication-failed', remedy: 'fatal' })
    expect(String(error)).toContain(why)
    expect(salting).not.toHaveBeenCalled()
    salting.mockRestore()
  })

  it('is not answered if it says nothing, or speaks no UTF-8', async () => {
    await expect(example().respond(undefined)).rejects.toThrow('says nothing')
    await expect(example().respond(Uint8Array.of(0xff))).rejects.toThrow('UTF-8')
  })
})

describe('who authenticates', () => {
  it('has a user name and a password, and a host with WebCrypto', () => {
    const made = (fields: Partial<ScramOptions>) => () => scramSha256({ ...USER, ...fields })
    expect(made({ username: '' })).toThrow(/needs a user name/)
    expect(made({ password: '\u00ad' })).toThrow(/needs a password/)
    expect(made({ password: 'a\u0007' })).toThrow(/The password contains U\+0007/)
    const insecure = { subtle: undefined } as unknown as Crypto
    expect(made({ crypto: insecure })).toThrow('secure pages')
    expect(made({ crypto })).not.toThrow()
  })
})

type Crypto = typeof globalThis.crypto

function example(): ScramExchange {
  const keys = new ScramKeys(crypto.subtle, 'pencil')
  return new ScramExchange({ header: 'n,,', username: 'user', keys }, NONCE)
}

function errorOf(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const textOf = (data: Uint8Array | undefined): string => new TextDecoder().decode(data)
