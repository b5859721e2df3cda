// The topics that begin with $ (§4.7.2), and those of the broker itself below $SYS.

import { describe, expect, it } from 'vitest'
import { ack, inWords } from './lasting.ts'
import { openWorld, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer, World } from './peer.ts'

describe('the $SYS topics', () => {
  it.each(VERSIONS)('come to clients of version %i that ask for them', async (version) => {
    const { client, clock } = await openWorld({ version: '1.2.3' })
    const peer = client('s', { version })
    peer.send(subscribe('$SYS/#'))
    clock.advance(9_999)
    expect(inWords(peer.take())).toEqual(['suback 1'])
    clock.advance(1)
    const told = byTopic(peer)
    expect(told).toMatchObject({
      '$SYS/broker/version': 'godwit version 1.2.3',
      '$SYS/broker/uptime': '10 seconds',
      '$SYS/broker/clients/connected': '1',
      '$SYS/broker/clients/total': '1',
      '$SYS/broker/subscriptions/count': '1',
      '$SYS/broker/shared_subscriptions/count': '0',
      '$SYS/broker/godwit/dropped/slow-receiver': '0',
    })
  })

  it('are retained', async () => {
    const { client, clock } = await openWorld()
    clock.advance(10_000)
    const peer = client('s')
    peer.send(subscribe('$SYS/broker/uptime'))
    expect(inWords(peer.take())).toEqual(['suback 1', 'publish q0 retain 10 seconds'])
  })

  it('come only as they change', async () => {
    const { client, clock } = await openWorld()
    const peer = client('s')
    peer.send(subscribe('$SYS/broker/clients/+', '$SYS/broker/subscriptions/count'))
    clock.advance(10_000)
    peer.take()
    clock.advance(10_000)
    expect(byTopic(peer)).toEqual({})
    client('another').transport.cut()
    client('third')
    clock.advance(10_000)
    expect(byTopic(peer)).toEqual({
      '$SYS/broker/clients/active': '2',
      '$SYS/broker/clients/connected': '2',
      '$SYS/broker/clients/maximum': '2',
      '$SYS/broker/clients/total': '2',
    })
  })

  it('tell what the broker did', async () => {
    const { client, clock } = await openWorld()
    const peer = client('s', { properties: { maximumPacketSize: 100 } })
    peer.send(subscribe('a', '$share/g/b', '$SYS/broker/#'))
    const sender = client('p')
    sender.send(
      publish('a', 'x'),
      publish('a', 'x'.repeat(200)),
      publish('c', 'x', { retain: true }),
    )
    sender.send(publish('$SYS/broker/uptime', 'x'))
    peer.take()
    clock.advance(10_000)
    expect(byTopic(peer)).toMatchObject({
      '$SYS/broker/clients/connected': '2',
      '$SYS/broker/subscriptions/count': '3',
      '$SYS/broker/shared_subscriptions/count': '1',
      '$SYS/broker/publish/messages/received': '4',
      '$SYS/broker/publish/messages/sent': '1',
      '$SYS/broker/retained messages/count': '1',
      '$SYS/broker/godwit/dropped/too-large-for-receiver': '1',
      '$SYS/broker/godwit/publishes/refused': '1',
      '$SYS/broker/godwit/queued/count': '0',
    })
  })

  it('come as often as systemTopicsEveryMs says, or never', async () => {
    const often = await openWorld({ systemTopicsEveryMs: 500 })
    const peer = often.client('s')
    peer.send(subscribe('$SYS/broker/uptime'))
    often.clock.advance(3_400)
    expect(peer.takeTexts()).toEqual(['0 seconds', '1 seconds', '2 seconds', '3 seconds'])
    const never = await openWorld({ systemTopicsEveryMs: 0 })
    never.clock.advance(100_000)
    expect(never.broker.stats().retainedMessages).toBe(0)
  })

  it('end with the broker', async () => {
    const { broker, clock } = await openWorld()
    const heard: string[] = []
    broker.subscribe('$SYS/#', ({ topic }) => heard.push(topic))
    const closed = broker.close()
    await clock.settled()
    await closed
    clock.advance(100_000)
    expect(heard).toEqual([])
  })

  it('may be added to by the program', async () => {
    const { client, broker } = await openWorld()
    const peer = client('s')
    peer.send(subscribe('$SYS/#'))
    peer.take()
    broker.publish({ topic: '$SYS/house', payload: new TextEncoder().encode('x') })
    expect(peer.takeTexts()).toEqual(['x'])
  })
})

