// What is published while there is no connection.

import { describe, expect, it } from 'vitest'
import { testBroker } from '../src/index.ts'

describe('while there is no connection, a message', () => {
  it('waits, and goes out in order with those of before and after', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c' })
    world.drop('c', 'puback')
    const sent = [client.publish('a', '0', { qos: 1 })]
    await world.settled()
    world.unplug('c')
    await world.settled()
    for (const text of ['1', '2', '3']) sent.push(client.publish('a', text, { qos: 1 }))
    await world.advance(10_000)
    world.plug('c')
    await world.advanceUntil(client.connected())
    sent.push(client.publish('a', '4', { qos: 1 }))
    await Promise.all(sent)
    expect(world.broker.messages('a').map((message) => message.text())).toEqual(TEXTS)
  })

  it('is dropped if its publisher says so', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c' })
    world.unplug('c')
    await world.settled()
    await expect(client.publish('a', 'x', { offline: 'drop' })).rejects.toMatchObject({
      code: 'offline',
    })
    world.plug('c')
    await world.advanceUntil(client.connected())
    expect(await client.publish('a', 'y', { offline: 'drop', qos: 1 })).toBe(0x10)
    expect(world.broker.messages().map((message) => message.text())).toEqual(['y'])
  })

  it('gives way to the next on its topic if it is to keep the last only', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c' })
    world.unplug('c')
    await world.settled()
    const options = { offline: 'keep-last', qos: 1 } as const
    const sent = [
      client.publish('a', '1', options),
      client.publish('b', '2', options),
      client.publish('a', '3', options),
    ]
    const outcomes = Promise.allSettled(sent)
    world.plug('c')
    await world.advanceUntil(outcomes)
    expect(await outcomes).toMatchObject([
      { status: 'rejected', reason: { code: 'superseded' } },
      { status: 'fulfilled' },
      { status: 'fulfilled' },
    ])
    const texts = world.broker.messages().map((message) => message.text())
    expect(texts.toSorted()).toEqual(['2', '3'])
  })

  it('is dropped when its time to live is over', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c' })
    world.unplug('c')
    await world.settled()
    const outcomes = Promise.allSettled([
      client.publish('a', 'short', { timeToLiveMs: 1_000 }),
      client.publish('a', 'long', { timeToLiveMs: 100_000 }),
    ])
    await world.advance(2_000)
    world.plug('c')
    expect(await world.advanceUntil(outcomes)).toMatchObject([
      { status: 'rejected', reason: { code: 'expired' } },
      { status: 'fulfilled' },
    ])
    await world.settled()
    expect(world.broker.messages().map((message) => message.text())).toEqual(['long'])
  })

  it('grows old by the Message Expiry Interval, and is dropped when that is over', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c' })
    world.unplug('c')
    await world.settled()
    const publish = (seconds: number): Promise<number> =>
      client.publish('a', '', { qos: 1, properties: { messageExpiryInterval: seconds } })
    const outcomes = Promise.allSettled([publish(5), publish(100)])
    await world.advance(30_000)
    world.plug('c')
    expect(await world.advanceUntil(outcomes)).toMatchObject([
      { status: 'rejected', reason: { code: 'expired' } },
      { status: 'fulfilled' },
    ])
    const [message] = world.broker.messages()
    const left = message?.properties.messageExpiryInterval ?? 0
    expect(left).toBeLessThanOrEqual(70)
    expect(left).toBeGreaterThan(0)
  })

  it('is refused where the outbox is full, and those that are there are not lost', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c', outbox: { messagesMax: 2 } })
    world.unplug('c')
    await world.settled()
    const sent = ['1', '2'].map((text) => client.publish('a', text, { qos: 1 }))
    await expect(client.publish('a', '3', { qos: 1 })).rejects.toMatchObject({
      code: 'outbox-full',
    })
    expect(client.statistics.outboxMessages).toBe(2)
    world.plug('c')
    await world.advanceUntil(Promise.all(sent))
    expect(world.broker.messages().map((message) => message.text())).toEqual(['1', '2'])
    expect(client.statistics.outboxMessages).toBe(0)
  })

  it('can be taken back', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c' })
    world.unplug('c')
    await world.settled()
    const { signal, abort } = control()
    const sent = client.publish('a', 'x', { qos: 1, signal })
    abort(new Error('never mind'))
    await expect(sent).rejects.toThrow('never mind')
    world.plug('c')
    await world.advanceUntil(client.connected())
    await world.settled()
    expect(world.broker.messages()).toEqual([])
  })
})

it('a client that is closed in time waits for what it has accepted', async () => {
  await using world = await testBroker()
  const client = await world.connect({ clientId: 'c' })
  world.unplug('c')
  await world.settled()
  const sent = client.publish('a', 'x', { qos: 2 })
  const closed = client.close({ drainTimeoutMs: 60_000 })
  world.plug('c')
  await world.advanceUntil(closed)
  expect(await sent).toBe(0x10)
  expect(world.broker.messages()).toHaveLength(1)
})

/** The first one twice, for its acknowledgement was lost. */
const TEXTS = ['0', '0', '1', '2', '3', '4']

function control(): { signal: AbortSignal; abort: (reason: Error) => void } {
  const controller = new AbortController()
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) }
}
