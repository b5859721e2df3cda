// Bans: who may not come in, who is sent away, and when it is over.

import { ReasonCode } from '@godwit/codec'
import { VirtualClock } from '@godwit/transport/testing'
import { describe, expect, it } from 'vitest'
import { Bans } from '../src/bans.ts'
import type { Verdict } from '../src/index.ts'
import { connect, openWorld, VERSIONS } from './peer.ts'
import type { Peer, World } from './peer.ts'

/** Not authorized is what older versions have for it. */
const REFUSALS = { 3: 0x87, 4: 0x87, 5: 0x8a } as const

describe('a ban of a client or user', () => {
  it.each(VERSIONS)('refuses it in version %i, and nobody else', async (version) => {
    const world = await openWorld()
    world.broker.bans.ban({ type: 'client', name: 'bad' })
    world.broker.bans.ban({ type: 'user', name: 'eve' })
    expect(codeOf(world, { clientId: 'bad', version })).toBe(REFUSALS[version])
    expect(codeOf(world, { clientId: 'b', username: 'eve', version })).toBe(REFUSALS[version])
    expect(codeOf(world, { clientId: 'good', username: 'ada', version })).toBe(0)
    expect(world.broker.stats()).toMatchObject({
      banned: 2,
      bans: 2,
      connectionsRefused: { [ReasonCode.Banned]: 2 },
    })
  })

  it('asks no guard about it, and is heard of by observers', async () => {
    const asked: string[] = []
    const authenticate = (): Verdict => (asked.push('asked'), { reasonCode: 0 })
    const world = await openWorld({ guards: { authenticate } })
    world.broker.bans.ban({ type: 'client', name: 'bad' })
    expect(codeOf(world, { clientId: 'bad' })).toBe(0x8a)
    expect([asked, world.seen]).toEqual([[], ['refused memory 0x8a']])
  })

  it('holds for the name that a guard has given it', async () => {
    const authenticate = (): Verdict => ({ reasonCode: 0, username: 'from the certificate' })
    const world = await openWorld({ guards: { authenticate } })
    world.broker.bans.ban({ type: 'user', name: 'from the certificate' })
    expect(codeOf(world, { clientId: 'c' })).toBe(0x8a)
    expect(world.broker.stats().sessions).toBe(0)
  })

  it('sends away who is there, with 0x98, and leaves its session to its fate', async () => {
    const world = await openWorld()
    const [bad, ada, eve] = [
      world.client('bad'),
      world.client('a', { username: 'ada' }),
      world.client('e', { username: 'eve', properties: { sessionExpiryInterval: 100 } }),
    ]
    world.broker.bans.ban({ type: 'client', name: 'bad' }, { reason: 'spam' })
    world.broker.bans.ban({ type: 'user', name: 'eve' })
    expect(bad.take()).toMatchObject([{ type: 'disconnect', reasonCode: 0x98 }])
    expect(eve.take()).toMatchObject([{ type: 'disconnect', reasonCode: 0x98 }])
    expect([bad.closed, ada.take(), ada.closed]).toEqual(['in order', [], undefined])
    expect(world.broker.stats()).toMatchObject({ clients: 1, sessions: 2 })
  })
})

describe('a ban of an address', () => {
  it('closes connections before a byte is read', async () => {
    const world = await openWorld()
    world.broker.bans.ban({ type: 'address', name: '192.0.2.7' })
    const [bad, good] = [from(world, '192.0.2.7'), from(world, '192.0.2.8')]
    bad.send(connect())
    good.send(connect())
    expect([bad.take(), bad.closed]).toEqual([[], 'in order'])
    expect(good.take()).toMatchObject([{ reasonCode: 0 }])
    expect(world.broker.stats()).toMatchObject({ banned: 1, connections: 1 })
  })

  it('can be of an IPv6 network, and is spelled as one likes', async () => {
    const world = await openWorld()
    world.broker.bans.ban({ type: 'address', name: '2001:DB8:0:1::/64' })
    world.broker.bans.ban({ type: 'address', name: '::ffff:192.0.2.7' })
    world.broker.bans.ban({ type: 'address', name: '2001:db8:9:0::1' })
    const addresses = ['2001:db8:0:1::5', '192.0.2.7', '2001:db8:9::1', '2001:db8:0:2::5']
    const closed = addresses.map((address) => {
      const peer = from(world, address)
      peer.take()
      return peer.closed
    })
    expect(closed).toEqual(['in order', 'in order', 'in order', undefined])
  })

  it('sends away who is there, with or without CONNECT', async () => {
    const world = await openWorld()
    const silent = from(world, '192.0.2.7')
    const inside = world.client('c', {}, { remoteAddress: '192.0.2.7' })
    const other = world.client('d', {}, { remoteAddress: '192.0.2.8' })
    world.broker.bans.ban({ type: 'address', name: '192.0.2.7' })
    expect(inside.take()).toMatchObject([{ type: 'disconnect', reasonCode: 0x98 }])
    expect([silent.take(), silent.closed]).toEqual([[], 'in order'])
    expect([other.take(), other.closed]).toEqual([[], undefined])
  })
})

