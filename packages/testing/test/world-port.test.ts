// A real port, for code under test that takes nothing but a URL.

import { connect } from '@godwit/client'
import { expect, it } from 'vitest'
import { testBroker } from '../src/index.ts'

it('serves code that takes a URL only', async () => {
  await using world = await testBroker({ port: 0 })
  expect(world.url).toMatch(/^mqtt:\/\/127\.0\.0\.1:\d+$/)
  await using client = await connect(world.url, { clientId: 'real', reconnect: () => 0 })
  await using inside = await world.connect({ clientId: 'inside' })
  const messages = await inside.subscribe('a', { qos: 1 })
  await client.publish('a', 'x', { qos: 1 })
  expect((await world.broker.received('a')).publisher).toBe('real')
  for await (const message of messages) {
    expect(message.text()).toBe('x')
    break
  }
  expect(world.packets('real').map(({ type }) => type)).toEqual([
    'connect',
    'connack',
    'publish',
    'puback',
  ])
})

it('can cut such a line, lose its packets, and restart on the same port', async () => {
  await using world = await testBroker({ port: 0 })
  await using client = await connect(world.url, { clientId: 'real', reconnect: () => 5 })
  world.drop('real', 'puback')
  const sent = client.publish('a', 'x', { qos: 1 })
  await world.broker.received('a')
  world.cut('real')
  await sent
  expect(client.statistics.connections).toBe(2)
  await world.restart()
  await client.publish('a', 'after', { qos: 1 })
  expect(world.broker.messages('a').at(-1)?.text()).toBe('after')
})
