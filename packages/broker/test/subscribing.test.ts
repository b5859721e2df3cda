// Subscriptions (§3.8 to §3.11): several that match, replaced ones, those that are given up, and
// those that are refused.

import { naiveMatches } from '@godwit/topic/testing'
import { describe, expect, it } from 'vitest'
import { ack, inWords, lasting, resume } from './lasting.ts'
import { disconnect, openWorld, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer } from './peer.ts'

describe('subscriptions that overlap', () => {
  it.each(VERSIONS)(
    'give one copy at the highest QoS in version %i [MQTT-3.3.4-2]',
    async (version) => {
      const { client } = await openWorld()
      const peer = client('s', { version })
      peer.send(subscribe('a', { filter: '+', qos: 2 }, { filter: '#', qos: 1 }))
      peer.take()
      const sender = client('p')
      for (const qos of [0, 1, 2] as const) sender.send(publish('a', 'x', { qos, packetId: qos }))
      expect(inWords(peer.take())).toEqual(['publish q0 x', 'publish 1 q1 x', 'publish 2 q2 x'])
    },
  )

  it('give the identifiers of all, an identifier twice if two have it [MQTT-3.3.4-4]', async () => {
    const { client } = await openWorld()
    const peer = client('s')
    peer.send(subscribe({ filter: 'a', identifier: 7 }), subscribe({ filter: '#', identifier: 8 }))
    peer.send(subscribe({ filter: '+', identifier: 7 }), subscribe('a/#'))
    peer.take()
    client('p').send(publish('a', 'x'))
    expect(identifiersOf(peer)).toEqual([[7, 7, 8]])
  })

  it('give the identifiers to each copy of what is retained [MQTT-3.3.4-5]', async () => {
    const { client } = await openWorld()
    client('p').send(publish('a', 'x', { retain: true }))
    const peer = client('s')
    peer.send(subscribe({ filter: 'a', identifier: 1 }), subscribe({ filter: '#', identifier: 2 }))
    expect(identifiersOf(peer)).toEqual([[1], [2]])
  })

  it('give RETAIN as it was published if one of them wants it', async () => {
    const { client } = await openWorld()
    const peer = client('s')
    peer.send(subscribe('a', { filter: '#', retainAsPublished: true }))
    peer.take()
    client('p').send(publish('a', 'x', { retain: true }))
    expect(inWords(peer.take())).toEqual(['publish q0 retain x'])
  })

  it('of one SUBSCRIBE with the same filter count as one, the last', async () => {
    const { client, broker } = await openWorld()
    const peer = client('s')
    peer.send(subscribe({ filter: 'a', qos: 0 }, { filter: 'a', qos: 2 }, { filter: 'a', qos: 1 }))
    expect(inWords(peer.take())).toEqual(['suback 1'])
    expect(broker.stats().subscriptions).toBe(1)
    client('p').send(publish('a', 'x', { qos: 2, packetId: 1 }))
    expect(inWords(peer.take())).toEqual(['publish 1 q1 x'])
  })
})

it.each(VERSIONS)(
  'version %i gets what its filters match, and no more [MQTT-3.3.2-3]',
  async (version) => {
    const filters = ['a', 'a/#', '+/b', '/+', '+', 'a/+/c', '$x/#', '$x/+', '#', 'b/', '+/+/+']
    const topics = ['a', 'a/b', 'a/b/c', '/b', '/', 'b', 'b/', '$x', '$x/b', '$x/b/c', 'A', 'a/']
    const { client, broker } = await openWorld()
    const peers = filters.map((filter) => {
      const peer = client(`s ${filter}`, { version })
      peer.send(subscribe(filter))
      peer.take()
      return { filter, peer }
    })
    for (const topic of topics) broker.publish({ topic, payload: new Uint8Array(0) })
    for (const { filter, peer } of peers) {
      const got = peer.take().map((one) => one.type === 'publish' && one.topic)
      expect({ filter, got }).toEqual({
        filter,
        got: topics.filter((one) => naiveMatches(filter, one)),
      })
    }
  },
)

