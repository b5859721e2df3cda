// Topic Aliases, in both directions, which a program sees nothing of.

import { expect, it } from 'vitest'
import { testBroker } from '../src/index.ts'
import { arriving, comeBack } from './arrivals.ts'

it('a client stops to repeat long topics, and begins anew with each connection', async () => {
  await using world = await testBroker()
  await using client = await world.connect({ clientId: 'c' })
  const topic = 'a/topic/that/takes/many/bytes'
  for (let round = 0; round < 2; round++) {
    for (let count = 0; count < 5; count++) await client.publish(topic, 'x', { qos: 1 })
    await comeBack(world, client)
  }
  const said = world.packets('c', 'publish').map((packet) => packet.topic)
  expect(said.filter((name) => name === '').length).toBeGreaterThan(4)
  expect(said[0]).toBe(topic)
  expect(said[5]).toBe(topic)
  expect(world.broker.messages(topic)).toHaveLength(10)
})

it('a client is sent aliases if it grants them', async () => {
  await using world = await testBroker()
  await using client = await world.connect({ clientId: 'c', limits: { topicAliasMaximum: 2 } })
  const messages = arriving(await client.subscribe('#', { qos: 1 }))
  const topics = Array.from({ length: 30 }, (_, index) => `topic/number/${index % 3}`)
  for (const topic of topics) world.broker.publish(topic, '', { qos: 1 })
  await world.settled()
  expect(messages.map(({ topic }) => topic)).toEqual(topics)
  const said = world.packets('c', 'publish').map((packet) => packet.topic)
  expect(said.filter((name) => name === '').length).toBeGreaterThan(5)
})
