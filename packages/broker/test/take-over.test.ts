// A client that comes while its Client Identifier is connected (§3.1.4): the former goes, if both
// are the same principal.

import { encode, ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { ack, inWords, lasting, lose, resume } from './lasting.ts'
import { connect, openWorld, PINGREQ, publish, subscribe, VERSIONS } from './peer.ts'

const BOB = { username: 'bob' }
const EVE = { username: 'eve' }

describe.each(VERSIONS)('a client of version %i that is taken over', (version) => {
  const farewell = version === 5 ? ['disconnect 0x8e'] : []

  it.each(VERSIONS)('by one of version %i is told so if it can be [MQTT-3.1.4-3]', async (by) => {
    const world = await openWorld()
    const former = world.client('c', lasting(version))
    former.send(subscribe({ filter: 'a', qos: 1 }))
    former.take()
    const { peer, taken } = resume(world, 'c', lasting(by))
    expect(inWords(taken)).toEqual([by === 3 ? 'connack' : 'connack present'])
    expect(inWords(former.take())).toEqual(farewell)
    expect(former.closed).toBe('in order')
    world.client('p').send(publish('a', 'x', { qos: 1, packetId: 1 }))
    expect(inWords(peer.take())).toEqual(['publish 1 q1 x'])
    expect(world.broker.stats()).toMatchObject({ connections: 2, sessions: 2, clients: 2 })
  })

  it('has what it said before carried out, and nothing behind', async () => {
    const world = await openWorld()
    const watcher = world.client('watcher')
    watcher.send(subscribe('a'))
    watcher.take()
    const former = world.client('c', lasting(version))
    const next = world.dial(version)
    former.write(encode(publish('a', 'before'), version))
    next.write(encode(connect({ clientId: 'c', ...lasting(version) }), version))
    former.write(encode(publish('a', 'behind'), version))
    expect(watcher.takeTexts()).toEqual(['before'])
    expect(inWords(former.take())).toEqual(farewell)
  })
})

describe('a take-over', () => {
  it('by somebody else is refused with 0x87, and harms nobody', async () => {
    const world = await openWorld()
    const bob = world.client('c', { ...lasting(), ...BOB })
    for (const fields of [EVE, {}, { ...EVE, cleanStart: false }]) {
      const { peer, taken } = resume(world, 'c', fields)
      expect(taken).toMatchObject([{ type: 'connack', reasonCode: 0x87 }])
      expect(peer.closed).toBe('in order')
    }
    bob.send(PINGREQ)
    expect(inWords(bob.take())).toEqual(['pingresp'])
  })

  it.each([3, 4] as const)('by somebody else gets return code 5 in version %i', async (version) => {
    const world = await openWorld()
    world.client('c', BOB)
    const { taken } = resume(world, 'c', { ...EVE, version })
    expect(taken).toMatchObject([{ type: 'connack', reasonCode: 0x87 }])
  })

  it('of a session without connection is refused to others too, until it ends', async () => {
    const world = await openWorld()
    lose(world, world.client('c', { ...lasting(), ...BOB }))
    expect(resume(world, 'c', EVE).taken).toMatchObject([{ reasonCode: 0x87 }])
    world.clock.advance(3_601_000)
    expect(inWords(resume(world, 'c', EVE).taken)).toEqual(['connack'])
  })

  it('is for the same principal, whatever the user name, if a guard says who it is', async () => {
    const principals = new Map([
      ['bob', 'Robert'],
      ['rob', 'Robert'],
      ['eve', 'Eve'],
    ])
    const world = await openWorld({
      guards: {
        authenticate: ({ client }) => {
          const principal = principals.get(client.username ?? '')
          if (principal === undefined) return ReasonCode.NotAuthorized
          return { reasonCode: ReasonCode.Success, principal }
        },
      },
    })
    world.client('c', { ...lasting(), ...BOB })
    expect(inWords(resume(world, 'c', { ...lasting(), username: 'rob' }).taken)).toEqual([
      'connack present',
    ])
    expect(resume(world, 'c', EVE).taken).toMatchObject([{ reasonCode: 0x87 }])
  })

  it('in the middle of QoS 2 goes on where it was', async () => {
    const world = await openWorld()
    const former = world.client('c', lasting())
    former.send(subscribe({ filter: 'a', qos: 2 }))
    former.send(publish('a', 'own', { qos: 2, packetId: 5 }))
    expect(inWords(former.take())).toEqual(['suback 1', 'publish 1 q2 own', 'pubrec 5'])
    const { peer, taken } = resume(world, 'c', lasting())
    expect(inWords(taken)).toEqual(['connack present', 'publish 1 q2 dup own'])
    peer.send(publish('a', 'own', { qos: 2, packetId: 5, dup: true }), ack('pubrel', 5))
    peer.send(ack('pubrec', 1), ack('pubcomp', 1))
    expect(inWords(peer.take())).toEqual(['pubrec 5', 'pubcomp 5', 'pubrel 1'])
  })

  it('of a client that is to end with its connection begins a new session', async () => {
    const world = await openWorld()
    world.client('c').send(subscribe('a'))
    expect(inWords(resume(world, 'c', lasting()).taken)).toEqual(['connack'])
    expect(world.broker.stats().subscriptions).toBe(0)
  })

  it('of two who come in one turn leaves the last', async () => {
    const world = await openWorld()
    const peers = VERSIONS.map((version) => {
      const peer = world.dial(version)
      peer.write(encode(connect({ clientId: 'c', ...lasting(version) }), version))
      return peer
    })
    const said = peers.map((peer) => inWords(peer.take()))
    expect(said).toEqual([['connack'], ['connack present'], ['connack present']])
    expect(peers.map(({ closed }) => closed)).toEqual(['in order', 'in order', undefined])
    expect(world.broker.stats()).toMatchObject({ connections: 1, sessions: 1, clients: 1 })
  })

  it('happens when the guard lets somebody in, not when he comes', async () => {
    const doors: (() => void)[] = []
    const world = await openWorld({
      guards: {
        authenticate: ({ client }) =>
          client.username === 'slow'
            ? new Promise((resolve) => doors.push(() => resolve(ReasonCode.Success)))
            : { reasonCode: ReasonCode.Success, principal: 'slow' },
      },
    })
    const slow = world.dial()
    slow.send(connect({ clientId: 'c', username: 'slow', ...lasting() }), PINGREQ)
    const quick = world.client('c', lasting())
    quick.send(PINGREQ)
    expect(inWords(quick.take())).toEqual(['pingresp'])
    doors[0]!()
    await world.clock.settled()
    expect(inWords(slow.take())).toEqual(['connack present', 'pingresp'])
    expect(inWords(quick.take())).toEqual(['disconnect 0x8e'])
  })

  it('in the middle of a decision about a message neither loses nor doubles QoS 2', async () => {
    const doors: (() => void)[] = []
    const world = await openWorld({
      guards: {
        authorize: (action) =>
          action.type === 'publish'
            ? new Promise((resolve) => doors.push(() => resolve(true)))
            : true,
      },
    })
    const watcher = world.client('watcher')
    watcher.send(subscribe({ filter: 'a', qos: 0 }))
    watcher.take()
    const former = world.client('c', lasting())
    const message = publish('a', 'x', { qos: 2, packetId: 5 })
    former.send(message)
    const { peer } = resume(world, 'c', lasting())
    expect(inWords(former.take())).toEqual(['disconnect 0x8e'])
    peer.send({ ...message, dup: true })
    peer.send(publish('b', '', { qos: 1, packetId: 6 }))
    for (let door; (door = doors.shift()) !== undefined;) {
      door()
      await world.clock.settled()
    }
    expect(inWords(peer.take())).toEqual(['pubrec 5', 'puback 6 0x10'])
    expect(watcher.takeTexts()).toEqual(['x'])
    expect(world.seen.join()).not.toContain('fault')
  })
})

it('does not concern a client that is not let in yet', async () => {
  const world = await openWorld()
  const silent = world.dial()
  world.client('c')
  world.client('c')
  expect(silent.closed).toBeUndefined()
})