describe('a client that publishes to a $SYS topic', () => {
  const topic = '$SYS/broker/version'

  it.each([
    [1, 'puback 1 0x87'],
    [2, 'pubrec 1 0x87'],
  ] as const)('at QoS %i is refused with 0x87 in MQTT 5.0', async (qos, words) => {
    const world = await withVersion()
    const sender = world.client('p')
    sender.send(publish(topic, 'false', { qos, packetId: 1, retain: true }))
    expect(inWords(sender.take())).toEqual([words])
    // The identifier is free again.
    sender.send(publish('a', '', { qos, packetId: 1 }))
    expect(inWords(sender.take())).toEqual([`${qos === 1 ? 'puback' : 'pubrec'} 1 0x10`])
    expectUntouched(world)
  })

  it.each([3, 4] as const)(
    'is acknowledged in version %i, and its message dropped [MQTT311-3.3.5-2]',
    async (version) => {
      const world = await withVersion()
      const sender = world.client('p', { version })
      sender.send(
        publish(topic, 'false', { qos: 1, packetId: 1, retain: true }),
        publish(topic, 'false', { qos: 2, packetId: 2, retain: true }),
        ack('pubrel', 2),
      )
      expect(inWords(sender.take())).toEqual(['puback 1', 'pubrec 2', 'pubcomp 2'])
      expectUntouched(world, 2)
    },
  )

  it.each(VERSIONS)('at QoS 0 of version %i is not heard, and stays', async (version) => {
    const world = await withVersion()
    const sender = world.client('p', { version })
    sender.send(publish(topic, 'false', { retain: true }), publish(topic, '', { retain: true }))
    expect(sender.closed).toBeUndefined()
    expectUntouched(world, 2)
  })

  it('by a Topic Alias is refused all the same', async () => {
    const world = await withVersion()
    const sender = world.client('p')
    const properties = { topicAlias: 1 }
    sender.send(publish(topic, 'false', { properties }), publish('', 'false', { properties }))
    expect(sender.closed).toBeUndefined()
    expectUntouched(world, 2)
  })

  it('or to $SYS itself, which $SYS/# matches, is refused', async () => {
    const world = await withVersion()
    const sender = world.client('p')
    sender.send(publish('$SYS', 'false', { qos: 1, packetId: 1 }))
    expect(inWords(sender.take())).toEqual(['puback 1 0x87'])
    expectUntouched(world)
  })

  it('may publish to what only looks like one', async () => {
    const world = await openWorld()
    const peer = world.client('s')
    const topics = ['$SYSTEM/x', '$sys/x', '/$SYS/x', 'SYS/x', '$x']
    peer.send(subscribe(...topics))
    peer.take()
    world.client('p').send(...topics.map((one) => publish(one, one)))
    expect(peer.takeTexts()).toEqual(topics)
  })
})

describe('a topic that begins with $', () => {
  it.each(VERSIONS)(
    'is kept from filters of version %i that begin with a wildcard [MQTT-4.7.2-1]',
    async (version) => {
      const { client, clock } = await openWorld()
      clock.advance(10_000)
      client('p').send(
        publish('$x/y', 'x', { retain: true }),
        publish('x/y', 'x', { retain: true }),
      )
      const peer = client('s', { version })
      peer.send(subscribe('#', '+/y', '+/+/+', '+/#', '$share/g/#'))
      client('p').send(publish('$x/y', 'y'), publish('x/y', 'y'))
      clock.advance(10_000)
      expect(new Set(Object.keys(byTopic(peer)))).toEqual(new Set(['x/y']))
    },
  )

  it('is like any other for filters that begin with it', async () => {
    const { client } = await openWorld()
    client('p').send(publish('$x/y', 'kept', { retain: true }))
    for (const filter of ['$x/y', '$x/+', '$x/#', '$x/y/#']) {
      const peer = client(filter)
      peer.send(subscribe(filter))
      expect(peer.takeTexts()).toEqual(['kept'])
    }
  })
})

/** A world whose `$SYS` topics are there, and a client that watches them. */
async function withVersion(): Promise<World & { readonly watcher: Peer }> {
  const world = await openWorld({ version: '1.2.3' })
  world.clock.advance(10_000)
  const watcher = world.client('watcher')
  watcher.send(subscribe({ filter: '$SYS/#', retainHandling: 2 }))
  watcher.take()
  return { ...world, watcher }
}

/** Nothing false was said, and it was counted so many times that somebody tried to. */
function expectUntouched(
  { client, watcher, broker }: World & { watcher: Peer },
  refused = 1,
): void {
  expect(watcher.take()).toEqual([])
  const later = client('later')
  later.send(subscribe('$SYS/broker/version'))
  expect(later.takeTexts()).toEqual(['godwit version 1.2.3'])
  expect(broker.stats().publishesRefused).toBe(refused)
}

/** The last text of each topic. */
function byTopic(peer: Peer): Readonly<Record<string, string>> {
  const last: Record<string, string> = {}
  for (const one of peer.take()) {
    if (one.type === 'publish') last[one.topic] = new TextDecoder().decode(one.payload)
  }
  return last
}
