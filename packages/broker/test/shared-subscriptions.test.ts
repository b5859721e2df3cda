// Shared Subscriptions (§4.8.2) through the whole broker: each message goes to one member.

import { describe, expect, it } from 'vitest'
import { ack, inWords } from './lasting.ts'
import { openWorld, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer, World } from './peer.ts'

const FILTER = '$share/g/t/#'

describe.each(VERSIONS)('a Shared Subscription of version %i', (version) => {
  it('gives each message to one member, in turn', async () => {
    const world = await openWorld()
    const members = join(world, ['a', 'b', 'c'], { version })
    numbers(world, 9)
    expect(members.map((member) => member.takeTexts())).toEqual([
      ['1', '4', '7'],
      ['2', '5', '8'],
      ['3', '6', '9'],
    ])
    expect(world.broker.stats()).toMatchObject({ subscriptions: 3, sharedSubscriptions: 3 })
  })

  it('is not that of another name, or filter, or of none', async () => {
    const world = await openWorld()
    const filters = ['$share/g/t/#', '$share/h/t/#', '$share/g/#', 't/#']
    const peers = filters.map((filter) => {
      const peer = world.client(filter, { version })
      peer.send(subscribe(filter))
      peer.take()
      return peer
    })
    numbers(world, 2)
    for (const peer of peers) expect(peer.takeTexts()).toEqual(['1', '2'])
  })

  it('comes beside a subscription of the same client that is not shared', async () => {
    const world = await openWorld()
    const [member, other] = join(world, ['a', 'b'], { version })
    member.send(subscribe('t/#'))
    member.take()
    numbers(world, 4)
    expect(member.takeTexts()).toEqual(['1', '1', '2', '3', '3', '4'])
    expect(other.takeTexts()).toEqual(['2', '4'])
  })

  it('respects the QoS of each member [MQTT-4.8.2-3]', async () => {
    const world = await openWorld()
    const [zero] = join(world, ['zero'], { version, qos: 0 })
    const [one] = join(world, ['one'], { version, qos: 1 })
    const [two] = join(world, ['two'], { version, qos: 2 })
    numbers(world, 3, 2)
    expect([zero, one, two].map((member) => inWords(member.take()))).toEqual([
      ['publish q0 1'],
      ['publish 1 q1 2'],
      ['publish 1 q2 3'],
    ])
  })

  it('gets no retained messages, but live ones as they are', async () => {
    const world = await openWorld()
    const sender = world.client('p', { version })
    sender.send(publish('t/a', 'old', { retain: true }))
    const member = world.client('a', { version })
    member.send(subscribe(FILTER))
    expect(inWords(member.take())).toEqual(['suback 1'])
    sender.send(publish('t/a', 'new', { retain: true }))
    expect(inWords(member.take())).toEqual(['publish q0 new'])
  })

  it('ends for who unsubscribes, by the whole filter', async () => {
    const world = await openWorld()
    const [leaves, stays] = join(world, ['a', 'b'], { version })
    leaves.send({ type: 'unsubscribe', packetId: 1, filters: ['t/#', '$share/h/t/#'] })
    numbers(world, 2)
    expect(leaves.takeTexts()).toEqual(['1'])
    leaves.send({ type: 'unsubscribe', packetId: 1, filters: [FILTER] })
    numbers(world, 2)
    expect(leaves.takeTexts()).toEqual([])
    expect(stays.takeTexts()).toEqual(['2', '1', '2'])
    expect(world.broker.stats()).toMatchObject({ subscriptions: 1, sharedSubscriptions: 1 })
    stays.send({ type: 'unsubscribe', packetId: 1, filters: [FILTER] })
    world.client('p').send(publish('t/x', 'nobody', { qos: 1, packetId: 1 }))
    expect(world.broker.stats()).toMatchObject({ subscriptions: 0, sharedSubscriptions: 0 })
  })

  it('does not get topics that begin with $ by a wildcard [MQTT-4.7.2-1]', async () => {
    const world = await openWorld()
    const member = world.client('a', { version })
    member.send(subscribe('$share/g/#', '$share/g/+/x', '$share/g/$a/#'))
    member.take()
    world.client('p').send(publish('$a/x', 'yes'), publish('$b/x', 'no'))
    expect(member.takeTexts()).toEqual(['yes'])
  })
})

it('members of all versions share', async () => {
  const world = await openWorld()
  const members = VERSIONS.flatMap((version) => join(world, [`v${version}`], { version }))
  numbers(world, 6)
  expect(members.map((member) => member.takeTexts())).toEqual([
    ['1', '4'],
    ['2', '5'],
    ['3', '6'],
  ])
})

