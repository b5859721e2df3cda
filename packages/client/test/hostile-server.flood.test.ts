// A server that sends more than anybody wants: memory stays bounded, and the client alive.

import { encode } from '@godwit/codec'
import type { Packet } from '@godwit/codec'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { HostileWorld, rejectionsAreHandled, settledNow } from './hostile-world.ts'
import { ack, connack, publish } from './server-packets.ts'

const MILLION = 1_000_000
const MIB = 1024 * 1024

describe('a million messages', { timeout: 60_000 }, () => {
  rejectionsAreHandled()

  it('of QoS 0 for a stream that nobody reads leave the last ones in it', async () => {
    const { world, heap } = await measured()
    const stream = await subscribed(world, 'a', { messagesMax: 100 })
    await flood(world, publish('a', 'x'.repeat(20)), MILLION)
    expect(heap.growth).toBeLessThan(16 * MIB)
    expect(stream.dropped).toBe(MILLION - 100)
    expect(world.client.statistics).toMatchObject({
      messagesReceived: MILLION,
      messagesDropped: MILLION - 100,
    })
    expect(await world.recovery()).toBe('recovered')
  })

  it('of QoS 0 that nobody asked for leave nothing', async () => {
    const { world, heap } = await measured()
    await flood(world, publish('a', 'x'.repeat(20)), MILLION)
    expect(heap.growth).toBeLessThan(16 * MIB)
    expect(world.client.statistics).toMatchObject({ messagesUnclaimed: MILLION })
    expect(await world.recovery()).toBe('recovered')
  })

  it('of QoS 0 to a client that holds what nobody asked for leave nothing either', async () => {
    const { world, heap } = await measured({ cleanStart: false, clientId: 'c' })
    await flood(world, publish('a', 'x'.repeat(20)), MILLION)
    expect(heap.growth).toBeLessThan(16 * MIB)
    expect(await world.recovery()).toBe('recovered')
  })

  it('each with a topic of its own leave nothing', async () => {
    const { world, heap } = await measured()
    await subscribed(world, '#', { messagesMax: 10 })
    for (let round = 0; round < 100; round++) {
      const packets = Array.from({ length: 1000 }, (_, index) => publish(`${round}/${index}`))
      world.server.send(...packets)
      world.clock.settle()
    }
    await world.clock.settled()
    expect(heap.growth).toBeLessThan(16 * MIB)
    expect(await world.recovery()).toBe('recovered')
  })
})

describe('a million other packets', { timeout: 60_000 }, () => {
  rejectionsAreHandled()

  it.each<[string, Packet]>([
    ['PINGRESP', { type: 'pingresp' }],
    ['PUBACK', ack('puback', 1)],
    ['PUBCOMP', ack('pubcomp', 1)],
    ['PUBREC', ack('pubrec', 1)],
    ['PUBREL', ack('pubrel', 1)],
  ])('of the type %s leave nothing', async (_, packet) => {
    const { world, heap } = await measured()
    await flood(world, packet, MILLION, () => world.server.latest.packets.splice(0))
    expect(heap.growth).toBeLessThan(16 * MIB)
    expect(world.client.status.state).toBe('connected')
    expect(await world.recovery()).toBe('recovered')
  })

  it('that have to be answered, by a server that reads no answer, are not read for ever', async () => {
    const { world, heap } = await measured()
    const { server } = world
    server.freeze()
    await flood(world, ack('pubrel', 1), MILLION)
    // What the client has not read, the network holds: 4 bytes each, half of which the test made.
    expect(server.latest.bufferedBytes).toBeGreaterThan(2 * MIB)
    expect(heap.growth).toBeLessThan(24 * MIB)
    await world.pass(120_000)
    expect(world.failures[0]).toMatchObject({ code: 'connection-lost' })
    expect(await world.recovery()).toBe('recovered')
  })
})

describe('messages above QoS 0 that nobody takes', () => {
  rejectionsAreHandled()

  it('are bounded by our Receive Maximum: one more is a violation', async () => {
    const world = await HostileWorld.begin({ limits: { receiveMaximum: 10 } })
    await subscribed(world, 'a', { qos: 1, acknowledge: 'manual' })
    world.server.send(...numbered(10, 1))
    await world.clock.settled()
    expect(world.client.status.state).toBe('connected')
    world.server.send(...numbered(1, 11))
    await world.clock.settled()
    expect(world.failures).toMatchObject([
      { code: 'violation', reasonCode: 0x93, statement: 'MQTT-3.3.4-9' },
    ])
    expect(await world.recovery()).toBe('recovered')
  })

  it('are bounded by Packet Identifiers before MQTT 5.0', { timeout: 30_000 }, async () => {
    const world = await HostileWorld.begin({ versions: [4] })
    await subscribed(world, 'a', { qos: 1 })
    const all = numbered(65_535, 1).map((packet) => encode(packet, 4))
    world.server.sendBytes(Buffer.concat(all))
    await world.clock.settled()
    expect(world.client.status.state).toBe('connected')
    world.server.sendBytes(Buffer.concat(all))
    await world.clock.settled()
    expect(world.failures).toMatchObject([{ code: 'violation', reasonCode: 0x93 }])
    expect(await world.recovery()).toBe('recovered')
  })

  it('that nobody asked for are acknowledged and counted', async () => {
    const world = await HostileWorld.begin()
    for (let round = 0; round < 10; round++) world.server.send(...numbered(1000, 1))
    await world.clock.settled()
    expect(world.server.received('puback')).toHaveLength(10_000)
    expect(world.client.statistics).toMatchObject({ messagesUnclaimed: 10_000 })
    expect(await world.recovery()).toBe('recovered')
  })

  it('that are held for a stream are bounded as well', async () => {
    const options = { cleanStart: false, clientId: 'c', limits: { receiveMaximum: 10 } }
    const world = await HostileWorld.begin(options)
    world.server.send(...numbered(11, 1))
    await world.clock.settled()
    expect(world.failures).toMatchObject([{ code: 'violation', reasonCode: 0x93 }])
    world.server.connack = { sessionPresent: true }
    expect(await world.recovery()).toBe('recovered')
  })

  it('of QoS 2, again and again, are one message', async () => {
    const world = await HostileWorld.begin({}, { silent: ['pubrec'] })
    await subscribed(world, 'a', { qos: 2 })
    const again = publish('a', '1', { qos: 2, packetId: 7 })
    for (let round = 0; round < 100; round++) world.server.send(again, again, again)
    await world.clock.settled()
    expect(world.client.statistics.messagesReceived).toBe(1)
    expect(await world.recovery()).toBe('recovered')
  })
})

