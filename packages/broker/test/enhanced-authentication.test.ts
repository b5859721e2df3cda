// Enhanced authentication (§4.12) from CONNECT to CONNACK.

import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import type { ExchangeStep } from '../src/index.ts'
import { inWords, lasting, lose } from './lasting.ts'
import { connect, disconnect, openWorld, PINGREQ } from './peer.ts'
import { publish, subscribe } from './peer.ts'
import { auth, bytes, hello, METHOD, scripted, slowly } from './two-step.ts'

const CHALLENGE = auth(0x18, 'who?')

describe('a client that authenticates itself in steps', () => {
  it('is asked, answers, and is let in [MQTT-4.12.0-2] [MQTT-4.12.0-5]', async () => {
    const { dial, broker } = await openWorld({ guards: scripted([]) })
    const peer = dial()
    peer.send(hello())
    expect(peer.take()).toEqual([CHALLENGE])
    expect(broker.stats()).toMatchObject({ clients: 0, sessions: 0 })
    peer.send(auth(0x18, 'bob'))
    expect(peer.take()).toMatchObject([
      {
        type: 'connack',
        reasonCode: 0,
        properties: { authenticationMethod: METHOD, authenticationData: bytes('welcome bob') },
      },
    ])
    expect(broker.stats()).toMatchObject({ clients: 1, sessions: 1 })
  })

  it('shows the guard one connection, whatever the step', async () => {
    const steps: ExchangeStep[] = []
    const { dial } = await openWorld({ guards: scripted(steps) })
    for (const clientId of ['one', 'two']) {
      const peer = dial()
      peer.send(hello({ clientId }))
      peer.send(auth(0x18, 'bob'))
      peer.send(auth(0x19, 'hello'))
    }
    expect(steps.map(({ step, client: { clientId } }) => `${step} ${clientId}`)).toEqual([
      'connect one',
      'continue one',
      'renew one',
      'connect two',
      'continue two',
      'renew two',
    ])
    const [one, again, renewed, two] = steps.map(({ connection }) => connection)
    expect(one).toBe(again)
    expect(one).toBe(renewed)
    expect(one).not.toBe(two)
  })

  it('owns the session as the principal that the exchange found', async () => {
    const { dial, client } = await openWorld({ guards: scripted([]) })
    const peer = dial()
    peer.send(hello({ clientId: 'c', ...lasting() }))
    peer.send(auth(0x18, 'bob'))
    client('c', lasting())
    expect(peer.closed).toBeUndefined()
  })

  it('is refused for the wrong answer [MQTT-4.12.0-4] [MQTT-4.13.2-1]', async () => {
    const { dial, seen, broker } = await openWorld({ guards: scripted([]) })
    const peer = dial()
    peer.send(hello())
    peer.send(auth(0x18, 'eve'))
    expect(peer.take()).toMatchObject([CHALLENGE, { type: 'connack', reasonCode: 0x87 }])
    expect(peer.closed).toBe('in order')
    expect(seen).toEqual(['refused memory 0x87'])
    expect(broker.stats()).toMatchObject({ connections: 0, sessions: 0 })
  })

  it('is refused with a method that nobody knows [MQTT-4.12.0-1]', async () => {
    const { dial } = await openWorld({ guards: scripted([]) })
    const peer = dial()
    peer.send(hello({ properties: { authenticationMethod: 'SCRAM-SHA-512' } }))
    expect(inWords(peer.take())).toEqual(['connack 0x8c'])
    expect(peer.closed).toBe('in order')
  })

  it('is refused where no guard does this, whatever the other guard says', async () => {
    const { dial } = await openWorld({ guards: { authenticate: () => ReasonCode.Success } })
    const peer = dial()
    peer.send(hello())
    expect(inWords(peer.take())).toEqual(['connack 0x8c'])
  })

  it('may be sent elsewhere', async () => {
    const verdict = { reasonCode: 0x9d, serverReference: 'other.example' } as const
    const { dial } = await openWorld({ guards: { exchange: () => verdict } })
    const peer = dial()
    peer.send(hello())
    expect(peer.take()).toMatchObject([
      { reasonCode: 0x9d, properties: { serverReference: 'other.example' } },
    ])
  })

  it('may come without data, and go on without', async () => {
    const verdict = { reasonCode: ReasonCode.ContinueAuthentication }
    const { dial } = await openWorld({ guards: { exchange: () => verdict } })
    const peer = dial()
    peer.send(connect({ properties: { authenticationMethod: METHOD } }))
    expect(peer.take()).toEqual([auth(0x18)])
  })

  it('has one connect timeout for all its steps', async () => {
    const { dial, clock } = await openWorld({ guards: scripted([]) })
    const peer = dial()
    peer.send(hello())
    clock.advance(9_000)
    peer.send(auth(0x18, 'bo'))
    peer.take()
    const other = dial()
    other.send(hello())
    clock.advance(10_400)
    expect(other.closed).toBe('in order')
  })

  it.each([
    ['PINGREQ', 0x82, PINGREQ],
    ['PUBLISH', 0x82, publish('a')],
    ['SUBSCRIBE', 0x82, subscribe('a')],
    ['another CONNECT', 0x82, hello()],
    ['AUTH with another method', 0x8c, auth(0x18, 'bob', 'OTHER')],
    ['AUTH that begins anew', 0x82, auth(0x19, 'hello')],
  ])('is refused for %s in between [MQTT-3.1.2-30]', async (_, code, packet) => {
    const { dial, broker } = await openWorld({ guards: scripted([]) })
    const peer = dial()
    peer.send(hello())
    peer.send(packet, auth(0x18, 'bob'))
    expect(inWords(peer.take())).toEqual(['auth 0x18', `connack 0x${code.toString(16)}`])
    expect(peer.closed).toBe('in order')
    expect(broker.stats()).toMatchObject({ sessions: 0, messagesIn: 0 })
  })

  it('may say DISCONNECT in between', async () => {
    const { dial, seen } = await openWorld({ guards: scripted([]) })
    const peer = dial()
    peer.send(hello())
    peer.send(disconnect())
    expect(peer.take()).toEqual([CHALLENGE])
    expect(peer.closed).toBe('in order')
    expect(seen).toEqual(['refused memory 0x00'])
  })

  it('may send what follows behind its last AUTH', async () => {
    const { dial } = await openWorld({ guards: scripted([]) })
    const peer = dial()
    peer.send(hello(), auth(0x18, 'bob'), PINGREQ)
    expect(inWords(peer.take())).toEqual(['auth 0x18', 'connack', 'pingresp'])
  })
})

