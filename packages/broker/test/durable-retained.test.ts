// Retained Messages over the end of the process (§3.3.1.3).

import { describe, expect, it } from 'vitest'
import {
  away,
  come,
  commits,
  lost,
  passes,
  published,
  retainedOn,
  said,
  subscriber,
} from './durable-steps.ts'
import { DurableWorld } from './durable-world.ts'
import { ack, inWords, lasting } from './lasting.ts'
import { publish, subscribe, VERSIONS } from './peer.ts'

describe('a Retained Message', () => {
  it.each(VERSIONS)('of version %i survives, at each QoS [MQTT-3.3.1-5]', async (version) => {
    const world = await DurableWorld.open()
    const { peer } = await world.client('pub', { version })
    expect(
      await said(world, peer, kept('a', '0', 0), kept('b', '1', 1), kept('c', '2', 2)),
    ).toEqual(version === 5 ? ['puback 1 0x10', 'pubrec 2 0x10'] : ['puback 1', 'pubrec 2'])
    await world.crash()
    expect(world.now.broker.stats()).toMatchObject({ retainedMessages: 3 })
    expect(await retainedOn(world, '#', version)).toEqual([
      'publish q0 retain 0',
      'publish 1 q1 retain 1',
      'publish 2 q2 retain 2',
    ])
  })

  it('is the last of its topic', async () => {
    const world = await DurableWorld.open()
    const { peer } = await world.client('pub')
    await said(world, peer, kept('a', 'first', 1), kept('a', 'second', 0))
    await world.crash()
    expect(await retainedOn(world, 'a')).toEqual(['publish q0 retain second'])
  })

  it('that is deleted is gone [MQTT-3.3.1-6] [MQTT-3.3.1-7]', async () => {
    const world = await DurableWorld.open()
    const { peer } = await world.client('pub')
    await said(world, peer, kept('a', 'x', 1), kept('b', 'y', 1))
    await world.crash()
    const { peer: again } = await world.client('pub')
    await said(world, again, kept('a', '', 1))
    await world.crash()
    expect(await retainedOn(world, '#')).toEqual(['publish 1 q1 retain y'])
  })

  it('has its properties, and what is left of its expiry [MQTT-3.3.2-6]', async () => {
    const world = await DurableWorld.open()
    const { peer } = await world.client('pub')
    const properties = {
      messageExpiryInterval: 100,
      contentType: 'text',
      responseTopic: 'r',
      correlationData: new Uint8Array([1, 2]),
      payloadFormatIndicator: 1,
      userProperty: [['a', 'b']],
    } as const
    await said(world, peer, { ...kept('a', 'x', 1), properties })
    await passes(world, 10_000)
    await world.crash({}, 20_000)
    const { peer: looking } = await world.client('looking')
    const [, message] = await world.say(looking, subscribe({ filter: 'a', qos: 1 }))
    expect(message).toMatchObject({ properties: { ...properties, messageExpiryInterval: 70 } })
  })

  it('that expires while the broker is away is gone [MQTT-3.3.2-5]', async () => {
    const world = await DurableWorld.open()
    const { peer } = await world.client('pub')
    const properties = { messageExpiryInterval: 100 }
    await said(world, peer, { ...kept('a', 'x', 1), properties }, kept('b', 'y', 1))
    await world.crash({}, 101_000)
    expect(world.now.broker.stats()).toMatchObject({ retainedMessages: 1 })
    expect(await retainedOn(world, '#')).toEqual(['publish 1 q1 retain y'])
    await world.crash()
    expect(world.now.broker.stats()).toMatchObject({ retainedMessages: 1 })
  })

  it('that expires while the broker is there is gone from the store too', async () => {
    const world = await DurableWorld.open()
    const { peer } = await world.client('pub')
    await said(world, peer, { ...kept('a', 'x', 1), properties: { messageExpiryInterval: 10 } })
    await world.crash()
    await passes(world, 10_100)
    await world.crash({}, -5000)
    expect(world.now.broker.stats()).toMatchObject({ retainedMessages: 0 })
  })

  it('is not for its own publisher if that wants none of its own', async () => {
    const world = await DurableWorld.open()
    const { peer } = await world.client('pub')
    await said(world, peer, kept('a', 'x', 1))
    await world.crash()
    const { peer: again } = await world.client('pub')
    expect(await said(world, again, subscribe({ filter: 'a', qos: 1, noLocal: true }))).toEqual([
      'suback 1',
    ])
  })

  it('of the broker itself is not stored', async () => {
    const world = await DurableWorld.open({ systemTopicsEveryMs: 1000 })
    await passes(world, 5000)
    expect(world.now.broker.stats().retainedMessages).toBeGreaterThan(5)
    expect(commits(world)).toBe(0)
    await world.crash()
    expect(world.now.broker.stats()).toMatchObject({ retainedMessages: 0 })
  })

  it('of the program is', async () => {
    const world = await DurableWorld.open()
    const payload = new TextEncoder().encode('x')
    world.now.broker.publish({
      topic: 'a',
      payload,
      retain: true,
      properties: { contentType: 't' },
    })
    await world.settle()
    await world.crash()
    expect(await retainedOn(world, 'a', 4)).toEqual(['publish q0 retain x'])
  })

  it('that does not fit takes the one before along [MQTT-3.3.1-5]', async () => {
    const world = await DurableWorld.open({ limits: { retainedBytesMax: 2000 } })
    const { peer } = await world.client('pub')
    await said(world, peer, kept('a', 'x', 1), kept('a', 'y'.repeat(3000), 0))
    await world.crash()
    expect(await retainedOn(world, 'a')).toEqual([])
  })

  it('has RETAIN 0 for whom it was published to, unless they want it as published', async () => {
    const world = await DurableWorld.open()
    await away(world, 'plain', [{ filter: 'a', qos: 1 }])
    await away(world, 'as published', [{ filter: 'a', qos: 1, retainAsPublished: true }])
    const { peer } = await world.client('pub')
    await said(world, peer, kept('a', 'x', 1))
    await world.crash()
    expect((await come(world, 'plain')).words.slice(1)).toEqual(['publish 1 q1 x'])
    expect((await come(world, 'as published')).words.slice(1)).toEqual(['publish 1 q1 retain x'])
  })
})

