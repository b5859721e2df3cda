// An Application Message from its publisher to everybody who asked for it.

import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { openWorld, publish, subscribe, VERSIONS } from './peer.ts'

const PROPERTIES = {
  payloadFormatIndicator: 1,
  messageExpiryInterval: 60,
  contentType: 'text/plain',
  responseTopic: 'r',
  correlationData: Uint8Array.of(1, 2),
  userProperty: [
    ['k', '1'],
    ['k', '2'],
    ['a', '3'],
  ],
} as const

describe('a message', () => {
  for (const from of VERSIONS) {
    it.each(VERSIONS)(`of version ${from} reaches a subscriber of version %i`, async (to) => {
      const { client } = await openWorld()
      const subscriber = client('s', { version: to })
      subscriber.send(subscribe('a/b'))
      expect(subscriber.take()).toEqual([{ type: 'suback', packetId: 1, reasonCodes: [0] }])
      client('p', { version: from }).send(publish('a/b', 'hello'), publish('a/c', 'other'))
      expect(subscriber.take()).toEqual([publish('a/b', 'hello')])
    })
  }

  it('keeps its properties and their order in MQTT 5.0 [MQTT-3.3.2-18]', async () => {
    const { client } = await openWorld()
    const [five, four] = [client('s5'), client('s4', { version: 4 })]
    five.send(subscribe('a'))
    four.send(subscribe('a'))
    five.take()
    four.take()
    client('p').send(publish('a', 'x', { properties: PROPERTIES }))
    expect(five.take()).toEqual([publish('a', 'x', { properties: PROPERTIES })])
    expect(four.take()).toEqual([publish('a', 'x')])
  })

  it('comes in the order of its publisher [MQTT-4.6.0-5]', async () => {
    const { client } = await openWorld()
    const subscribers = VERSIONS.map((version) => client(`s${version}`, { version }))
    for (const subscriber of subscribers) subscriber.send(subscribe('#'))
    const texts = Array.from({ length: 500 }, (_, index) => `${index}`.padEnd(index % 300, '.'))
    client('p').send(...texts.map((text) => publish('a', text)))
    for (const subscriber of subscribers) expect(subscriber.takeTexts()).toEqual(texts)
  })

  it('goes to its publisher too, who asked for it', async () => {
    const { client } = await openWorld()
    const peer = client('c')
    peer.send(subscribe('a'), publish('a', 'x'))
    expect(peer.take()).toEqual([
      { type: 'suback', packetId: 1, reasonCodes: [0] },
      publish('a', 'x'),
    ])
  })

  it('is dropped for a receiver to which it is too large [MQTT-3.1.2-25]', async () => {
    const { client, broker, seen } = await openWorld()
    const small = client('small', { properties: { maximumPacketSize: 100 } })
    const large = client('large')
    for (const peer of [small, large]) {
      peer.send(subscribe('a'))
      peer.take()
    }
    const fits = publish('a', 'x'.repeat(94))
    const tooLarge = publish('a', 'x'.repeat(95))
    client('p').send(tooLarge, fits, tooLarge, tooLarge)
    expect(small.take()).toEqual([fits])
    expect(large.take()).toHaveLength(4)
    expect(broker.stats().messagesDropped['too-large-for-receiver']).toBe(3)
    const dropped = 'dropped small too-large-for-receiver'
    expect(seen.filter((line) => line.startsWith('dropped'))).toEqual([dropped, dropped])
  })
})

describe('wildcards', () => {
  it.each([
    ['a/+/c', ['a/b/c', 'a//c']],
    ['a/#', ['a', 'a/b', 'a/b/c', 'a//c']],
    ['+', ['a', 'x']],
    ['#', ['a', 'a/b', 'a/b/c', 'a//c', 'x']],
    ['$SYS/#', ['$SYS/x']],
  ])('of %s match %j [MQTT-4.7.2-1]', async (filter, matched) => {
    const { client, broker } = await openWorld({ systemTopicsEveryMs: 0 })
    const subscriber = client('s')
    subscriber.send(subscribe(filter))
    const topics = ['a', 'a/b', 'a/b/c', 'a//c', 'x', '$SYS/x']
    for (const topic of topics) broker.publish({ topic, payload: new TextEncoder().encode(topic) })
    expect(subscriber.takeTexts()).toEqual(matched)
  })
})

describe('overlapping subscriptions', () => {
  it('give one copy with all identifiers [MQTT-3.3.4-3] [MQTT-3.3.4-4]', async () => {
    const { client } = await openWorld()
    const subscriber = client('s')
    subscriber.send(subscribe({ filter: 'a/#', identifier: 1 }))
    subscriber.send(subscribe({ filter: 'a/+', identifier: 268_435_455 }), subscribe('+/b'))
    subscriber.take()
    client('p').send(publish('a/b', 'x'))
    const [copy, ...more] = subscriber.take()
    expect(more).toEqual([])
    const found = copy?.type === 'publish' ? copy.properties?.subscriptionIdentifier : []
    expect(found?.toSorted((one, other) => one - other)).toEqual([1, 268_435_455])
  })

  it('give one copy without identifiers in MQTT 3.1.1', async () => {
    const { client } = await openWorld()
    const subscriber = client('s', { version: 4 })
    subscriber.send(subscribe('a/#', 'a/b', '#'))
    subscriber.take()
    client('p').send(publish('a/b', 'x'))
    expect(subscriber.take()).toEqual([publish('a/b', 'x')])
  })

  it('of many clients with many identifiers are told apart', async () => {
    const { client } = await openWorld()
    const subscribers = Array.from({ length: 20 }, (_, index) => {
      const subscriber = client(`s${index}`)
      subscriber.send(subscribe({ filter: 'a', identifier: 1 + (index >> 1) }))
      subscriber.take()
      return subscriber
    })
    client('p').send(publish('a', 'x'))
    const identifiers = subscribers.flatMap((one) => one.take()).map(identifierOf)
    expect(identifiers).toEqual(subscribers.map((_, index) => [1 + (index >> 1)]))
  })
})

