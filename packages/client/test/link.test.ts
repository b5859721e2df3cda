// One connection: how bytes leave, what a slow server does to us, and what our own faults do.

import { ReasonCode } from '@godwit/codec'
import type { Transport } from '@godwit/transport'
import { describe, expect, it, vi } from 'vitest'
import type { Client } from '../src/client.ts'
import type { Message } from '../src/message.ts'
import { Subscriptions } from '../src/subscriptions/subscriptions.ts'
import { CoreWorld } from './core-world.ts'
import { ack, publish } from './server-packets.ts'

describe('what is sent', () => {
  it('leaves in one write and one piece for a turn', async () => {
    const world = new CoreWorld()
    const { dial, writes } = watched(world)
    const client = await world.open({ dial })
    writes.length = 0
    for (let i = 0; i < 100; i++) void client.publish('topic', 'payload', { qos: 1 })
    await world.clock.pass(0)
    expect(writes.map((sizes) => sizes.length)).toEqual([1])
    expect(world.server.received('publish')).toHaveLength(100)
  })

  it('leaves by reference where it is long, in order', async () => {
    const world = new CoreWorld()
    const { dial, writes } = watched(world)
    const client = await world.open({ dial })
    writes.length = 0
    for (const size of [1, 5000, 2]) void client.publish(`${size}`, new Uint8Array(size))
    await world.clock.pass(0)
    expect(writes).toEqual([[7, 5010, 8]])
    expect(world.server.received('publish').map(({ topic }) => topic)).toEqual(['1', '5000', '2'])
  })

  it('does not wait for the end of the turn beyond 64 KiB', async () => {
    const world = new CoreWorld({ memory: { highWaterMarkBytes: 10_000_000 } })
    const { dial, writes } = watched(world)
    const client = await world.open({ dial })
    writes.length = 0
    for (let i = 0; i < 200; i++) void client.publish('t', new Uint8Array(1000))
    expect(writes).toHaveLength(3)
    await world.clock.pass(0)
    expect(world.server.received('publish')).toHaveLength(200)
  })

  it('waits in the outbox while the server takes nothing', async () => {
    const world = new CoreWorld({ memory: { highWaterMarkBytes: 10_000 } })
    const client = await world.open()
    world.server.freeze()
    const first = await world.outcome(client.publish('a', new Uint8Array(20_000)))
    const second = await world.outcome(client.publish('b', 'x'))
    expect([first.state, second.state]).toEqual(['resolved', 'pending'])
    expect(client.statistics.outboxMessages).toBe(1)
    world.server.thaw()
    await world.clock.pass(0)
    expect(second.state).toBe('resolved')
  })

  it('is sent again before anything new, QoS 0 included', async () => {
    const world = new CoreWorld({ silent: ['publish'], memory: { highWaterMarkBytes: 3000 } })
    const client = await world.open()
    for (let i = 0; i < 20; i++) {
      void world.outcome(client.publish(`old/${i}`, new Uint8Array(1000), { qos: 1 }))
    }
    await world.clock.pass(0)
    world.server.connack = { sessionPresent: true }
    world.server.cut()
    await world.clock.pass(500)
    void world.outcome(client.publish('new', '', { qos: 0 }))
    await world.clock.pass(0)
    const topics = world.server.received('publish').map(({ topic }) => topic)
    expect(topics.indexOf('new')).toBe(topics.length - 1)
    expect(topics).toHaveLength(21)
  })
})

describe('what is left when a connection is lost', () => {
  it('is answered on the next one: a message of QoS 2 that is taken late', async () => {
    const world = new CoreWorld({ silent: ['pubrec'] })
    const client = await world.open()
    const stream = await messagesOf(world, client)
    world.server.send(publish('a', 'x', { qos: 2, packetId: 9 }))
    const first = await world.outcome(stream.next())
    expect(first.value?.value?.text()).toBe('x')
    world.server.cut()
    world.server.connack = { sessionPresent: true }
    await world.clock.pass(500)
    void world.outcome(stream.next())
    await world.clock.pass(0)
    expect(world.server.connections[0]?.received('pubrec')).toEqual([])
    world.server.send(publish('a', 'x', { qos: 2, packetId: 9, dup: true }))
    await world.clock.pass(0)
    expect(world.server.received('pubrec')).toEqual([ack('pubrec', 9)])
  })

  it('is refused where the next server does not take it', async () => {
    const world = new CoreWorld({ silent: ['publish'] })
    const client = await world.open()
    const published = await world.outcome(client.publish('a', new Uint8Array(100), { qos: 1 }))
    world.server.cut()
    world.server.connack = { sessionPresent: true, properties: { maximumPacketSize: 50 } }
    await world.clock.pass(500)
    expect(published.error).toMatchObject({ code: 'not-allowed', reasonCode: 0x95 })
    expect(world.server.received('publish')).toEqual([])
  })
})

