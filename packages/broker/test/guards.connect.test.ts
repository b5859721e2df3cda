// Whether a client is let in (§3.1.4), by a guard that answers at once or takes its time.

import { ReasonCode } from '@godwit/codec'
import type { ConnectPacket } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import type { Attempt, Verdict } from '../src/index.ts'
import { inWords, lasting, resume } from './lasting.ts'
import { connect, openWorld, PINGREQ, publish, subscribe, VERSIONS } from './peer.ts'
import type { World } from './peer.ts'
import { SlowGuard } from './slow-guard.ts'

describe('the authenticate guard', () => {
  it.each(VERSIONS)('of version %i sees CONNECT and the address', async (version) => {
    const attempts: Attempt[] = []
    const world = await openWorld({
      guards: { authenticate: (attempt) => (attempts.push(attempt), ReasonCode.Success) },
    })
    const password = Uint8Array.of(1, 2)
    const peer = world.dial(version, { remoteAddress: '192.0.2.1' })
    peer.send(connect({ version, clientId: 'c', username: 'bob', password }))
    expect(inWords(peer.take())).toEqual(['connack'])
    expect(attempts).toMatchObject([
      {
        connect: { clientId: 'c', username: 'bob', password },
        client: { clientId: 'c', username: 'bob', version, remoteAddress: '192.0.2.1' },
      },
    ])
  })

  it.each([
    [5, 0x86, 0x86],
    [5, 0x87, 0x87],
    [5, 0x8a, 0x8a],
    [5, 0x97, 0x97],
    [5, 0x8e, 0x80], // Session taken over: not a code of CONNACK.
    [4, 0x86, 0x86],
    [4, 0x87, 0x87],
    [3, 0x8a, 0x87],
    [4, 0x9f, 0x88],
    [4, 0x9c, 0x88],
  ] as const)(
    'refuses a client of version %i with %i, told %i [MQTT-3.1.4-2] [MQTT-3.2.2-7]',
    async (version, code, told) => {
      const world = await openWorld({ guards: { authenticate: () => code } })
      const { peer, taken } = resume(world, 'c', { version })
      expect(taken).toMatchObject([{ type: 'connack', sessionPresent: false, reasonCode: told }])
      expect(peer.closed).toBe('in order')
      expect(world.seen).toEqual([`refused memory 0x${code.toString(16)}`])
      expect(world.broker.stats()).toMatchObject({ connections: 0, sessions: 0, clients: 0 })
    },
  )

  it('has no words for some of it in MQTT 3.1.1 [MQTT311-3.2.2-6]', async () => {
    const world = await openWorld({ guards: { authenticate: () => ReasonCode.PacketTooLarge } })
    const { peer, taken } = resume(world, 'c', { version: 4 })
    expect(taken).toEqual([])
    expect(peer.closed).toBe('in order')
  })

  it('says why, if the client has room for it', async () => {
    const verdict = { reasonCode: 0x87, reasonString: 'No one but us' } as const
    const world = await openWorld({ guards: { authenticate: () => verdict } })
    const properties = { maximumPacketSize: 10 }
    expect(resume(world, 'c', {}).taken).toMatchObject([
      { reasonCode: 0x87, properties: { reasonString: 'No one but us' } },
    ])
    expect(resume(world, 'c', { properties }).taken).toEqual([
      { type: 'connack', sessionPresent: false, reasonCode: 0x87 },
    ])
  })

  it.each([0x9c, 0x9d] as const)('sends a client elsewhere with %i', async (reasonCode) => {
    const verdict = { reasonCode, serverReference: 'other.example:1883' }
    const world = await openWorld({ guards: { authenticate: () => verdict } })
    const { peer, taken } = resume(world, 'c', {})
    expect(taken).toMatchObject([
      { type: 'connack', reasonCode, properties: { serverReference: 'other.example:1883' } },
    ])
    expect(peer.closed).toBe('in order')
  })

  it('gives Response Information to who asks for it [MQTT-3.1.2-28]', async () => {
    const verdict = { reasonCode: 0, responseInformation: 'replies/c' } as const
    const world = await openWorld({ guards: { authenticate: () => verdict } })
    const told = (fields: Partial<ConnectPacket>): unknown => {
      const [connack] = resume(world, 'c', fields).taken
      return connack?.type === 'connack' ? connack.properties?.responseInformation : 'no CONNACK'
    }
    expect(told({ properties: { requestResponseInformation: 1 } })).toBe('replies/c')
    expect(told({ properties: { requestResponseInformation: 0 } })).toBeUndefined()
    expect(told({})).toBeUndefined()
    expect(told({ version: 4 })).toBeUndefined()
  })
})

