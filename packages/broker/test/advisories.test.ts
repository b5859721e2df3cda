// Classes of advisories that other brokers have had, each at the level of the library. Those about
// what a client is let to do are in `advisories.rights.test.ts`.

import { encode } from '@godwit/codec'
import type { ConnectPacket, Packet, PropertiesOf, ReasonCode } from '@godwit/codec'
import { MemoryListener } from '@godwit/transport/testing'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DurableWorld } from './durable-world.ts'
import { inWords, lasting, lose } from './lasting.ts'
import { connect, disconnect, openWorld, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer, World } from './peer.ts'

/** What every object has, or is taken for its nature. */
const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype']

describe('pre-auth memory', () => {
  it.each([
    ['CONNECT', '10ffffff7f'],
    ['PUBLISH', '30ffffff7f'],
    ['AUTH', 'f0ffffff7f'],
    ['a packet of no type', '00ffffff7f'],
  ])('a claim of 256 MiB by %s is refused at the fixed header', async (_, header) => {
    const { dial, broker, clock, seen } = await openWorld()
    const peer = dial()
    for (const byte of header.match(/../g) ?? []) {
      peer.write(byte)
      clock.settle()
    }
    expect([peer.take(), peer.closed]).toEqual([[], 'in order'])
    expect(broker.stats()).toMatchObject({ connections: 0, sessions: 0 })
    expect(seen.filter((line) => line.startsWith('refused'))).toHaveLength(1)
  })

  it('what is behind the header of such a claim is not kept', async () => {
    const { dial, broker, clock } = await openWorld()
    const peer = dial()
    peer.write('10ffffff7f', new Uint8Array(1_000_000))
    peer.write(new Uint8Array(1_000_000))
    clock.settle()
    expect([peer.closed, broker.stats().connections]).toEqual(['in order', 0])
  })

  it('a client that is to authenticate may not say more until it has', async () => {
    const authenticate = (): Promise<ReasonCode> => new Promise(() => {})
    const { dial, clock, broker } = await openWorld({ guards: { authenticate } })
    const peer = dial()
    peer.send(connect(), subscribe('a'))
    for (let n = 0; n < 64; n++) peer.write(new Uint8Array(65_536))
    clock.settle()
    expect(broker.stats()).toMatchObject({ subscriptions: 0, clients: 0 })
    clock.advance(60_000)
    expect(broker.stats()).toMatchObject({ connections: 0 })
  })
})

describe('packets out of turn', () => {
  it.each([
    ['PUBLISH', publish('a', 'early')],
    ['SUBSCRIBE', subscribe('#')],
    ['PUBREL', { type: 'pubrel', packetId: 1, reasonCode: 0 }],
    ['PINGREQ', { type: 'pingreq' }],
    ['DISCONNECT', disconnect()],
    ['AUTH', { type: 'auth', reasonCode: 0x18, properties: { authenticationMethod: 'x' } }],
  ] as const satisfies readonly (readonly [string, Packet])[])(
    '%s before CONNECT reaches nobody, and is closed [MQTT-3.1.0-1]',
    async (_, packet) => {
      const { dial, client, broker } = await openWorld()
      const watcher = client('watcher')
      watcher.send(subscribe('#'))
      watcher.take()
      const peer = dial()
      peer.send(packet)
      expect([peer.take(), peer.closed]).toEqual([[], 'in order'])
      expect(watcher.takeTexts()).toEqual([])
      expect(broker.stats()).toMatchObject({ connections: 1, subscriptions: 1 })
    },
  )

  it.each(VERSIONS)(
    'a second CONNECT of version %i is nobody else, and the end [MQTT-3.1.0-2]',
    async (version) => {
      const { broker, client } = await openWorld()
      const peer = client('c', { version, username: 'ada' })
      peer.send(connect({ version, clientId: 'other', username: 'root' }))
      peer.send(publish('a'))
      expect(peer.closed).toBe('in order')
      expect(broker.inspection.sessions().items).toEqual([])
      expect(broker.stats().messagesIn).toBe(0)
    },
  )
})

