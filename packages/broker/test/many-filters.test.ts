// Clients that ask for many filters at once: others have their turns in between.

import { encode } from '@godwit/codec'
import type { Packet } from '@godwit/codec'
import { expect, it } from 'vitest'
import { openWorld, PINGREQ, subscribe, VERSIONS } from './peer.ts'
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
    const packets = FILTERS.map((filters): Packet => {
      return { type: 'unsubscribe', packetId: 1, filters }
    })
    client.write(...packets.map((packet) => encode(packet, version)))
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

/** How many subscriptions there were when a bystander had so many answers, one after another. */
function answeredTimes(world: World, times: number): Promise<number> {
  const bystander = world.client('other')
  let answers = 0
  return new Promise((resolve) => {
    bystander.transport.onData = () => {
      answers++
      if (answers < times) bystander.write(encode(PINGREQ, 5))
      else resolve(world.broker.stats().subscriptions)
    }
    bystander.write(encode(PINGREQ, 5))
  })
}

function countOf(peer: Peer, type: Packet['type']): number {
  return peer.take().filter((packet) => packet.type === type).length
}
