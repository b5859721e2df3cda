// Time in a world: it stands still until it is told to pass, and then everything happens in order.

import { describe, expect, it } from 'vitest'
import { testBroker } from '../src/index.ts'

describe('advance', () => {
  it('brings about what is due: Keep Alive, and the end of what has expired', async () => {
    await using world = await testBroker()
    await using lamp = await world.connect({ clientId: 'lamp', keepAliveSeconds: 60 })
    await lamp.publish('a', 'x', { retain: true, properties: { messageExpiryInterval: 90 } })
    await world.settled()
    await world.advance(89_000)
    expect(world.broker.stats().retainedMessages).toBe(1)
    await world.advance(91_000)
    expect(world.broker.stats().retainedMessages).toBe(0)
    expect(world.packets('lamp', 'pingreq').length).toBeGreaterThanOrEqual(3)
    expect(lamp.statistics.connections).toBe(1)
    expect(world.now).toBe(180_000)
    expect(world.clock.now()).toBe(180_000)
  })

  it('lets a client be forgotten with its session', async () => {
    await using world = await testBroker()
    await using lamp = await world.connect({ clientId: 'lamp', sessionExpirySeconds: 60 })
    world.unplug('lamp')
    await world.advance(59_000)
    expect(world.broker.stats().sessions).toBe(1)
    await world.advance(2_000)
    expect(world.broker.stats().sessions).toBe(0)
    expect(lamp.status.state).not.toBe('closed')
  })

  it('refuses times that make no sense', async () => {
    await using world = await testBroker()
    await expect(world.advance(-1)).rejects.toThrow(RangeError)
  })
})

describe('advanceUntil', () => {
  it('gives what the promise gives, and stops there', async () => {
    await using world = await testBroker()
    const soon = new Promise<string>((resolve) => {
      world.clock.after(1_234, () => resolve('there'))
    })
    expect(await world.advanceUntil(soon)).toBe('there')
    expect(world.now).toBe(1_234)
    const refused = Promise.reject(new Error('no'))
    await expect(world.advanceUntil(refused)).rejects.toThrow('no')
  })

  it('gives up after a while', async () => {
    await using world = await testBroker()
    const never = new Promise<void>(() => {})
    await expect(world.advanceUntil(never, { withinMs: 1_000 })).rejects.toThrow(
      "It has not happened in 1000 ms of the world's time",
    )
    expect(world.now).toBe(1_000)
  })
})
