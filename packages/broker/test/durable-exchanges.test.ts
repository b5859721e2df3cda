// Messages on their way over the end of the process (§4.3, §4.4): what comes again, under which
// identifier, what does not, and what is left of its time.

import { describe, expect, it } from 'vitest'
import {
  away,
  come,
  exactly,
  lost,
  once,
  passes,
  published,
  said,
  subscriber,
} from './durable-steps.ts'
import { DurableWorld } from './durable-world.ts'
import { ack, inWords, lasting } from './lasting.ts'
import { publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer } from './peer.ts'

describe.each(VERSIONS)('to a client of version %i', (version) => {
  const fields = lasting(version)

  it('QoS 1 in flight comes again with its identifier and DUP [MQTT-4.4.0-1]', async () => {
    const { world, peer } = await subscribed(version)
    await published(world, 'a', 1, ['x', 'y', 'z'])
    await said(world, peer, ack('puback', 2))
    await passes(world, 1000)
    await world.crash()
    const again = await come(world, 'c', fields)
    expect(again.words.slice(1)).toEqual(['publish 1 q1 dup x', 'publish 3 q1 dup z'])
    await said(world, again.peer, ack('puback', 1), ack('puback', 3))
    expect(world.now.broker.stats().store).toMatchObject({ messages: 0 })
    await passes(world, 1000)
    await world.crash()
    expect((await come(world, 'c', fields)).words.slice(1)).toEqual([])
  })

  it('QoS 1 that was sent within the last second may come as if it were new', async () => {
    const { world, peer } = await subscribed(version)
    await published(world, 'a', 1, ['x'])
    expect(await said(world, peer)).toEqual(['publish 1 q1 x'])
    await world.crash()
    expect((await come(world, 'c', fields)).words.slice(1)).toEqual(['publish 1 q1 x'])
  })

  it('QoS 2 without PUBREC comes again with its identifier and DUP', async () => {
    const { world, peer } = await subscribed(version)
    await published(world, 'a', 2, ['x', 'y'])
    expect(await said(world, peer)).toEqual(['publish 1 q2 x', 'publish 2 q2 y'])
    await world.crash()
    const again = await come(world, 'c', fields)
    expect(again.words.slice(1)).toEqual(['publish 1 q2 dup x', 'publish 2 q2 dup y'])
    expect(await said(world, again.peer, ack('pubrec', 1), ack('pubrec', 2))).toEqual([
      'pubrel 1',
      'pubrel 2',
    ])
    expect(await said(world, again.peer, ack('pubcomp', 1), ack('pubcomp', 2))).toEqual([])
    expect(world.now.broker.stats().store).toMatchObject({ messages: 0 })
  })

  it('QoS 2 with PUBREC goes on with PUBREL, in their order [MQTT-4.6.0-4]', async () => {
    const { world, peer } = await subscribed(version)
    await published(world, 'a', 2, ['x', 'y', 'z'])
    await said(world, peer, ack('pubrec', 3), ack('pubrec', 1))
    await world.crash()
    expect((await come(world, 'c', fields)).words.slice(1)).toEqual([
      'pubrel 3',
      'pubrel 1',
      'publish 2 q2 dup y',
    ])
  })

  it('QoS 2 that is complete is so', async () => {
    const { world, peer } = await subscribed(version)
    await published(world, 'a', 2, ['x'])
    await said(world, peer, ack('pubrec', 1))
    await said(world, peer, ack('pubcomp', 1))
    await passes(world, 1000)
    await world.crash()
    expect((await come(world, 'c', fields)).words.slice(1)).toEqual([])
  })

  it('all that waits comes in order, behind what was sent [MQTT-4.6.0-5]', async () => {
    const world = await DurableWorld.open({ limits: { inFlightMax: 2, inFlightMaxV3: 2 } })
    const peer = await subscriber(world, 'c', [{ filter: 'a', qos: 2 }], fields)
    await published(world, 'a', 2, ['1', '2', '3'])
    await published(world, 'a', 1, ['4'])
    await published(world, 'a', 2, ['5'])
    expect(await said(world, peer)).toEqual(['publish 1 q2 1', 'publish 2 q2 2'])
    await world.crash()
    const again = await come(world, 'c', fields)
    expect(again.words.slice(1)).toEqual(['publish 1 q2 dup 1', 'publish 2 q2 dup 2'])
    const rest: string[] = []
    for (const packetId of [1, 2, 3, 4]) {
      await said(world, again.peer, ack('pubrec', packetId))
      rest.push(
        ...(await said(world, again.peer, ack('pubcomp', packetId), ack('puback', packetId))),
      )
    }
    expect(rest).toEqual(['publish 3 q2 3', 'publish 4 q1 4', 'publish 5 q2 5'])
  })

  it('what is too large for the client is not kept for it [MQTT-3.1.2-25]', async () => {
    const small = version === 5 ? lasting(5, { maximumPacketSize: 50 }) : fields
    const { world, peer } = await subscribed(version)
    await lost(world, peer)
    await published(world, 'a', 2, ['x'.repeat(100), 'small'])
    await world.crash()
    const { words } = await come(world, 'c', small)
    expect(words.at(-1)).toBe(`publish ${version === 5 ? 1 : 2} q2 small`)
  })
})

