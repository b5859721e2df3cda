/** SCRAM-SHA-256, the server's side, against RFC 7677 and a small client. */
import type { ClientInfo, Verdict } from '@godwit/broker'
import { ReasonCode } from '@godwit/codec'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeScramEntry, parseScramFile, ScramAuthenticator } from '../src/index.ts'
import type { ScramOptions, ScramUsers } from '../src/index.ts'
import { stepOf } from './attempts.ts'
import { answerTo } from './scram-client.ts'

const SALT = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
const USERS = await usersOf([['user', 'pencil']])

describe('SCRAM-SHA-256', () => {
  it('says what RFC 7677 says in its example', () => {
    const scram = scramOf({ makeNonce: () => '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0' })
    const connection = {}
    const first = scram.exchange(stepOf('connect', 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO', connection))
    expect(first.reasonCode).toBe(ReasonCode.ContinueAuthentication)
    expect(textOf(first)).toBe(
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    )
    const final =
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,' +
      'p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ='
    const last = scram.exchange(stepOf('continue', final, connection))
    expect(last).toMatchObject({ reasonCode: 0, username: 'user', principal: 'user' })
    expect(textOf(last)).toBe('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')
  })

  it('lets whoever knows the password in, and nobody else, whatever the password is', async () => {
    const letters = Array.from('aZ0 ,=:$\u00e9\u0301\u00df\u03a9\u0416\u05d0\u6c34\u{1f426}')
    const password = fc
      .string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 12 })
      .map((text) => text.normalize('NFKC'))
    await fc.assert(
      fc.asyncProperty(password, password, async (right, other) => {
        const users = await usersOf([['user', right]])
        expect(login(scramOf({ users }), 'user', right)).toBe(ReasonCode.Success)
        const code = other === right ? 0 : ReasonCode.BadUserNameOrPassword
        expect(login(scramOf({ users }), 'user', other)).toBe(code)
      }),
      { numRuns: 30 },
    )
  })

  it('knows names with commas, equals signs and characters that look the same', async () => {
    const users = await usersOf([
      ['a=b,c', 'one'],
      ['caf\u00e9', 'two'],
    ])
    expect(login(scramOf({ users }), 'a=3Db=2Cc', 'one')).toBe(0)
    expect(login(scramOf({ users }), 'cafe\u0301', 'two')).toBe(0)
  })

  it('gives a user who is not there the same steps, and the same salt each time', () => {
    const challenges = ['nobody', 'nobody', 'somebody'].map((name) => {
      const scram = scramOf()
      return textOf(scram.exchange(stepOf('connect', `n,,n=${name},r=x`, {})))
        .split(',')
        .slice(1)
    })
    expect(challenges[0]).toEqual(challenges[1])
    expect(challenges[0]).not.toEqual(challenges[2])
    expect(challenges[0]?.[1]).toBe('i=4096')
    expect(Buffer.from(challenges[0]![0]!.slice(2), 'base64')).toHaveLength(SALT.length)
    expect(refusalOf(scramOf(), 'nobody', 'pencil')).toEqual(
      refusalOf(scramOf(), 'user', 'a wrong one'),
    )
  })

  it('keeps those salts when the file changes, if it has a secret for them', async () => {
    const more = await usersOf([
      ['user', 'pencil'],
      ['ada', 'x'],
    ])
    const saltOf = (options: Partial<ScramOptions>) =>
      textOf(scramOf(options).exchange(stepOf('connect', 'n,,n=nobody,r=x', {}))).split(',')[1]
    const decoySecret = Buffer.from('a secret of the operator')
    expect(saltOf({ decoySecret, users: more })).toBe(saltOf({ decoySecret }))
    expect(saltOf({ users: more })).not.toBe(saltOf({}))
  })
})

describe('what SCRAM refuses', () => {
  it.each([
    ['nothing', undefined],
    ['no message', ''],
    ['a channel binding', 'p=tls-exporter,,n=user,r=x'],
    ['to act for somebody else', 'n,a=admin,n=user,r=x'],
    ['a mandatory extension', 'n,,m=1,n=user,r=x'],
    ['a mandatory extension at the end', 'n,,n=user,r=x,m=1'],
    ['no name', 'n,,n=,r=x'],
    ['an escape that is none', 'n,,n=us=3der,r=x'],
    ['no nonce', 'n,,n=user,r='],
    ['a nonce with a space', 'n,,n=user,r=a b'],
    ['a nonce without end', `n,,n=user,r=${'x'.repeat(257)}`],
    ['a name with a line feed', 'n,,n=us\ner,r=x'],
    ['more than it reads', `n,,n=${'x'.repeat(4096)},r=x`],
  ])('as the first message: %s', (_, first) => {
    const verdict = scramOf().exchange(stepOf('connect', first, {}))
    expect(verdict.reasonCode).toBe(ReasonCode.BadUserNameOrPassword)
  })

  it.each([
    ['nothing', () => undefined],
    ['the proof only', (final: string) => final.slice(final.indexOf('p='))],
    ['another nonce', (final: string) => final.replace(',r=x', ',r=y')],
    ['another header', (final: string) => final.replace('biws', 'eSws')],
    ['a proof cut short', (final: string) => final.slice(0, -4)],
    ['base64 without its padding', (final: string) => final.slice(0, -1)],
    ['something behind the proof', (final: string) => `${final},a=b`],
    ['a mandatory extension', (final: string) => final.replace(',p=', ',m=1,p=')],
  ])('as the second message: %s', (_, change) => {
    const scram = scramOf()
    const connection = {}
    const challenge = textOf(scram.exchange(stepOf('connect', 'n,,n=user,r=x', connection)))
    const { final } = answerTo(challenge, 'pencil', 'n=user,r=x')
    const verdict = scram.exchange(stepOf('continue', change(final), connection))
    expect(verdict.reasonCode).toBe(ReasonCode.BadUserNameOrPassword)
  })

  it('what was not begun, was begun on another connection, or is said twice', () => {
    const scram = scramOf()
    const connection = {}
    const challenge = textOf(scram.exchange(stepOf('connect', 'n,,n=user,r=x', connection)))
    const { final } = answerTo(challenge, 'pencil', 'n=user,r=x')
    const codes = [{}, connection, connection].map(
      (one) => scram.exchange(stepOf('continue', final, one)).reasonCode,
    )
    expect(codes).toEqual([0x86, 0, 0x86])
  })

  it('what takes longer than a minute, and what was begun before the users changed', () => {
    let now = 0
    const scram = scramOf({ timeOfDay: () => now })
    const slow = begin(scram)
    now = 60_001
    expect(slow()).toBe(0x86)
    const replaced = begin(scram)
    scram.replace(USERS)
    expect(replaced()).toBe(0x86)
  })

  it('anything at random, without a throw', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (first, second) => {
        const scram = scramOf()
        const connection = {}
        expect(scram.exchange(stepOf('connect', first, connection)).reasonCode).not.toBe(0)
        expect(scram.exchange(stepOf('continue', second, connection)).reasonCode).toBe(0x86)
      }),
    )
  })
})

