// Retained messages, as a client sees them.

import { expect, it } from 'vitest'
import { testBroker } from '../src/index.ts'
import { arriving, comeBack, next } from './arrivals.ts'

it('a subscriber gets the last message that was retained for each topic', async () => {
  await using world = await testBroker()
  await using client = await world.connect()
  for (const [topic, text] of [
    ['a/1', 'old'],
    ['a/1', 'new'],
    ['a/2', 'x'],
  ] as const) {
    await client.publish(topic, text, { retain: true, qos: 1 })
  }
  await client.publish('a/2', '', { retain: true, qos: 1 })
  const messages = arriving(await client.subscribe('a/#', { qos: 1 }))
  await client.publish('a/1', 'live', { retain: true, qos: 1 })
  await world.settled()
  expect(messages.map((message) => [message.topic, message.text(), message.retain])).toEqual([
    ['a/1', 'new', true],
    ['a/1', 'live', false],
  ])
})

it('a subscriber says whether it wants them, and what RETAIN is to say', async () => {
  await using world = await testBroker()
  await using client = await world.connect()
  await client.publish('a', 'kept', { retain: true, qos: 1 })
  const options = { qos: 1, retainHandling: 2, retainAsPublished: true } as const
  const messages = await client.subscribe('a', options)
  await client.publish('a', 'live', { retain: true, qos: 1 })
  const [message] = await next(messages)
  expect([message?.text(), message?.retain]).toEqual(['live', true])
})

it('a session that goes on does not bring them again', async () => {
  await using world = await testBroker()
  await using client = await world.connect({ clientId: 'c' })
  await client.publish('a', 'kept', { retain: true, qos: 1 })
  const messages = arriving(await client.subscribe('a', { qos: 1 }))
  await comeBack(world, client)
  await world.settled()
  expect(messages).toHaveLength(1)
})
