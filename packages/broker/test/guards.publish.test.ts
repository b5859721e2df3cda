// Whether a client may publish (§3.3.5): by a guard that answers at once or takes its time.

import type { ProtocolVersion } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import type { Action } from '../src/index.ts'
import { ack, inWords, lasting, lose, resume } from './lasting.ts'
import { disconnect, openWorld, PINGREQ, PINGRESP, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer, World } from './peer.ts'
import { SlowGuard } from './slow-guard.ts'

const one = { qos: 1, packetId: 1 } as const
const two = { qos: 2, packetId: 2 } as const

describe('a guard', () => {
  it.each(VERSIONS)('of version %i is told who wants what', async (version) => {
    const asked: unknown[] = []
    const { client } = await openWorld({
      guards: {
        authorize: (action, { clientId, username }) => {
          asked.push([action, clientId, username])
          return true
        },
      },
    })
    client('c', { version, username: 'bob' }).send(
      publish('a', 'x', { qos: 1, packetId: 1, retain: true }),
    )
    const action = { type: 'publish', topic: 'a', qos: 1, retain: true }
    expect(asked).toEqual([[action, 'c', 'bob']])
  })

  it('is told the Topic Name behind a Topic Alias', async () => {
    const topics: unknown[] = []
    const { client } = await openWorld({
      guards: { authorize: (action) => topics.push(action.type === 'publish' && action.topic) > 0 },
    })
    const properties = { topicAlias: 1 }
    client('c').send(publish('a', '', { properties }), publish('', '', { properties }))
    expect(topics).toEqual(['a', 'a'])
  })

  it('is asked once about a QoS 2 message that comes twice', async () => {
    const asked: Action[] = []
    const { client } = await openWorld({
      guards: { authorize: (action) => asked.push(action) > 0 },
    })
    const peer = client('c')
    peer.send(publish('a', '', two), publish('a', '', { ...two, dup: true }))
    expect(inWords(peer.take())).toEqual(['pubrec 2 0x10', 'pubrec 2'])
    expect(asked).toHaveLength(1)
  })
})

describe.each(['sync', 'slow'] as const)('a refusal, %s', (pace) => {
  it('is told to MQTT 5.0 in PUBACK and PUBREC, at QoS 0 not at all', async () => {
    const { world, peer } = await refusing(pace, 5)
    peer.send(publish('a', '0'), publish('a', '1', one), publish('a', '2', two), PINGREQ)
    await world.clock.settled()
    expect(inWords(peer.take())).toEqual(['puback 1 0x87', 'pubrec 2 0x87', 'pingresp'])
    expect(world.broker.stats()).toMatchObject({ publishesRefused: 3, messagesIn: 3 })
    // The identifier is free again, and nobody waits for a PUBREL.
    peer.send(publish('free', '', two), ack('pubrel', 2))
    await world.clock.settled()
    expect(inWords(peer.take())).toEqual(['pubrec 2 0x10', 'pubcomp 2'])
  })

  it.each([3, 4] as const)(
    'is kept from version %i, which gets its acknowledgements [MQTT311-3.3.5-2]',
    async (version) => {
      const { world, peer, watcher } = await refusing(pace, version)
      peer.send(publish('a', '0'), publish('a', '1', one), publish('a', '2', two))
      await world.clock.settled()
      expect(inWords(peer.take())).toEqual(['puback 1', 'pubrec 2'])
      peer.send(ack('pubrel', 2))
      expect(inWords(peer.take())).toEqual(['pubcomp 2'])
      expect(watcher.take()).toEqual([])
      expect(world.broker.stats().publishesRefused).toBe(3)
    },
  )
})

it.each([
  [5, 0x97, ['puback 1 0x97']],
  [5, 0x90, ['puback 1 0x90']],
  [5, 0x86, ['puback 1 0x80']],
  [4, 0x97, []],
] as const)('in version %i a guard that says %i', async (version, code, said) => {
  const { client } = await openWorld({ guards: { authorize: () => code } })
  const peer = client('c', { version })
  peer.send(publish('a', '', one))
  expect(inWords(peer.take())).toEqual(said)
  expect(peer.closed).toBe(version === 5 ? undefined : 'in order')
})