describe('an authenticated client', () => {
  it('says with `y` that it could bind to a channel, and is believed', () => {
    expect(login(scramOf(), 'user', 'pencil', 'y,,')).toBe(0)
    expect(login(scramOf(), 'user', 'pencil', 'n,a=user,')).toBe(0)
  })

  it('authenticates anew on the same connection', () => {
    const scram = scramOf()
    const connection = {}
    const [once, again] = (['connect', 'renew'] as const).map((step) =>
      loginBy(scram, 'user', 'pencil', { step, connection }),
    )
    expect(once?.reasonCode).toBe(0)
    expect(again?.reasonCode).toBe(0)
  })

  it('may stay until its password changes or its user is gone', async () => {
    const scram = scramOf()
    const client = clientOf(loginBy(scram, 'user', 'pencil'))
    expect(scram.mayStay(client)).toBe(true)
    scram.replace(await usersOf([['user', 'crayon']]))
    expect(scram.mayStay(client)).toBe(false)
    scram.replace(await usersOf([['other', 'pencil']]))
    expect(scram.mayStay(client)).toBe(false)
    expect(scram.mayStay(clientOf({ reasonCode: 0 }))).toBe(undefined)
  })
})

it('tells the log why, and nobody the password', () => {
  const sentences: string[] = []
  const scram = scramOf({ refused: (_, sentence) => sentences.push(sentence) })
  login(scram, 'user\u202e', 'wrong')
  login(scram, 'user', 'wrong')
  expect(sentences).toEqual([
    String.raw`scram: "user\u202e" is no user, or the password is wrong`,
    'scram: "user" is no user, or the password is wrong',
  ])
})

function scramOf(options: Partial<ScramOptions> = {}): ScramAuthenticator {
  return new ScramAuthenticator({ users: USERS, timeOfDay: () => 0, ...options })
}

async function usersOf(users: readonly (readonly [string, string])[]): Promise<ScramUsers> {
  const lines = users.map(async ([name, password]) => {
    return `${name}:${await makeScramEntry(password, 4096, SALT)}\n`
  })
  return parseScramFile((await Promise.all(lines)).join(''), 'scram.txt')
}

function login(scram: ScramAuthenticator, name: string, password: string, header = 'n,,') {
  return loginBy(scram, name, password, { header }).reasonCode
}

function loginBy(
  scram: ScramAuthenticator,
  name: string,
  password: string,
  { header = 'n,,', step = 'connect', connection = {} }: LoginTerms = {},
): Verdict {
  const bare = `n=${name},r=x`
  const challenge = textOf(scram.exchange(stepOf(step, header + bare, connection)))
  const { final, signature } = answerTo(challenge, password, bare, header)
  const verdict = scram.exchange(stepOf('continue', final, connection))
  expect([undefined, signature]).toContain(verdict.authenticationData && textOf(verdict))
  return verdict
}

interface LoginTerms {
  readonly header?: string
  readonly step?: 'connect' | 'renew'
  readonly connection?: object
}

function begin(scram: ScramAuthenticator): () => number {
  const connection = {}
  const challenge = textOf(scram.exchange(stepOf('connect', 'n,,n=user,r=x', connection)))
  const { final } = answerTo(challenge, 'pencil', 'n=user,r=x')
  return () => scram.exchange(stepOf('continue', final, connection)).reasonCode
}

function refusalOf(scram: ScramAuthenticator, name: string, password: string): Verdict {
  return loginBy(scram, name, password)
}

function clientOf({ username, claims }: Verdict): ClientInfo {
  const { client } = stepOf('connect', undefined, {})
  return { ...client, username, ...(claims !== undefined && { claims }) }
}

function textOf({ authenticationData }: Verdict): string {
  return Buffer.from(authenticationData ?? []).toString()
}