describe('Retained Messages on their way to a new subscription', () => {
  it('come again if the broker is killed in between', async () => {
    const world = await DurableWorld.open()
    await keep(world, 10)
    const fields = lasting(5, { receiveMaximum: 2 })
    const peer = await subscriber(world, 'c', [{ filter: 'r/#', qos: 1 }], fields)
    expect(await said(world, peer)).toEqual([])
    await world.crash()
    const all = new Set<string>()
    const again = await world.client('c', lasting())
    for (const one of [...again.taken, ...(await world.say(again.peer))]) {
      if (one.type === 'publish') all.add(one.topic)
    }
    expect(all.size).toBe(10)
  })

  it('do not come again once all were sent', async () => {
    const world = await DurableWorld.open()
    await keep(world, 3)
    const { peer } = await come(world, 'c')
    expect(await said(world, peer, subscribe({ filter: 'r/#', qos: 1 }))).toHaveLength(4)
    await said(world, peer, ack('puback', 1), ack('puback', 2), ack('puback', 3))
    await passes(world, 1000)
    await world.crash()
    expect((await come(world, 'c')).words).toEqual(['connack present'])
  })

  it('have RETAIN 1 after a kill, as before [MQTT-3.3.1-8]', async () => {
    const world = await DurableWorld.open()
    await keep(world, 1)
    const { peer } = await come(world, 'c')
    await said(world, peer, subscribe({ filter: 'r/#', qos: 2, identifier: 5 }))
    await world.crash()
    const { taken } = await world.client('c', lasting())
    expect(inWords(taken)).toEqual(['connack present', 'publish 1 q2 dup retain x'])
    expect(taken[1]).toMatchObject({ properties: { subscriptionIdentifier: [5] } })
  })

  it('at QoS 2 go on through a small window, over a lost connection and a kill', async () => {
    const world = await DurableWorld.open()
    await keep(world, 4)
    const fields = lasting(5, { receiveMaximum: 1 })
    const { peer } = await come(world, 'c', fields)
    const topics: string[] = []
    let taken = await world.say(peer, subscribe({ filter: 'r/#', qos: 2 }))
    for (let round = 0; round < 4; round++) {
      const [message] = taken.filter((one) => one.type === 'publish')
      topics.push(message!.topic)
      const { packetId } = message!
      expect(await said(world, peer, ack('pubrec', packetId))).toEqual([`pubrel ${packetId}`])
      taken = await world.say(peer, ack('pubcomp', packetId))
    }
    expect(new Set(topics).size).toBe(4)
    await lost(world, peer)
    await world.crash()
    expect((await come(world, 'c')).words).toEqual(['connack present'])
  })
})

function kept(topic: string, text: string, qos: 0 | 1 | 2): ReturnType<typeof publish> {
  return publish(topic, text, { qos, packetId: qos, retain: true })
}

async function keep(world: DurableWorld, messages: number): Promise<void> {
  const { broker } = world.now
  const payload = new TextEncoder().encode('x')
  for (let n = 0; n < messages; n++) {
    broker.publish({ topic: `r/${n}`, payload, qos: 2, retain: true })
  }
  await published(world, 'nobody', 0, ['x'])
}
