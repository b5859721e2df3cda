// Retained messages come to an end: their Message Expiry Interval, and the limits of the broker.

import { describe, expect, it } from 'vitest'
import { ack, inWords } from './lasting.ts'
import { openWorld as openAnyWorld, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer, World } from './peer.ts'

const retain = true

describe('the Message Expiry Interval of a retained message', () => {
  it('is counted down while it is kept [MQTT-3.3.2-6]', async () => {
    const { client, clock } = await openWorld()
    client('p').send(publish('a', 'x', { retain, properties: { messageExpiryInterval: 10 } }))
    expect(expiryFor(client('s1'))).toEqual([10])
    clock.advance(3_400)
    expect(expiryFor(client('s2'))).toEqual([7])
    clock.advance(6_500)
    expect(expiryFor(client('s3'))).toEqual([1])
  })

  it('ends it, also for clients of older versions [MQTT-3.3.2-5]', async () => {
    const { client, clock, broker } = await openWorld()
    client('p').send(publish('a', 'x', { retain, properties: { messageExpiryInterval: 10 } }))
    clock.advance(9_900)
    for (const version of VERSIONS)
      expect(expiryFor(client(`a${version}`, { version }))).toHaveLength(1)
    clock.advance(100)
    for (const version of VERSIONS)
      expect(expiryFor(client(`b${version}`, { version }))).toEqual([])
    clock.advance(400)
    expect(broker.stats()).toMatchObject({ retainedMessages: 0, retainedBytes: 0 })
  })

  it('of 0 is over at once: who is subscribed gets it, and nobody later', async () => {
    const { client, clock, broker } = await openWorld()
    const peer = client('s')
    peer.send(subscribe('a'))
    peer.take()
    client('p').send(publish('a', 'x', { retain, properties: { messageExpiryInterval: 0 } }))
    expect(inWords(peer.take())).toEqual(['publish q0 x'])
    expect(expiryFor(client('later'))).toEqual([])
    clock.advance(400)
    expect(broker.stats().retainedMessages).toBe(0)
  })

  it('of the one that took its place counts', async () => {
    const { client, clock } = await openWorld()
    const sender = client('p')
    sender.send(publish('a', 'x', { retain, properties: { messageExpiryInterval: 1 } }))
    sender.send(publish('a', 'y', { retain }))
    clock.advance(5_000)
    expect(inWords(retainedFor(client('s')))).toEqual(['publish q0 retain y'])
  })

  it('ends it in the middle of its replay [MQTT-3.3.2-5]', async () => {
    const { client, clock } = await openWorld({ limits: { inFlightMax: 1 } })
    const properties = { messageExpiryInterval: 10 }
    for (const topic of ['a/1', 'a/2', 'a/3']) {
      client('p').send(publish(topic, topic, { retain, qos: 1, packetId: 1, properties }))
    }
    const peer = client('s')
    peer.send(subscribe({ filter: '#', qos: 1 }))
    expect(peer.takeTexts()).toHaveLength(1)
    clock.advance(10_000)
    peer.send(ack('puback', 1))
    expect(peer.take()).toEqual([])
  })
})

