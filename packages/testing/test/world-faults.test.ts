// What can go wrong on a line, when a test wants it to.

import { describe, expect, it } from 'vitest'
import { testBroker } from '../src/index.ts'
import { publish, rawClient } from './raw-client.ts'

describe('cut', () => {
  it('breaks the connection for both ends, and the client comes back', async () => {
    await using world = await testBroker()
    await using lamp = await world.connect({ clientId: 'lamp' })
    world.cut('lamp')
    await world.settled()
    expect(lamp.status.state).toBe('waiting')
    expect(world.clientIds).toEqual([])
    await world.advanceUntil(lamp.connected())
    expect(lamp.statistics.connections).toBe(2)
  })

  it.each([
    ['client', 4, []],
    ['client', 5, ['a']],
    ['broker', 3, ['a']],
  ] as const)('can come after so many bytes of the %s: %i', async (from, afterBytes, topics) => {
    await using world = await testBroker()
    const client = await rawClient(world, 'raw', { version: 4 })
    world.cut('raw', { from, afterBytes })
    // Five bytes: a topic of one letter, no payload. Its PUBACK would be four.
    client.send(publish('a', '', from === 'broker' ? 1 : 0))
    await world.settled()
    expect(world.broker.messages().map(({ topic }) => topic)).toEqual(topics)
    expect(client.closed).toEqual(new Error('The line was cut'))
    expect(client.received).toHaveLength(1)
  })
})

describe('drop', () => {
  it('loses one packet, and a session that lasts makes up for it', async () => {
    await using world = await testBroker()
    await using lamp = await world.connect({ clientId: 'lamp' })
    world.drop('lamp', 'puback')
    const sent = lamp.publish('lamp/state', 'on', { qos: 1 })
    await world.settled()
    expect(world.packets('lamp', 'puback')).toMatchObject([{ from: 'broker', lost: true }])
    world.cut('lamp')
    await world.advanceUntil(sent)
    expect(world.packets('lamp', 'publish').map(({ dup }) => dup)).toEqual([false, true])
    expect(world.broker.messages('lamp/state')).toHaveLength(2)
  })

  it('loses as many as it is told, in one direction, chosen by a function', async () => {
    await using world = await testBroker()
    const client = await rawClient(world, 'raw')
    world.drop('raw', (packet) => packet.type === 'publish' && packet.topic === 'a', { times: 2 })
    world.drop('raw', 'publish', { from: 'broker', times: Infinity })
    for (const topic of ['a', 'b', 'a', 'a']) client.send(publish(topic, ''))
    await world.settled()
    expect(world.broker.messages().map(({ topic }) => topic)).toEqual(['b', 'a'])
  })

  it('ends when it is disposed of', async () => {
    await using world = await testBroker()
    const client = await rawClient(world, 'raw')
    {
      using _ = world.drop('raw', 'publish', { times: Infinity })
      client.send(publish('lost', ''))
      await world.settled()
    }
    client.send(publish('kept', ''))
    expect((await world.broker.received('#')).topic).toBe('kept')
  })

  it('can be asked for before the client is there', async () => {
    await using world = await testBroker()
    world.drop('raw', 'connack')
    const client = await rawClient(world, 'raw')
    expect(client.received).toEqual([])
  })
})

describe('freeze', () => {
  it('lets nothing through, and neither end is told, until it is thawed', async () => {
    await using world = await testBroker()
    const client = await rawClient(world, 'raw')
    world.freeze('raw')
    client.send(publish('a', '', 1))
    await world.settled()
    expect(world.broker.messages()).toEqual([])
    expect(client.closed).toBeUndefined()
    world.thaw('raw')
    await world.settled()
    expect(client.received.map(({ type }) => type)).toEqual(['connack', 'puback'])
  })

  it('makes a reader that takes nothing, which slows nobody else', async () => {
    await using world = await testBroker({ limits: { outboxBytesMax: 100_000 } })
    const subscribe = {
      type: 'subscribe',
      packetId: 1,
      subscriptions: [
        { filter: 'a', qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 },
      ],
    } as const
    const [frozen, awake] = [await rawClient(world, 'frozen'), await rawClient(world, 'awake')]
    for (const client of [frozen, awake]) client.send(subscribe)
    await world.settled()
    world.freeze('frozen', { from: 'broker' })
    for (let count = 0; count < 50; count++) {
      world.broker.publish('a', 'x'.repeat(10_000))
      await world.settled()
    }
    expect(awake.received.filter(({ type }) => type === 'publish')).toHaveLength(50)
    expect(world.broker.stats().messagesDropped['slow-receiver']).toBeGreaterThan(0)
    world.thaw('frozen', { from: 'broker' })
    await world.settled()
    const taken = frozen.received.filter(({ type }) => type === 'publish').length
    expect(taken).toBeGreaterThan(5)
    expect(taken).toBeLessThan(50)
  })

  it('is found out by Keep Alive, at both ends', async () => {
    await using world = await testBroker()
    await using lamp = await world.connect({ clientId: 'lamp', keepAliveSeconds: 10 })
    world.freeze('lamp')
    await world.advance(30_000)
    expect(lamp.statistics.connections).toBe(2)
    expect(world.broker.stats().connections).toBe(1)
  })
})

describe('unplug', () => {
  it('keeps one client out until it is plugged in again', async () => {
    await using world = await testBroker()
    await using lamp = await world.connect({ clientId: 'lamp' })
    await using other = await world.connect({ clientId: 'other' })
    world.unplug('lamp')
    await world.advance(600_000)
    expect(lamp.status.state).not.toBe('connected')
    expect(other.statistics.connections).toBe(1)
    expect(world.packets('lamp', 'connect').every(({ lost }, index) => index === 0 || lost)).toBe(
      true,
    )
    world.plug('lamp')
    await world.advanceUntil(lamp.connected())
    expect(lamp.status.state).toBe('connected')
  })

  it('of everybody is an outage', async () => {
    await using world = await testBroker()
    await using lamp = await world.connect({ clientId: 'lamp' })
    world.unplug()
    await world.settled()
    await expect(world.connect()).rejects.toMatchObject({ code: 'connection-failed' })
    expect(lamp.status.state).toBe('waiting')
    world.plug()
    await world.advanceUntil(lamp.connected())
  })
})
