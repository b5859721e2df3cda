// Retained messages through the broker (§3.3.1.3): who gets them, when, and how.

import { describe, expect, it } from 'vitest'
import { inWords, lasting, resume } from './lasting.ts'
import { disconnect, openWorld, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer, World } from './peer.ts'

const retain = true

describe.each(VERSIONS)('a retained message of version %i', (version) => {
  it('is for those who subscribe later, with RETAIN set [MQTT-3.3.1-5] [MQTT311-3.3.1-8]', async () => {
    const { client } = await openWorld()
    client('p', { version }).send(publish('a', 'x', { retain }))
    for (const to of VERSIONS) {
      const peer = client(`s${to}`, { version: to })
      peer.send(subscribe('a'))
      expect(inWords(peer.take())).toEqual(['suback 1', 'publish q0 retain x'])
    }
  })

  it('is for those who are subscribed without RETAIN [MQTT-3.3.1-12]', async () => {
    const { client } = await openWorld()
    const peer = client('s', { version })
    peer.send(subscribe('a'))
    peer.take()
    client('p', { version }).send(publish('a', 'x', { retain }))
    expect(inWords(peer.take())).toEqual(['publish q0 x'])
  })

  it('takes the place of the former one, at any QoS [MQTT-3.3.1-5]', async () => {
    const { client, broker } = await openWorld()
    const sender = client('p', { version })
    sender.send(publish('a', 'one', { retain, qos: 2, packetId: 1 }))
    sender.send(publish('a', 'two', { retain }))
    expect(inWords(retainedFor(client('s', { version }), 2))).toEqual(['publish q0 retain two'])
    expect(broker.stats().retainedMessages).toBe(1)
  })

  it('is removed by an empty one, which is delivered [MQTT-3.3.1-6] [MQTT-3.3.1-7]', async () => {
    const { client, broker } = await openWorld()
    const sender = client('p', { version })
    sender.send(publish('a', 'x', { retain }))
    const peer = client('s', { version })
    peer.send(subscribe('a'))
    peer.take()
    sender.send(publish('a', '', { retain }))
    expect(peer.take()).toEqual([publish('a', '')])
    expect(retainedFor(client('later', { version }))).toEqual([])
    expect(broker.stats()).toMatchObject({ retainedMessages: 0, retainedBytes: 0 })
  })

  it('is not touched by a message without RETAIN [MQTT-3.3.1-8]', async () => {
    const { client } = await openWorld()
    client('p', { version }).send(
      publish('a', 'kept', { retain }),
      publish('a', 'live'),
      publish('a', ''),
    )
    expect(inWords(retainedFor(client('s', { version })))).toEqual(['publish q0 retain kept'])
  })

  it('comes at the lower QoS of message and subscription [MQTT-3.8.4-8]', async () => {
    const { client } = await openWorld()
    const sender = client('p', { version })
    for (const qos of [0, 1, 2] as const) {
      sender.send(publish(`q${qos}`, `q${qos}`, { retain, qos, packetId: qos }))
    }
    const peer = client('s', { version })
    for (const [qos, words] of [
      [0, ['publish q0 retain q0', 'publish q0 retain q1', 'publish q0 retain q2']],
      [1, ['publish q0 retain q0', 'publish 1 q1 retain q1', 'publish 2 q1 retain q2']],
      [2, ['publish q0 retain q0', 'publish 3 q1 retain q1', 'publish 4 q2 retain q2']],
    ] as const) {
      const filters = ['q0', 'q1', 'q2'].map((filter) => ({ filter, qos }))
      peer.send(subscribe(...filters))
      expect(inWords(peer.take().slice(1))).toEqual(words)
    }
  })

  it('is no part of the session that published it [MQTT311-3.1.2-7]', async () => {
    const { client } = await openWorld()
    client('p', { version }).send(publish('a', 'x', { retain }), disconnect())
    client('p', { version })
    expect(inWords(retainedFor(client('s', { version })))).toEqual(['publish q0 retain x'])
  })

  it('does not come to a session that is resumed, only to a new subscription', async () => {
    const world = await openWorld()
    const first = world.client('s', lasting(version))
    first.send(subscribe({ filter: 'a', qos: 1 }))
    first.send(disconnect())
    world.client('p').send(publish('a', 'x', { retain }))
    const { peer, taken } = resume(world, 's', lasting(version))
    expect(taken.slice(1)).toEqual([])
    peer.send(subscribe('a'))
    expect(inWords(peer.take())).toEqual(['suback 1', 'publish q0 retain x'])
  })
})

