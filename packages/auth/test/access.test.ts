/** The guards of a broker, made of authenticators and authorizers. */
import type { Action, ClientInfo, Verdict } from '@godwit/broker'
import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { claimsOf, explain, guardsOf } from '../src/index.ts'
import type { Access, Authenticator, Authorizer, Ruling } from '../src/index.ts'
import { attemptOf, stepOf } from './attempts.ts'

const BAD = ReasonCode.BadUserNameOrPassword
const knowingNobody: Access = {
  authenticators: [{ name: 'nobody', authenticate: () => undefined }],
  anonymous: false,
  authorizers: [],
}
const PUBLISH: Action = { type: 'publish', topic: 'a', qos: 0, retain: false }
const SUBSCRIBE: Action = { type: 'subscribe', filter: '#', qos: 0 }

describe('who gets in', () => {
  it('is asked of one authenticator after the other, until one knows the client', async () => {
    const asked: string[] = []
    const knowing = (name: string, verdict: Verdict | undefined): Authenticator => ({
      name,
      authenticate: () => {
        asked.push(name)
        return verdict
      },
    })
    const refusal = { reasonCode: ReasonCode.Banned }
    const guards = guardsOf(() =>
      accessOf([knowing('a', undefined), knowing('b', refusal), knowing('c', LET_IN)]),
    )
    expect(await guards.authenticate(attemptOf({ username: 'ada' }))).toEqual(refusal)
    expect(asked).toEqual(['a', 'b'])
  })

  // What Mosquitto 2.0.11 lets in as anonymous and we do not: a password without a user name.
  it.each([
    ['nothing', {}, ReasonCode.Success, ReasonCode.NotAuthorized],
    ['an empty user name', { username: '' }, ReasonCode.Success, ReasonCode.NotAuthorized],
    ['two empty texts', { username: '', password: '' }, 0, ReasonCode.NotAuthorized],
    ['a password only', { password: 'x' }, BAD, BAD],
    ['a password of nobody', { username: '', password: 'x' }, BAD, BAD],
    ['a user name only', { username: 'ada' }, BAD, BAD],
    ['an empty password', { username: 'ada', password: '' }, BAD, BAD],
    ['what nobody knows', { username: 'ada', password: 'x' }, BAD, BAD],
  ])('is decided for a client that shows %s', async (_, terms, ifAnonymous, ifNot) => {
    const answer = async (anonymous: boolean) =>
      codeOf(await guardsOf(() => ({ ...knowingNobody, anonymous })).authenticate(attemptOf(terms)))
    expect(await answer(true)).toBe(ifAnonymous)
    expect(await answer(false)).toBe(ifNot)
  })

  it('is nobody else where a client gives itself a name: the session of that one is not its own', () => {
    const guards = guardsOf(() => ({ ...OPEN, anonymous: true }))
    expect(guards.authenticate(attemptOf({ username: 'ada' }))).toMatchObject({ principal: '' })
    expect(guards.authenticate(attemptOf({}))).not.toHaveProperty('principal')
  })

  it('is everybody, at once, where there are no authenticators, as with Mosquitto', () => {
    const guards = guardsOf(() => ({ ...OPEN, anonymous: true }))
    for (const terms of [{}, { username: 'ada' }, { username: 'ada', password: 'x' }]) {
      expect(guards.authenticate(attemptOf(terms))).toMatchObject({ reasonCode: 0 })
    }
  })

  it('is nobody for an authenticator that throws, and no other is asked', async () => {
    const failing: Authenticator = {
      name: 'failing',
      authenticate: () => {
        throw new Error('no disk')
      },
    }
    const guards = guardsOf(() => ({ ...accessOf([failing, LETTING_IN]), anonymous: true }))
    await expect(guards.authenticate(attemptOf())).rejects.toThrow('no disk')
  })

  it('is nobody who was let in by what a reload has taken away meanwhile', async () => {
    let access = accessOf([])
    const slow: Authenticator = {
      name: 'slow',
      authenticate: () => {
        access = accessOf([])
        return Promise.resolve(LET_IN)
      },
    }
    access = accessOf([slow])
    expect(codeOf(await guardsOf(() => access).authenticate(attemptOf()))).toBe(BAD)
  })

  it('goes by the listener that the client came by', async () => {
    const guards = guardsOf((listener) => ({ ...OPEN, anonymous: listener === 'lan' }))
    expect(codeOf(await guards.authenticate(attemptOf({ listener: 'lan' })))).toBe(0)
    const elsewhere = await guards.authenticate(attemptOf({ listener: 'wan' }))
    expect(codeOf(elsewhere)).toBe(ReasonCode.NotAuthorized)
  })
})

describe('enhanced authentication', () => {
  const token: Authenticator = { name: 't', methods: ['TOKEN'], exchange: () => LET_IN }

  it('is for the authenticator that knows the method', async () => {
    const guards = guardsOf(() => accessOf([LETTING_IN, token]))
    expect(codeOf(await guards.exchange(stepOf('connect', 'x', {}, 'TOKEN')))).toBe(0)
  })

  it('is refused for a method that nobody knows, even where anybody gets in', async () => {
    const guards = guardsOf(() => ({ ...accessOf([LETTING_IN, token]), anonymous: true }))
    const verdict = await guards.exchange(stepOf('connect', 'x', {}, 'constructor'))
    expect(codeOf(verdict)).toBe(ReasonCode.BadAuthenticationMethod)
  })
})