describe('a subscription', () => {
  it('is replaced by another with its filter [MQTT-3.8.4-3]', async () => {
    const { client, broker } = await openWorld()
    const subscriber = client('s')
    subscriber.send(subscribe({ filter: 'a', identifier: 1 }))
    subscriber.send(subscribe({ filter: 'a', identifier: 2 }))
    subscriber.take()
    client('p').send(publish('a', 'x'))
    expect(subscriber.take().map(identifierOf)).toEqual([[2]])
    expect(broker.stats().subscriptions).toBe(1)
  })

  it('ends with UNSUBSCRIBE for exactly its filter [MQTT-3.10.4-1]', async () => {
    const { client } = await openWorld()
    const subscriber = client('s')
    subscriber.send(subscribe('a/b', '+/b'))
    client('p').send(publish('a/b', 'x'))
    subscriber.take()
    subscriber.send({ type: 'unsubscribe', packetId: 2, filters: ['a/b', 'a/+', 'a/b'] })
    expect(subscriber.take()).toEqual([
      { type: 'unsuback', packetId: 2, reasonCodes: [0x00, 0x11, 0x11] },
    ])
    client('p').send(publish('a/b', 'y'))
    expect(subscriber.takeTexts()).toEqual(['y'])
    subscriber.send({ type: 'unsubscribe', packetId: 3, filters: ['+/b'] })
    client('p').send(publish('a/b', 'z'))
    expect(subscriber.takeTexts()).toEqual([])
  })

  it('is answered filter by filter in one SUBACK [MQTT-3.8.4-5] [MQTT-3.8.4-7]', async () => {
    const { client } = await openWorld()
    const filters = ['a', 'a/#/b', '', '$share/s/a', '$share//a', 'b']
    const five = client('five')
    five.send(subscribe(...filters))
    expect(five.take()).toMatchObject([{ reasonCodes: [0, 0x8f, 0x8f, 0, 0x8f, 0] }])
    const four = client('four', { version: 4 })
    four.send(subscribe(...filters))
    expect(four.take()).toMatchObject([{ reasonCodes: [0, 0x80, 0x80, 0, 0x80, 0] }])
  })

  it('is given up filter by filter with one UNSUBACK [MQTT-3.10.4-6]', async () => {
    const { client } = await openWorld()
    const peer = client('c', { version: 4 })
    peer.send({ type: 'unsubscribe', packetId: 7, filters: ['a', 'b'] })
    expect(peer.take()).toEqual([{ type: 'unsuback', packetId: 7, reasonCodes: [] }])
  })
})

describe('broker.publish', () => {
  it('reaches every subscriber, with its properties', async () => {
    const { client, broker } = await openWorld()
    const [five, three] = [client('five'), client('three', { version: 3 })]
    for (const peer of [five, three]) {
      peer.send(subscribe('a'))
      peer.take()
    }
    const payload = new TextEncoder().encode('hello')
    broker.publish({ topic: 'a', payload, qos: 2, properties: { contentType: 'text' } })
    expect(five.take()).toEqual([publish('a', 'hello', { properties: { contentType: 'text' } })])
    expect(three.take()).toEqual([publish('a', 'hello')])
  })

  it('throws for what cannot be published, and nothing is sent', async () => {
    const { client, broker } = await openWorld({ limits: { topicLevelsMax: 2 } })
    const subscriber = client('s')
    subscriber.send(subscribe('#'))
    subscriber.take()
    const payload = new Uint8Array()
    expect(() => broker.publish({ topic: 'a/#', payload })).toThrow('MQTT-3.3.2-2')
    expect(() => broker.publish({ topic: '', payload })).toThrow('MQTT-4.7.3-1')
    expect(() => broker.publish({ topic: 'a/b/c', payload })).toThrow(RangeError)
    expect(subscriber.take()).toEqual([])
  })
})

it('counts what it did', async () => {
  const { client, broker } = await openWorld()
  const [one, two] = [client('one'), client('two')]
  one.send(subscribe('a', 'b'))
  two.send(subscribe('a'))
  client('p').send(publish('a'), publish('b'), publish('c'))
  expect(broker.stats()).toMatchObject({
    connections: 3,
    clients: 3,
    subscriptions: 3,
    messagesIn: 3,
    messagesOut: 3,
  })
  one.send({ type: 'disconnect', reasonCode: ReasonCode.NormalDisconnection })
  expect(broker.stats()).toMatchObject({ connections: 2, sessions: 2, subscriptions: 1 })
})

function identifierOf(packet: { readonly type: string; readonly properties?: object }): unknown {
  const { properties } = packet
  return properties !== undefined && 'subscriptionIdentifier' in properties
    ? properties.subscriptionIdentifier
    : undefined
}
