// The memory that the broker accounts for: each place where bytes can be held, and that all of it
// is given back.

import { expect, it } from 'vitest'
import { lasting, lose } from './lasting.ts'
import { openWorld, publish, subscribe } from './peer.ts'
import type { World } from './peer.ts'

const SIZE = 10_000
const TEXT = 'x'.repeat(SIZE)

it('is nothing where nothing is held', async () => {
  const world = await quiet()
  world.client('c')
  expect(counted(world)).toMatchObject({ memoryBytes: 0, outboxBytes: 0, bytesQueued: 0 })
})

it('counts a message that waits in many sessions once, and until the last has it', async () => {
  const world = await quiet()
  const away = ['a', 'b', 'c'].map((id) => {
    const peer = world.client(id, lasting())
    peer.send(subscribe({ filter: 't', qos: 1 }))
    lose(world, peer)
    return id
  })
  world.client('p').send(publish('t', TEXT, { qos: 1, packetId: 1 }))
  const { bytesQueued } = counted(world)
  expect(bytesQueued).toBeGreaterThan(SIZE)
  expect(bytesQueued).toBeLessThan(1.1 * SIZE)
  for (const [index, id] of away.entries()) {
    expect(world.broker.stats().bytesQueued).toBe(bytesQueued)
    const peer = world.client(id, { ...lasting(), cleanStart: index === 2 })
    peer.send({ type: 'puback', packetId: 1, reasonCode: 0 })
  }
  expect(counted(world)).toMatchObject({ bytesQueued: 0, memoryBytes: 0, messagesQueued: 0 })
})

it('counts what is in flight, once however many have it', async () => {
  const world = await quiet()
  const peers = ['a', 'b'].map((id) => world.client(id))
  for (const peer of peers) peer.send(subscribe({ filter: 't', qos: 1 }))
  world.client('p').send(publish('t', TEXT, { qos: 1, packetId: 1 }))
  const { memoryBytes } = counted(world)
  expect(memoryBytes).toBeGreaterThan(SIZE)
  expect(memoryBytes).toBeLessThan(1.1 * SIZE)
  for (const peer of peers) peer.send({ type: 'puback', packetId: 1, reasonCode: 0 })
  expect(counted(world).memoryBytes).toBe(0)
})

it('counts what a client does not take, and what of a packet is there', async () => {
  const world = await quiet()
  const [frozen, slow] = [world.client('f'), world.client('s')]
  frozen.send(subscribe('t'))
  frozen.transport.freeze()
  world.client('p').send(publish('t', TEXT))
  slow.write(Uint8Array.of(0x30, 0xff, 0x7f), new Uint8Array(5000))
  world.clock.settle()
  const { outboxBytes, memoryBytes } = counted(world)
  expect(outboxBytes).toBeGreaterThan(SIZE)
  expect(memoryBytes).toBe(outboxBytes + 5003)
  frozen.transport.cut()
  slow.transport.cut()
  expect(counted(world).memoryBytes).toBe(0)
})

it('counts what is retained', async () => {
  const world = await quiet()
  world.broker.publish({ topic: 't', payload: new Uint8Array(SIZE), retain: true })
  expect(world.broker.stats().memoryBytes).toBe(world.broker.stats().retainedBytes)
  world.broker.publish({ topic: 't', payload: new Uint8Array(), retain: true })
  expect(world.broker.stats().memoryBytes).toBe(0)
})

it('does not lose count where rights have changed, messages expire, or sessions end', async () => {
  const world = await openWorld({
    guards: { authorize: () => true },
    systemTopicsEveryMs: 0,
    limits: { backlogMessagesMax: 2 },
  })
  const peer = world.client('a', lasting())
  peer.send(subscribe({ filter: 't', qos: 1 }))
  lose(world, peer)
  const publisher = world.client('p')
  const properties = { messageExpiryInterval: 1 }
  publisher.send(publish('t', TEXT, { qos: 1, packetId: 1, properties }))
  publisher.send(publish('t', TEXT, { qos: 1, packetId: 2 }))
  publisher.send(publish('t', TEXT, { qos: 1, packetId: 3 }))
  expect(world.broker.stats().bytesQueued).toBeGreaterThan(2 * SIZE)
  const reviewed = world.broker.rightsChanged()
  await world.clock.settled()
  await reviewed
  world.clock.advance(2000)
  publisher.send(publish('t', TEXT, { qos: 1, packetId: 4 }))
  await world.clock.settled()
  world.client('a', { cleanStart: true })
  expect(counted(world)).toMatchObject({ bytesQueued: 0, memoryBytes: 0 })
})

function quiet(): Promise<World> {
  return openWorld({ systemTopicsEveryMs: 0 })
}

/** The figures after the next count. */
function counted(world: World): ReturnType<World['broker']['stats']> {
  world.clock.advance(1001)
  return world.broker.stats()
}