it.each(VERSIONS)('nobody of version %i publishes to $SYS, nor is asked about', async (version) => {
  const asked: Action[] = []
  const { client, broker } = await openWorld({
    guards: { authorize: (action) => asked.push(action) > 0 },
    systemTopicsEveryMs: 0,
  })
  const will = { topic: '$SYS/x', payload: new Uint8Array(), qos: 0, retain: true } as const
  const peer = client('c', { version, will })
  peer.send(publish('$SYS/x', 'x', { ...one, retain: true }))
  expect(inWords(peer.take())).toEqual([version === 5 ? 'puback 1 0x87' : 'puback 1'])
  peer.transport.cut()
  peer.take()
  expect(asked).toEqual([])
  expect(broker.stats()).toMatchObject({ publishesRefused: 2, retainedMessages: 0 })
})

describe('while a guard is slow', () => {
  it.each(VERSIONS)('its client of version %i keeps its order', async (version) => {
    const { world, peer, watcher, slow } = await slowly(version)
    peer.send(publish('a', '1', one), publish('a', '0'), publish('a', '2', two), PINGREQ)
    expect(peer.take()).toEqual([])
    expect(slow.asked).toHaveLength(1)
    await answering(world, slow, [true, true, true])
    expect(inWords(peer.take())).toEqual(['puback 1', 'pubrec 2', 'pingresp'])
    expect(watcher.takeTexts()).toEqual(['1', '0', '2'])
  })

  it('everybody else goes on', async () => {
    const { world, peer, watcher, slow } = await slowly(5)
    peer.send(publish('a', 'slow', one))
    const other = world.client('other')
    other.send(publish('free', 'fast'), PINGREQ)
    expect(other.take()).toEqual([PINGRESP])
    expect(watcher.takeTexts()).toEqual(['fast'])
    await answering(world, slow, [true])
    expect(watcher.takeTexts()).toEqual(['slow'])
  })

  it('the bytes that its message came in may be used for something else', async () => {
    const { world, peer, watcher, slow } = await slowly(5)
    peer.send(publish('a', 'kept'))
    for (let at = 0; at < 3; at++) world.client(`o${at}`).send(publish('free', 'XXXX'.repeat(99)))
    watcher.take()
    await answering(world, slow, [true])
    expect(watcher.takeTexts()).toEqual(['kept'])
  })

  it('a DISCONNECT behind it waits for its turn', async () => {
    const { world, peer, watcher, slow } = await slowly(5)
    peer.send(publish('a', 'last words', one), disconnect())
    peer.transport.close()
    world.clock.settle()
    expect(world.seen).not.toContain('disconnected c 0x00')
    await answering(world, slow, [true])
    expect(watcher.takeTexts()).toEqual(['last words'])
    expect(world.seen.at(-1)).toBe('disconnected c 0x00')
  })

  it('Keep Alive does not run, and its client has a second to be heard', async () => {
    const { world, peer, slow } = await slowly(5, { limits: { guardTimeoutMs: 60_000 } })
    peer.send(publish('a'))
    world.clock.advance(50_000)
    expect(peer.closed).toBeUndefined()
    await answering(world, slow, [true])
    world.clock.advance(900)
    expect(peer.closed).toBeUndefined()
    world.clock.advance(500)
    expect(inWords(peer.take())).toEqual(['disconnect 0x8d'])
  })

  it('a client that is heard of in time stays', async () => {
    const { world, peer, slow } = await slowly(5, { limits: { guardTimeoutMs: 60_000 } })
    peer.send(publish('a'), PINGREQ)
    world.clock.advance(50_000)
    await answering(world, slow, [true])
    expect(peer.take()).toEqual([PINGRESP])
    world.clock.advance(14_900)
    expect(peer.closed).toBeUndefined()
    world.clock.advance(600)
    expect(inWords(peer.take())).toEqual(['disconnect 0x8d'])
  })
})

