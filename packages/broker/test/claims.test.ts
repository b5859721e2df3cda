// What a verdict says of a client beyond whether it is let in: its name, claims, and for how long.

import { describe, expect, it } from 'vitest'
import type { Action, ClientInfo, Guards } from '../src/index.ts'
import { inWords, lasting, lose, resume } from './lasting.ts'
import { connect, openWorld, publish, subscribe } from './peer.ts'
import { auth, hello } from './two-step.ts'

describe('a verdict', () => {
  it('names the client, and remembers claims for the guards', async () => {
    const asked: ClientInfo[] = []
    const claims = { role: 'sensor' }
    const guards: Guards = {
      authenticate: () => ({ reasonCode: 0, username: 'CN of c', claims }),
      authorize: (_, client) => asked.push(client) > 0,
    }
    const world = await openWorld({ guards })
    world.client('c').send(publish('a'))
    expect(asked).toMatchObject([{ username: 'CN of c', principal: 'CN of c' }])
    expect(asked[0]?.claims).toBe(claims)
  })

  it('that ends sends the client away with 0x87', async () => {
    const world = await openWorld({
      guards: { authenticate: () => ({ reasonCode: 0, expiresInMs: 60_000 }) },
    })
    const peer = world.client('c')
    world.clock.advance(59_900)
    expect(peer.take()).toEqual([])
    world.clock.advance(250)
    expect(inWords(peer.take())).toEqual(['disconnect 0x87'])
    expect(world.seen.at(-1)).toBe('disconnected c 0x87')
  })

  it.each([Number.NaN, -1, 2 ** 31, '60000'])('that ends in %s ms refuses', async (expiresInMs) => {
    const verdict = { reasonCode: 0, expiresInMs } as { reasonCode: 0; expiresInMs: number }
    const world = await openWorld({ guards: { authenticate: () => verdict } })
    const peer = world.dial()
    peer.send(connect())
    expect(inWords(peer.take())).toEqual(['connack 0x88'])
    expect(world.broker.stats().guardFailures).toBe(1)
  })

  it('is renewed, with other claims, under which subscriptions are asked about again', async () => {
    const verdicts = [
      { reasonCode: 0, claims: { topics: 'ab' }, expiresInMs: 1000 },
      { reasonCode: 0, claims: { topics: 'b' }, expiresInMs: 5000 },
    ] as const
    let authenticated = 0
    const world = await openWorld({
      guards: { exchange: () => verdicts[authenticated++] ?? 0x86, authorize: byTopics },
    })
    const peer = world.dial()
    peer.send(hello())
    peer.send(subscribe('a', 'b'))
    world.clock.advance(900)
    peer.send(auth(0x19, 'again'))
    world.clock.advance(900)
    peer.take()
    world.broker.publish({ topic: 'a', payload: new Uint8Array() })
    world.broker.publish({ topic: 'b', payload: new Uint8Array() })
    expect(inWords(peer.take())).toEqual(['publish q0 '])
    expect(world.broker.stats().subscriptions).toBe(1)
    world.clock.advance(5000)
    expect(inWords(peer.take())).toEqual(['disconnect 0x87'])
  })

  it('with fewer rights than the last takes away what the session was subscribed to', async () => {
    const verdicts = [{ topics: 'ab' }, { topics: 'b' }]
    const world = await openWorld({
      guards: {
        authenticate: () => ({ reasonCode: 0, claims: verdicts.shift() ?? {} }),
        authorize: byTopics,
      },
    })
    const first = world.client('c', lasting())
    first.send(subscribe({ filter: 'a', qos: 1 }, { filter: 'b', qos: 1 }))
    lose(world, first)
    for (const topic of ['a', 'b']) {
      world.broker.publish({ topic, payload: new TextEncoder().encode(topic), qos: 1 })
    }
    const { taken } = resume(world, 'c', lasting())
    expect(inWords(taken)).toEqual(['connack present', 'publish 1 q1 b'])
    expect(world.broker.stats()).toMatchObject({
      subscriptions: 1,
      messagesDropped: { 'not-authorized': 1 },
    })
  })
})

describe('a subscription that is granted in part', () => {
  it('gets what its client may have, live and retained', async () => {
    const guards: Guards = {
      authorize: (action) =>
        action.type === 'subscribe' ? 'partly' : !topicOf(action).startsWith('secret'),
    }
    const world = await openWorld({ guards })
    const retained = { payload: new TextEncoder().encode('kept'), retain: true }
    world.broker.publish({ topic: 'secret/r', ...retained })
    world.broker.publish({ topic: 'open/r', ...retained })
    const peer = world.client('c')
    peer.send(subscribe('#'))
    await world.clock.settled()
    expect(peer.takeTexts()).toEqual(['kept'])
    world.broker.publish({ topic: 'secret/l', payload: new TextEncoder().encode('no') })
    world.broker.publish({ topic: 'open/l', payload: new TextEncoder().encode('yes') })
    expect(peer.takeTexts()).toEqual(['yes'])
    expect(world.broker.stats().messagesDropped['not-authorized']).toBe(2)
  })

  it('is an answer for subscriptions only', async () => {
    const world = await openWorld({ guards: { authorize: () => 'partly' } })
    const peer = world.client('c')
    peer.send(publish('a', '', { qos: 1, packetId: 1 }))
    expect(inWords(peer.take())).toEqual(['puback 1 0x87'])
    expect(world.broker.stats().guardFailures).toBe(1)
  })
})

describe('guard', () => {
  it('puts others in the place of the guards, who are asked about what was granted', async () => {
    const world = await openWorld()
    const peer = world.client('c')
    peer.send(subscribe('a', 'b'))
    const publisher = world.client('p')
    const guarded = world.broker.guard({
      authenticate: () => 0x87,
      authorize: (action) => topicOf(action) === 'b',
    })
    await world.clock.settled()
    await guarded
    publisher.send(publish('a', 'no'), publish('b', 'yes'))
    expect(peer.takeTexts()).toEqual(['yes'])
    expect(world.broker.stats().subscriptions).toBe(1)
    const late = world.dial()
    late.send(connect({ clientId: 'late' }))
    expect(inWords(late.take())).toEqual(['connack 0x87'])
  })
})

describe('rightsChanged', () => {
  it('sends away who may not stay, and nobody else', async () => {
    const world = await openWorld({
      guards: { mayStay: ({ clientId }) => clientId === 'one', authorize: () => true },
    })
    const [one, two] = ['one', 'two'].map((clientId) => world.client(clientId))
    const changed = world.broker.rightsChanged()
    await world.clock.settled()
    await changed
    expect(inWords(one!.take())).toEqual([])
    expect(inWords(two!.take())).toEqual(['disconnect 0x87'])
  })

  it('sends away whose guard fails', async () => {
    const mayStay = (): boolean => {
      throw new Error('broken')
    }
    const world = await openWorld({ guards: { mayStay } })
    const peer = world.client('c')
    const changed = world.broker.rightsChanged()
    await world.clock.settled()
    await changed
    expect(inWords(peer.take())).toEqual(['disconnect 0x87'])
    expect(world.broker.stats().guardFailures).toBe(1)
  })
})

function topicOf(action: Action): string {
  return action.type === 'subscribe' ? action.filter : action.topic
}

/** Allows the topics that are letters of the claim. */
function byTopics(action: Action, { claims }: ClientInfo): boolean {
  const allowed = claims !== undefined && 'topics' in claims ? String(claims.topics) : ''
  return allowed.includes(topicOf(action))
}
