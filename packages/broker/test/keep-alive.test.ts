// Keep Alive (§3.1.2.10): a client that is silent for one and a half times of it is gone, and is
// closed in time, neither early nor late.

import type { Packet, ProtocolVersion } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { ack, inWords, lasting, resume } from './lasting.ts'
import { openWorld, PINGREQ, publish, subscribe, VERSIONS } from './peer.ts'

describe.each(VERSIONS)('a client of version %i with a Keep Alive of 1 s', (version) => {
  it('is closed after 1.5 to 1.7 s of silence, whenever it begins', async () => {
    const world = await openWorld()
    for (let begin = 0; begin < 400; begin += 7) {
      const { peer } = resume(world, 'c', { version, keepAlive: 1 })
      world.clock.advance(1_499)
      expect(peer.closed).toBeUndefined()
      // 100 ms are left to the network, and to timers that are late.
      world.clock.advance(101)
      expect(peer.closed).toBe('in order')
      expect(inWords(peer.take())).toEqual(version === 5 ? ['disconnect 0x8d'] : [])
      world.clock.advance(7)
    }
  })

  it.each<[string, Packet]>([
    ['PINGREQ', PINGREQ],
    ['PUBLISH', publish('a')],
    ['SUBSCRIBE', subscribe('b')],
    ['UNSUBSCRIBE', { type: 'unsubscribe', packetId: 1, filters: ['b'] }],
    ['PUBACK', ack('puback', 1)],
    ['PUBREC', ack('pubrec', 1)],
    ['PUBREL', ack('pubrel', 1)],
    ['PUBCOMP', ack('pubcomp', 1)],
  ])('is kept by %s, and closed 1.5 s after the last [MQTT-3.1.2-22]', async (_, packet) => {
    const world = await openWorld()
    const { peer } = resume(world, 'c', { version, keepAlive: 1 })
    for (let round = 0; round < 10; round++) {
      world.clock.advance(1_490)
      peer.send(packet)
    }
    world.clock.advance(1_499)
    expect(peer.closed).toBeUndefined()
    world.clock.advance(101)
    expect(peer.closed).toBe('in order')
  })

  it('is not kept by what it is sent, nor by half a packet', async () => {
    const world = await openWorld()
    const { peer } = resume(world, 'c', { version, keepAlive: 1 })
    peer.send(subscribe('a'))
    for (let round = 0; round < 15; round++) {
      world.broker.publish({ topic: 'a', payload: new Uint8Array() })
      world.clock.advance(100)
      if (round === 10) peer.write('30')
    }
    world.clock.advance(100)
    expect(peer.closed).toBe('in order')
  })

  it('keeps its session, if it is to last', async () => {
    const world = await openWorld()
    resume(world, 'c', { ...lasting(version), keepAlive: 1 })
    world.clock.advance(10_000)
    expect(world.broker.stats()).toMatchObject({ connections: 0, sessions: 1 })
  })
})

describe('a client', () => {
  it.each<[ProtocolVersion, number, number]>([
    [5, 1_201, 1_200],
    [5, 65_535, 1_200],
    [5, 1_200, 1_200],
    [4, 65_535, 65_535],
    [3, 65_535, 65_535],
  ])('of version %i with a Keep Alive of %i s has one of %i s', async (version, asked, kept) => {
    const world = await openWorld()
    const { peer } = resume(world, 'c', { version, keepAlive: asked })
    world.clock.advance(kept * 1_500 - 1)
    expect(peer.closed).toBeUndefined()
    world.clock.advance(101)
    expect(peer.closed).toBe('in order')
  })

  it('is told of a shorter Keep Alive, and only then [MQTT-3.2.2-21]', async () => {
    const world = await openWorld({ limits: { keepAliveSecondsMax: 60 } })
    const told = [0, 59, 60, 61].map((keepAlive) => {
      const { taken } = resume(world, 'c', { keepAlive })
      return taken.map((packet) =>
        packet.type === 'connack' ? packet.properties?.serverKeepAlive : packet.type,
      )
    })
    expect(told).toEqual([[undefined], [undefined], [undefined], [60]])
  })
})
