// Logins that fail: the answer is late for who fails again and again, and for nobody else.

import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import type { RateLimits } from '../src/index.ts'
import { connect, openWorld } from './peer.ts'
import type { Peer, World } from './peer.ts'

describe('logins that fail', () => {
  it('are told so at once ten times a minute, and then after a second', async () => {
    const world = await guarded()
    for (let login = 0; login < 10; login++) {
      expect(knock(world, 'eve').take()).toMatchObject([{ reasonCode: 0x86 }])
    }
    const late = knock(world, 'eve')
    expect(late.take()).toEqual([])
    world.clock.advance(999)
    await world.clock.settled()
    expect([late.take(), late.closed]).toEqual([[], undefined])
    world.clock.advance(1)
    await world.clock.settled()
    expect(late.take()).toMatchObject([{ type: 'connack', reasonCode: 0x86 }])
    expect(late.closed).toBe('in order')
    expect(world.broker.stats()).toMatchObject({ loginsFailed: 11, loginsDelayed: 1 })
    expect(world.broker.stats().connectionsRefused).toEqual({ [0x86]: 11 })
  })

  it('delay nobody else: neither who succeeds nor who is elsewhere', async () => {
    const world = await guarded({ failedLoginsPerMinute: 1 })
    knock(world, 'eve')
    expect(knock(world, 'eve').take()).toEqual([])
    expect(knock(world, 'ada').take()).toMatchObject([{ reasonCode: 0 }])
    expect(knock(world, 'eve', '192.0.2.8').take()).toMatchObject([{ reasonCode: 0x86 }])
  })

  it('are forgiven after a while', async () => {
    const world = await guarded({ failedLoginsPerMinute: 6 })
    for (let login = 0; login < 6; login++) knock(world, 'eve')
    world.clock.advance(9_000)
    expect(knock(world, 'eve').take()).toEqual([])
    world.clock.advance(1000)
    expect(knock(world, 'eve').take()).toMatchObject([{ reasonCode: 0x86 }])
  })

  it('on this machine are late as well', async () => {
    const world = await guarded({ failedLoginsPerMinute: 1, failedLoginDelayMs: 50 })
    knock(world, 'eve', '127.0.0.1')
    const late = knock(world, 'eve', '127.0.0.1')
    expect(late.take()).toEqual([])
    world.clock.advance(50)
    await world.clock.settled()
    expect(late.take()).toMatchObject([{ reasonCode: 0x86 }])
  })

  it('are none where a guard has another reason', async () => {
    const world = await openWorld({
      rates: { failedLoginsPerMinute: 1 },
      guards: { authenticate: () => ReasonCode.ServerBusy },
    })
    for (let login = 0; login < 5; login++) {
      expect(knock(world, 'eve').take()).toMatchObject([{ reasonCode: 0x89 }])
    }
    expect(world.broker.stats().loginsFailed).toBe(0)
  })

  it('may come to their end before they are told', async () => {
    const world = await guarded({ failedLoginsPerMinute: 1 })
    knock(world, 'eve')
    const late = knock(world, 'eve')
    late.transport.cut()
    world.clock.advance(1000)
    await world.clock.settled()
    expect(world.broker.stats().connections).toBe(0)
    expect(world.seen.filter((line) => line.startsWith('fault'))).toEqual([])
  })
})

describe('an automatic ban', () => {
  const banAfterFailedLogins = { count: 3, withinSeconds: 60, forSeconds: 600 }

  it('keeps an address out after so many logins that failed', async () => {
    const world = await guarded({ banAfterFailedLogins })
    const [first, second] = [knock(world, 'eve'), knock(world, 'eve')]
    expect([first.take(), second.take()]).toMatchObject([[{ reasonCode: 0x86 }], [{}]])
    expect(world.broker.bans.list()).toEqual([])
    expect(knock(world, 'eve').take()).toMatchObject([{ type: 'connack', reasonCode: 0x8a }])
    expect(world.broker.bans.list()).toEqual([
      {
        type: 'address',
        name: '192.0.2.7',
        automatic: true,
        secondsLeft: 600,
        reason: 'Too many logins failed',
      },
    ])
    const banned = knock(world, 'ada')
    expect([banned.take(), banned.closed]).toEqual([[], 'in order'])
    world.clock.advance(600_000)
    expect(knock(world, 'ada').take()).toMatchObject([{ reasonCode: 0 }])
  })

  it('wants them within its time', async () => {
    const world = await guarded({ banAfterFailedLogins })
    for (let login = 0; login < 10; login++) {
      knock(world, 'eve')
      world.clock.advance(31_000)
    }
    expect(world.broker.bans.list()).toEqual([])
  })

  it('is never of this machine, nor of an address that is exempt', async () => {
    const proxy = '198.51.100.1'
    const exempt = (address: string): boolean => address === proxy
    const worlds = [
      await guarded({ banAfterFailedLogins }),
      await guarded({ banAfterFailedLogins, exempt }),
    ]
    for (const [index, world] of worlds.entries()) {
      const address = index === 0 ? '127.0.0.1' : proxy
      for (let login = 0; login < 10; login++) knock(world, 'eve', address)
      expect(world.broker.bans.list()).toEqual([])
    }
  })
})

/** A broker that knows Ada only. */
function guarded(rates: RateLimits = {}): Promise<World> {
  return openWorld({
    rates,
    guards: {
      authenticate: ({ client }) =>
        client.username === 'ada' ? ReasonCode.Success : ReasonCode.BadUserNameOrPassword,
    },
  })
}

function knock(world: World, username: string, remoteAddress = '192.0.2.7'): Peer {
  const peer = world.dial(5, { remoteAddress })
  peer.send(connect({ clientId: username, username }))
  return peer
}
