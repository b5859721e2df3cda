// Clients that ask for many filters at once: others have their turns in between.

import { encode } from '@godwit/codec'
import type { Packet } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import type { Action } from '../src/index.ts'
import { lasting } from './lasting.ts'
import { openWorld, PINGREQ, PINGRESP, subscribe, VERSIONS } from './peer.ts'
import type { Peer, World } from './peer.ts'

const FILTERS = Array.from({ length: 20 }, (_, i) =>
  Array.from({ length: 500 }, (_, j) => `room/${i}/${j}/+`),
)

it.each(VERSIONS)(
  '10,000 filters in one segment leave others their turns in version %i',
  async (version) => {
    const world = await openWorld()
    const client = world.client('many', { version })
    const whenAnswered = answeredTimes(world, 5)
    client.write(...FILTERS.map((filters) => encode(subscribe(...filters), version)))
    await world.clock.settled()
    expect(countOf(client, 'suback')).toBe(20)
    expect(world.broker.stats().subscriptions).toBe(10_000)
    expect(await whenAnswered).toBeLessThan(10_000)

    const whenAnsweredAgain = answeredTimes(world, 5)
    client.write(...FILTERS.map((filters) => encode(unsubscribe(filters), version)))
    await world.clock.settled()
    expect(countOf(client, 'unsuback')).toBe(20)
    expect(world.broker.stats().subscriptions).toBe(0)
    expect(await whenAnsweredAgain).toBeGreaterThan(0)
  },
)

it('a client that is gone in between gets no more of them', async () => {
  const world = await openWorld()
  const client = world.client('many')
  client.send(...FILTERS.map((filters) => subscribe(...filters)))
  expect(world.broker.stats().subscriptions).toBeLessThan(10_000)
  client.transport.destroy()
  await world.clock.settled()
  expect(world.broker.stats()).toMatchObject({ subscriptions: 0, clients: 0 })
  expect(world.seen.filter((line) => line.startsWith('fault'))).toEqual([])
})

describe.each(VERSIONS)('one packet with 10,000 filters, in version %i', (version) => {
  const MANY = FILTERS.flat()
  const limits = { subscribeFiltersMax: 10_000 }

  it('leaves others their turns', async () => {
    const world = await openWorld({ limits })
    const client = world.client('many', { version })
    const whenAnswered = answeredTimes(world, 5)
    client.write(encode(subscribe(...MANY), version))
    await world.clock.settled()
    expect(countOf(client, 'suback')).toBe(1)
    expect(world.broker.stats().subscriptions).toBe(10_000)
    expect(await whenAnswered).toBeLessThan(5_000)

    const whenAnsweredAgain = answeredTimes(world, 5)
    client.write(encode(unsubscribe(MANY), version))
    await world.clock.settled()
    expect(countOf(client, 'unsuback')).toBe(1)
    expect(world.broker.stats().subscriptions).toBe(0)
    expect(await whenAnsweredAgain).toBeGreaterThan(5_000)
  })

  it('is answered with one code for each, before what is behind it [MQTT-3.8.4-5] [MQTT-3.10.4-6]', async () => {
    const { client, clock } = await openWorld({ limits })
    const peer = client('many', { version })
    const many = MANY.map((filter, at) => ({ filter, qos: at % 2 === 0 ? 2 : 1 }) as const)
    peer.send(subscribe(...many), PINGREQ, unsubscribe(['unknown', ...MANY.slice(1)]), PINGREQ)
    await clock.settled()
    const none = version === 5 ? [0x11, ...MANY.slice(1).map(() => 0)] : []
    expect(peer.take()).toEqual([
      { type: 'suback', packetId: 1, reasonCodes: many.map(({ qos }) => qos) },
      PINGRESP,
      { type: 'unsuback', packetId: 1, reasonCodes: none },
      PINGRESP,
    ])
  })

  it('may have a guard that takes its time for some of them', async () => {
    const authorize = (action: Action): boolean | Promise<boolean> => {
      const may = action.type !== 'subscribe' || !action.filter.endsWith('0/+')
      return action.type === 'subscribe' && action.filter.includes('5') ? Promise.resolve(may) : may
    }
    const { client, clock } = await openWorld({ limits, guards: { authorize } })
    const peer = client('many', { version })
    peer.send(subscribe(...MANY))
    await clock.settled()
    const refused = { 3: 0, 4: 0x80, 5: 0x87 }[version]
    const reasonCodes = MANY.map((filter) => (filter.endsWith('0/+') ? refused : 0))
    expect(peer.take()).toMatchObject([{ type: 'suback', packetId: 1, reasonCodes }])
  })

  it('is not decided any further where its client is gone', async () => {
    let asked = 0
    const world = await openWorld({ limits, guards: { authorize: () => ++asked > 0 } })
    const peer = world.client('many', lasting(version))
    onAnswers(world.client('other'), 5, () => peer.transport.destroy())
    peer.write(encode(subscribe(...MANY), version))
    await world.clock.settled()
    expect(asked).toBeLessThan(5_000)
    expect(world.broker.stats()).toMatchObject({ subscriptions: 0, clients: 1 })
    expect(world.seen.filter((line) => line.startsWith('fault'))).toEqual([])
  })

  it('is not subscribed to, nor given up, any further where its client is gone', async () => {
    const world = await openWorld({ limits })
    const { broker, clock } = world
    const [peer, bystander] = [world.client('many', lasting(version)), world.client('other')]
    peer.send(subscribe(...MANY))
    await promises() // All is decided, and nothing is subscribed to.
    let reached = 0
    onAnswers(bystander, 5, () => {
      reached = broker.stats().subscriptions
      peer.transport.destroy()
    })
    await clock.settled()
    expect(reached).toBeGreaterThan(0)
    expect(reached).toBeLessThan(5_000)
    expect(broker.stats().subscriptions).toBeLessThan(reached + 1_000)

    const next = world.client('many', lasting(version))
    next.send(subscribe(...MANY))
    await clock.settled()
    onAnswers(bystander, 5, () => {
      reached = broker.stats().subscriptions
      next.transport.destroy()
    })
    next.write(encode(unsubscribe(MANY), version))
    await clock.settled()
    expect(reached).toBeGreaterThan(5_000)
    expect(broker.stats().subscriptions).toBeGreaterThan(reached - 1_000)
    expect(world.seen.filter((line) => line.startsWith('fault'))).toEqual([])
  })
})

/** How many subscriptions there were when a bystander had so many answers, one after another. */
function answeredTimes(world: World, times: number): Promise<number> {
  const bystander = world.client('other')
  return new Promise((resolve) => {
    onAnswers(bystander, times, () => resolve(world.broker.stats().subscriptions))
  })
}

/** Does something when a bystander had so many answers, one after another. */
function onAnswers(bystander: Peer, times: number, act: () => void): void {
  let answers = 0
  bystander.transport.onData = () => {
    answers++
    if (answers < times) bystander.write(encode(PINGREQ, 5))
    else act()
  }
  bystander.write(encode(PINGREQ, 5))
}

/** Lets promises go on, and nothing else. */
function promises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function unsubscribe(filters: readonly string[]): Packet {
  return { type: 'unsubscribe', packetId: 1, filters }
}

function countOf(peer: Peer, type: Packet['type']): number {
  return peer.take().filter((packet) => packet.type === type).length
}
