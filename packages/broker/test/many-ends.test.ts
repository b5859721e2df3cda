// Much that ends at the same moment: nobody else waits for it, and nothing of it is left.

import { encode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import type { Guards } from '../src/index.ts'
import { lasting, lose } from './lasting.ts'
import { connect, openWorld, publish, subscribe } from './peer.ts'
import type { Peer, World } from './peer.ts'

describe('sessions that expire together', () => {
  it('end a few at a time, and all of them', async () => {
    const world = await manyAway(500, 3)
    const sessions = noting(world, () => world.broker.stats().sessions)
    world.clock.advance(3_601_000)
    expect(Math.max(...differences(sessions))).toBe(128)
    expect(world.broker.stats()).toMatchObject({
      sessions: 0,
      sessionsExpired: 500,
      subscriptions: 0,
    })
    expect(world.seen.filter((line) => line.startsWith('fault'))).toEqual([])
  })

  it('leave nothing in the router', async () => {
    const world = await manyAway(500, 3)
    world.clock.advance(3_601_000)
    world.client('p').send(publish('t/7/1'))
    expect(world.broker.stats().messagesDropped.away).toBe(0)
  })

  it('do not take what a client has that is back meanwhile', async () => {
    const world = await manyAway(500, 3)
    let back: Peer | undefined
    noting(world, () => {
      const { sessions } = world.broker.stats()
      if (sessions < 500 && back === undefined) {
        back = world.dial()
        back.write(encode(connect({ clientId: 'c499', ...lasting() }), 5))
        back.write(encode(subscribe('t/499/0'), 5))
      }
      return sessions
    })
    world.clock.advance(3_601_000)
    const types = back?.take().map(({ type }) => type)
    world.client('p').send(publish('t/499/0', 'still here'))
    expect(types).toEqual(['connack', 'suback'])
    expect(back?.takeTexts()).toEqual(['still here'])
  })

  it('may be cut short by the end of the broker', async () => {
    const world = await manyAway(500, 3)
    let closed: Promise<void> | undefined
    noting(world, () => {
      const { sessions } = world.broker.stats()
      if (sessions < 500) closed ??= world.broker.close()
      return sessions
    })
    world.clock.advance(3_601_000)
    await world.clock.settled()
    await closed
    expect(closed).toBeDefined()
    expect(world.seen.filter((line) => line.startsWith('fault'))).toEqual([])
  })
})

it('clients that are lost together release their subscriptions a few at a time', async () => {
  const world = await openWorld({ systemTopicsEveryMs: 0 })
  const peers = Array.from({ length: 50 }, (_, i) => world.client(`c${i}`))
  for (const peer of peers) peer.send(subscribe(...Array.from({ length: 50 }, (_, i) => `a/${i}`)))
  lose(world, ...peers)
  expect(world.broker.stats()).toMatchObject({ sessions: 0, subscriptions: 0 })
  world.client('p').send(publish('a/1'))
  expect(world.broker.stats().messagesDropped.away).toBe(0)
})

it('delayed wills that are due together are all published', async () => {
  const world = await openWorld({ systemTopicsEveryMs: 0 })
  const watcher = world.client('watcher')
  watcher.send(subscribe('gone/#'))
  const peers = Array.from({ length: 500 }, (_, i) =>
    world.client(`c${i}`, {
      ...lasting(),
      will: { ...WILL, topic: `gone/${i}`, payload: new Uint8Array() },
    }),
  )
  lose(world, ...peers)
  watcher.take()
  world.clock.advance(11_000)
  expect(watcher.takeTexts()).toHaveLength(500)
})

describe('rightsChanged for many sessions', () => {
  it('asks about messages to 64 of them from here on, and to the others soon', async () => {
    const asked: string[] = []
    const authorize: Guards['authorize'] = (action, { clientId }) => {
      if (action.type === 'deliver') asked.push(clientId)
      return true
    }
    const world = await openWorld({ systemTopicsEveryMs: 0, guards: { authorize } })
    for (let i = 0; i < 500; i++) world.client(`c${i}`).send(subscribe('a'))
    const done = world.broker.rightsChanged()
    world.broker.publish({ topic: 'a', payload: new Uint8Array() })
    expect(asked).toHaveLength(64)
    await world.clock.settled()
    await done
    world.broker.publish({ topic: 'a', payload: new Uint8Array() })
    expect(asked).toHaveLength(564)
  })

  it('is about those there are, whoever comes and goes meanwhile', async () => {
    const world = await openWorld({ systemTopicsEveryMs: 0, guards: { authorize: () => true } })
    const peers = Array.from({ length: 500 }, (_, i) => world.client(`c${i}`))
    const chosen: string[] = []
    const done = world.broker.rightsChanged(({ clientId }) => chosen.push(clientId) > 0)
    for (const peer of peers.slice(100, 200)) peer.transport.cut()
    await world.clock.settled()
    await done
    const names = Array.from({ length: 500 }, (_, i) => `c${i}`)
    expect(chosen).toEqual(names.filter((_, i) => i < 100 || i >= 200))
  })

  it('rejects with what the choice throws, at once or later', async () => {
    const world = await openWorld({ systemTopicsEveryMs: 0, guards: { authorize: () => true } })
    for (let i = 0; i < 100; i++) world.client(`c${i}`)
    for (const name of ['c0', 'c99']) {
      const done = world.broker.rightsChanged(({ clientId }) => {
        if (clientId === name) throw new Error(name)
        return true
      })
      const heard = done.then(
        () => 'done',
        (error: unknown) => String(error),
      )
      await world.clock.settled()
      expect(await heard).toBe(`Error: ${name}`)
    }
  })
})

const WILL = { qos: 0, retain: false, properties: { willDelayInterval: 10 } } as const

/** Clients with subscriptions who are away, and whose sessions end at the same moment. */
async function manyAway(clients: number, filters: number): Promise<World> {
  const world = await openWorld({ systemTopicsEveryMs: 0 })
  const peers = Array.from({ length: clients }, (_, i) => {
    const peer = world.client(`c${i}`, lasting())
    peer.send(subscribe(...Array.from({ length: filters }, (__, j) => `t/${i}/${j}`)))
    return peer
  })
  lose(world, ...peers)
  return world
}

/** What it is in every turn from when it first changes. */
function noting({ clock }: World, look: () => number): readonly number[] {
  const seen = [look()]
  const note = (): void => {
    const now = look()
    if (now === seen.at(-1)) return
    seen.push(now)
    clock.defer(note)
  }
  clock.tick(50, note)
  return seen
}

function differences(numbers: readonly number[]): readonly number[] {
  return numbers.slice(1).map((number, i) => Math.abs(number - (numbers[i] ?? 0)))
}
