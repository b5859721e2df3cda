// What is not acknowledged when a connection ends is sent again on the next one (§4.4), and what
// came meanwhile comes behind it.

import type { ProtocolVersion } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import type { BrokerLimits } from '../src/index.ts'
import { ack, inWords, lasting, lose, resume } from './lasting.ts'
import { connect, openWorld, PINGREQ, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer, World } from './peer.ts'

const PRESENT = { 3: 'connack', 4: 'connack present', 5: 'connack present' } as const

describe.each(VERSIONS)('a session of version %i', (version) => {
  it('sends PUBLISH again with DUP and its identifier [MQTT-3.3.1-1] [MQTT-4.4.0-1]', async () => {
    const world = await subscribed(version)
    send(world, ['one', 1], ['two', 2], ['three', 1])
    world.subscriber.take()
    lose(world, world.subscriber)
    send(world, ['four', 2], ['five', 1])
    const { taken } = resume(world, 's', lasting(version))
    expect(inWords(taken)).toEqual([
      PRESENT[version],
      'publish 1 q1 dup one',
      'publish 2 q2 dup two',
      'publish 3 q1 dup three',
      'publish 4 q2 four',
      'publish 5 q1 five',
    ])
  })

  it('sends PUBREL again where PUBREC came [MQTT-4.6.0-4] [MQTT-4.3.3-6]', async () => {
    const world = await subscribed(version)
    send(world, ['one', 2], ['two', 2], ['three', 2])
    world.subscriber.send(ack('pubrec', 3), ack('pubrec', 1))
    lose(world, world.subscriber)
    const { peer, taken } = resume(world, 's', lasting(version))
    expect(inWords(taken)).toEqual([
      PRESENT[version],
      'pubrel 3',
      'pubrel 1',
      'publish 2 q2 dup two',
    ])
    peer.send(ack('pubcomp', 1), ack('pubcomp', 3), ack('pubrec', 2))
    expect(inWords(peer.take())).toEqual(['pubrel 2'])
    lose(world, peer)
    expect(inWords(resume(world, 's', lasting(version)).taken)).toEqual([
      PRESENT[version],
      'pubrel 2',
    ])
  })

  it('sends again and again, until it is acknowledged [MQTT-4.4.0-2]', async () => {
    const world = await subscribed(version)
    send(world, ['one', 1])
    let peer = world.subscriber
    for (let count = 0; count < 5; count++) {
      lose(world, peer)
      const resumed = resume(world, 's', lasting(version))
      expect(inWords(resumed.taken).slice(1)).toEqual(['publish 1 q1 dup one'])
      peer = resumed.peer
    }
    peer.send(ack('puback', 1))
    lose(world, peer)
    expect(inWords(resume(world, 's', lasting(version)).taken)).toEqual([PRESENT[version]])
  })

  it('sends nothing again on the same connection', async () => {
    const world = await subscribed(version)
    send(world, ['one', 1], ['two', 2])
    world.subscriber.take()
    world.clock.advance(600_000)
    expect(world.subscriber.take()).toEqual([])
  })

  it('keeps to the window while it sends again', async () => {
    const world = await subscribed(version, { inFlightMax: 2, inFlightMaxV3: 2 })
    send(world, ['1', 1], ['2', 1], ['3', 1])
    lose(world, world.subscriber)
    const { peer, taken } = resume(world, 's', lasting(version))
    expect(inWords(taken).slice(1)).toEqual(['publish 1 q1 dup 1', 'publish 2 q1 dup 2'])
    send(world, ['4', 1])
    expect(peer.take()).toEqual([])
    peer.send(ack('puback', 2), ack('puback', 1))
    expect(inWords(peer.take())).toEqual(['publish 3 q1 3', 'publish 4 q1 4'])
  })

  it('takes an acknowledgement of what it sent on an earlier connection', async () => {
    const world = await subscribed(version)
    send(world, ['one', 1], ['two', 2])
    lose(world, world.subscriber)
    // Both are pipelined behind CONNECT: they come before anything is sent again is read.
    const peer = world.dial(version)
    peer.send(
      connect({ clientId: 's', ...lasting(version) }),
      ack('puback', 1),
      ack('pubrec', 2),
      ack('pubcomp', 2),
    )
    expect(inWords(peer.take()).at(-1)).toBe('pubrel 2')
    lose(world, peer)
    expect(inWords(resume(world, 's', lasting(version)).taken)).toEqual([PRESENT[version]])
  })

  it('is taken over with the same rules as when it is lost', async () => {
    const world = await subscribed(version)
    send(world, ['one', 1], ['two', 2])
    world.subscriber.take()
    const { taken } = resume(world, 's', lasting(version))
    expect(inWords(taken)).toEqual([
      PRESENT[version],
      'publish 1 q1 dup one',
      'publish 2 q2 dup two',
    ])
  })

  it('forgets all of it with Clean Start', async () => {
    const world = await subscribed(version)
    send(world, ['one', 1], ['two', 2])
    lose(world, world.subscriber)
    send(world, ['three', 1])
    const { taken } = resume(world, 's', { version })
    expect(inWords(taken)).toEqual(['connack'])
    expect(world.broker.stats()).toMatchObject({
      messagesQueued: 0,
      messagesDropped: { 'session-ended': 3 },
    })
  })
})