describe.each(VERSIONS)('while a slow guard decides about a client of version %i', (version) => {
  it('what it has sent behind CONNECT waits', async () => {
    const { world, slow } = await slowly()
    const { peer, taken } = resume(world, 'c', { version, keepAlive: 1 })
    expect(taken).toEqual([])
    peer.send(subscribe('a'), publish('a', 'x'), PINGREQ)
    world.client('other')
    world.clock.advance(3000) // Keep Alive has not begun.
    expect(peer.take()).toEqual([])
    slow.answer(0, { reasonCode: 0 })
    await world.clock.settled()
    expect(inWords(peer.take())).toEqual(['connack', 'suback 1', 'publish q0 x', 'pingresp'])
  })

  it('what a client sent that is refused has not happened [MQTT-3.1.4-6]', async () => {
    const { world, slow } = await slowly()
    const watcher = world.client('watcher')
    watcher.send(subscribe('a'))
    watcher.take()
    const peer = world.dial(version)
    peer.send(connect({ version, clientId: 'c' }), publish('a', 'x'))
    slow.answer(0, { reasonCode: 0x87 })
    await world.clock.settled()
    expect(inWords(peer.take())).toEqual(['connack 0x87'])
    expect(watcher.take()).toEqual([])
  })

  it('a client that goes is not let in any more', async () => {
    const { world, slow } = await slowly()
    const will = { topic: 'a', payload: new Uint8Array(), qos: 0, retain: false } as const
    const { peer } = resume(world, 'c', { ...lasting(version), will })
    peer.transport.cut()
    world.clock.settle()
    slow.answer(0, { reasonCode: 0 })
    await world.clock.settled()
    expect(world.seen).toEqual(['refused memory 0x80'])
    expect(world.broker.stats()).toMatchObject({ connections: 0, sessions: 0, messagesIn: 0 })
  })

  it('the former connection of its session goes on until it is let in', async () => {
    const { world, slow } = await slowly()
    const former = world.client('fast', lasting(version))
    resume(world, 'fast', { ...lasting(version), username: 'slow' })
    former.send(PINGREQ)
    expect(inWords(former.take())).toEqual(['pingresp'])
    slow.answer(0, { reasonCode: 0, principal: 'fast' })
    await world.clock.settled()
    expect(former.closed).toBe('in order')
    expect(world.broker.stats()).toMatchObject({ connections: 1, sessions: 1 })
  })

  it('two that come under one name are let in one after the other', async () => {
    const { world, slow } = await slowly()
    const [first, second] = [
      resume(world, 'c', lasting(version)).peer,
      resume(world, 'c', lasting(version)).peer,
    ]
    slow.answer(1, { reasonCode: 0 })
    await world.clock.settled()
    expect(inWords(second.take())).toEqual(['connack'])
    slow.answer(0, { reasonCode: 0 })
    await world.clock.settled()
    expect(inWords(first.take())).toEqual([version === 3 ? 'connack' : 'connack present'])
    expect(second.closed).toBe('in order')
    expect(world.broker.stats()).toMatchObject({ connections: 1, clients: 1, sessions: 1 })
  })

  it('the connection is closed when the CONNECT exchange takes too long', async () => {
    const { world, slow } = await slowly({ connectTimeoutMs: 1000 })
    const { peer } = resume(world, 'c', { version })
    world.clock.advance(1400)
    expect(peer.closed).toBe('in order')
    slow.answer(0, { reasonCode: 0 })
    await world.clock.settled()
    expect(world.seen).toEqual(['refused memory 0x8d'])
  })
})

it('a broker that is closing lets nobody in whom its guard has thought about', async () => {
  const { world, slow } = await slowly()
  const { peer } = resume(world, 'c', {})
  const closing = world.broker.close()
  slow.answer(0, { reasonCode: 0 })
  await world.clock.settled()
  await closing
  expect(peer.take()).toMatchObject([{ type: 'connack' }])
  expect(peer.closed).toBe('in order')
  expect(world.broker.stats()).toMatchObject({ connections: 0, sessions: 0 })
})

