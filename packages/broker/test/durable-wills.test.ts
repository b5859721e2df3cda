// Will Messages over the end of the process (§3.1.2.5, §3.1.3.2.2): a kill of the broker is a lost
// connection for whoever was connected.

import type { ConnectPacket, WillMessage } from '@godwit/codec'
import { expect, it } from 'vitest'
import {
  away,
  come,
  lost,
  passes,
  published,
  retainedOn,
  said,
  subscriber,
} from './durable-steps.ts'
import { DurableWorld } from './durable-world.ts'
import { inWords, lasting } from './lasting.ts'
import { disconnect, VERSIONS } from './peer.ts'

it.each(VERSIONS)(
  'is published when the broker is back, in version %i [MQTT-3.1.2-8]',
  async (version) => {
    const world = await watched()
    await come(world, 'mortal', { ...lasting(version), will: WILL })
    await world.crash()
    await passes(world, 100)
    expect(await heard(world)).toEqual(['publish 1 q1 bye'])
    await world.crash()
    await passes(world, 100)
    expect(await heard(world)).toEqual([])
  },
)

it.each(VERSIONS)(
  'is published for a client of version %i without a session, which is gone then',
  async (version) => {
    const world = await watched()
    await come(world, 'mortal', { version, will: WILL })
    await world.crash()
    await passes(world, 100)
    expect(await heard(world)).toEqual(['publish 1 q1 bye'])
    expect(world.now.broker.stats()).toMatchObject({ sessions: 1 })
    expect((await come(world, 'mortal', { version, cleanStart: false })).words).toEqual(['connack'])
    await world.crash()
    expect(await heard(world)).toEqual([])
  },
)

it('is published although its client comes back at once, if it has no delay', async () => {
  const world = await watched()
  await come(world, 'mortal', { ...lasting(), will: WILL })
  await world.crash()
  expect((await come(world, 'mortal')).words).toEqual(['connack present'])
  expect(await heard(world)).toEqual(['publish 1 q1 bye'])
})

it('has its delay counted from the lost connection, over a kill [MQTT-3.1.3-9]', async () => {
  const world = await watched()
  await away(world, 'mortal', ['x'], { ...lasting(), will: delayed(100) })
  await passes(world, 40_000)
  await world.crash({}, 59_000)
  await passes(world, 900)
  expect(world.now.broker.stats().messagesQueued).toBe(0)
  await passes(world, 200)
  expect(await heard(world)).toEqual(['publish 1 q1 bye'])
})

it('has its delay counted from the return of the broker for who was connected', async () => {
  const world = await watched()
  await come(world, 'mortal', { ...lasting(), will: delayed(100) })
  await world.crash({}, 1_000_000)
  await passes(world, 99_000)
  expect(await heard(world)).toEqual([])
  await passes(world, 1100)
  expect(await heard(world)).toEqual(['publish 1 q1 bye'])
})

it('is not published if its client is back in time [MQTT-3.1.3-9]', async () => {
  const world = await watched()
  await away(world, 'mortal', ['x'], { ...lasting(), will: delayed(100) })
  await world.crash({}, 50_000)
  const { peer } = await come(world, 'mortal')
  await passes(world, 200_000)
  await said(world, peer, disconnect())
  await world.crash({}, 100_000)
  await passes(world, 1000)
  expect(await heard(world)).toEqual([])
})

it('is due when its session ends, whatever its delay', async () => {
  const world = await watched()
  const fields = { ...lasting(5, { sessionExpiryInterval: 10 }), will: delayed(1000) }
  await away(world, 'mortal', ['x'], fields)
  await world.crash({}, 11_000)
  await passes(world, 100)
  expect(await heard(world)).toEqual(['publish 1 q1 bye'])
})

it.each(VERSIONS)('is removed by DISCONNECT in version %i [MQTT-3.1.2-10]', async (version) => {
  const world = await watched()
  const { peer } = await come(world, 'mortal', { ...lasting(version), will: WILL })
  await said(world, peer, disconnect())
  await world.crash()
  await passes(world, 1000)
  expect(await heard(world)).toEqual([])
})

it('is published once: not again after it was', async () => {
  const world = await watched()
  await away(world, 'mortal', ['x'], { ...lasting(), will: WILL })
  expect(await heard(world)).toEqual(['publish 1 q1 bye'])
  await world.crash()
  await passes(world, 1000)
  expect(await heard(world)).toEqual([])
})