describe('one packet', () => {
  rejectionsAreHandled()

  it('that promises much and brings little reserves nothing', async () => {
    const { world, heap } = await measured({ limits: { packetBytesMax: 268_435_460 } })
    world.server.sendBytes('30 ff ff ff 7f 0001 61')
    await world.clock.settled()
    expect(heap.growth).toBeLessThan(MIB)
    await world.pass(90_000)
    expect(await world.ending()).toBe('closed')
  })

  it.each<[string, Packet]>([
    ['a CONNACK', connack({ properties: { userProperty: many() } })],
    ['a PUBLISH', publish('a', '', { properties: { userProperty: many() } })],
    [
      'a PUBACK',
      { type: 'puback', packetId: 1, reasonCode: 0, properties: { userProperty: many() } },
    ],
    [
      'a DISCONNECT',
      { type: 'disconnect', reasonCode: 0x8b, properties: { userProperty: many() } },
    ],
  ])('with a hundred thousand properties is too large: %s', async (_, packet) => {
    const world = await HostileWorld.begin({}, { silent: ['connect'] })
    if (packet.type !== 'connack') world.server.send(connack())
    world.server.send(packet)
    await world.clock.settled()
    expect(world.failures).toMatchObject([{ code: 'violation', reasonCode: 0x95 }])
    world.server.befriend('connect')
    expect(await world.recovery()).toBe('recovered')
  })
})

describe('a server that takes nothing', () => {
  rejectionsAreHandled()

  it('fills the outbox to its bound, and no further', async () => {
    const outbox = { messagesMax: 1000, bytesMax: MIB }
    const world = await HostileWorld.begin({ outbox }, { memory: { highWaterMarkBytes: 65_536 } })
    world.server.freeze()
    const refused: unknown[] = []
    for (let count = 0; count < 5000; count++) {
      const payload = new Uint8Array(1000)
      const published = world.client.publish('a', payload)
      published.catch((error: unknown) => refused.push(error))
      if (count % 100 === 0) await world.clock.settled()
    }
    await world.clock.settled()
    expect(refused.length).toBeGreaterThan(3000)
    for (const error of refused) expect(error).toMatchObject({ code: 'outbox-full' })
    expect(world.client.statistics.outboxMessages).toBeLessThanOrEqual(1000)
    await world.pass(90_000)
    expect(world.failures[0]).toMatchObject({ code: 'connection-lost' })
    expect(await world.recovery()).toBe('recovered')
  })

  it('is left by a client that closes, all the same', async () => {
    const world = await HostileWorld.begin({}, { memory: { highWaterMarkBytes: 1000 } })
    world.server.freeze()
    const published = world.client.publish('a', new Uint8Array(100_000), { qos: 1 })
    const outcome = published.catch((error: unknown) => error)
    expect(await world.ending()).toBe('closed')
    expect(await settledNow(outcome)).toMatchObject({ code: 'closed' })
  })
})

function many(): readonly (readonly [string, string])[] {
  return Array.from({ length: 100_000 }, () => ['', ''] as const)
}

function numbered(count: number, first: number): readonly Packet[] {
  return Array.from({ length: count }, (_, index) =>
    publish('a', 'x', { qos: 1, packetId: first + index }),
  )
}

async function subscribed(
  world: HostileWorld,
  filter: string,
  options: Parameters<HostileWorld['client']['subscribe']>[1] = {},
) {
  const stream = world.client.subscribe(filter, options)
  await world.clock.settled()
  return stream
}

/** Sends a packet so many times, in chunks of a thousand, as fast as it is taken. */
async function flood(
  world: HostileWorld,
  packet: Packet,
  count: number,
  afterEach: () => void = () => {},
): Promise<void> {
  const one = encode(packet, 5)
  const chunk = Buffer.concat(Array.from({ length: 1000 }, () => one))
  for (let sent = 0; sent < count; sent += 1000) {
    world.server.sendBytes(chunk)
    world.clock.settle()
    if (sent % 100_000 === 0) await world.clock.settled()
    afterEach()
  }
  await world.clock.settled()
}

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** A world, and by how many bytes what is reachable has grown since. */
async function measured(options: Parameters<(typeof HostileWorld)['begin']>[0] = {}) {
  const world = await HostileWorld.begin(options)
  const used = (): number => {
    collectGarbage()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const before = used()
  return {
    world,
    heap: {
      get growth(): number {
        return used() - before
      },
    },
  }
}
