/** A program that says what clients may do. */
import { describe, expect, it } from 'vitest'
import { HttpAuthorizer } from '../src/index.ts'
import { attemptOf } from './attempts.ts'
import { saying, WebServer } from './web-server.ts'

const { client } = attemptOf({ username: 'ada', listener: 'lan' })
const PUBLISH = { type: 'publish', topic: 'a', qos: 1, retain: true } as const
const SUBSCRIBE = { type: 'subscribe', filter: 'a/#', qos: 2 } as const

describe('the question', () => {
  it('has the client and what it wants', async () => {
    await using server = await WebServer.open(saying({ allow: true }))
    const hook = new HttpAuthorizer({ url: server.url })
    await hook.authorize(PUBLISH, client)
    await hook.authorize(SUBSCRIBE, client)
    const who = {
      question: 'authorize',
      clientId: 'lamp',
      username: 'ada',
      remoteAddress: '192.0.2.7',
      listener: 'lan',
    }
    expect(server.asked.map(({ body }): unknown => JSON.parse(body))).toEqual([
      { ...who, action: 'publish', topic: 'a', qos: 1, retain: true },
      { ...who, action: 'subscribe', filter: 'a/#', qos: 2 },
    ])
  })
})

describe('the answer', () => {
  it.each([
    [{ allow: true }, 'allow', 'allow'],
    [{ allow: false, reason: 'no' }, 'deny', 'deny'],
    [{ allow: 'partly' }, 'deny', 'partly'],
    [{ ignore: true }, undefined, undefined],
    [{ ignore: true, allow: false }, 'deny', 'deny'],
    [{ allow: 'yes' }, 'deny', 'deny'],
    [{}, 'deny', 'deny'],
  ])('%j is %s, and %s for a subscription', async (answer, publish, subscribe) => {
    await using server = await WebServer.open(saying(answer))
    const hook = new HttpAuthorizer({ url: server.url })
    expect((await hook.authorize(PUBLISH, client))?.decision).toBe(publish)
    expect((await hook.authorize(SUBSCRIBE, client))?.decision).toBe(subscribe)
  })

  it('is remembered for a while, for the same question of the same client', async () => {
    await using server = await WebServer.open(saying({ allow: true }))
    let now = 0
    const hook = new HttpAuthorizer({ url: server.url, cacheSeconds: 5, now: () => now })
    const first = await hook.authorize(PUBLISH, client)
    expect(hook.authorize(PUBLISH, client)).toBe(first)
    now = 4999
    expect(hook.authorize(PUBLISH, client)).toBe(first)
    expect(server.asked).toHaveLength(1)
    await hook.authorize({ ...PUBLISH, retain: false }, client)
    await hook.authorize({ ...PUBLISH, qos: 0 }, client)
    await hook.authorize({ ...PUBLISH, type: 'deliver' }, client)
    await hook.authorize(PUBLISH, { ...client })
    expect(server.asked).toHaveLength(5)
    now = 5000
    await hook.authorize(PUBLISH, client)
    expect(server.asked).toHaveLength(6)
    hook.forget()
    await hook.authorize(PUBLISH, client)
    expect(server.asked).toHaveLength(7)
  })

  it('is asked for once, however many wait for it', async () => {
    await using server = await WebServer.open(saying({ allow: true }))
    const hook = new HttpAuthorizer({ url: server.url, cacheSeconds: 0 })
    const rulings = await Promise.all([1, 2, 3].map(async () => hook.authorize(PUBLISH, client)))
    expect(rulings.map((ruling) => ruling?.decision)).toEqual(['allow', 'allow', 'allow'])
    expect(server.asked).toHaveLength(1)
    await hook.authorize(PUBLISH, client)
    expect(server.asked).toHaveLength(2)
  })

  it('is forgotten with all others when there are too many', async () => {
    await using server = await WebServer.open(saying({ allow: true }))
    const hook = new HttpAuthorizer({ url: server.url, cacheEntriesMax: 2 })
    for (const topic of ['a', 'b', 'c', 'c', 'a']) {
      await hook.authorize({ ...PUBLISH, topic }, client)
    }
    expect(server.asked).toHaveLength(4)
  })

  it('denies everything where it does not come, and the next question is asked', async () => {
    let status = 500
    await using server = await WebServer.open((_, response) =>
      response.writeHead(status).end('{"allow":true}'),
    )
    const sentences: string[] = []
    const failed = (sentence: string) => sentences.push(sentence)
    const hook = new HttpAuthorizer({ url: server.url, name: 'rights', failed })
    expect((await hook.authorize(PUBLISH, client))?.decision).toBe('deny')
    expect(sentences).toEqual([
      'rights: the hook failed: it answered with the status 500; 200 is wanted',
    ])
    status = 200
    expect((await hook.authorize(PUBLISH, client))?.decision).toBe('allow')
  })
})
