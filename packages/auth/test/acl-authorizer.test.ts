/** What an ACL file allows; that Mosquitto does the same is tested with the real one. */
import { describe, expect, it } from 'vitest'
import type { Action, ClientInfo } from '@godwit/broker'
import { aclFile } from '../src/acl-authorizer.ts'
import { parseAclFile } from '../src/acl-file.ts'

describe('a message', () => {
  it.each([
    ['deliver', 'alice', 'news/a', 'allow', 'acl.conf:3: topic read news/#'],
    ['publish', 'alice', 'news/a', 'deny', 'acl.conf: no line allows it'],
    ['publish', 'alice', 'own', 'allow', 'acl.conf:4: topic own'],
    ['will', 'alice', 'own', 'allow', 'acl.conf:4: topic own'],
    ['deliver', 'alice', 'news/secret', 'deny', 'acl.conf:5: topic deny news/secret'],
    ['publish', 'alice', 'anybody', 'deny', 'acl.conf: no line allows it'],
    ['publish', undefined, 'anybody', 'allow', 'acl.conf:1: topic write anybody'],
    ['deliver', undefined, 'anybody', 'deny', 'acl.conf: no line allows it'],
    ['deliver', 'bob', 'to/bob', 'allow', 'acl.conf:6: pattern read to/%u'],
    ['deliver', 'bob', 'to/alice', 'deny', 'acl.conf: no line allows it'],
    ['deliver', undefined, 'to/', 'deny', 'acl.conf: no line allows it'],
    ['deliver', '', 'to/', 'deny', 'acl.conf: no line allows it'],
    ['publish', 'bob', 'from/c/x', 'allow', 'acl.conf:7: pattern write from/%c/#'],
    ['publish', 'bob', 'from/d/x', 'deny', 'acl.conf: no line allows it'],
    ['deliver', '__proto__', 'to/__proto__', 'allow', 'acl.conf:6: pattern read to/%u'],
  ] as const)('%s by %j on %s: %s by %s', (type, username, topic, decision, because) => {
    const acl = aclFile(parseAclFile(TEXT, 'acl.conf'))
    const client = clientOf({ username })
    // The second time it is remembered.
    for (const _ of [1, 2]) {
      expect(acl.authorize(message(type, topic), client)).toMatchObject({ decision, because })
    }
  })

  it('that was asked for before is answered by the same object', () => {
    const acl = aclFile(parseAclFile(TEXT, 'acl.conf'))
    const client = clientOf({ username: 'alice' })
    const first = acl.authorize(message('publish', 'own'), client)
    expect(acl.authorize(message('publish', 'own'), client)).toBe(first)
    expect(acl.authorize(message('publish', 'own'), clientOf({ username: 'alice' }))).toBe(first)
  })
})