describe.each(VERSIONS)('from a client of version %i', (version) => {
  const fields = lasting(version)

  it('QoS 2 that was answered is remembered until PUBREL [MQTT-4.3.3-10]', async () => {
    const { world, peer } = await publisher(version)
    expect(await said(world, peer, exactly('a', 'x', 7))).toEqual(['pubrec 7'])
    await world.crash()
    const again = await come(world, 'pub', fields)
    const dup = publish('a', 'x', { qos: 2, packetId: 7, dup: true })
    expect(await said(world, again.peer, dup)).toEqual(['pubrec 7'])
    expect(await said(world, again.peer, ack('pubrel', 7))).toEqual(['pubcomp 7'])
    await world.crash()
    expect((await come(world, 'sub')).words.slice(1)).toEqual(['publish 1 q2 x'])
  })

  it('QoS 2 that was released is forgotten: a new message has its identifier', async () => {
    const { world, peer } = await publisher(version)
    await said(world, peer, exactly('a', 'x', 7))
    expect(await said(world, peer, ack('pubrel', 7))).toEqual(['pubcomp 7'])
    await world.crash()
    const again = await come(world, 'pub', fields)
    expect(await said(world, again.peer, exactly('a', 'y', 7))).toEqual(['pubrec 7'])
    expect((await come(world, 'sub')).words.slice(1)).toEqual(['publish 1 q2 x', 'publish 2 q2 y'])
  })

  it('QoS 2 can be released after a kill [MQTT-4.3.3-11]', async () => {
    const { world, peer } = await publisher(version)
    await said(world, peer, exactly('a', 'x', 7))
    await world.crash()
    const again = await come(world, 'pub', fields)
    expect(await said(world, again.peer, ack('pubrel', 7))).toEqual(['pubcomp 7'])
    await world.crash()
    const last = await come(world, 'pub', fields)
    expect(await said(world, last.peer, exactly('a', 'z', 7))).toEqual(['pubrec 7'])
    expect((await come(world, 'sub')).words.slice(1)).toEqual(['publish 1 q2 x', 'publish 2 q2 z'])
  })

  it('what was not answered is published when it comes again', async () => {
    const { world, peer } = await publisher(version)
    world.storage.faults.hold()
    expect(await said(world, peer, once('a', 'x', 1), exactly('a', 'y', 2))).toEqual([])
    await world.crash()
    const again = await come(world, 'pub', fields)
    const both = [
      publish('a', 'x', { qos: 1, packetId: 1, dup: true }),
      publish('a', 'y', { qos: 2, packetId: 2, dup: true }),
    ]
    expect(await said(world, again.peer, ...both)).toEqual(['puback 1', 'pubrec 2'])
    expect((await come(world, 'sub')).words.slice(1)).toEqual(['publish 1 q1 x', 'publish 2 q2 y'])
  })

  it('QoS 2 that was stored, though nobody heard of it, is not published twice', async () => {
    const { world, peer } = await publisher(version)
    world.storage.faults.hold()
    expect(await said(world, peer, exactly('a', 'x', 2))).toEqual([])
    await world.crash({ units: Infinity })
    const again = await come(world, 'pub', fields)
    const dup = publish('a', 'x', { qos: 2, packetId: 2, dup: true })
    expect(await said(world, again.peer, dup)).toEqual(['pubrec 2'])
    expect((await come(world, 'sub')).words.slice(1)).toEqual(['publish 1 q2 x'])
  })
})