describe('a principal that the guard names', () => {
  it.each(VERSIONS)('keeps its session from others in version %i', async (version) => {
    const world = await openWorld({
      guards: {
        authenticate: ({ connect: { username = '' } }) => ({
          reasonCode: 0,
          principal: username.slice(0, 3),
        }),
      },
    })
    const former = world.client('c', { ...lasting(version), username: 'bob-laptop' })
    const eve = resume(world, 'c', { ...lasting(version), username: 'eve' })
    expect(inWords(eve.taken)).toEqual(['connack 0x87'])
    expect(former.closed).toBeUndefined()
    const phone = resume(world, 'c', { ...lasting(version), username: 'bob-phone' })
    expect(inWords(phone.taken)).toEqual([version === 3 ? 'connack' : 'connack present'])
    expect(former.closed).toBe('in order')
  })

  it('is not asked of a clean start either, while the session is there', async () => {
    const world = await openWorld()
    world.client('c', { ...lasting(), username: 'bob' }).transport.cut()
    const eve = resume(world, 'c', { cleanStart: true, username: 'eve' })
    expect(inWords(eve.taken)).toEqual(['connack 0x87'])
    world.clock.advance(3_601_000)
    const later = resume(world, 'c', { cleanStart: true, username: 'eve' })
    expect(inWords(later.taken)).toEqual(['connack'])
  })
})

describe('broker.disconnect', () => {
  it.each([0x9c, 0x9d] as const)('sends a client elsewhere with %i', async (reasonCode) => {
    const { broker, client } = await openWorld()
    const peer = client('c')
    const dismissal = { reasonCode, cause: 'We move', serverReference: 'other.example' }
    expect(broker.disconnect('c', dismissal)).toBe(true)
    expect(peer.take()).toEqual([
      {
        type: 'disconnect',
        reasonCode,
        properties: { reasonString: 'We move', serverReference: 'other.example' },
      },
    ])
    expect(peer.closed).toBe('in order')
  })

  it.each([3, 4] as const)('closes a client of version %i without a word', async (version) => {
    const { broker, client } = await openWorld()
    const peer = client('c', { version })
    broker.disconnect('c', { reasonCode: ReasonCode.AdministrativeAction, cause: 'Enough' })
    expect(peer.take()).toEqual([])
    expect(peer.closed).toBe('in order')
  })

  it('tells the server reference with no other code', async () => {
    const { broker, client } = await openWorld()
    const peer = client('c')
    broker.disconnect('c', { reasonCode: 0x98, cause: 'Enough', serverReference: 'other' })
    expect(peer.take()).toEqual([
      { type: 'disconnect', reasonCode: 0x98, properties: { reasonString: 'Enough' } },
    ])
  })

  it('says that there is nobody, or nobody there', async () => {
    const world = await openWorld()
    const dismissal = { reasonCode: ReasonCode.AdministrativeAction, cause: 'Enough' }
    expect(world.broker.disconnect('c', dismissal)).toBe(false)
    world.client('c', lasting()).transport.cut()
    world.clock.settle()
    expect(world.broker.disconnect('c', dismissal)).toBe(false)
  })

  it('works while a guard decides about a message of that client', async () => {
    const slow = new SlowGuard<unknown, boolean>()
    const world = await openWorld({ guards: { authorize: slow.guard } })
    const peer = world.client('c', lasting())
    peer.send(publish('a', 'x', { qos: 2, packetId: 1 }))
    world.broker.disconnect('c', { reasonCode: ReasonCode.AdministrativeAction, cause: 'Enough' })
    expect(inWords(peer.take())).toEqual(['disconnect 0x98'])
    slow.answer(0, true)
    await world.clock.settled()
    expect(world.broker.stats()).toMatchObject({ clients: 0, sessions: 1, publishesRefused: 1 })
  })
})

/** A guard that takes its time, but for the Client Identifiers `fast`, `watcher` and `other`. */
async function slowly(
  limits: { connectTimeoutMs?: number } = {},
): Promise<{ world: World; slow: SlowGuard<Attempt, Verdict> }> {
  const slow = new SlowGuard<Attempt, Verdict>()
  const authenticate = (attempt: Attempt): Promise<Verdict> | Verdict => {
    const { clientId, username } = attempt.client
    const isSlow = clientId === 'c' || username === 'slow'
    return isSlow ? slow.guard(attempt) : { reasonCode: 0, principal: clientId }
  }
  return { world: await openWorld({ limits, guards: { authenticate } }), slow }
}