it('each member gets its own Subscription Identifier, and RETAIN as it wants it', async () => {
  const world = await openWorld()
  const [plain, kept] = [world.client('plain'), world.client('kept')]
  plain.send(subscribe({ filter: FILTER, identifier: 1 }))
  kept.send(subscribe({ filter: FILTER, identifier: 2, retainAsPublished: true }))
  plain.take()
  kept.take()
  const retain = true
  world.client('p').send(publish('t/a', 'x', { retain }), publish('t/a', 'y', { retain }))
  const told = (identifier: number) => ({ properties: { subscriptionIdentifier: [identifier] } })
  expect(plain.take()).toEqual([publish('t/a', 'x', told(1))])
  expect(kept.take()).toEqual([publish('t/a', 'y', { retain, ...told(2) })])
})

it('two groups of one client that match give a copy each, with its identifier', async () => {
  const world = await openWorld()
  const member = world.client('a')
  member.send(subscribe({ filter: '$share/g/t/#', identifier: 1 }))
  member.send(subscribe({ filter: '$share/h/+/x', identifier: 2 }))
  member.take()
  world.client('p').send(publish('t/x', 'x'))
  const identifiers = member
    .take()
    .map((one) => one.type === 'publish' && one.properties?.subscriptionIdentifier)
  expect(identifiers).toHaveLength(2)
  expect(new Set(identifiers.flat())).toEqual(new Set([1, 2]))
})

describe.each(['plain', 'shared'] as const)('Retain Handling of a %s subscription', (kind) => {
  it.each([0, 1, 2] as const)('%i gets what it is to get', async (retainHandling) => {
    const world = await openWorld()
    world.client('p').send(publish('t/a', 'old', { retain: true }))
    const member = world.client('a')
    const filter = kind === 'plain' ? 't/#' : FILTER
    member.send(subscribe({ filter, retainHandling }), subscribe({ filter, retainHandling }))
    const expected = kind === 'plain' && retainHandling === 0 ? 1 : 0
    const first = kind === 'plain' && retainHandling === 1 ? 1 : 0
    expect(member.takeTexts()).toHaveLength(expected + first)
  })
})

it('No Local on a Shared Subscription is a Protocol Error [MQTT-3.8.3-4]', async () => {
  const world = await openWorld()
  const member = world.client('a')
  member.send(subscribe({ filter: FILTER, noLocal: true }))
  expect(member.take()).toMatchObject([{ type: 'disconnect', reasonCode: 0x82 }])
})

it('what its publisher shares in may come back to it', async () => {
  const world = await openWorld()
  const [member] = join(world, ['a'])
  member.send(publish('t/a', 'own'))
  expect(member.takeTexts()).toEqual(['own'])
})

describe('the strategy', () => {
  it.each([
    ['round-robin', [3, 3]],
    ['sticky', [6, 0]],
    ['least-in-flight', [3, 3]],
    ['hash-topic', [6, 0]],
  ] as const)('%s is chosen by an option', async (shareStrategy, counts) => {
    const world = await openWorld({ shareStrategy })
    const members = join(world, ['a', 'b'], { qos: 1 })
    numbers(world, 6, 1, 't/same')
    expect(members.map((member) => member.takeTexts().length)).toEqual(counts)
  })

  it('least-in-flight goes to who acknowledges', async () => {
    const world = await openWorld({ shareStrategy: 'least-in-flight' })
    const [quick, idle] = join(world, ['quick', 'idle'], { qos: 1 })
    for (let at = 1; at <= 10; at++) {
      numbers(world, 1, 1)
      for (const one of quick.take()) {
        if (one.type === 'publish') quick.send(ack('puback', one.packetId))
      }
    }
    // The first comes to the one in turn; from then on it has one more.
    expect(idle.takeTexts()).toHaveLength(1)
  })

  it('hash-topic gives a topic to one member, and the topics to all', async () => {
    const world = await openWorld({ shareStrategy: 'hash-topic' })
    const members = join(world, ['a', 'b', 'c'])
    const sender = world.client('p')
    for (let round = 0; round < 3; round++) {
      for (let at = 0; at < 60; at++) sender.send(publish(`t/${at}`, `${at}`))
    }
    const got = members.map((member) => member.takeTexts())
    for (const texts of got) {
      const topics = new Set(texts)
      expect(topics.size).toBeGreaterThan(5)
      expect(texts).toHaveLength(3 * topics.size)
    }
    expect(got.flat()).toHaveLength(180)
  })
})

/** Clients that join the group. */
function join(
  world: World,
  names: readonly [string, ...string[]],
  { version = 5, qos = 0 }: { version?: 3 | 4 | 5; qos?: 0 | 1 | 2 } = {},
): [Peer, Peer, Peer] {
  const members = names.map((name) => {
    const member = world.client(name, { version })
    member.send(subscribe({ filter: FILTER, qos }))
    member.take()
    return member
  })
  return members as [Peer, Peer, Peer]
}

/** Publishes `1`, `2` and so on. */
function numbers({ broker }: World, count: number, qos: 0 | 1 | 2 = 0, topic = 't/x'): void {
  for (let at = 1; at <= count; at++) {
    broker.publish({ topic, qos, payload: new TextEncoder().encode(`${at}`) })
  }
}