describe('a session', () => {
  it('whose client takes less than before is sent it in portions', async () => {
    const world = await subscribed(5)
    send(world, ['1', 1], ['2', 2], ['3', 1])
    world.subscriber.send(ack('pubrec', 2))
    lose(world, world.subscriber)
    const { peer, taken } = resume(world, 's', lasting(5, { receiveMaximum: 1 }))
    expect(inWords(taken).slice(1)).toEqual(['pubrel 2', 'publish 1 q1 dup 1'])
    send(world, ['4', 1])
    peer.send(ack('pubcomp', 2))
    expect(peer.take()).toEqual([])
    peer.send(ack('puback', 1))
    expect(inWords(peer.take())).toEqual(['publish 3 q1 dup 3'])
    peer.send(ack('puback', 3))
    expect(inWords(peer.take())).toEqual(['publish 4 q1 4'])
  })

  it('ends what waits to be sent again when it is acknowledged nevertheless', async () => {
    const world = await subscribed(5)
    send(world, ['1', 1], ['2', 1], ['3', 1])
    lose(world, world.subscriber)
    const { peer } = resume(world, 's', lasting(5, { receiveMaximum: 1 }))
    peer.send(ack('puback', 2))
    expect(peer.take()).toEqual([])
    peer.send(ack('puback', 1))
    expect(inWords(peer.take())).toEqual(['publish 3 q1 dup 3'])
  })

  it('drops what has become too large for its client [MQTT-3.1.2-25]', async () => {
    const world = await subscribed(5)
    const large = 'x'.repeat(500)
    send(world, ['small', 1], [large, 1], [large, 2], ['small', 2])
    lose(world, world.subscriber)
    send(world, [large, 1], ['new', 1])
    const { peer, taken } = resume(world, 's', lasting(5, { maximumPacketSize: 200 }))
    expect(inWords(taken).slice(1)).toEqual([
      'publish 1 q1 dup small',
      // The client may have it since before: it must forget the identifier.
      'pubrel 3',
      'publish 4 q2 dup small',
      'publish 5 q1 new',
    ])
    expect(world.broker.stats().messagesDropped['too-large-for-receiver']).toBe(3)
    peer.send(ack('pubcomp', 3, 0x92), ack('puback', 1), ack('pubrec', 4), ack('puback', 5))
    peer.send(ack('pubcomp', 4))
    lose(world, peer)
    expect(inWords(resume(world, 's', lasting(5)).taken)).toEqual(['connack present'])
  })

  it('goes on in another version, with what that version can read', async () => {
    const world = await openWorld()
    const first = world.client('s', lasting(5))
    first.send(subscribe({ filter: 'a', qos: 2, identifier: 9, retainAsPublished: true }))
    const properties = { contentType: 'text', messageExpiryInterval: 60 }
    world.client('p').send(publish('a', 'one', { qos: 1, packetId: 1, properties, retain: true }))
    lose(world, first)
    for (const version of [4, 3, 5, 4] as const) {
      const { peer, taken } = resume(world, 's', lasting(version))
      const expected = publish('a', 'one', { qos: 1, packetId: 1, dup: true, retain: true })
      expect(taken.slice(1)).toEqual([
        version === 5
          ? { ...expected, properties: { ...properties, subscriptionIdentifier: [9] } }
          : expected,
      ])
      lose(world, peer)
    }
  })

  it('of MQTT 3.1.1 sends the rest when a client that is frozen thaws', async () => {
    const world = await subscribed(4, { outboxBytesMax: 3_000 })
    const texts = Array.from({ length: 60 }, (_, index) => `${index}`.padEnd(1_000))
    send(world, ...texts.map((text) => [text, 1] as const))
    lose(world, world.subscriber)
    const peer = world.dial(4, { highWaterMarkBytes: 1_000 })
    peer.transport.freeze()
    peer.send(connect({ clientId: 's', ...lasting(4) }))
    send(world, ['last', 1])
    // It is not too slow to be served: the rest waits in the session.
    peer.send(PINGREQ)
    expect(world.broker.stats().connections).toBe(1)
    peer.transport.thaw()
    expect(peer.takeTexts()).toEqual([...texts, 'last'])
    expect(world.seen.filter((line) => line.startsWith('dropped'))).toEqual([])
  })
})

function send({ broker }: World, ...messages: readonly (readonly [string, 1 | 2])[]): void {
  for (const [text, qos] of messages) {
    broker.publish({ topic: 'a', payload: new TextEncoder().encode(text), qos })
  }
}

async function subscribed(
  version: ProtocolVersion,
  limits: Partial<BrokerLimits> = {},
): Promise<World & { subscriber: Peer }> {
  const world = await openWorld({ limits })
  const subscriber = world.client('s', lasting(version))
  subscriber.send(subscribe({ filter: 'a', qos: 2 }))
  subscriber.take()
  return { ...world, subscriber }
}