describe('while a slow guard thinks about a step', () => {
  it('what follows waits', async () => {
    const { world, slow } = await slowly()
    const peer = world.dial()
    peer.send(hello(), auth(0x18, 'bob'), PINGREQ)
    expect(slow.asked).toHaveLength(1)
    slow.answer(0, { reasonCode: 0x18, authenticationData: bytes('who?') })
    await world.clock.settled()
    expect(peer.take()).toEqual([CHALLENGE])
    expect(slow.asked).toHaveLength(2)
    slow.answer(1, { reasonCode: 0 })
    await world.clock.settled()
    expect(inWords(peer.take())).toEqual(['connack', 'pingresp'])
  })

  it('the client may go', async () => {
    const { world, slow } = await slowly()
    const peer = world.dial()
    peer.send(hello())
    lose(world, peer)
    slow.answer(0, { reasonCode: 0x18 })
    await world.clock.settled()
    expect(world.seen).toEqual(['refused memory 0x80'])
  })

  it('the guard may fail, and has refused', async () => {
    const { world, slow } = await slowly()
    const peer = world.dial()
    peer.send(hello())
    slow.fail(0, new Error('broken'))
    await world.clock.settled()
    expect(inWords(peer.take())).toEqual(['connack 0x88'])
    expect(world.broker.stats().guardFailures).toBe(1)
  })
})