describe('who may stay', () => {
  it('is said by the authenticator of the same name as that which let the client in', async () => {
    const claims = { of: 'ada' }
    const first: Authenticator = {
      name: 'first',
      authenticate: () => ({ ...LET_IN, claims }),
      mayStay: (client) => claimsOf(client) === claims,
    }
    const client = await letIn(guardsOf(() => accessOf([first])))
    const answers = [
      accessOf([first]),
      accessOf([{ ...first, mayStay: () => false }]),
      accessOf([{ ...first, mayStay: () => undefined }]),
      accessOf([{ name: 'first' }]),
      accessOf([{ name: 'other', mayStay: () => true }]),
      accessOf([]),
      { ...OPEN, anonymous: true },
    ].map((access) => guardsOf(() => access).mayStay(client))
    expect(answers).toEqual([true, false, false, true, false, false, false])
  })

  it('is an anonymous client for as long as there may be some', async () => {
    const client = await letIn(guardsOf(() => OPEN))
    expect(guardsOf(() => OPEN).mayStay(client)).toBe(true)
    expect(guardsOf(() => ({ ...OPEN, anonymous: false })).mayStay(client)).toBe(false)
  })

  it('is nobody with a name of its own choice, once there is somebody who knows names', async () => {
    const client = await letIn(
      guardsOf(() => OPEN),
      { username: 'ada' },
    )
    expect(guardsOf(() => OPEN).mayStay(client)).toBe(true)
    expect(guardsOf(() => ({ ...knowingNobody, anonymous: true })).mayStay(client)).toBe(false)
  })

  it('is not a client that these guards have never let in', () => {
    const strict = guardsOf(() => ({ ...knowingNobody, anonymous: true }))
    expect(strict.mayStay(attemptOf({ username: 'ada' }).client)).toBe(false)
    expect(guardsOf(() => knowingNobody).mayStay(attemptOf().client)).toBe(false)
  })

  it('is one that came while nobody was asked, if it would be let in as it is', () => {
    const strict = guardsOf(() => ({ ...knowingNobody, anonymous: true }))
    expect(strict.mayStay(attemptOf().client)).toBe(true)
    expect(guardsOf(() => OPEN).mayStay(attemptOf({ username: 'ada' }).client)).toBe(true)
  })
})

describe('what a client may do', () => {
  const { client } = attemptOf()

  it.each([
    ['everything, where there is no authorizer', [], true, true],
    ['nothing, where none says anything', [saying(undefined), later(undefined)], false, false],
    ['what the first says', [saying(undefined), saying('allow'), saying('deny')], true, true],
    ['what the first says that took its time', [later(undefined), later('deny')], false, false],
    ['what is said after that', [later(undefined), saying('allow')], true, true],
    ['to subscribe in part, and nothing else in part', [saying('partly')], false, 'partly'],
    ['the same after some time', [later('partly')], false, 'partly'],
  ])('is %s', async (_, authorizers, publish, subscribe) => {
    const guards = guardsOf(() => ({ ...OPEN, authorizers }))
    expect(await guards.authorize(PUBLISH, client)).toBe(publish)
    expect(await guards.authorize(SUBSCRIBE, client)).toBe(subscribe)
  })

  it('is answered at once where all answer at once', () => {
    const guards = guardsOf(() => ({ ...OPEN, authorizers: [saying(undefined), saying('allow')] }))
    expect(guards.authorize(PUBLISH, client)).toBe(true)
  })

  it('is explained by what everybody says, and who decides', async () => {
    const failing: Authorizer = { name: 'gone', authorize: () => Promise.reject(new Error('404')) }
    const access = { ...OPEN, authorizers: [saying(undefined), failing, saying('allow')] }
    const explanation = await explain(access, PUBLISH, client)
    expect(explanation).toMatchObject({ decision: 'deny', because: 'gone failed: Error: 404' })
    expect(explanation.opinions.map(({ ruling }) => ruling?.decision)).toEqual([
      undefined,
      'deny',
      'allow',
    ])
    expect(await explain(OPEN, PUBLISH, client)).toMatchObject({ decision: 'allow', opinions: [] })
    const silent = { ...OPEN, authorizers: [saying(undefined)] }
    expect(await explain(silent, PUBLISH, client)).toMatchObject({ decision: 'deny' })
    const partly = { ...OPEN, authorizers: [saying('partly')] }
    expect(await explain(partly, PUBLISH, client)).toMatchObject({ decision: 'deny' })
    expect(await explain(partly, SUBSCRIBE, client)).toMatchObject({ decision: 'partly' })
  })
})

const OPEN: Access = { authenticators: [], anonymous: true, authorizers: [] }

const LET_IN: Verdict = { reasonCode: ReasonCode.Success }

const LETTING_IN: Authenticator = { name: 'letting-in', authenticate: () => LET_IN }

function accessOf(authenticators: readonly Authenticator[]): Access {
  return { authenticators, anonymous: false, authorizers: [] }
}

function saying(decision: Ruling['decision'] | undefined): Authorizer {
  return { name: 'saying', authorize: () => decision && { decision, because: decision } }
}

function later(decision: Ruling['decision'] | undefined): Authorizer {
  return {
    name: 'later',
    authorize: (...args) => Promise.resolve(saying(decision).authorize(...args)),
  }
}

function codeOf(answer: ReasonCode | Verdict): ReasonCode {
  return typeof answer === 'number' ? answer : answer.reasonCode
}

/** The client as the broker knows it afterwards. */
async function letIn(
  guards: ReturnType<typeof guardsOf>,
  terms: Parameters<typeof attemptOf>[0] = {},
): Promise<ClientInfo> {
  const attempt = attemptOf(terms)
  const verdict = await guards.authenticate(attempt)
  const claims = typeof verdict === 'number' ? undefined : verdict.claims
  return { ...attempt.client, ...(claims !== undefined && { claims }) }
}
