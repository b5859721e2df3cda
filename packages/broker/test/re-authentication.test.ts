// Enhanced authentication of a client that is let in already (§4.12.1).

import { describe, expect, it } from 'vitest'
import type { Guards } from '../src/index.ts'
import { inWords, lose } from './lasting.ts'
import { connect, openWorld, PINGREQ, PINGRESP, publish } from './peer.ts'
import { auth, hello, letIn, scripted, slowly } from './two-step.ts'

const CHALLENGE = auth(0x18, 'who?')

describe('a client that authenticates itself again', () => {
  it('goes on where it was [MQTT-4.12.1-1]', async () => {
    const { peer } = await letIn()
    peer.send(auth(0x19, 'hello'))
    expect(peer.take()).toEqual([CHALLENGE])
    peer.send(PINGREQ, publish('a', 'x', { qos: 1, packetId: 1 }), auth(0x18, 'bob'))
    expect(peer.take()).toEqual([
      PINGRESP,
      { type: 'puback', packetId: 1, reasonCode: 0x10 },
      auth(0, 'welcome bob'),
    ])
    peer.send(auth(0x19, 'bob'))
    expect(peer.take()).toEqual([auth(0, 'welcome bob')])
  })

  it('is told why not, and closed [MQTT-4.12.1-2]', async () => {
    const { peer, world } = await letIn()
    peer.send(auth(0x19, 'eve'))
    expect(inWords(peer.take())).toEqual(['disconnect 0x87'])
    expect(peer.closed).toBe('in order')
    expect(world.seen.at(-1)).toBe('disconnected c 0x87')
  })

  it('as somebody else does not keep the session', async () => {
    const { peer } = await letIn()
    peer.send(auth(0x19, 'root'))
    expect(inWords(peer.take())).toEqual(['disconnect 0x87'])
  })

  it.each([0x86, 0x88, 0x8a] as const)(
    'is not blamed for a Protocol Error where DISCONNECT has no %i',
    async (reasonCode) => {
      const guards = scripted([])
      const exchange: Guards['exchange'] = (step) =>
        step.step === 'renew' ? { reasonCode } : (guards.exchange?.(step) ?? reasonCode)
      const { peer } = await letIn({ exchange })
      peer.send(auth(0x19, 'hello'))
      expect(inWords(peer.take())).toEqual(['disconnect 0x87'])
    },
  )

  it('is refused when the guard fails, which is counted', async () => {
    const guards = scripted([])
    const exchange: Guards['exchange'] = (step) => {
      if (step.step === 'renew') throw new Error('broken')
      return guards.exchange?.(step) ?? 0x80
    }
    const { peer, world } = await letIn({ exchange })
    peer.send(auth(0x19, 'hello'))
    expect(inWords(peer.take())).toEqual(['disconnect 0x87'])
    expect(world.broker.stats().guardFailures).toBe(1)
  })

  it.each([
    ['with another method', 0x8c, [auth(0x19, 'hello', 'OTHER')]],
    ['in the middle of doing so', 0x82, [auth(0x19, 'hello'), auth(0x19, 'hello')]],
    ['though nothing was asked', 0x82, [auth(0x18, 'bob')]],
    ['with a code of the server', 0x82, [auth(0, 'bob')]],
  ])('%s is told %i and closed [MQTT-3.15.2-1]', async (_, code, packets) => {
    const { peer } = await letIn()
    peer.send(...packets)
    expect(inWords(peer.take()).at(-1)).toBe(`disconnect 0x${code.toString(16)}`)
    expect(peer.closed).toBe('in order')
  })

  it('slowly keeps its connection and its order', async () => {
    const { world, slow } = await slowly()
    const peer = world.dial()
    peer.send(hello({ keepAlive: 1 }))
    slow.answer(0, { reasonCode: 0 })
    await world.clock.settled()
    peer.take()
    peer.send(auth(0x19, 'hello'), PINGREQ)
    world.clock.advance(5_000)
    expect(peer.take()).toEqual([])
    slow.answer(1, { reasonCode: 0 })
    await world.clock.settled()
    expect(inWords(peer.take())).toEqual(['auth', 'pingresp'])
  })

  it('may be gone before the guard has decided', async () => {
    const { world, slow } = await slowly()
    const peer = world.dial()
    peer.send(hello())
    slow.answer(0, { reasonCode: 0 })
    await world.clock.settled()
    peer.send(auth(0x19, 'hello'))
    lose(world, peer)
    slow.answer(1, { reasonCode: 0x87 })
    await world.clock.settled()
    expect(world.seen).toEqual(['connected c v5', 'disconnected c 0x80'])
  })
})

describe('AUTH where there is no enhanced authentication', () => {
  it('is a Protocol Error [MQTT-4.12.0-6] [MQTT-4.12.0-7]', async () => {
    const { dial } = await openWorld({ guards: scripted([]) })
    const peer = dial()
    peer.send(connect())
    const [connack] = peer.take()
    expect(connack).toMatchObject({ type: 'connack', reasonCode: 0 })
    expect(connack).not.toHaveProperty('properties.authenticationMethod')
    peer.send(auth(0x19, 'hello'))
    expect(inWords(peer.take())).toEqual(['disconnect 0x82'])
  })

  it('is malformed in MQTT 3.1.1', async () => {
    const { client } = await openWorld({ guards: scripted([]) })
    const peer = client('c', { version: 4 })
    peer.write('f0 00')
    expect(peer.take()).toEqual([])
    expect(peer.closed).toBe('in order')
  })
})
