// Topic Aliases towards clients (§3.3.2.3.4): as many as they allow, for the topics that are used
// most.

import { describe, expect, it } from 'vitest'
import { ack, lasting, lose, resume } from './lasting.ts'
import { connect, openWorld, publish, subscribe } from './peer.ts'
import type { Peer, World } from './peer.ts'

describe('a Topic Alias towards a client', () => {
  it('is not used where the client allows none [MQTT-3.1.2-27]', async () => {
    const { subscriber, send } = await aliasing(0)
    for (let count = 0; count < 9; count++) send('topic')
    expect(namesOf(subscriber)).toEqual(Array.from({ length: 9 }, () => 'topic'))
  })

  it('replaces a topic that comes again, up to the maximum [MQTT-3.1.2-26]', async () => {
    const { subscriber, send } = await aliasing(1)
    for (let count = 0; count < 4; count++) send('topic')
    send('another')
    send('another')
    expect(namesOf(subscriber)).toEqual(['topic', 'topic=1', '=1', '=1', 'another', 'another'])
  })

  it('goes to the topics that are used most [MQTT-3.3.2-11]', async () => {
    const { subscriber, send } = await aliasing(2)
    for (let round = 0; round < 200; round++) {
      for (let each = 0; each < 5; each++) for (const hot of ['hot/1', 'hot/2']) send(hot)
      send(`once/${round}`)
    }
    const names = namesOf(subscriber)
    expect(names.filter((name) => name.startsWith('hot') && !name.includes('='))).toHaveLength(2)
    expect(names.slice(-11).filter((name) => name.startsWith('='))).toHaveLength(10)
  })

  it('is at most topicAliasOutboundMax, however many the client allows', async () => {
    const { subscriber, send } = await aliasing(65_535, { topicAliasOutboundMax: 3 })
    for (let round = 0; round < 20; round++) for (const topic of TOPICS) send(topic)
    const aliases = namesOf(subscriber).map((name) => Number(name.split('=')[1] ?? 0))
    expect(Math.max(...aliases)).toBe(3)
  })

  it('is resolved to the same topics and texts as were sent', async () => {
    const { subscriber, send } = await aliasing(4)
    const sent = Array.from({ length: 500 }, (_, index) => TOPICS[(index * index) % 11]!)
    for (const topic of sent) send(topic)
    expect(resolved(subscriber)).toEqual(sent)
  })

  it('ends with the connection: what is sent again says its Topic Name', async () => {
    const world = await openWorld()
    const fields = lasting(5, { topicAliasMaximum: 5 })
    const first = subscribedPeer(world, fields)
    for (let count = 0; count < 3; count++) sendTo(world, 'topic', 1)
    expect(namesOf(first)).toEqual(['topic', 'topic=1', '=1'])
    lose(world, first)
    const { peer, taken } = resume(world, 's', fields)
    expect(names(taken.slice(1))).toEqual(['topic', 'topic=1', '=1'])
    peer.send(ack('puback', 1), ack('puback', 2), ack('puback', 3))
    expect(world.seen.join()).not.toContain('fault')
  })

  it('is used with Subscription Identifiers and expiries of the receiver', async () => {
    const world = await openWorld()
    const fields = lasting(5, { topicAliasMaximum: 5 })
    const first = world.client('s', fields)
    first.send(subscribe({ filter: 'topic', qos: 1, identifier: 7 }))
    lose(world, first)
    const properties = { messageExpiryInterval: 60 }
    for (const packetId of [1, 2, 3]) {
      world.client('p').send(publish('topic', '', { qos: 1, packetId, properties }))
    }
    world.clock.advance(20_000)
    const { taken } = resume(world, 's', fields)
    expect(names(taken.slice(1))).toEqual(['topic', 'topic=1', '=1'])
    for (const packet of taken.slice(1)) {
      expect(packet).toMatchObject({
        properties: { messageExpiryInterval: 40, subscriptionIdentifier: [7] },
      })
    }
  })

  it('that was lost with a message for which there was no room is told again', async () => {
    const world = await openWorld({ limits: { outboxBytesMax: 2_000 } })
    const subscriber = world.dial(5, { highWaterMarkBytes: 100 })
    const properties = { topicAliasMaximum: 5 }
    subscriber.send(connect({ clientId: 's', properties }), subscribe('#'))
    subscriber.take()
    sendTo(world, 'topic', 0)
    subscriber.transport.freeze()
    // The second use of the topic, which gives it an alias, does not get through.
    for (const text of ['x'.repeat(1_500), 'y'.repeat(1_000)]) {
      sendTo(world, 'other', 0, text)
      world.clock.settle()
    }
    sendTo(world, 'topic', 0, 'z'.repeat(1_000))
    subscriber.transport.thaw()
    world.clock.settle()
    sendTo(world, 'topic', 0)
    sendTo(world, 'topic', 0)
    expect(resolved(subscriber)).toEqual(['topic', 'other', 'topic', 'topic'])
  })

  it('that does not fit with its message is told with another [MQTT-3.1.2-24] [MQTT-3.1.2-25]', async () => {
    const world = await openWorld()
    const fields = lasting(5, { topicAliasMaximum: 5, maximumPacketSize: 50 })
    const subscriber = subscribedPeer(world, fields)
    const tight = 'x'.repeat(50 - 2 - 2 - 'topic'.length - 2 - 1)
    sendTo(world, 'topic', 1, tight)
    sendTo(world, 'topic', 1, tight)
    sendTo(world, 'topic', 1)
    sendTo(world, 'topic', 1, tight)
    expect(namesOf(subscriber)).toEqual(['topic', 'topic', 'topic=1', '=1'])
    expect(world.broker.stats().messagesDropped['too-large-for-receiver']).toBe(0)
  })
})

const TOPICS = Array.from({ length: 11 }, (_, index) => `topic/${index}`)

async function aliasing(
  topicAliasMaximum: number,
  limits: { topicAliasOutboundMax?: number } = {},
): Promise<World & { subscriber: Peer; send: (topic: string) => void }> {
  const world = await openWorld({ limits })
  const subscriber = world.client('s', { properties: { topicAliasMaximum } })
  subscriber.send(subscribe('#'))
  subscriber.take()
  return { ...world, subscriber, send: (topic) => sendTo(world, topic, 0) }
}

function subscribedPeer(world: World, fields: Parameters<World['client']>[1]): Peer {
  const peer = world.client('s', fields)
  peer.send(subscribe({ filter: 'topic', qos: 1 }))
  peer.take()
  return peer
}

function sendTo({ broker }: World, topic: string, qos: 0 | 1, text = ''): void {
  broker.publish({ topic, payload: bytes(text), qos })
}

function namesOf(peer: Peer): readonly string[] {
  return names(peer.take())
}

/** `topic`, `topic=alias` where the alias is explained, `=alias` where it stands alone. */
function names(packets: ReturnType<Peer['take']>): readonly string[] {
  return packets.flatMap((packet) => {
    if (packet.type !== 'publish') return []
    const alias = packet.properties?.topicAlias
    return [alias === undefined ? packet.topic : `${packet.topic}=${alias}`]
  })
}

/** The Topic Names that a client makes of them. */
function resolved(peer: Peer): readonly string[] {
  const known = new Map<string, string>()
  return namesOf(peer).map((name) => {
    const [topic = '', alias] = name.split('=')
    if (alias === undefined) return topic
    if (topic !== '') known.set(alias, topic)
    return known.get(alias) ?? `unknown alias ${alias}`
  })
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
