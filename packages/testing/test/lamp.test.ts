// The test that the README shows.

import type { Client } from '@godwit/client'
import { testBroker } from '@godwit/testing'
import { expect, it } from 'vitest'

/** The code under test: a lamp that does what it is told, and says so. */
async function lamp(client: Client): Promise<void> {
  for await (const message of await client.subscribe('lamp/set', { qos: 1 })) {
    await client.publish('lamp/state', message.text(), { qos: 1, retain: true })
  }
}

it('does what it is told', async () => {
  await using world = await testBroker()
  void lamp(await world.connect({ clientId: 'lamp' }))
  await world.settled() // until nothing is under way: it has subscribed

  world.broker.publish('lamp/set', 'on')
  const state = await world.broker.received('lamp/state')
  expect(state.text()).toBe('on')
})

it('does what it was told while the line was broken', async () => {
  await using world = await testBroker()
  void lamp(await world.connect({ clientId: 'lamp' }))
  await world.settled()

  world.unplug('lamp')
  world.broker.publish('lamp/set', 'off', { qos: 1 })
  await world.advance(60_000) // a minute passes
  world.plug('lamp')
  await world.advance(60_000)
  expect((await world.broker.received('lamp/state')).text()).toBe('off')
})
