// What a program may send in one turn of the event loop: enough to be fast, and not all there is.

import { VirtualClock } from '@godwit/transport/testing'
import { expect, it } from 'vitest'
import type { DialOptions } from '../src/dialing.ts'
import { connect } from '../src/index.ts'
import { CoreWorld } from './core-world.ts'
import { ScriptedServer } from './scripted-server.ts'

const KIB = 1024

it('lets others have a turn when a program publishes without end', async () => {
  const clock = new VirtualClock()
  // A network that takes everything at once never asks anybody to wait.
  const server = new ScriptedServer(clock, { memory: { highWaterMarkBytes: Infinity } })
  const connecting = connect('mqtt://server', { clock, dial: server.dial })
  await clock.settled()
  const client = await connecting
  const program = new AbortController()
  let published = 0
  const running = (async () => {
    while (!program.signal.aborted) {
      await client.publish('a', new Uint8Array(KIB))
      published++
    }
  })()
  await microtasks()
  expect(published).toBe(255)
  expect(server.received('publish')).toEqual([])
  clock.settle()
  await microtasks()
  expect(server.received('publish').length).toBeGreaterThan(255)
  expect(published).toBeGreaterThan(400)
  expect(published).toBeLessThan(600)
  program.abort()
  await clock.settled()
  await running
  expect(server.received('publish')).toHaveLength(published)
  const closed = client.close()
  await clock.settled()
  await closed
})

it('gives what came first its room first, in the next turn', async () => {
  const clock = new VirtualClock()
  const server = new ScriptedServer(clock, { memory: { highWaterMarkBytes: Infinity } })
  const connecting = connect('mqtt://server', { clock, dial: server.dial })
  await clock.settled()
  const client = await connecting
  const published = Array.from({ length: 1000 }, (_, index) =>
    client.publish(String(index), new Uint8Array(KIB), { qos: index % 3 === 0 ? 1 : 0 }),
  )
  await clock.settled()
  expect(await Promise.all(published)).toEqual(published.map(() => 0))
  const topics = server.received('publish').map(({ topic }) => Number(topic))
  expect(topics).toEqual(published.map((_, index) => index))
  const closed = client.close()
  await clock.settled()
  await closed
})

/** Everything happens that needs no turn of the event loop. */
async function microtasks(): Promise<void> {
  for (let count = 0; count < 10_000; count++) await Promise.resolve()
}

it('is lost with a transport that throws, and sent again, but never ends within a call', async () => {
  const world = new CoreWorld()
  let isBroken = false
  const client = await world.open({
    dial: async (url, options) => {
      const transport = await world.server.dial(url, options)
      const write = transport.write.bind(transport)
      transport.write = (chunks) => {
        if (isBroken) throw new Error('EPIPE')
        return write(chunks)
      }
      return transport
    },
  })
  isBroken = true
  const publishing = client.publish('a', new Uint8Array(100 * KIB), { qos: 1 })
  const subscribing = client.subscribe('b')
  expect(client.status.state).toBe('connected')
  await world.clock.pass(0)
  expect(client.status).toMatchObject({ state: 'waiting', cause: { cause: { message: 'EPIPE' } } })
  isBroken = false
  await world.clock.pass(1000)
  expect(await publishing).toBe(0)
  expect((await subscribing).granted).toEqual([{ filter: 'b', qos: 0 }])
})

it('keeps a connection whose line is slow, for as long as bytes move', async () => {
  const world = new CoreWorld()
  const line = slowLine(world)
  const client = await world.open({ dial: line.dial, keepAliveSeconds: 30 })
  const publishing = client.publish('a', new Uint8Array(200 * 64 * KIB), { qos: 1 })
  await world.clock.pass(190_000, 1000)
  expect(client.status.state).toBe('connected')
  expect(world.server.received('publish')).toEqual([])
  await world.clock.pass(30_000, 1000)
  expect(await publishing).toBe(0)
  expect(world.server.received('pingreq').length).toBeGreaterThan(0)
  expect(client.statistics.connections).toBe(1)
})

it('gives up a slow line on which nothing moves any more', async () => {
  const world = new CoreWorld()
  const line = slowLine(world)
  const client = await world.open({ dial: line.dial, keepAliveSeconds: 30 })
  const publishing = client.publish('a', new Uint8Array(200 * 64 * KIB), { qos: 1 })
  await world.clock.pass(60_000, 1000)
  line.isStuck = true
  await world.clock.pass(50_000, 1000)
  expect(client.status.state).not.toBe('connected')
  line.isStuck = false
  await world.clock.pass(300_000, 1000)
  expect(await publishing).toBe(0)
  expect(world.server.received('publish')).toHaveLength(1)
})

it('says all that waits on a slow line before it leaves', async () => {
  const world = new CoreWorld()
  const line = slowLine(world)
  const client = await world.open({ dial: line.dial })
  const publishing = client.publish('a', new Uint8Array(20 * 64 * KIB), { qos: 0 })
  await world.clock.pass(1000)
  expect(await publishing).toBe(0)
  void client.close()
  await world.clock.pass(0)
  expect(line.written).toBeGreaterThan(20 * 64 * KIB)
})

/** A line that takes one write a second, and then asks for more. */
function slowLine(world: CoreWorld) {
  const line = {
    isStuck: false,
    written: 0,
    dial: async (url: URL, options: DialOptions) => {
      const transport = await world.server.dial(url, options)
      const write = transport.write.bind(transport)
      const waiting: Uint8Array[][] = []
      world.clock.tick(1000, () => {
        if (line.isStuck) return
        const chunks = waiting.shift()
        if (chunks === undefined) return
        write(chunks)
        if (waiting.length === 0) transport.onDrain()
      })
      transport.write = (chunks) => {
        for (const { length } of chunks) line.written += length
        waiting.push([...chunks])
        return false
      }
      return transport
    },
  }
  return line
}