describe('bans', () => {
  it('are over after their time, or when they are lifted', async () => {
    const world = await openWorld()
    const { bans } = world.broker
    bans.ban({ type: 'client', name: 'a' }, { forSeconds: 60 })
    bans.ban({ type: 'client', name: 'b' })
    world.clock.advance(59_999)
    expect([codeOf(world, { clientId: 'a' }), codeOf(world, { clientId: 'b' })]).toEqual([
      0x8a, 0x8a,
    ])
    world.clock.advance(1)
    expect([codeOf(world, { clientId: 'a' }), codeOf(world, { clientId: 'b' })]).toEqual([0, 0x8a])
    expect(bans.lift({ type: 'client', name: 'b' })).toBe(true)
    expect(bans.lift({ type: 'client', name: 'b' })).toBe(false)
    expect(codeOf(world, { clientId: 'b' })).toBe(0)
  })

  it('are listed with what is left of them', () => {
    const clock = new VirtualClock()
    const bans = new Bans(clock)
    bans.ban({ type: 'address', name: '2001:DB8::1' }, { reason: 'scans ports' })
    bans.ban({ type: 'user', name: 'eve' }, { forSeconds: 60 })
    bans.ban({ type: 'client', name: 'old' }, { forSeconds: 1 })
    bans.banAutomatically('192.0.2.7', 600)
    clock.advance(30_500)
    expect(bans.list()).toEqual([
      { type: 'user', name: 'eve', automatic: false, secondsLeft: 30 },
      { type: 'address', name: '2001:DB8::1', automatic: false, reason: 'scans ports' },
      {
        type: 'address',
        name: '192.0.2.7',
        automatic: true,
        secondsLeft: 570,
        reason: 'Too many logins failed',
      },
    ])
  })

  it('need a name and a time', () => {
    const bans = new Bans(new VirtualClock())
    expect(() => bans.ban({ type: 'client', name: '' })).toThrow(/needs a name/)
    const target = { type: 'client', name: 'c' } as const
    expect(() => bans.ban(target, { forSeconds: 0 })).toThrow(/more than 0 seconds, got 0/)
    expect(() => bans.ban(target, { forSeconds: Number.NaN })).toThrow(/got NaN/)
  })

  it('are bounded, and those that are over make room', () => {
    const clock = new VirtualClock()
    const bans = new Bans(clock)
    for (let number = 0; number < 100_000; number++) {
      bans.ban({ type: 'client', name: `${number}` }, { forSeconds: 60 })
    }
    expect(() => bans.ban({ type: 'client', name: 'one more' })).toThrow(/lift some/)
    bans.banAutomatically('192.0.2.7', 60)
    expect(bans.excludesAddress('192.0.2.7')).toBe(false)
    clock.advance(60_000)
    bans.ban({ type: 'client', name: 'one more' })
    expect(bans.list()).toHaveLength(1)
  })
})

/** What a client is told in CONNACK. */
function codeOf(world: World, fields: Parameters<typeof connect>[0] = {}): number | undefined {
  const peer = world.dial(fields.version)
  peer.send(connect(fields))
  const [connack] = peer.take()
  return connack?.type === 'connack' ? connack.reasonCode : undefined
}

function from({ dial }: World, remoteAddress: string): Peer {
  return dial(5, { remoteAddress })
}
