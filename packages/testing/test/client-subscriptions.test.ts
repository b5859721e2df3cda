// What a client wants to be sent, and what the server knows of it.

import { describe, expect, it } from 'vitest'
import { testBroker } from '../src/index.ts'
import { arriving, comeBack, failureOf, next, texts } from './arrivals.ts'

describe('a subscription', () => {
  it('ends when the loop is left', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c' })
    world.broker.publish('a', 'x', { retain: true })
    for await (const _ of await client.subscribe('a')) break
    await world.settled()
    expect(world.packets('c', 'unsubscribe')).toMatchObject([{ filters: ['a'] }])
    expect(world.broker.stats().subscriptions).toBe(0)
    expect(world.broker.publish('a', 'y')).toBe(0x10)
  })

  it('that is shared by two streams ends with the second', async () => {
    await using world = await testBroker()
    await using client = await world.connect()
    const one = await client.subscribe('a', { qos: 1 })
    const two = arriving(await client.subscribe('a', { qos: 1 }))
    await one.close()
    world.broker.publish('a', 'x', { qos: 1 })
    await world.settled()
    expect(two).toHaveLength(1)
    expect(world.broker.stats().subscriptions).toBe(1)
  })

  it('that was refused says why, and those beside it are given up', async () => {
    await using world = await testBroker({
      guards: { authorize: (action) => action.type !== 'subscribe' || action.filter !== 'no' },
    })
    await using client = await world.connect({ clientId: 'c' })
    await expect(client.subscribe(['yes', 'no'])).rejects.toMatchObject({
      code: 'subscribe-refused',
      reasonName: 'Not authorized',
    })
    await world.settled()
    expect(world.broker.stats().subscriptions).toBe(0)
    const some = await client.subscribe(['yes', 'no'], { allowPartial: true })
    expect(some.granted).toEqual([{ filter: 'yes', qos: 0 }])
    expect(some.refused).toEqual([{ filter: 'no', reasonCode: 0x87 }])
  })

  it('does not bring what the client says itself, if it wants none of that', async () => {
    await using world = await testBroker()
    await using client = await world.connect()
    const messages = arriving(await client.subscribe('a', { noLocal: true, qos: 1 }))
    await client.publish('a', 'own', { qos: 1 })
    world.broker.publish('a', 'other', { qos: 1 })
    await world.settled()
    expect(messages.map((message) => message.text())).toEqual(['other'])
  })
})

describe('while there is no connection', () => {
  it('what is subscribed to waits, and what is left is unsubscribed afterwards', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c' })
    const old = await client.subscribe('old', { qos: 1 })
    world.unplug('c')
    await world.settled()
    const coming = client.subscribe('new', { qos: 1 })
    await old.close()
    world.plug('c')
    const messages = await world.advanceUntil(coming)
    await world.settled()
    expect(world.packets('c', 'unsubscribe')).toMatchObject([{ filters: ['old'] }])
    expect(world.broker.stats().subscriptions).toBe(1)
    world.broker.publish('new', 'x', { qos: 1 })
    expect(await texts(messages)).toEqual(['x'])
  })

  it.each(['subscribe', 'suback'] as const)(
    'a %s that was lost is asked for again',
    async (lost) => {
      await using world = await testBroker()
      await using client = await world.connect({ clientId: 'c' })
      world.drop('c', lost)
      const coming = client.subscribe('a', { qos: 1 })
      await world.settled()
      await comeBack(world, client)
      const messages = await coming
      world.broker.publish('a', 'x', { qos: 1 })
      expect(await texts(messages)).toEqual(['x'])
    },
  )
})

it('a stream whose subscription is refused after a loss throws why', async () => {
  let allows = true
  await using world = await testBroker({
    guards: { authorize: (action) => action.type !== 'subscribe' || allows },
  })
  await using client = await world.connect({ clientId: 'c' })
  const messages = await client.subscribe('a', { qos: 1 })
  const failure = failureOf(next(messages))
  allows = false
  await world.restart()
  await world.settled()
  await world.advanceUntil(client.connected())
  expect(await failure).toMatchObject({
    code: 'subscribe-refused',
    reasonName: 'Not authorized',
  })
  expect(client.status.state).toBe('connected')
})