describe('a server that sends and does not read', () => {
  it('is not listened to any more when a megabyte of answers waits', async () => {
    const world = new CoreWorld()
    const client = await world.open()
    world.server.freeze()
    for (let i = 0; i < 40; i++) {
      world.server.send(...Array.from({ length: 10_000 }, (_, at) => ack('pubrel', at + 1)))
      await world.clock.pass(0)
    }
    const { latest } = world.server
    expect(latest.bufferedBytes).toBeGreaterThan(0)
    world.server.thaw()
    await world.clock.pass(0)
    expect(latest.bufferedBytes).toBe(0)
    expect(latest.received('pubcomp')).toHaveLength(400_000)
    expect(client.status.state).toBe('connected')
  })

  it('is given up when it stays like that', async () => {
    const world = new CoreWorld()
    const client = await world.open()
    world.server.freeze()
    for (let i = 0; i < 40; i++) {
      world.server.send(...Array.from({ length: 10_000 }, (_, at) => ack('pubrel', at + 1)))
    }
    await world.clock.pass(60_000)
    expect(client.status.state).not.toBe('connected')
  })
})

describe('a fault of our own', () => {
  it('ends the connection with 0x83 and is named as the cause', async () => {
    const world = new CoreWorld()
    const client = await world.open()
    const bug = new TypeError('bug')
    const deliver = vi.spyOn(Subscriptions.prototype, 'deliver').mockImplementation(() => {
      throw bug
    })
    world.server.send(publish('a', 'b'), publish('a', 'c'))
    await world.clock.pass(0)
    expect(deliver).toHaveBeenCalledOnce()
    deliver.mockRestore()
    expect(client.status).toMatchObject({
      state: 'waiting',
      cause: { code: 'connection-lost', reasonCode: 0x83, cause: bug },
    })
    expect(world.server.received('disconnect')).toMatchObject([{ reasonCode: 0x83 }])
    expect(world.server.latest.closed).toBe('in order')
    await world.clock.pass(500)
    expect(client.status.state).toBe('connected')
  })

  it('in a transport that throws loses the connection', async () => {
    const world = new CoreWorld()
    let isBroken = false
    const dial: typeof world.server.dial = async (url, options) => {
      const transport = await world.server.dial(url, options)
      const write = transport.write.bind(transport)
      transport.write = (chunks) => {
        if (isBroken) throw new Error('broken pipe')
        return write(chunks)
      }
      return transport
    }
    const client = await world.open({ dial })
    isBroken = true
    const published = await world.outcome(client.publish('a', 'b', { qos: 1 }))
    expect(client.status).toMatchObject({
      state: 'waiting',
      cause: { code: 'connection-lost', cause: { message: 'broken pipe' } },
    })
    isBroken = false
    world.server.connack = { sessionPresent: true }
    await world.clock.pass(500)
    expect(published.value).toBe(ReasonCode.Success)
  })
})

function watched(world: CoreWorld): { dial: typeof world.server.dial; writes: number[][] } {
  const writes: number[][] = []
  return {
    writes,
    dial: async (url, options) => {
      const transport: Transport = await world.server.dial(url, options)
      const write = transport.write.bind(transport)
      transport.write = (chunks) => {
        writes.push(chunks.map(({ length }) => length))
        return write(chunks)
      }
      return transport
    },
  }
}

async function messagesOf(
  world: CoreWorld,
  client: Client,
): Promise<AsyncIterator<Message, undefined>> {
  const { value } = await world.outcome(client.subscribe('a', { qos: 2 }))
  if (value === undefined) throw new Error('The stream was not granted')
  return value[Symbol.asyncIterator]()
}