describe('a name that is put into a pattern', () => {
  const text = 'pattern write own/%c/state\npattern read %u/#\npattern read all/#'
  it.each(['+', '#', 'a/b', '', 'a/+', '+/state', '$SYS'])(
    'as the client id %j adds no level and no wildcard',
    (clientId) => {
      const acl = aclFile(parseAclFile(text, 'acl.conf'))
      const client = clientOf({ clientId, username: 'bob' })
      const asked = ['own/a/state', 'own/a/b/state', 'own/+/state', 'own/state', 'own//state']
      expect(asked.map((topic) => decisionOf(acl.authorize(message('publish', topic), client))))
        .toEqual(asked.map(() => 'deny')) // prettier-ignore
    },
  )

  it.each(['+', '#', 'a/b', '', '$SYS'])('as the user name %j leads nowhere', (username) => {
    const acl = aclFile(parseAclFile(text, 'acl.conf'))
    const client = clientOf({ username })
    const asked = ['a/b', 'a', '/a', '$SYS/broker', 'x/b']
    expect(asked.map((topic) => decisionOf(acl.authorize(message('deliver', topic), client))))
      .toEqual(asked.map(() => 'deny')) // prettier-ignore
    for (const filter of ['a/b', '$SYS/#', '/a', 'x/#']) {
      const ruling = acl.authorize({ type: 'subscribe', filter, qos: 0 }, client)
      expect([filter, ruling?.decision]).toEqual([filter, 'deny'])
    }
  })

  it('is put there once: a name is not searched for places', () => {
    const acl = aclFile(parseAclFile('pattern read %c/%u', 'acl.conf'))
    const client = clientOf({ clientId: '%u', username: '%c' })
    expect(acl.authorize(message('deliver', '%u/%c'), client)?.decision).toBe('allow')
    expect(acl.authorize(message('deliver', '%c/%c'), client)?.decision).toBe('deny')
  })

  it('denies though it has a slash, a wildcard or a dollar', () => {
    const denying = 'pattern deny own/%c/secret\npattern deny %c/x\npattern readwrite #\n'
    const acl = aclFile(parseAclFile(`${denying}pattern readwrite $a/#`, 'acl.conf'))
    const asked = (clientId: string, topic: string): string | undefined =>
      acl.authorize(message('publish', topic), clientOf({ clientId }))?.decision
    expect(asked('a', 'own/a/secret')).toBe('deny')
    expect(asked('a', 'own/b/secret')).toBe('allow')
    expect(asked('a/b', 'own/a/b/secret')).toBe('deny')
    expect(asked('a/b', 'own/a/secret')).toBe('allow')
    expect(asked('$a', '$a/x')).toBe('deny')
    expect(asked('$a', '$a/y')).toBe('allow')
    expect(asked('a+', 'anything')).toBe('deny')
  })
})

describe('a subscription', () => {
  it.each([
    ['news/a', 'allow', 'acl.conf:3: topic read news/#'],
    ['news/secret', 'deny', 'acl.conf:5: topic deny news/secret'],
    ['news/#', 'partly', 'acl.conf:5: topic deny news/secret (about a part of it)'],
    ['$share/g/news/a', 'allow', 'acl.conf:3: topic read news/#'],
    ['#', 'partly', 'acl.conf:3: topic read news/# (about a part of it)'],
    ['+', 'partly', 'acl.conf:3: topic read news/# (about a part of it)'],
    ['anybody', 'deny', 'acl.conf: no line allows it'],
    ['to/+', 'partly', 'acl.conf:6: pattern read to/%u (about a part of it)'],
    ['to/alice', 'allow', 'acl.conf:6: pattern read to/%u'],
    ['to/bob', 'deny', 'acl.conf: no line allows it'],
    ['from/c/#', 'deny', 'acl.conf: no line allows it'],
    ['$SYS/#', 'deny', 'acl.conf: no line allows it'],
  ])('to %s is judged: %s by %s', (filter, decision, because) => {
    const acl = aclFile(parseAclFile(TEXT, 'acl.conf'))
    const client = clientOf({ username: 'alice' })
    expect(acl.authorize({ type: 'subscribe', filter, qos: 0 }, client)).toEqual(
      expect.objectContaining({ decision, because }),
    )
  })
})

describe('a file that is replaced', () => {
  it('decides from then on, whatever is remembered', () => {
    const acl = aclFile(parseAclFile('topic a', 'acl.conf'))
    const client = clientOf({})
    expect(acl.authorize(message('publish', 'a'), client)?.decision).toBe('allow')
    acl.replace(parseAclFile('topic b', 'acl.conf'))
    expect(acl.authorize(message('publish', 'a'), client)?.decision).toBe('deny')
    expect(acl.authorize(message('publish', 'b'), client)?.decision).toBe('allow')
  })
})

const TEXT = `topic write anybody
user alice
topic read news/#
topic own
topic deny news/secret
pattern read to/%u
pattern write from/%c/#
`

function message(type: 'publish' | 'will' | 'deliver', topic: string): Action {
  return { type, topic, qos: 0, retain: false }
}

function decisionOf(ruling: { readonly decision: string } | undefined): string | undefined {
  return ruling?.decision
}

function clientOf({ username, clientId = 'c' }: Partial<ClientInfo>): ClientInfo {
  return { clientId, username, principal: username, version: 5, remoteAddress: '127.0.0.1' }
}