describe('a message that waits', () => {
  it('has what is left of its expiry after a kill [MQTT-3.3.2-6]', async () => {
    const { world, peer } = await subscribed(5)
    await lost(world, peer)
    const { peer: pub } = await world.client('pub')
    const properties = { messageExpiryInterval: 100 }
    await said(world, pub, publish('a', 'x', { qos: 1, packetId: 1, properties }))
    await passes(world, 20_000)
    await world.crash({}, 30_000)
    const { taken } = await world.client('c', lasting())
    expect(taken[1]).toMatchObject({ properties: { messageExpiryInterval: 50 } })
  })

  it('is not sent once it has expired while the broker was away [MQTT-3.3.2-5]', async () => {
    const { world, peer } = await subscribed(5)
    await lost(world, peer)
    const { peer: pub } = await world.client('pub')
    const properties = { messageExpiryInterval: 100 }
    await said(world, pub, publish('a', 'x', { qos: 1, packetId: 1, properties }))
    await said(world, pub, once('a', 'y', 2))
    await world.crash({}, 101_000)
    expect((await come(world, 'c')).words.slice(1)).toEqual(['publish 1 q1 y'])
    expect(world.now.broker.stats().messagesDropped).toMatchObject({ expired: 1 })
  })

  it('that was sent before it expired is sent again [MQTT-4.4.0-1]', async () => {
    const { world } = await subscribed(5)
    const { peer: pub } = await world.client('pub')
    const properties = { messageExpiryInterval: 10 }
    await said(world, pub, publish('a', 'x', { qos: 2, packetId: 1, properties }))
    await world.crash({}, 100_000)
    const { taken } = await world.client('c', lasting())
    expect(inWords(taken)).toEqual(['connack present', 'publish 1 q2 dup x'])
    expect(taken[1]).toMatchObject({ properties: { messageExpiryInterval: 0 } })
  })

  it('has all its properties, whoever published it in whatever version', async () => {
    const { world, peer } = await subscribed(5)
    await lost(world, peer)
    const { peer: pub } = await world.client('pub')
    const properties = {
      payloadFormatIndicator: 1,
      contentType: 'text',
      responseTopic: 'r',
      correlationData: new Uint8Array([0, 255]),
      userProperty: [
        ['a', '1'],
        ['a', '2'],
      ],
    } as const
    await said(world, pub, publish('a', 'x', { qos: 1, packetId: 1, properties }))
    const { peer: old } = await world.client('old', { version: 3 })
    await said(world, old, once('a', 'y'))
    await world.crash()
    const { taken } = await world.client('c', lasting())
    expect(inWords(taken).slice(1)).toEqual(['publish 1 q1 x', 'publish 2 q1 y'])
    expect(taken[1]).toMatchObject({ properties })
  })

  it('was published with a Topic Alias: that is not what is stored', async () => {
    const { world, peer } = await subscribed(5)
    await lost(world, peer)
    const { peer: pub } = await world.client('pub')
    const properties = { topicAlias: 1 }
    await said(
      world,
      pub,
      publish('a', '1', { qos: 1, packetId: 1, properties }),
      publish('', '2', { qos: 1, packetId: 2, properties }),
    )
    await world.crash()
    const { taken } = await world.client('c', lasting())
    expect(taken.slice(1)).toMatchObject([{ topic: 'a' }, { topic: 'a' }])
    expect(taken[1]).not.toMatchObject({ properties: { topicAlias: 1 } })
  })

  it('can be megabytes, and hundreds', async () => {
    const { world, peer } = await subscribed(5)
    await lost(world, peer)
    const texts = Array.from({ length: 600 }, (_, n) => String(n))
    await published(world, 'a', 1, texts)
    await published(world, 'a', 1, ['x'.repeat(900_000), 'last'])
    await world.crash()
    const { peer: again, taken: first } = await world.client('c', lasting())
    let taken = first
    const seen: string[] = []
    while (taken.length > 0) {
      const messages = taken.filter((one) => one.type === 'publish')
      seen.push(...messages.map(({ payload }) => new TextDecoder().decode(payload)))
      taken = await world.say(again, ...messages.map(({ packetId }) => ack('puback', packetId)))
    }
    expect(seen).toEqual([...texts, 'x'.repeat(900_000), 'last'])
    expect(world.now.broker.stats().store).toMatchObject({ messages: 0, bytes: 0 })
  })
})

async function subscribed(version: 3 | 4 | 5): Promise<{ world: DurableWorld; peer: Peer }> {
  const world = await DurableWorld.open()
  return { world, peer: await subscriber(world, 'c', [{ filter: 'a', qos: 2 }], lasting(version)) }
}

/** A durable publisher, and a durable subscriber that is away. */
async function publisher(version: 3 | 4 | 5): Promise<{ world: DurableWorld; peer: Peer }> {
  const world = await DurableWorld.open()
  await away(world, 'sub', [{ filter: 'a', qos: 2 }])
  const { peer } = await come(world, 'pub', lasting(version))
  await said(world, peer, subscribe('unused'))
  return { world, peer }
}