describe('SUBSCRIBE for a filter that is held', () => {
  it.each(VERSIONS)(
    'replaces the subscription, and no message is lost, in version %i [MQTT-3.8.4-3] [MQTT-3.8.4-4]',
    async (version) => {
      const { client, broker } = await openWorld()
      const sender = client('p')
      const peer = client('s', { version })
      peer.send(subscribe({ filter: 'a', qos: 1 }))
      for (let at = 1; at <= 20; at++) {
        sender.send(publish('a', `${at}`, { qos: 1, packetId: 1, retain: at === 20 }))
        peer.send(subscribe({ filter: 'a', qos: at % 2 === 0 ? 2 : 1 }))
      }
      const live = peer.take().filter((one) => one.type === 'publish' && !one.retain)
      expect(
        live.map((one) => one.type === 'publish' && Number(new TextDecoder().decode(one.payload))),
      ).toEqual(Array.from({ length: 20 }, (_, at) => at + 1))
      expect(broker.stats().subscriptions).toBe(1)
    },
  )

  it('replaces all options, and the identifier, which may be left out', async () => {
    const { client } = await openWorld()
    const [peer, sender] = [client('s'), client('p')]
    peer.send(subscribe({ filter: 'a', qos: 2, noLocal: true, identifier: 5 }))
    peer.send(subscribe({ filter: 'a', qos: 1, retainAsPublished: true }))
    peer.take()
    sender.send(publish('a', 'x', { qos: 2, packetId: 1, retain: true }))
    expect(peer.take()).toEqual([publish('a', 'x', { qos: 1, packetId: 1, retain: true })])
    peer.send(publish('a', 'own'))
    expect(peer.takeTexts()).toEqual(['own'])
  })

  it('leaves what is queued on the terms of its time', async () => {
    const { client, broker } = await openWorld({ limits: { inFlightMax: 1 } })
    const [peer, sender] = [client('s'), client('p')]
    peer.send(subscribe({ filter: 'a', qos: 2, identifier: 1 }))
    peer.take()
    sender.send(publish('a', 'x', { qos: 2, packetId: 1 }))
    sender.send(publish('a', 'y', { qos: 2, packetId: 2 }))
    expect(broker.stats().messagesQueued).toBe(1)
    peer.send(subscribe({ filter: 'a', qos: 1, identifier: 2 }))
    peer.send(ack('pubrec', 1), ack('pubcomp', 1))
    expect(inWords(peer.take())).toEqual([
      'publish 1 q2 x',
      'suback 1',
      'pubrel 1',
      'publish 2 q2 y',
    ])
  })
})

describe('UNSUBSCRIBE', () => {
  it.each(VERSIONS)(
    'is answered in version %i, whatever there was [MQTT-3.10.4-5]',
    async (version) => {
      const { client } = await openWorld()
      const peer = client('s', { version })
      peer.send(subscribe('a', 'b'))
      peer.take()
      const filters = ['a', 'A', 'c', 'a', '#', 'b']
      peer.send({ type: 'unsubscribe', packetId: 9, filters })
      const reasonCodes = version === 5 ? [0, 0x11, 0x11, 0x11, 0x11, 0] : []
      expect(peer.take()).toEqual([{ type: 'unsuback', packetId: 9, reasonCodes }])
    },
  )

  it.each(VERSIONS)(
    'ends the flow of new messages, not of those begun, in version %i [MQTT-3.10.4-2] [MQTT-3.10.4-3]',
    async (version) => {
      const world = await openWorld()
      const peer = world.client('s', lasting(version))
      peer.send(subscribe({ filter: 'a', qos: 2 }))
      const sender = world.client('p')
      sender.send(publish('a', 'one', { qos: 1, packetId: 1 }))
      sender.send(publish('a', 'two', { qos: 2, packetId: 2 }))
      peer.take()
      peer.send({ type: 'unsubscribe', packetId: 2, filters: ['a'] })
      sender.send(publish('a', 'three', { qos: 2, packetId: 3 }))
      expect(inWords(peer.take())).toEqual(['unsuback 2'])
      peer.send(disconnect())
      const { peer: back, taken } = resume(world, 's', lasting(version))
      expect(inWords(taken).slice(1)).toEqual(['publish 1 q1 dup one', 'publish 2 q2 dup two'])
      back.send(ack('puback', 1), ack('pubrec', 2), ack('pubcomp', 2))
      expect(inWords(back.take())).toEqual(['pubrel 2'])
    },
  )

  it('of one of two that overlap leaves the other, and its QoS', async () => {
    const { client } = await openWorld()
    const peer = client('s')
    peer.send(subscribe({ filter: 'a', qos: 2, identifier: 1 }))
    peer.send(subscribe({ filter: '#', qos: 1, identifier: 2 }))
    peer.send({ type: 'unsubscribe', packetId: 2, filters: ['a'] })
    peer.take()
    client('p').send(publish('a', 'x', { qos: 2, packetId: 1 }))
    expect(peer.take()).toEqual([
      publish('a', 'x', { qos: 1, packetId: 1, properties: { subscriptionIdentifier: [2] } }),
    ])
  })
})

/** The Subscription Identifiers of each message, in order. */
function identifiersOf(peer: Peer): readonly (readonly number[])[] {
  return peer.take().flatMap((one) => {
    if (one.type !== 'publish') return []
    const { subscriptionIdentifier = [] } = one.properties ?? {}
    return [[...subscriptionIdentifier].toSorted((a, b) => a - b)]
  })
}
