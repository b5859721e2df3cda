/** Rules that clients bring along. */
import type { Action, ClientInfo } from '@godwit/broker'
import { matches } from '@godwit/topic'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ClaimsAuthorizer } from '../src/index.ts'
import { readClaimRules } from '../src/claim-rules.ts'
import { RuledClaims } from '../src/ruled-claims.ts'
import { attemptOf } from './attempts.ts'
import type { AttemptTerms } from './attempts.ts'

describe('rules in an order', () => {
  const rules = [
    { deny: ['publish'], topics: ['lamps/%c/secret'] },
    { allow: ['publish', 'subscribe'], topics: ['lamps/%c/#', 'all/+'] },
  ]

  it.each([
    ['publish', 'lamps/lamp/secret', 'deny'],
    ['will', 'lamps/lamp/secret', 'deny'],
    ['deliver', 'lamps/lamp/secret', 'allow'],
    ['publish', 'lamps/lamp/state', 'allow'],
    ['will', 'all/x', 'allow'],
    ['publish', 'lamps/door/state', undefined],
    ['deliver', 'else', undefined],
  ] as const)('%s of %s: %s', (type, topic, decision) => {
    expect(decide(rules, { type, topic, qos: 0, retain: false })).toBe(decision)
  })

  it.each([
    ['lamps/lamp/#', 'allow'],
    ['$share/g/lamps/lamp/state', 'allow'],
    ['lamps/#', 'partly'],
    ['#', 'partly'],
    ['else/#', undefined],
    ['$SYS/#', undefined],
  ])('subscribe to %s: %s', (filter, decision) => {
    expect(decide(rules, { type: 'subscribe', filter, qos: 0 })).toBe(decision)
  })

  it('say which of them decided', () => {
    const client = clientOf(rules)
    const action = { type: 'publish', topic: 'all/x', qos: 0, retain: false } as const
    expect(new ClaimsAuthorizer().authorize(action, client)?.because).toContain('all/+')
  })
})

describe('rules as EMQX has them', () => {
  it('allow to publish, to subscribe, or both', () => {
    const rules = { pub: ['a/${username}'], sub: ['b/#'], all: ['c'] }
    const answers = ['a/ada', 'b/x', 'c', 'a/bob'].map((topic) =>
      (['publish', 'deliver'] as const).map((type) =>
        decide(rules, { type, topic, qos: 0, retain: false }),
      ),
    )
    expect(answers).toEqual([
      ['allow', undefined],
      [undefined, 'allow'],
      ['allow', 'allow'],
      [undefined, undefined],
    ])
  })
})

it.each([
  ['text', '#', 'acl is no object'],
  ['nothing', null, 'acl is no object'],
  ['an unknown member', { pub: [], publish: [] }, 'acl has an unknown member "publish"'],
  ['no list', { pub: '#' }, 'acl.pub has no list of texts'],
  ['a list of lists', { pub: [['#']] }, 'acl.pub has no list of texts'],
  ['no filter', { sub: ['a/#/b'] }, 'acl.sub has "a/#/b", which is no Topic Filter'],
  ['a shared filter', { sub: ['$share/g/a'] }, 'which is no Topic Filter'],
  ['an empty filter', { sub: [''] }, 'acl.sub has "", which is no Topic Filter'],
  ['a rule that is none', [7], 'acl[0] is no object'],
  ['no decision', [{ topics: ['#'] }], 'acl[0] has to have either "allow" or "deny"'],
  ['two of them', [{ allow: [], deny: [], topics: [] }], 'has to have either'],
  ['no topics', [{ allow: ['publish'] }], 'acl[0].topics has no list of texts'],
  ['an unknown verb', [{ allow: ['read'], topics: [] }], 'acl[0] says "read"'],
  ['a prototype', JSON.parse('{"__proto__":{"pub":["#"]}}'), 'unknown member "__proto__"'],
])('rules with %s are none', (_, value: unknown, sentence) => {
  expect(readClaimRules(value, 'acl')).toContain(sentence)
})

describe('the name of a client in a rule', () => {
  const names = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', '/', '+', '#', '$', '%c', '%u', '${clientid}') }),
    fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\0')),
  )
  const topics = fc
    .array(fc.constantFrom('a', 'b', 'c', '$SYS', 'x'), { minLength: 1, maxLength: 5 })
    .map((levels) => levels.join('/'))

  it('never becomes a level or a wildcard', () => {
    const templates = fc.constantFrom('%c', 'x/%c', 'x/%c/b', 'x/%u-%c/#', '${clientid}/x', '+/%c')
    fc.assert(
      fc.property(templates, names, names, topics, (template, clientId, username, topic) => {
        const names = { clientId, username }
        const levels = template.split('/')
        const place = levels.findIndex((level) => level.includes('%') || level.includes('{'))
        const outline = levels.with(place, '+').join('/')
        const elsewhere = topic
          .split('/')
          .with(place % topic.split('/').length, 'other')
          .join('/')
        const reached = [topic, elsewhere].filter(
          (one) => decide({ all: [template] }, publishOf(one), names) === 'allow',
        )
        // One level in that place, whatever the name; and no two topics that differ there.
        expect(reached.every((one) => matches(outline, one))).toBe(true)
        expect(new Set(reached.map((one) => one.split('/')[place])).size).toBeLessThan(2)
      }),
    )
  })

  it('that cannot be put there is denied all that could be meant', () => {
    const rules = [
      { deny: ['publish'], topics: ['secret/%c'] },
      { allow: ['publish'], topics: ['#'] },
    ]
    expect(decide(rules, publishOf('secret/door'), { clientId: 'lamp' })).toBe('allow')
    expect(decide(rules, publishOf('secret/a/b'), { clientId: 'a/b' })).toBe('deny')
    expect(decide(rules, publishOf('secret/door'), { clientId: '+' })).toBe('deny')
    expect(decide(rules, publishOf('open'), { clientId: '+' })).toBe('allow')
  })
})

describe('a client that brought nothing', () => {
  const { client } = attemptOf()
  const authorizer = new ClaimsAuthorizer()

  it('is left to others', () => {
    const known = { ...client, claims: {} }
    expect(authorizer.authorize(publishOf('a'), known)).toBe(undefined)
    expect(authorizer.authorize({ type: 'subscribe', filter: 'a', qos: 0 }, known)).toBe(undefined)
  })

  it('keeps its stored subscriptions until it is back, and publishes nothing', () => {
    const subscribed = authorizer.authorize({ type: 'subscribe', filter: 'a', qos: 0 }, client)
    expect(subscribed?.decision).toBe('partly')
    expect(authorizer.authorize({ ...publishOf('a'), type: 'will' }, client)).toBe(undefined)
    expect(authorizer.authorize({ ...publishOf('a'), type: 'deliver' }, client)).toBe(undefined)
  })
})

function publishOf(topic: string): Extract<Action, { topic: string }> {
  return { type: 'publish', topic, qos: 0, retain: false }
}

function decide(rules: unknown, action: Action, terms: AttemptTerms = {}): string | undefined {
  return new ClaimsAuthorizer().authorize(action, clientOf(rules, terms))?.decision
}

function clientOf(rules: unknown, terms: AttemptTerms = {}): ClientInfo {
  const book = readClaimRules(rules, 'acl')
  if (typeof book === 'string') throw new Error(book)
  const { client } = attemptOf({ username: 'ada', ...terms })
  return { ...client, claims: new RuledClaims([book]) }
}