it('is the one of the last connection', async () => {
  const world = await watched()
  await away(world, 'mortal', ['x'], { ...lasting(), will: delayed(100) })
  const will = { ...WILL, payload: new TextEncoder().encode('second') }
  await come(world, 'mortal', { ...lasting(), will })
  await world.crash()
  await passes(world, 200_000)
  expect(await heard(world)).toEqual(['publish 1 q1 second'])
})

it('of none is none, though the connection before had one', async () => {
  const world = await watched()
  await away(world, 'mortal', ['x'], { ...lasting(), will: delayed(100) })
  await come(world, 'mortal')
  await world.crash()
  await passes(world, 200_000)
  expect(await heard(world)).toEqual([])
})

it('keeps its properties, its RETAIN and the rest of its expiry [MQTT-3.1.2-17]', async () => {
  const world = await watched()
  const will: WillMessage = {
    ...WILL,
    qos: 2,
    retain: true,
    properties: {
      willDelayInterval: 10,
      messageExpiryInterval: 100,
      contentType: 'text/plain',
      userProperty: [['a', 'b']],
    },
  }
  await away(world, 'mortal', ['x'], { ...lasting(), will })
  await world.crash({}, 10_000)
  await passes(world, 100)
  await world.crash({}, 30_000)
  const { taken } = await world.client('watcher', lasting())
  expect(inWords(taken)).toEqual(['connack present', 'publish 1 q1 bye'])
  expect(taken[1]).toMatchObject({
    properties: {
      messageExpiryInterval: 70,
      contentType: 'text/plain',
      userProperty: [['a', 'b']],
    },
  })
  expect(await retainedOn(world, 'gone')).toEqual(['publish 1 q2 retain bye'])
  await world.crash({}, 70_000)
  expect(await retainedOn(world, 'gone')).toEqual([])
})

it('at QoS 0 reaches whoever is connected when it is due', async () => {
  const world = await DurableWorld.open()
  await away(world, 'mortal', ['x'], { ...lasting(), will: { ...delayed(10), qos: 0 } })
  await world.crash()
  const watcher = await subscriber(world, 'watcher', ['gone'], {})
  await passes(world, 10_100)
  expect(await said(world, watcher)).toEqual(['publish q0 bye'])
})

it('asks the guards as the client that left it, after a kill too', async () => {
  const asked: unknown[] = []
  const world = await DurableWorld.open({
    guards: {
      authorize: ({ type }, { clientId, username, principal, version }) => {
        if (type === 'will') asked.push({ clientId, username, principal, version })
        return type !== 'will'
      },
    },
  })
  await away(world, 'watcher', [{ filter: 'gone', qos: 1 }])
  await come(world, 'mortal', { ...lasting(4), username: 'bob', will: WILL })
  await world.crash()
  await passes(world, 100)
  expect(asked).toEqual([{ clientId: 'mortal', username: 'bob', principal: 'bob', version: 4 }])
  expect(await heard(world)).toEqual([])
})

it('of a session that is taken over by a clean start is published before it is gone', async () => {
  const world = await watched()
  await away(world, 'mortal', ['x'], { ...lasting(), will: delayed(100) })
  await world.crash()
  await come(world, 'mortal', {})
  await world.crash()
  expect(await heard(world)).toEqual(['publish 1 q1 bye'])
})

it('does not hold what else is published', async () => {
  const world = await watched()
  await come(world, 'mortal', { ...lasting(), will: WILL })
  await published(world, 'gone', 1, ['alive'])
  await world.crash()
  await passes(world, 100)
  expect(await heard(world)).toEqual(['publish 1 q1 alive', 'publish 2 q1 bye'])
})

const WILL: WillMessage = {
  topic: 'gone',
  payload: new TextEncoder().encode('bye'),
  qos: 1,
  retain: false,
}

function delayed(willDelayInterval: number): NonNullable<ConnectPacket['will']> {
  return { ...WILL, properties: { willDelayInterval } }
}

/** A world in which somebody who is away watches. */
async function watched(): Promise<DurableWorld> {
  const world = await DurableWorld.open()
  await away(world, 'watcher', [{ filter: 'gone', qos: 1 }])
  return world
}

/** What the watcher has got since; it is away again. */
async function heard(world: DurableWorld): Promise<readonly string[]> {
  const { peer, words } = await come(world, 'watcher')
  const acks = words.slice(1).map((_, at) => ({ type: 'puback', packetId: at + 1 }) as const)
  await said(world, peer, ...acks.map((one) => ({ ...one, reasonCode: 0 }) as const))
  await passes(world, 1000)
  await lost(world, peer)
  return words.slice(1)
}