describe('a broker that retains no more', () => {
  it.each([1, 2] as const)(
    'refuses QoS %i with 0x97 in MQTT 5.0, and nobody gets it',
    async (qos) => {
      const { client, broker, watcher } = await full()
      const sender = client('p')
      sender.send(publish('c', 'x', { retain, qos, packetId: 1 }))
      expect(inWords(sender.take())).toEqual([qos === 1 ? 'puback 1 0x97' : 'pubrec 1 0x97'])
      expect(watcher.take()).toEqual([])
      expect(broker.stats()).toMatchObject({
        retainedMessages: 2,
        publishesRefused: 1,
        messagesDropped: { 'retained-full': 1 },
      })
    },
  )

  it.each(VERSIONS)('delivers QoS 0 of version %i, which is not kept', async (version) => {
    const { client, broker, watcher } = await full()
    client('p', { version }).send(publish('c', 'x', { retain }))
    expect(inWords(watcher.take())).toEqual(['publish q0 x'])
    expect(broker.stats()).toMatchObject({
      retainedMessages: 2,
      messagesDropped: { 'retained-full': 1 },
    })
  })

  it.each([3, 4] as const)('closes version %i after 10 s without room', async (version) => {
    const { client, clock } = await full()
    const sender = client('p', { version })
    sender.send(publish('c', 'x', { retain, qos: 1, packetId: 1 }))
    clock.advance(9_700)
    expect(sender.take()).toEqual([])
    expect(sender.closed).toBeUndefined()
    clock.advance(700)
    await clock.settled()
    expect(sender.take()).toEqual([])
    expect(sender.closed).toBe('in order')
  })

  it.each([3, 4] as const)('acknowledges version %i when there is room again', async (version) => {
    const { client, clock } = await full()
    const sender = client('p', { version })
    sender.send(publish('c', 'x', { retain, qos: 1, packetId: 1 }))
    client('other').send(publish('a', '', { retain }))
    clock.advance(500)
    await clock.settled()
    expect(inWords(sender.take())).toEqual(['puback 1'])
    expect(inWords(retainedFor(client('s'), 'c'))).toEqual(['publish q0 retain x'])
  })

  it('replaces what it has, and has room for another when one is removed', async () => {
    const { client } = await full() // Somebody is subscribed to c.
    const sender = client('p')
    sender.send(publish('a', 'new', { retain, qos: 1, packetId: 1 }))
    sender.send(publish('b', '', { retain, qos: 1, packetId: 2 }))
    sender.send(publish('c', 'x', { retain, qos: 1, packetId: 3 }))
    expect(inWords(sender.take())).toEqual(['puback 1 0x10', 'puback 2 0x10', 'puback 3'])
    expect(inWords(retainedFor(client('s')))).toEqual([
      'publish q0 retain new',
      'publish q0 retain x',
    ])
  })

  it('removes what QoS 0 has made untrue and cannot be kept [MQTT-3.3.1-5]', async () => {
    const { client, broker } = await openWorld({ limits: { retainedBytesMax: 2_000 } })
    const sender = client('p')
    sender.send(publish('a', 'on', { retain }))
    sender.send(publish('a', 'x'.repeat(3_000), { retain }))
    expect(retainedFor(client('s'))).toEqual([])
    expect(broker.stats()).toMatchObject({ retainedMessages: 0, retainedBytes: 0 })
  })

  it('keeps what QoS 1 was refused to replace, as its publisher knows', async () => {
    const { client } = await openWorld({ limits: { retainedBytesMax: 2_000 } })
    const sender = client('p')
    sender.send(publish('a', 'on', { retain }))
    sender.send(publish('a', 'x'.repeat(3_000), { retain, qos: 1, packetId: 1 }))
    expect(inWords(sender.take())).toEqual(['puback 1 0x97'])
    expect(inWords(retainedFor(client('s')))).toEqual(['publish q0 retain on'])
  })

  it('counts in bytes, too', async () => {
    const { client, broker } = await openWorld({ limits: { retainedBytesMax: 10_000 } })
    const sender = client('p')
    for (let at = 0; at < 100; at++) {
      sender.send(publish(`t/${at}`, 'x'.repeat(1_000), { retain, qos: 1, packetId: 1 }))
    }
    const { retainedMessages, retainedBytes, messagesDropped } = broker.stats()
    expect(retainedMessages).toBeGreaterThan(3)
    expect(retainedBytes).toBeLessThanOrEqual(10_000)
    expect(messagesDropped['retained-full']).toBe(100 - retainedMessages)
  })
})

/** Without the retained messages of the broker's own. */
function openWorld(options: Parameters<typeof openAnyWorld>[0] = {}): Promise<World> {
  return openAnyWorld({ systemTopicsEveryMs: 0, ...options })
}

/** A broker with two retained messages that takes no third one, and a subscriber to the third. */
async function full(): Promise<World & { readonly watcher: Peer }> {
  const world = await openWorld({ limits: { retainedMessagesMax: 2 } })
  world.client('first').send(publish('a', '1', { retain }), publish('b', '2', { retain }))
  const watcher = world.client('watcher')
  watcher.send(subscribe('c'))
  watcher.take()
  return { ...world, watcher }
}

function retainedFor(peer: Peer, filter = '#'): ReturnType<Peer['take']> {
  peer.send(subscribe(filter))
  return peer.take().filter(({ type }) => type === 'publish')
}

/** The Message Expiry Interval of each retained message; `undefined` for one without. */
function expiryFor(peer: Peer): readonly unknown[] {
  return retainedFor(peer).map((one) =>
    one.type === 'publish' ? one.properties?.messageExpiryInterval : one,
  )
}
