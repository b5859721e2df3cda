// What one session holds: subscriptions, what was sent, what waits, and the Will.

import { describe, expect, it } from 'vitest'
import { slowly } from './changing-rights.ts'
import { DurableWorld } from './durable-world.ts'
import { ack, lasting, lose } from './lasting.ts'
import { openWorld, publish, subscribe } from './peer.ts'
import type { World } from './peer.ts'

describe('what a session holds', () => {
  it('is its subscriptions, in the order in which they came', async () => {
    const { broker, client } = await openWorld()
    const peer = client('c')
    peer.send(subscribe({ filter: 'a/+', qos: 2, noLocal: true, identifier: 7 }))
    peer.send(subscribe('$share/g/b'))
    const session = await broker.inspection.session('c')
    const plain = { qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 }
    expect(session?.firstSubscriptions).toEqual([
      { ...plain, clientId: 'c', filter: 'a/+', qos: 2, noLocal: true, identifier: 7 },
      { ...plain, clientId: 'c', filter: '$share/g/b' },
    ])
    const short = await broker.inspection.session('c', 1)
    expect(short).toMatchObject({ subscriptions: 2, firstSubscriptions: [{ filter: 'a/+' }] })
  })

  it('is what was sent and not acknowledged, and what of it is missing', async () => {
    const world = await openWorld()
    const { broker, client, clock } = world
    const peer = client('c', lasting())
    peer.send(subscribe({ filter: '#', qos: 2 }))
    const properties = { messageExpiryInterval: 60 }
    client('p').send(
      publish('one', 'x', { qos: 1, packetId: 1, properties }),
      publish('two', 'xx', { qos: 2, packetId: 2 }),
      publish('three', 'xxx', { qos: 2, packetId: 3 }),
    )
    peer.send(ack('pubrec', 3))
    clock.advance(2500)
    const session = await broker.inspection.session('c')
    const about = { retain: false, ageMs: 2500, publisher: 'p' }
    const one = { ...about, topic: 'one', qos: 1, payloadBytes: 1, expiresInSeconds: 58 }
    expect(session?.firstInFlight).toEqual([
      { ...about, packetId: 3, awaits: 'pubcomp', topic: 'three', qos: 2, payloadBytes: 3 },
      { ...one, packetId: 1, awaits: 'puback' },
      { ...about, packetId: 2, awaits: 'pubrec', topic: 'two', qos: 2, payloadBytes: 2 },
    ])
  })

  it('is what waits, oldest first', async () => {
    const world = await openWorld()
    waitingFor(world)
    const session = await world.broker.inspection.session('c', 2)
    expect(session).toMatchObject({ queuedMessages: 3 })
    expect(session?.firstQueued).toEqual([
      { topic: '1', qos: 1, retain: false, payloadBytes: 10, ageMs: 3000 },
      { topic: '2', qos: 2, retain: false, payloadBytes: 20, ageMs: 2000 },
    ])
  })

  it('is what waits for a guard behind that', async () => {
    const { world } = await slowly()
    waitingFor(world)
    void world.broker.rightsChanged()
    await world.clock.settled()
    const session = await world.broker.inspection.session('c')
    expect(session).toMatchObject({ queuedMessages: 3 })
    expect(session?.firstQueued.map(({ topic, qos }) => [topic, qos])).toEqual([
      ['1', 1],
      ['2', 2],
      ['3', 1],
    ])
    expect(session?.queuedBytes).toBeGreaterThan(60)
  })

  it.each([
    ['while its client is connected', () => {}, {}],
    ['while it is away', lose, { dueInSeconds: 19 }],
  ] as const)('is its Will, %s', async (_, part, due) => {
    const world = await openWorld()
    const { broker, client, clock } = world
    const properties = { willDelayInterval: 20 }
    const will = { topic: 'gone', payload: new Uint8Array(3), qos: 1, retain: true } as const
    part(world, client('c', { ...lasting(), will: { ...will, properties } }))
    clock.advance(1500)
    const session = await broker.inspection.session('c')
    const about = { topic: 'gone', qos: 1, retain: true, payloadBytes: 3, delaySeconds: 20 }
    expect(session?.will).toEqual({ ...about, ...due })
    clock.advance(20_000)
  })

  it('is no Will once that is published', async () => {
    const world = await openWorld()
    const will = { topic: 'gone', payload: new Uint8Array(), qos: 0, retain: false } as const
    lose(world, world.client('c', { ...lasting(), will }))
    expect(await world.broker.inspection.session('c')).not.toHaveProperty('will')
  })

  it('is asked for in a number from 1 to 1,000', async () => {
    const { broker } = await openWorld()
    await expect(broker.inspection.session('c', 0)).rejects.toThrow(RangeError)
  })
})

describe('of a durable session', () => {
  it('what waits is read from the log, and stays there', async () => {
    const world = await waitingInStore(3)
    const { broker } = world.now
    const session = await broker.inspection.session('c', 2)
    expect(session).toMatchObject({ isDurable: true, queuedMessages: 3 })
    expect(session?.firstQueued).toMatchObject([
      { topic: '1', qos: 1, payloadBytes: 10, ageMs: 1000 },
      { topic: '2', qos: 1, payloadBytes: 10, ageMs: 1000 },
    ])
    const { peer } = await world.client('c', lasting())
    await world.settle()
    expect(broker.inspection.summary('c')).toMatchObject({ queuedMessages: 0, inFlight: 3 })
    expect(peer.closed).toBeUndefined()
  })

  it('what waits is known after a kill as well, and so is what was sent', async () => {
    const world = await waitingInStore(2)
    const { peer } = await world.client('c', lasting(5, { receiveMaximum: 1 }))
    await world.settle()
    lose(world.now, peer)
    await world.settle()
    await world.restart()
    const session = await world.now.broker.inspection.session('c')
    expect(session?.firstInFlight).toMatchObject([
      { packetId: 1, awaits: 'puback', topic: '1', qos: 1, payloadBytes: 10 },
    ])
    expect(session?.firstQueued).toMatchObject([{ topic: '2', qos: 1, payloadBytes: 10 }])
  })

  it('fewer are read where they are large', async () => {
    const world = await waitingInStore(5, 400_000)
    const session = await world.now.broker.inspection.session('c')
    expect(session).toMatchObject({ queuedMessages: 5 })
    expect(session?.firstQueued.map(({ topic }) => topic)).toEqual(['1', '2', '3'])
  })
})

/** Three messages wait for a client that is away, of 10, 20 and 30 bytes, a second apart. */
function waitingFor(world: World): void {
  const peer = world.client('c', lasting())
  peer.send(subscribe({ filter: '#', qos: 2 }))
  lose(world, peer)
  for (const [index, qos] of ([1, 2, 1] as const).entries()) {
    const payload = new Uint8Array(10 * (index + 1))
    world.broker.publish({ topic: String(index + 1), payload, qos })
    world.clock.advance(1000)
  }
}

/** So many messages wait in the log for a client that is away. */
async function waitingInStore(count: number, bytes = 10): Promise<DurableWorld> {
  const world = await DurableWorld.open()
  const { peer } = await world.client('c', lasting())
  await world.say(peer, subscribe({ filter: '#', qos: 1 }))
  lose(world.now, peer)
  for (let n = 1; n <= count; n++) {
    world.now.broker.publish({ topic: String(n), payload: new Uint8Array(bytes), qos: 1 })
  }
  await world.settle()
  world.now.clock.advance(1000)
  await world.settle()
  return world
}