describe('Retain Handling', () => {
  it('0 sends them with every SUBSCRIBE [MQTT-3.3.1-9] [MQTT-3.8.4-4]', async () => {
    const { peer } = await withRetained()
    expect(retainedFor(peer, 0, 0)).toHaveLength(1)
    expect(retainedFor(peer, 0, 0)).toHaveLength(1)
  })

  it('1 sends them if the subscription is new only [MQTT-3.3.1-10]', async () => {
    const { peer } = await withRetained()
    expect(retainedFor(peer, 0, 1)).toHaveLength(1)
    expect(retainedFor(peer, 1, 1)).toHaveLength(0)
    peer.send({ type: 'unsubscribe', packetId: 1, filters: ['a'] })
    peer.take()
    expect(retainedFor(peer, 0, 1)).toHaveLength(1)
  })

  it('1 counts the subscriptions of a resumed session as there [MQTT-3.3.1-10]', async () => {
    const world = await withRetained()
    const first = world.client('r', lasting())
    expect(retainedFor(first, 1, 1)).toHaveLength(1)
    first.send(disconnect())
    const { peer } = resume(world, 'r', lasting())
    expect(retainedFor(peer, 1, 1)).toHaveLength(0)
    peer.send(disconnect())
    const anew = resume(world, 'r', { ...lasting(), cleanStart: true })
    expect(retainedFor(anew.peer, 1, 1)).toHaveLength(1)
  })

  it('2 sends none [MQTT-3.3.1-11]', async () => {
    const { peer } = await withRetained()
    expect(retainedFor(peer, 0, 2)).toEqual([])
    expect(retainedFor(peer, 0, 2)).toEqual([])
  })

  it.each([1, 2] as const)(
    '%i of a subscription that replaces another loses nothing on its way [MQTT-3.8.4-4]',
    async (retainHandling) => {
      const { peer, client } = await withRetained()
      const topics = Array.from({ length: 600 }, (_, at) => `b/${at}`)
      client('p').send(
        ...topics.map((topic) => publish(topic, 'x', { retain, qos: 1, packetId: 1 })),
      )
      peer.send(
        subscribe({ filter: 'b/#', qos: 1, identifier: 1 }),
        subscribe({ filter: 'b/#', retainHandling, identifier: 2 }),
      )
      const replayed = peer.take().filter(({ type }) => type === 'publish')
      expect(replayed).toHaveLength(600)
      // It goes on the new terms.
      const properties = { subscriptionIdentifier: [2] }
      expect(replayed).toContainEqual(publish('b/599', 'x', { retain, properties }))
    },
  )

  it('is of each filter of a SUBSCRIBE, and a replay of each sends what it matches', async () => {
    const { peer } = await withRetained()
    peer.send(
      subscribe(
        { filter: 'a', retainHandling: 2, identifier: 9 },
        { filter: '+', retainHandling: 0 },
        { filter: '#', retainHandling: 1 },
      ),
    )
    const [, ...replayed] = peer.take()
    const properties = { subscriptionIdentifier: [9] }
    const once = publish('a', 'x', { retain, properties })
    expect(replayed).toEqual([once, once])
  })
})

describe('Retain As Published', () => {
  it('does not matter to what a new subscription gets: RETAIN is set', async () => {
    const { peer } = await withRetained()
    for (const retainAsPublished of [false, true]) {
      peer.send(subscribe({ filter: 'a', retainAsPublished }))
      expect(peer.take().slice(1)).toEqual([publish('a', 'x', { retain })])
    }
  })

  it('shows a removal to those who mirror what is retained', async () => {
    const { peer, client } = await withRetained()
    peer.send(subscribe({ filter: 'a', retainAsPublished: true, retainHandling: 2 }))
    peer.take()
    client('p').send(publish('a', '', { retain }))
    expect(peer.take()).toEqual([publish('a', '', { retain })])
  })
})

describe('No Local', () => {
  it('leaves out what the client itself has retained [MQTT-3.8.3-3]', async () => {
    const { client } = await openWorld()
    const peer = client('me')
    peer.send(publish('a/own', '1', { retain }))
    client('you').send(publish('a/other', '2', { retain }))
    peer.send(subscribe({ filter: 'a/#', noLocal: true }))
    expect(peer.take().slice(1)).toEqual([publish('a/other', '2', { retain })])
    peer.send(subscribe({ filter: 'a/#' }))
    expect(peer.take()).toHaveLength(3)
  })

  it('goes by the Client Identifier, whatever the connection and the version', async () => {
    const { client } = await openWorld()
    client('me', { version: 4 }).send(publish('a', '1', { retain }), disconnect())
    const peer = client('me')
    peer.send(subscribe({ filter: 'a', noLocal: true }))
    expect(peer.take()).toHaveLength(1)
  })

  it('does not leave out what took the place of its own', async () => {
    const { client } = await openWorld()
    const peer = client('me')
    peer.send(publish('a', 'mine', { retain }))
    client('you').send(publish('a', 'yours', { retain }))
    peer.send(subscribe({ filter: 'a', noLocal: true }))
    expect(peer.take().slice(1)).toEqual([publish('a', 'yours', { retain })])
  })
})

it('a retained message keeps its properties and their order [MQTT-3.3.2-17] [MQTT-3.3.2-18]', async () => {
  const { client } = await openWorld()
  const properties = {
    payloadFormatIndicator: 1,
    responseTopic: 'answers',
    correlationData: Uint8Array.of(1, 2),
    contentType: 'text',
    userProperty: [
      ['b', '1'],
      ['a', '2'],
      ['b', '1'],
    ] as const,
  } as const
  client('p').send(publish('a', 'x', { retain, properties: { ...properties, topicAlias: 3 } }))
  const [replayed] = retainedFor(client('s'))
  expect(replayed).toEqual(publish('a', 'x', { retain, properties }))
})

/** What a client gets for a subscription to `#`, or to whatever is given. */
function retainedFor(
  peer: Peer,
  qos: 0 | 1 | 2 = 0,
  retainHandling: 0 | 1 | 2 = 0,
  filter = 'a',
): ReturnType<Peer['take']> {
  peer.send(subscribe({ filter, qos, retainHandling }))
  return peer.take().filter(({ type }) => type === 'publish')
}

async function withRetained(): Promise<World & { readonly peer: Peer }> {
  const world = await openWorld()
  world.client('someone').send(publish('a', 'x', { retain }))
  return { ...world, peer: world.client('s') }
}