describe('names that mean something to JavaScript', () => {
  it.each(NAMES)('%s is a name like any other, for everything that has one', async (name) => {
    const world = await openWorld()
    const peer = world.client(name, { username: name })
    const topic = `${name}/${name}`
    const userProperty = [[name, name]] as const
    peer.send(subscribe(`${name}/+`))
    peer.send(subscribe(`$share/${name}/${topic}`))
    const properties: PropertiesOf<'publish'> = { userProperty, contentType: name }
    peer.send(publish(topic, name, { retain: true, properties }))
    const taken = peer.take().filter(({ type }) => type === 'publish')
    expect(taken).toEqual([
      publish(topic, name, { properties }),
      publish(topic, name, { properties }),
    ])
    const { inspection } = world.broker
    expect(inspection.summary(name)).toMatchObject({ client: { clientId: name, username: name } })
    expect(inspection.matching(topic)).toMatchObject({ total: 2 })
    expect(inspection.retained(`${name}/#`).items).toMatchObject([{ topic, publisher: name }])
    expect(inspection.retainedMessage(topic)?.properties).toEqual(properties)
    expect(world.seen.filter((line) => line.startsWith('fault'))).toEqual([])
    expect(world.broker.disconnect(name, { reasonCode: 0x98, cause: 'x' })).toBe(true)
  })

  it.each(NAMES)('%s is no client, topic or retained message that nobody made', async (name) => {
    const { broker } = await openWorld({ systemTopicsEveryMs: 0 })
    expect(broker.inspection.summary(name)).toBeUndefined()
    expect(broker.inspection.retainedMessage(name)).toBeUndefined()
    expect(broker.inspection.matching(name)).toEqual({ subscriptions: [], total: 0 })
    expect(await broker.inspection.endSession(name)).toBe(false)
    expect(broker.disconnect(name, { reasonCode: 0x98, cause: 'x' })).toBe(false)
  })

  it.each(NAMES)('%s survives a kill', async (name) => {
    const world = await DurableWorld.open()
    const { peer } = await world.client(name, { ...lasting(), username: name })
    const filter = `$share/${name}/${name}`
    await world.say(peer, subscribe({ filter: name, qos: 1 }, { filter, qos: 1 }))
    lose(world.now, peer)
    const { broker } = world.now
    broker.publish({ topic: name, payload: new Uint8Array(1), qos: 1, retain: true })
    await world.settle()
    await world.crash()
    const { inspection } = world.now.broker
    expect(inspection.summary(name)).toMatchObject({ subscriptions: 2, queuedMessages: 2 })
    expect(inspection.retainedMessage(name)).toMatchObject({ topic: name })
    const { taken } = await world.client(name, { ...lasting(), username: name })
    expect(taken[0]).toMatchObject({ type: 'connack', sessionPresent: true })
  })

  it.each(NAMES)('%s is a listener like any other', async (name) => {
    const listeners: string[] = []
    const world = await openWorld({
      observers: { connected: ({ listener = '' }) => void listeners.push(listener) },
    })
    const listener = new MemoryListener(world.clock)
    await world.broker.open({ listener, name })
    listener.dial().write([encode(connect(), 5)])
    world.clock.settle()
    expect(listeners).toEqual([name])
  })

  it('nothing that a client says changes what objects have', () => {
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(Reflect.ownKeys(Object.prototype)).not.toContain('polluted')
  })
})

describe('user-property bombs', () => {
  const many = Array.from({ length: 65 }, () => ['k', 'v'] as const)
  const long = [['k', 'v'.repeat(16_384)]] as const
  const BOMBS = [
    ['65 of them', many],
    ['more than 16 KiB', long],
  ] as const

  it.each(BOMBS)('%s in a CONNECT are refused, and in its Will', async (_, userProperty) => {
    const { dial, broker } = await openWorld()
    const properties = { userProperty }
    const will = { topic: 'w', payload: new Uint8Array(), qos: 0, retain: false } as const
    for (const fields of [{ properties }, { will: { ...will, properties } }]) {
      const peer = dial()
      peer.send(connect(fields))
      expect(peer.take()).toMatchObject([{ type: 'connack', reasonCode: 0x95 }])
      expect(peer.closed).toBe('in order')
    }
    expect(broker.stats()).toMatchObject({ sessions: 0, connections: 0 })
  })

  it.each(BOMBS)('%s in any other packet end its connection', async (_, userProperty) => {
    const properties = { userProperty }
    const packets: readonly Packet[] = [
      publish('a', '', { properties }),
      { ...subscribe('a'), properties },
      { type: 'unsubscribe', packetId: 1, filters: ['a'], properties },
      { type: 'puback', packetId: 1, reasonCode: 0x10, properties },
      { type: 'disconnect', reasonCode: 0, properties },
    ]
    const { client, broker } = await openWorld()
    for (const packet of packets) {
      const peer = client('c')
      peer.send(packet)
      expect(inWords(peer.take())).toEqual(['disconnect 0x95'])
    }
    expect(broker.stats()).toMatchObject({ messagesIn: 0, subscriptions: 0, connections: 0 })
  })

  it('64 of them are passed on as they are', async () => {
    const { client } = await openWorld()
    const peer = client('c')
    peer.send(subscribe('a'))
    peer.take()
    const properties = { userProperty: many.slice(1) }
    client('p').send(publish('a', '', { properties }))
    expect(peer.take()).toEqual([publish('a', '', { properties })])
  })
})

