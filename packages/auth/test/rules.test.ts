/** Our own rules: who is meant, what is decided, and that what is said of a filter is true. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Action, ClientInfo } from '@godwit/broker'
import { matches } from '@godwit/topic'
import { RuleAuthorizer } from '../src/rule-authorizer.ts'
import { READ, RuleBook, WRITE } from '../src/rule-book.ts'
import type { RuleDeclaration } from '../src/rule-declaration.ts'
import { FilterTemplate } from '../src/rule-template.ts'
import { rules } from '../src/rules.ts'

describe('a rule', () => {
  it.each([
    [{}, {}, true],
    [{ users: ['alice', 'bob'] }, { username: 'bob' }, true],
    [{ users: ['alice'] }, { username: 'bob' }, false],
    [{ users: ['undefined'] }, {}, false],
    [{ users: ['*'] }, { username: 'bob' }, false],
    [{ clients: ['c'] }, {}, true],
    [{ clients: ['d'] }, {}, false],
    [{ anonymous: true }, {}, true],
    [{ anonymous: true }, { username: '' }, true],
    [{ anonymous: true }, { username: 'bob' }, false],
    [{ anonymous: false }, { username: 'bob' }, true],
    [{ addresses: ['10.0.0.0/8'] }, { remoteAddress: '10.1.2.3' }, true],
    [{ addresses: ['10.0.0.0/8'] }, { remoteAddress: '11.1.2.3' }, false],
    [{ addresses: ['10.0.0.0/8'] }, { remoteAddress: '::ffff:10.1.2.3' }, true],
    [{ addresses: ['10.0.0.0/8', 'fd00::/8'] }, { remoteAddress: 'fd12::1' }, true],
    [{ addresses: ['127.0.0.1'] }, { remoteAddress: '127.0.0.1' }, true],
    [{ addresses: ['0.0.0.0/0'] }, { remoteAddress: '/run/godwit.sock' }, false],
    [{ users: ['bob'], addresses: ['10.0.0.0/8'] }, { username: 'bob' }, false],
  ] as const)('with %j is for a client with %j: %j', (who, client, isFor) => {
    const authorizer = rules({ rules: [{ allow: ['publish'], topics: ['#'], ...who }] })
    const ruling = authorizer.authorize(message('publish', 'a'), clientOf(client))
    expect(ruling?.decision).toBe(isFor ? 'allow' : undefined)
  })

  it.each([
    [{ qos: [0] }, message('publish', 'a'), true],
    [{ qos: [1, 2] }, message('publish', 'a'), false],
    [{ retain: true }, message('publish', 'a'), false],
    [{ retain: true }, message('publish', 'a', { retain: true }), true],
    [{ retain: false }, message('publish', 'a', { retain: true }), false],
    [{ retain: true }, message('will', 'a', { retain: true }), true],
    [{ qos: [2] }, message('publish', 'a', { qos: 2 }), true],
  ] as const)('with %j is about %j: %j', (what, action, isAbout) => {
    const authorizer = rules({ rules: [{ deny: ['publish'], topics: ['a'], ...what }] })
    expect(authorizer.authorize(action, clientOf({}))?.decision).toBe(isAbout ? 'deny' : undefined)
  })

  it('that allows a subscription by its QoS allows messages of lower ones', () => {
    const authorizer = rules({ rules: [{ allow: ['subscribe'], topics: ['a'], qos: [1] }] })
    const decide = (action: Action): unknown => authorizer.authorize(action, clientOf({}))?.decision
    expect([0, 1, 2].map((qos) => decide(subscription('a', qos as 0 | 1 | 2)))).toEqual([
      undefined,
      'allow',
      undefined,
    ])
    expect(
      [0, 1, 2].map((qos) => decide(message('deliver', 'a', { qos: qos as 0 | 1 | 2 }))),
    ).toEqual(['allow', 'allow', undefined])
  })

  it('about retained messages makes a subscription one that is asked about', () => {
    const declared = { deny: ['subscribe'], topics: ['a'], retain: true } as const
    const authorizer = rules({ rules: [declared], otherwise: 'allow' })
    expect(authorizer.authorize(subscription('a'), clientOf({}))?.decision).toBe('partly')
    expect(authorizer.authorize(subscription('b'), clientOf({}))?.decision).toBe('allow')
    const retained = message('deliver', 'a', { retain: true })
    expect(authorizer.authorize(retained, clientOf({}))?.decision).toBe('deny')
    expect(authorizer.authorize(message('deliver', 'a'), clientOf({}))?.decision).toBe('allow')
  })

  it('says its number and what it is in the ruling', () => {
    const users = ['alice', 'b c', 'd', 'e', 'f']
    const authorizer = rules({
      rules: [
        { allow: ['publish'], topics: ['x'] },
        { deny: ['publish', 'subscribe'], topics: ['a', 'b/#'], users, qos: [1, 2], retain: true },
      ],
    })
    const action = message('publish', 'b', { qos: 1, retain: true })
    expect(authorizer.authorize(action, clientOf({ username: 'b c' }))).toMatchObject({
      decision: 'deny',
      because:
        'rule 2: deny publish, subscribe b/# (users alice, "b c", d and 2 more; QoS 1, 2; retained)',
    })
  })

  it.each([
    [{ topics: ['a'] }, 'rule 2: a rule has either allow or deny, such as allow: [publish]'],
    [{ allow: ['publish'], deny: ['publish'], topics: ['a'] }, 'either allow or deny'],
    [{ allow: [], topics: ['a'] }, 'actions is an empty list: write publish, subscribe or both'],
    [{ allow: ['read'], topics: ['a'] }, 'an action is publish or subscribe, got "read"'],
    [{ allow: ['publish'], topics: [] }, 'topics is an empty list'],
    [{ allow: ['publish'] }, 'topics is an empty list'],
    [{ allow: ['publish'], topics: ['a/#/b'] }, '"a/#/b" is no topic filter'],
    [{ allow: ['publish'], topics: ['$share/g/a'] }, 'is about a share'],
    [{ allow: ['publish'], topics: ['$%c/a'] }, 'has a name in a first level that starts with $'],
    [{ allow: ['publish'], topics: ['a'], users: [] }, 'users is an empty list'],
    [{ allow: ['publish'], topics: ['a'], clients: [] }, 'clients is an empty list'],
    [{ allow: ['publish'], topics: ['a'], qos: [3] }, 'a QoS is 0, 1 or 2, got 3'],
    [{ allow: ['publish'], topics: ['a'], addresses: ['10.0.0'] }, '"10.0.0" is no address or net'],
    [{ allow: ['publish'], topics: ['a'], addresses: ['10.0.0.0/33'] }, 'is no address or network'],
    [{ allow: ['publish'], topics: ['a'], addresses: ['::1/-1'] }, 'is no address or network'],
    [{ allow: ['publish'], topics: ['a'], addresses: ['1.2.3.4/8/9'] }, 'is no address or network'],
  ])('like %j is refused: %s', (declaration, sentence) => {
    const first = { allow: ['publish'], topics: ['a'] } as const
    expect(() => rules({ rules: [first, declaration as RuleDeclaration] })).toThrow(sentence)
  })
})

describe('rules', () => {
  it('are in an order: the first that is about a message decides', () => {
    const authorizer = rules({
      rules: [
        { allow: ['publish'], topics: ['a/b'] },
        { deny: ['publish'], topics: ['a/#'] },
        { allow: ['publish', 'subscribe'], topics: ['#', 'own/%c'] },
      ],
      otherwise: 'deny',
    })
    const decide = (topic: string): unknown =>
      authorizer.authorize(message('publish', topic), clientOf({}))?.decision
    expect(['a/b', 'a/c', 'c', '$SYS/a'].map(decide)).toEqual(['allow', 'deny', 'allow', 'deny'])
  })

  it('say nothing where nothing is said otherwise, and the next one is asked', () => {
    const authorizer = rules({ rules: [{ deny: ['subscribe'], topics: ['a/b'] }] })
    const decide = (action: Action): unknown => authorizer.authorize(action, clientOf({}))?.decision
    expect(decide(message('publish', 'a/b'))).toBeUndefined()
    expect(decide(message('deliver', 'a/b'))).toBe('deny')
    expect(decide(subscription('a/c'))).toBeUndefined()
    expect(decide(subscription('a/b'))).toBe('deny')
    // What the next one allows of it is allowed.
    expect(decide(subscription('a/+'))).toBe('partly')
  })

  it('are replaced as a whole, or not at all', () => {
    const authorizer = rules({ rules: [{ allow: ['publish'], topics: ['a'] }], otherwise: 'deny' })
    const client = clientOf({})
    const decide = (): unknown => authorizer.authorize(message('publish', 'a'), client)?.decision
    expect(decide()).toBe('allow')
    expect(() => authorizer.replace({ rules: [{ topics: ['a'] }] })).toThrow('rule 1: ')
    expect(decide()).toBe('allow')
    authorizer.replace({ rules: [], otherwise: 'deny' })
    expect(decide()).toBe('deny')
  })

  it('answer the same when they have forgotten everything', () => {
    const book = new RuleBook([
      {
        decision: 'allow',
        because: '',
        template: new FilterTemplate('%c/#', 'allow', true),
        access: READ | WRITE,
      },
    ])
    const source = { booksFor: () => [book], otherwise: undefined }
    const forgetful = new RuleAuthorizer('forgetful', source, 1_000)
    const client = clientOf({})
    for (let at = 0; at < 100; at += 1) {
      expect(forgetful.authorize(message('publish', `c/${at}`), client)?.decision).toBe('allow')
      expect(forgetful.authorize(message('publish', `d/${at}`), client)).toBeUndefined()
    }
  })

  it('are found as if they were tried one after the other', () => {
    fc.assert(
      fc.property(declarations, fc.constantFrom(...TOPICS), types, (declared, topic, type) => {
        const authorizer = rules({ rules: declared, otherwise: 'deny' })
        const expected = firstOf(declared, topic, type)
        expect(authorizer.authorize(message(type, topic), clientOf({}))?.decision).toBe(expected)
      }),
    )
  })

  it('say of a subscription what they say of every message of it', () => {
    fc.assert(
      fc.property(declarations, filters, (declared, filter) => {
        const authorizer = rules({ rules: declared, otherwise: 'deny' })
        const { decision } = authorizer.authorize(subscription(filter), clientOf({}))!
        const those = TOPICS.filter((topic) => matches(filter, topic))
        const each = new Set(those.map((topic) => firstOf(declared, topic, 'deliver')))
        // What is not sure is asked about with each message: partly is never wrong.
        expect(['partly', ...(each.size === 2 ? [] : each)]).toContain(decision)
      }),
    )
  })
})

// Every level that is in a filter, another one, and up to three of them.
const TOPICS = ['a', 'b', 'c', 'x', '', '$x'].flatMap((first) => [
  ...(first === '' ? [] : [first]),
  ...['a', 'b', 'c', 'x', '', '$x'].flatMap((second) => [
    `${first}/${second}`,
    ...['a', 'b', 'c', 'x', '', '$x'].map((third) => `${first}/${second}/${third}`),
  ]),
])

const filters = fc
  .array(fc.constantFrom('a', 'b', 'c', '+', '#', '$x', ''), { minLength: 1, maxLength: 3 })
  .map((levels) => levels.join('/'))
  .filter((filter) => filter !== '' && !filter.includes('#/'))

const declarations = fc.array(
  fc
    .tuple(
      fc.constantFrom('allow', 'deny'),
      fc.constantFrom(['publish'], ['subscribe'], ['publish', 'subscribe'] as const),
      fc.array(fc.oneof(filters, fc.constantFrom('%c/a', 'a/%c', '%u/a')), {
        minLength: 1,
        maxLength: 3,
      }),
    )
    .map(([verb, actions, topics]): RuleDeclaration => ({ [verb]: actions, topics })),
  { maxLength: 6 },
)

const types = fc.constantFrom('publish', 'deliver')

function firstOf(
  declared: readonly RuleDeclaration[],
  topic: string,
  type: 'publish' | 'deliver',
): 'allow' | 'deny' {
  const action = type === 'deliver' ? 'subscribe' : 'publish'
  const rule = declared.find(({ allow, deny, topics }) => {
    const own = topics.filter((filter) => !filter.includes('%u'))
    const isMatch = own.some((filter) => matches(filter.replace('%c', 'c'), topic))
    return isMatch && (allow ?? deny)!.includes(action)
  })
  return rule?.allow === undefined ? 'deny' : 'allow'
}

function message(
  type: 'publish' | 'will' | 'deliver',
  topic: string,
  rest: { readonly qos?: 0 | 1 | 2; readonly retain?: boolean } = {},
): Action {
  return { type, topic, qos: 0, retain: false, ...rest }
}

function subscription(filter: string, qos: 0 | 1 | 2 = 0): Action {
  return { type: 'subscribe', filter, qos }
}

function clientOf(client: Partial<ClientInfo>): ClientInfo {
  const { username } = client
  const rest = {
    clientId: 'c',
    principal: username,
    version: 5,
    remoteAddress: '127.0.0.1',
  } as const
  return { username: undefined, ...rest, ...client }
}
