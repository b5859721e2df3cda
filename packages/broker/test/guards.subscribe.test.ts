// Whether a client may subscribe (§3.8.4), filter by filter.

import { describe, expect, it } from 'vitest'
import type { Action } from '../src/index.ts'
import { inWords, lasting, lose, resume } from './lasting.ts'
import { openWorld, PINGREQ, publish, subscribe, VERSIONS } from './peer.ts'
import { SlowGuard } from './slow-guard.ts'

const REFUSED = { 3: 0, 4: 0x80, 5: 0x87 }

describe.each(VERSIONS)('a SUBSCRIBE of version %i', (version) => {
  it.each(['sync', 'slow'])('is answered filter by filter, %s', async (pace) => {
    const { client, clock, broker } = await openWorld({
      guards: {
        authorize: (action) => {
          const may = action.type !== 'subscribe' || action.filter !== 'secret/#'
          return pace === 'sync' ? may : Promise.resolve(may)
        },
      },
    })
    const peer = client('c', { version })
    peer.send(subscribe('a', { filter: 'secret/#', qos: 2 }, { filter: 'b', qos: 1 }))
    await clock.settled()
    const reasonCodes = [0, REFUSED[version], 1]
    expect(peer.take()).toMatchObject([{ type: 'suback', packetId: 1, reasonCodes }])
    expect(broker.stats().subscriptions).toBe(2)
    peer.send(publish('secret/x', 'x'), publish('a', 'y'))
    await clock.settled()
    expect(peer.takeTexts()).toEqual(['y'])
  })

  it('is not asked about where no guard could let it pass', async () => {
    const asked: Action[] = []
    const { client } = await openWorld({
      limits: { topicLevelsMax: 2, subscribeFiltersMax: 3 },
      guards: { authorize: (action) => asked.push(action) > 0 },
      capabilities: { sharedSubscriptionAvailable: version === 5 },
    })
    client('c', { version }).send(subscribe('a/b/c', '$share/g', { filter: 'a', qos: 1 }, 'b'))
    expect(asked).toEqual([{ type: 'subscribe', filter: 'a', qos: 1 }])
  })

  it('keeps its place in the order while the guard decides', async () => {
    const slow = new SlowGuard<Action, boolean>()
    const { client, clock } = await openWorld({
      guards: { authorize: (action) => (action.type === 'subscribe' ? slow.guard(action) : true) },
    })
    const peer = client('c', { version })
    peer.send(subscribe('a', 'b'), publish('a', 'x'), PINGREQ)
    expect(slow.asked).toHaveLength(2)
    slow.answer(1, true)
    await clock.settled()
    expect(peer.take()).toEqual([])
    slow.answer(0, true)
    await clock.settled()
    expect(inWords(peer.take())).toEqual(['suback 1', 'publish q0 x', 'pingresp'])
  })

  it('comes to nothing when the connection closes meanwhile', async () => {
    const slow = new SlowGuard<Action, boolean>()
    const world = await openWorld({ guards: { authorize: slow.guard } })
    const peer = world.client('c', lasting(version))
    peer.send(subscribe('a'))
    lose(world, peer)
    const { peer: next } = resume(world, 'c', lasting(version))
    slow.answer(0, true)
    await world.clock.settled()
    expect(next.take()).toEqual([])
    expect(world.broker.stats().subscriptions).toBe(0)
  })

  it('may be cut short by the session itself ending', async () => {
    const slow = new SlowGuard<Action, boolean>()
    const world = await openWorld({ guards: { authorize: slow.guard } })
    world.client('c', lasting(version)).send(subscribe('a'))
    const next = world.client('c', { version })
    slow.answer(0, true)
    await world.clock.settled()
    expect(next.take()).toEqual([])
    expect(world.broker.stats()).toMatchObject({ subscriptions: 0, sessions: 1 })
  })
})

it('a code of the guard is told as it is, or as the nearest that SUBACK has', async () => {
  const codes = { a: 0x97, b: 0x8f, c: 0x9b } as const
  const { client } = await openWorld({
    guards: {
      authorize: (action) =>
        action.type === 'subscribe' && action.filter in codes
          ? codes[action.filter as keyof typeof codes]
          : true,
    },
  })
  const peer = client('c')
  peer.send(subscribe('a', 'b', 'c', 'd'))
  expect(peer.take()).toMatchObject([{ reasonCodes: [0x97, 0x8f, 0x80, 0] }])
})
