// Shared subscriptions among clients.

import { expect, it } from 'vitest'
import { testBroker } from '../src/index.ts'
import { arriving } from './arrivals.ts'

it('divide the messages among the members of a group, and others get all [MQTT-4.8.2-4]', async () => {
  await using world = await testBroker()
  await using one = await world.connect()
  await using two = await world.connect()
  await using all = await world.connect()
  const shares = [
    arriving(await one.subscribe('$share/team/job/+', { qos: 1 })),
    arriving(await two.subscribe('$share/team/job/+', { qos: 1 })),
  ]
  const whole = arriving(await all.subscribe('job/+', { qos: 1 }))
  for (const text of ['1', '2', '3', '4']) await all.publish(`job/${text}`, text, { qos: 1 })
  await world.settled()
  expect(shares.map((share) => share.map((message) => message.text()))).toEqual([
    ['1', '3'],
    ['2', '4'],
  ])
  expect(whole).toHaveLength(4)
})

it('and others with the same filter come to the streams that asked for them', async () => {
  await using world = await testBroker()
  await using client = await world.connect()
  const shared = arriving(await client.subscribe('$share/team/job', { qos: 1 }))
  const plain = arriving(await client.subscribe('job', { qos: 1 }))
  world.broker.publish('job', 'x', { qos: 1 })
  await world.settled()
  expect([shared.length, plain.length]).toEqual([1, 1])
})

it('hand on what a member has not acknowledged when its session ends', async () => {
  await using world = await testBroker()
  const idle = await world.connect({ clientId: 'idle' })
  await idle.subscribe('$share/team/job', { qos: 1 })
  world.broker.publish('job', 'x', { qos: 1 })
  await world.settled()
  await using busy = await world.connect()
  const jobs = arriving(await busy.subscribe('$share/team/job', { qos: 1 }))
  await idle.close()
  await world.settled()
  expect(jobs.map((job) => job.text())).toEqual(['x'])
})
