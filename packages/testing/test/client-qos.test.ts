// What a client publishes arrives at another one, in every version and at every QoS.

import type { ProtocolVersion, QoS } from '@godwit/codec'
import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { testBroker } from '../src/index.ts'
import { next, texts } from './arrivals.ts'

const VERSIONS = [3, 4, 5] as const satisfies readonly ProtocolVersion[]
const LEVELS = [0, 1, 2] as const satisfies readonly QoS[]

describe.each(VERSIONS)('in version %i', (version) => {
  it.each(LEVELS)('a message of QoS %i goes from one client to another', async (qos) => {
    await using world = await testBroker()
    await using subscriber = await world.connect({ versions: [version] })
    await using publisher = await world.connect({ versions: [version], clientId: 'p' })
    const messages = await subscriber.subscribe('a/+', { qos: 2 })
    expect(await publisher.publish('a/b', 'é', { qos })).toBe(ReasonCode.Success)
    const [message] = await next(messages)
    expect(message).toMatchObject({ topic: 'a/b', qos, retain: false, dup: false })
    expect(message?.text()).toBe('é')
    const acknowledgements = [[], ['puback'], ['pubrec', 'pubrel', 'pubcomp']][qos]
    const types = world.packets('p').map(({ type }) => type)
    expect(types.slice(3)).toEqual(acknowledgements)
  })

  it.each(LEVELS)('what was granted at QoS %i comes at no more', async (granted) => {
    await using world = await testBroker()
    await using client = await world.connect({ versions: [version] })
    const messages = await client.subscribe('a', { qos: granted })
    expect(messages.granted).toEqual([{ filter: 'a', qos: granted }])
    for (const qos of LEVELS) await client.publish('a', String(qos), { qos })
    const got = await next(messages, 3)
    expect(got.map(({ qos }) => qos)).toEqual(LEVELS.map((qos) => Math.min(qos, granted)))
  })

  it('a subscriber acknowledges a message when the next is asked for', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ versions: [version], clientId: 'c' })
    const messages = await client.subscribe('a', { qos: 1 })
    for (const text of ['1', '2']) world.broker.publish('a', text, { qos: 1 })
    const acknowledged = async (): Promise<number> => {
      await world.settled()
      return world.packets('c', 'puback').length
    }
    expect(await texts(messages)).toEqual(['1'])
    expect(await acknowledged()).toBe(0)
    expect(await texts(messages)).toEqual(['2'])
    expect(await acknowledged()).toBe(1)
  })
})

describe('in version 5', () => {
  it('all that a publisher may say with a message arrives', async () => {
    await using world = await testBroker()
    await using client = await world.connect()
    const messages = await client.subscribe('a')
    const properties = {
      payloadFormatIndicator: 1,
      contentType: 'text/plain',
      responseTopic: 'answers',
      correlationData: new Uint8Array([1, 2, 3]),
      messageExpiryInterval: 60,
      userProperty: [
        ['a', '1'],
        ['a', '2'],
      ],
    } as const
    await client.publish('a', 'x', { properties })
    const [message] = await next(messages)
    expect(message?.properties).toMatchObject(properties)
  })

  it('a publisher is told that nobody is there', async () => {
    await using world = await testBroker()
    await using client = await world.connect()
    expect(await client.publish('a', 'x', { qos: 1 })).toBe(ReasonCode.NoMatchingSubscribers)
    expect(await client.publish('a', 'x', { qos: 2 })).toBe(ReasonCode.NoMatchingSubscribers)
    expect(await client.publish('a', 'x')).toBe(ReasonCode.Success)
  })

  it('a message can be refused by whoever acknowledges by hand', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c' })
    const messages = await client.subscribe('a', { qos: 2, acknowledge: 'manual' })
    for (const text of ['1', '2']) world.broker.publish('a', text, { qos: 2 })
    const [first, second] = await next(messages, 2)
    second?.acknowledge()
    first?.acknowledge(ReasonCode.QuotaExceeded)
    await world.settled()
    // In the order in which the messages came. [MQTT-4.6.0-3]
    expect(world.packets('c', 'pubrec')).toMatchObject([
      { packetId: 1, reasonCode: ReasonCode.QuotaExceeded },
      { packetId: 2, reasonCode: ReasonCode.Success },
    ])
  })
})
