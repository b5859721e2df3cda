// What a server and a client grant each other, and that they keep to it.

import { describe, expect, it } from 'vitest'
import { testBroker } from '../src/index.ts'
import { arriving } from './arrivals.ts'

describe('the client', () => {
  it('sends no more at once than the Receive Maximum of the server [MQTT-3.3.4-7]', async () => {
    await using world = await testBroker({ limits: { receiveMaximum: 3 } })
    await using client = await world.connect({ clientId: 'c' })
    world.drop('c', 'puback', { times: Infinity })
    const sent = Array.from({ length: 10 }, (_, index) =>
      client.publish('a', String(index), { qos: 1 }),
    )
    await world.settled()
    expect(world.broker.messages()).toHaveLength(3)
    const refused = Promise.allSettled(sent)
    await client.close()
    expect((await refused).every(({ status }) => status === 'rejected')).toBe(true)
  })

  it('has no more unacknowledged than it granted itself', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c', limits: { receiveMaximum: 4 } })
    const messages = await client.subscribe('a', { qos: 1 })
    for (let count = 0; count < 20; count++) world.broker.publish('a', `${count}`, { qos: 1 })
    await world.settled()
    expect(world.packets('c', 'publish')).toHaveLength(4)
    expect(arriving(messages)).toHaveLength(0)
    await world.settled()
    expect(world.packets('c', 'publish')).toHaveLength(20)
  })

  it('loses the oldest of QoS 0 where it reads too slowly, and counts them', async () => {
    await using world = await testBroker()
    await using client = await world.connect()
    const messages = await client.subscribe('a', { messagesMax: 3 })
    for (let count = 0; count < 10; count++) world.broker.publish('a', `${count}`)
    await world.settled()
    expect(messages.dropped).toBe(7)
    const got = arriving(messages)
    await world.settled()
    expect(got.map((message) => message.text())).toEqual(['7', '8', '9'])
  })

  it('does not stop to read while a program publishes from within a loop', async () => {
    await using world = await testBroker({ limits: { receiveMaximum: 1 } })
    await using client = await world.connect({ limits: { receiveMaximum: 1 } })
    const echoes = arriving(await client.subscribe('echo', { qos: 2 }))
    const messages = await client.subscribe('say', { qos: 2 })
    for (let count = 0; count < 5; count++) world.broker.publish('say', `${count}`, { qos: 2 })
    let heard = 0
    for await (const message of messages) {
      await client.publish('echo', message.text(), { qos: 2 })
      if (++heard === 5) break
    }
    await world.settled()
    expect(echoes.map((message) => message.text())).toEqual(['0', '1', '2', '3', '4'])
  })
})

describe('what the server does not take is not sent', () => {
  it.each([
    ['a QoS above its Maximum QoS', { capabilities: { maximumQoS: 1 } }, { qos: 2 }],
    ['RETAIN', { capabilities: { retainAvailable: false } }, { retain: true }],
    ['a packet above its Maximum Packet Size', { limits: { packetBytesMax: 50 } }, {}],
  ] as const)('%s', async (_, broker, options) => {
    await using world = await testBroker(broker)
    await using client = await world.connect({ clientId: 'c' })
    await expect(client.publish('a', 'x'.repeat(100), options)).rejects.toMatchObject({
      code: 'not-allowed',
    })
    expect(world.packets('c', 'publish')).toEqual([])
    expect(client.status.state).toBe('connected')
  })

  it.each([
    ['a shared subscription', { sharedSubscriptionAvailable: false }, '$share/a/b'],
    ['a wildcard', { wildcardSubscriptionAvailable: false }, 'a/#'],
  ] as const)('%s', async (_, capabilities, filter) => {
    await using world = await testBroker({ capabilities })
    await using client = await world.connect({ clientId: 'c' })
    await expect(client.subscribe(filter)).rejects.toMatchObject({ code: 'not-allowed' })
    expect(world.packets('c', 'subscribe')).toEqual([])
  })
})

describe.each([true, false])('whether there are Subscription Identifiers: %s', (available) => {
  it('messages come to the streams that asked for them, each once [MQTT-3.3.4-3]', async () => {
    const capabilities = { subscriptionIdentifierAvailable: available }
    await using world = await testBroker({ capabilities })
    await using client = await world.connect()
    const streams = [
      arriving(await client.subscribe('#', { qos: 1 })),
      arriving(await client.subscribe('a/+', { qos: 1 })),
      arriving(await client.subscribe(['a/b', 'c'], { qos: 1 })),
    ]
    for (const topic of ['a/b', 'a/c', 'c', 'd']) await client.publish(topic, '', { qos: 1 })
    await world.settled()
    expect(streams.map((stream) => stream.map(({ topic }) => topic))).toEqual([
      ['a/b', 'a/c', 'c', 'd'],
      ['a/b', 'a/c'],
      ['a/b', 'c'],
    ])
  })
})