describe('Topic Alias bombs', () => {
  it.each([0, 33, 65_535])('an alias of %i is refused with 0x94', async (topicAlias) => {
    const { client, broker } = await openWorld()
    const peer = client('c')
    peer.write(aliasedAs(topicAlias))
    expect(inWords(peer.take())).toEqual(['disconnect 0x94'])
    expect(broker.stats().messagesIn).toBe(0)
  })

  it('32 aliases for the longest names there may be are no more than was announced', async () => {
    const { client, broker } = await openWorld()
    const peer = client('c')
    for (const round of ['a', 'b', 'c']) {
      for (let topicAlias = 1; topicAlias <= 32; topicAlias++) {
        peer.send(publish(round.repeat(4096), '', { properties: { topicAlias } }))
      }
    }
    expect([peer.take(), broker.stats().messagesIn]).toEqual([[], 96])
  })

  it('32 aliases for names of 64 KiB are not kept', async () => {
    const limits = { topicLengthMax: 65_535 }
    const { client } = await openWorld({ limits })
    const peer = client('c')
    for (let topicAlias = 1; topicAlias <= 4; topicAlias++) {
      peer.send(publish('a'.repeat(65_535), '', { properties: { topicAlias } }))
    }
    expect(inWords(peer.take())).toEqual(['disconnect 0x94'])
  })
})

describe('the order of a Will and the end of its session', () => {
  it('a Will that is due as its session ends comes once, and nobody finds the session', async () => {
    const { world, watcher } = await watched()
    const { broker, clock } = world
    mortal(world, 10, 10)
    const found: (number | undefined)[] = []
    broker.subscribe('gone', () => found.push(broker.inspection.summary('mortal')?.subscriptions))
    clock.advance(9_900)
    expect([watcher.takeTexts(), broker.stats().sessionsExpired]).toEqual([[], 0])
    clock.advance(200)
    expect([watcher.takeTexts(), broker.stats().sessionsExpired]).toEqual([['bye'], 1])
    expect(found).toEqual([undefined])
    clock.advance(100_000)
    expect(watcher.takeTexts()).toEqual([])
  })

  it('a Will comes once, whichever is first, and not while its client is back', async () => {
    const seconds = fc.integer({ min: 1, max: 5 })
    await fc.assert(
      fc.asyncProperty(seconds, seconds, fc.array(seconds, { maxLength: 4 }), async (...drawn) => {
        const [delay, expiry, absences] = drawn
        const { world, watcher } = await watched()
        const due = Math.min(delay, expiry)
        let wills = 0
        for (const absence of absences) {
          mortal(world, delay, expiry)
          world.clock.advance(1000 * absence - 500)
          wills += absence > due ? 1 : 0
          expect(watcher.takeTexts()).toHaveLength(absence > due ? 1 : 0)
        }
        mortal(world, delay, expiry)
        world.clock.advance(60_000)
        expect(watcher.takeTexts()).toHaveLength(1)
        expect(wills).toBeLessThanOrEqual(absences.length)
        expect(world.broker.stats().sessions).toBe(1)
      }),
      { numRuns: 60 },
    )
  })

  it('a Will comes when its session ends by the hand of its client, shorter than its delay', async () => {
    const { world, watcher } = await watched()
    const peer = world.client('mortal', withWill(100, 1000))
    const properties = { sessionExpiryInterval: 3 }
    peer.send({ type: 'disconnect', reasonCode: 0x04, properties })
    world.clock.advance(2_900)
    expect(watcher.takeTexts()).toEqual([])
    world.clock.advance(200)
    expect(watcher.takeTexts()).toEqual(['bye'])
    world.clock.advance(200_000)
    expect(watcher.takeTexts()).toEqual([])
  })
})

/** A PUBLISH of QoS 0 to `a` with a Topic Alias, legal or not. */
function aliasedAs(topicAlias: number): Uint8Array {
  const properties = { topicAlias: 1 }
  const bytes = encode(publish('a', '', { properties }), 5)
  new DataView(bytes.buffer, bytes.byteOffset).setUint16(bytes.length - 2, topicAlias)
  return bytes
}

/** Somebody who hears of Wills, in a session that does not end. */
async function watched(): Promise<{ world: World; watcher: Peer }> {
  const world = await openWorld({ systemTopicsEveryMs: 0 })
  const watcher = world.client('watcher')
  watcher.send(subscribe('gone'))
  watcher.take()
  return { world, watcher }
}

function withWill(
  willDelayInterval: number,
  sessionExpiryInterval: number,
): Partial<ConnectPacket> {
  const payload = new TextEncoder().encode('bye')
  const properties = { willDelayInterval }
  const will = { topic: 'gone', payload, qos: 0, retain: false, properties } as const
  return { cleanStart: false, will, properties: { sessionExpiryInterval } }
}

/** A client comes, and is lost. */
function mortal(world: World, delay: number, expiry: number): void {
  lose(world, world.client('mortal', withWill(delay, expiry)))
}