describe('a connection that closes while a guard decides', () => {
  it.each(VERSIONS)(
    'takes a QoS 2 PUBLISH of version %i along, to be begun anew',
    async (version) => {
      const { world, peer, watcher, slow } = await slowly(version)
      peer.send(publish('a', 'x', two))
      lose(world, peer)
      const next = resume(world, 'c', lasting(version))
      next.peer.send(publish('a', 'x', { ...two, dup: true }))
      // The guard lets both go, the former too late.
      await answering(world, slow, [true, true])
      expect(inWords(next.peer.take())).toEqual(['pubrec 2'])
      next.peer.send(ack('pubrel', 2))
      expect(inWords(next.peer.take())).toEqual(['pubcomp 2'])
      expect(watcher.takeTexts()).toEqual(['x'])
    },
  )

  it.each(VERSIONS)(
    'and is taken over in version %i leaves no identifier stuck',
    async (version) => {
      const { world, peer, watcher, slow } = await slowly(version)
      peer.send(publish('a', 'x', two))
      const next = resume(world, 'c', lasting(version))
      expect(peer.closed).toBe('in order')
      next.peer.send(publish('a', 'x', { ...two, dup: true }), publish('a', 'y', one))
      slow.answer(1, true) // The new connection is answered first.
      await world.clock.settled()
      slow.answer(0, false)
      await answering(world, slow, [true, true, true])
      expect(inWords(next.peer.take())).toEqual(['pubrec 2', 'puback 1'])
      expect(watcher.takeTexts()).toEqual(['x', 'y'])
    },
  )

  it('publishes nothing behind what its client says on its next connection', async () => {
    const { world, peer, watcher, slow } = await slowly(5)
    peer.send(publish('a', 'old'))
    lose(world, peer)
    const next = resume(world, 'c', lasting(5))
    next.peer.send(publish('a', 'new'))
    slow.answer(1, true)
    await world.clock.settled()
    await answering(world, slow, [true])
    expect(watcher.takeTexts()).toEqual(['new'])
    expect(world.broker.stats().publishesRefused).toBe(1)
  })

  it('leaves nothing behind of the session that ended with it', async () => {
    const { world, watcher, slow } = await slowly(5)
    const peer = world.client('clean')
    peer.send(publish('a', 'x', two))
    lose(world, peer)
    await answering(world, slow, [true])
    expect(watcher.take()).toEqual([])
    expect(world.broker.stats()).toMatchObject({ sessions: 2, clients: 2 })
    expect(world.seen.join()).not.toContain('fault')
  })
})

/** A guard that refuses everything but the topic `free`, at once or a little later. */
async function refusing(
  pace: 'sync' | 'slow',
  version: ProtocolVersion,
): Promise<{ world: World; peer: Peer; watcher: Peer }> {
  const world = await openWorld({
    guards: {
      authorize: (action) => {
        const may = action.type === 'subscribe' || action.topic === 'free'
        return pace === 'sync' ? may : Promise.resolve(may)
      },
    },
  })
  const watcher = world.client('watcher')
  watcher.send(subscribe({ filter: 'a', qos: 2 }))
  await world.clock.settled()
  watcher.take()
  return { world, peer: world.client('c', { version }), watcher }
}

/** A guard that takes its time over the topic `a`, and a client with a Keep Alive of 10 s. */
async function slowly(
  version: ProtocolVersion,
  options: Parameters<typeof openWorld>[0] = {},
): Promise<{ world: World; peer: Peer; watcher: Peer; slow: SlowGuard<Action, boolean> }> {
  const slow = new SlowGuard<Action, boolean>()
  const world = await openWorld({
    ...options,
    guards: {
      authorize: (action) =>
        action.type === 'publish' && action.topic === 'a' ? slow.guard(action) : true,
    },
  })
  const watcher = world.client('watcher')
  watcher.send(subscribe('#'))
  watcher.take()
  const peer = world.client('c', { ...lasting(version), keepAlive: 10 })
  return { world, peer, watcher, slow }
}

/** Answers one question after the other. */
async function answering(
  { clock }: World,
  slow: SlowGuard<Action, boolean>,
  answers: readonly boolean[],
): Promise<void> {
  for (const [number, answer] of answers.entries()) {
    slow.answer(number, answer)
    await clock.settled()
  }
}
