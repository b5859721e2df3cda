// The Will of a client: published when it vanishes, and only then.

import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { testBroker } from '../src/index.ts'
import type { World } from '../src/index.ts'

const will = {
  topic: 'state',
  payload: 'gone',
  qos: 1,
  retain: true,
} as const

describe.each([3, 4, 5] as const)('a Will in version %i', (version) => {
  it('is published when the line breaks [MQTT-3.1.2-8]', async () => {
    await using world = await testBroker()
    await using client = await world.connect({ clientId: 'c', versions: [version], will })
    world.cut(client.clientId)
    const message = await world.broker.received('state')
    expect(message).toMatchObject({ qos: 1, retain: true, publisher: 'c' })
    expect(message.text()).toBe('gone')
  })

  it('is not published when the client says goodbye [MQTT-3.1.2-10]', async () => {
    await using world = await testBroker()
    const client = await world.connect({ versions: [version], will })
    await client.close()
    await world.settled()
    expect(world.broker.messages()).toEqual([])
  })
})

it('a Will is published if the client says so in its goodbye', async () => {
  await using world = await testBroker()
  const client = await world.connect({ will })
  await client.close({ reasonCode: ReasonCode.DisconnectWithWillMessage })
  await expect(world.broker.received('state')).resolves.toMatchObject({ topic: 'state' })
})

describe('a Will with a delay', () => {
  it('waits, and is taken back by a client that comes back [MQTT-3.1.3-9]', async () => {
    await using world = await testBroker()
    await using client = await delayed(world)
    world.cut('c')
    await world.settled()
    await world.advanceUntil(client.connected())
    await world.advance(60_000)
    expect(world.broker.messages()).toEqual([])
  })

  it('is published when the client stays away', async () => {
    await using world = await testBroker()
    await using _ = await delayed(world)
    world.unplug('c')
    await world.advance(29_000)
    expect(world.broker.messages()).toEqual([])
    await world.advance(2_000)
    const message = await world.broker.received('state')
    expect(Math.round(message.at / 1_000)).toBe(30)
    expect(message.properties.contentType).toBe('text')
  })
})

function delayed(world: World): ReturnType<World['connect']> {
  const properties = { willDelayInterval: 30, contentType: 'text' }
  return world.connect({ clientId: 'c', will: { ...will, properties } })
}
