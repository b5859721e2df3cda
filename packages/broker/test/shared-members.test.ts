// Members of a Shared Subscription that come and go with messages in flight (§4.8.2): what another
// one gets, what waits for who left, and what nobody gets.

import { describe, expect, it } from 'vitest'
import { ack, inWords, lasting, lose, resume } from './lasting.ts'
import { disconnect, openWorld, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer, World } from './peer.ts'

const FILTER = '$share/g/t'
const STRATEGIES = ['round-robin', 'sticky', 'least-in-flight', 'hash-topic'] as const

describe.each(VERSIONS)('a member of version %i that is lost', (version) => {
  it('leaves what it has not acknowledged at QoS 1 to another that is there', async () => {
    const world = await openWorld()
    const [leaves, stays] = [join(world, 'a', version), join(world, 'b', version)]
    numbers(world, 1, 1)
    const [first] = leaves.take()
    expect(inWords([first!])).toEqual(['publish 1 q1 1'])
    numbers(world, 1, 1)
    stays.take()
    lose(world, leaves)
    // A new message for who gets it: without DUP.
    expect(inWords(stays.take())).toEqual(['publish 2 q1 1'])
    expect(inWords(resume(world, 'a', lasting(version)).taken).slice(1)).toEqual([])
  })

  it('finishes the QoS 2 exchange that it began, and nobody else [MQTT-4.8.2-4]', async () => {
    const world = await openWorld()
    const [leaves, stays] = [join(world, 'a', version), join(world, 'b', version)]
    numbers(world, 1, 2)
    expect(inWords(leaves.take())).toEqual(['publish 1 q2 1'])
    lose(world, leaves)
    expect(stays.take()).toEqual([])
    const { peer, taken } = resume(world, 'a', lasting(version))
    expect(inWords(taken).slice(1)).toEqual(['publish 1 q2 dup 1'])
    peer.send(ack('pubrec', 1))
    lose(world, peer)
    expect(stays.take()).toEqual([])
    expect(inWords(resume(world, 'a', lasting(version)).taken).slice(1)).toEqual(['pubrel 1'])
  })

  it('takes the QoS 2 exchange with it if its session ends [MQTT-4.8.2-5]', async () => {
    const world = await openWorld()
    const [leaves, stays] = [join(world, 'a', version), join(world, 'b', version)]
    numbers(world, 1, 2)
    lose(world, leaves)
    resume(world, 'a', { ...lasting(version), cleanStart: true })
    expect(stays.take()).toEqual([])
    expect(world.broker.stats()).toMatchObject({ sharedSubscriptions: 1 })
  })

  it('leaves QoS 2 that only waited to another, in order', async () => {
    const world = await openWorld({
      shareStrategy: 'sticky',
      limits: { inFlightMax: 1, inFlightMaxV3: 1 },
    })
    const [leaves, stays] = [join(world, 'a', version), join(world, 'b', version)]
    numbers(world, 4, 2)
    expect(inWords(leaves.take())).toEqual(['publish 1 q2 1'])
    expect(world.broker.stats().messagesQueued).toBe(3)
    lose(world, leaves)
    expect(completed(stays)).toEqual(['2', '3', '4'])
    expect(world.broker.stats().messagesQueued).toBe(0)
    expect(inWords(resume(world, 'a', lasting(version)).taken).slice(1)).toEqual([
      'publish 1 q2 dup 1',
    ])
  })

  it('may acknowledge what went to another when it is back, and nothing happens', async () => {
    const world = await openWorld()
    const [leaves, stays] = [join(world, 'a', version), join(world, 'b', version)]
    numbers(world, 1, 1)
    lose(world, leaves)
    stays.take()
    const { peer } = resume(world, 'a', lasting(version))
    peer.send(ack('puback', 1))
    expect(peer.take()).toEqual([])
    stays.send(ack('puback', 1))
    numbers(world, 2, 1)
    expect([...peer.takeTexts(), ...stays.takeTexts()].toSorted()).toEqual(['1', '2'])
  })
})

describe.each(STRATEGIES)('when all members are away, by %s', (shareStrategy) => {
  it('each message waits for one of them, and comes once', async () => {
    const world = await openWorld({ shareStrategy })
    for (const name of ['a', 'b']) join(world, name).send(disconnect())
    numbers(world, 10, 1)
    expect(world.broker.stats().messagesQueued).toBe(10)
    const texts = ['a', 'b'].flatMap((name) => textsOf(resume(world, name, lasting()).taken))
    expect(texts.map(Number).toSorted((one, two) => one - two)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ])
    expect(world.broker.stats().messagesQueued).toBe(0)
  })

  it('who is back gets all that comes from then on', async () => {
    const world = await openWorld({ shareStrategy })
    for (const name of ['a', 'b', 'c']) join(world, name).send(disconnect())
    const { peer } = resume(world, 'b', lasting())
    numbers(world, 5, 1)
    expect(peer.takeTexts()).toEqual(['1', '2', '3', '4', '5'])
  })

  it('QoS 0 is lost, and counted once', async () => {
    const world = await openWorld({ shareStrategy })
    for (const name of ['a', 'b']) join(world, name).send(disconnect())
    numbers(world, 3, 0)
    expect(world.broker.stats().messagesDropped).toMatchObject({ away: 3 })
  })

  it('what waits goes on to another whose session lasts when one ends', async () => {
    const world = await openWorld({ shareStrategy })
    join(world, 'a', 5, 10).send(disconnect())
    join(world, 'b').send(disconnect())
    numbers(world, 6, 1)
    world.clock.advance(11_000)
    expect(world.broker.stats()).toMatchObject({
      sessionsExpired: 1,
      messagesQueued: 6,
      messagesDropped: { 'session-ended': 0 },
    })
    expect(textsOf(resume(world, 'b', lasting()).taken).toSorted()).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
    ])
  })

  it('what waits for the last is lost with its session, and counted', async () => {
    const world = await openWorld({ shareStrategy })
    join(world, 'a', 5, 10).send(disconnect())
    numbers(world, 6, 1)
    world.clock.advance(11_000)
    expect(world.broker.stats()).toMatchObject({
      subscriptions: 0,
      messagesQueued: 0,
      messagesDropped: { 'session-ended': 6 },
    })
    const sender = world.client('p')
    sender.send(publish('t', 'x', { qos: 1, packetId: 1 }))
    expect(inWords(sender.take())).toEqual(['puback 1 0x10'])
  })
})

describe('a message that a member refuses', () => {
  it.each([
    [1, 'puback'],
    [2, 'pubrec'],
  ] as const)('at QoS %i is over, and goes to nobody else [MQTT-4.8.2-6]', async (qos, type) => {
    const world = await openWorld()
    const [first, second] = [join(world, 'a'), join(world, 'b')]
    numbers(world, 1, qos)
    first.take()
    first.send(ack(type, 1, 0x83))
    expect(first.take()).toEqual([])
    expect(second.take()).toEqual([])
    lose(world, first)
    expect(second.take()).toEqual([])
    expect(inWords(resume(world, 'a', lasting()).taken)).toEqual(['connack present'])
  })
})

describe('a member that is slow', () => {
  it('is passed over while another has room', async () => {
    const world = await openWorld({ limits: { inFlightMax: 2 } })
    const [slow, quick] = [join(world, 'slow'), join(world, 'quick')]
    for (let at = 1; at <= 20; at++) {
      numbers(world, 1, 1)
      for (const one of quick.take()) {
        if (one.type === 'publish') quick.send(ack('puback', one.packetId))
      }
    }
    expect(slow.takeTexts()).toHaveLength(2)
    expect(world.broker.stats().messagesQueued).toBe(0)
  })

  it('and refuses is passed over, and the publisher told when all do', async () => {
    const world = await openWorld({
      backlogPolicy: 'refuse',
      limits: { inFlightMax: 1, backlogMessagesMax: 1 },
    })
    const members = [join(world, 'a'), join(world, 'b')]
    const sender = world.client('p')
    for (let packetId = 1; packetId <= 5; packetId++) {
      sender.send(publish('t', `${packetId}`, { qos: 1, packetId }))
    }
    expect(inWords(sender.take())).toEqual([
      'puback 1',
      'puback 2',
      'puback 3',
      'puback 4',
      'puback 5 0x97',
    ])
    expect(
      members
        .map((member) => completed(member))
        .flat()
        .toSorted(),
    ).toEqual(['1', '2', '3', '4'])
  })
})

it('a take-over of a member gives its QoS 1 to another, and none is lost or left', async () => {
  const world = await openWorld()
  const [first, second] = [join(world, 'a'), join(world, 'b')]
  numbers(world, 4, 1)
  expect(first.takeTexts()).toEqual(['1', '3'])
  const { peer, taken } = resume(world, 'a', lasting())
  const got = [...textsOf(taken), ...completed(peer), ...completed(second)]
  expect(got.toSorted()).toEqual(['1', '2', '3', '4'])
  lose(world, peer)
  expect(inWords(resume(world, 'a', lasting()).taken)).toEqual(['connack present'])
})

it('a storm of members that come and go loses nothing at QoS 1', async () => {
  const world = await openWorld()
  const got = new Set<string>()
  const peers = new Map(['a', 'b', 'c'].map((name) => [name, join(world, name)]))
  for (let at = 1; at <= 60; at++) {
    world.broker.publish({ topic: 't', qos: 1, payload: new TextEncoder().encode(`n${at}`) })
    const name = ['a', 'b', 'c'][at % 3]!
    const peer = peers.get(name)!
    if (at % 4 === 0) for (const text of completed(peer)) got.add(text)
    if (at % 5 !== 0) continue
    lose(world, peer)
    const back = resume(world, name, lasting())
    for (const one of back.taken) {
      if (one.type !== 'publish') continue
      got.add(new TextDecoder().decode(one.payload))
      back.peer.send(ack('puback', one.packetId))
    }
    peers.set(name, back.peer)
  }
  for (const peer of peers.values()) for (const text of completed(peer)) got.add(text)
  expect(got.size).toBe(60)
})

/** A client that joins the group with QoS 2, in a session that lasts. */
function join(world: World, name: string, version: 3 | 4 | 5 = 5, expirySeconds = 3600): Peer {
  const properties = version === 5 ? { sessionExpiryInterval: expirySeconds } : {}
  const member = world.client(name, lasting(version, properties))
  member.send(subscribe({ filter: FILTER, qos: 2 }))
  member.take()
  return member
}

/** Publishes `1`, `2` and so on. */
function numbers({ broker, clock }: World, count: number, qos: 0 | 1 | 2): void {
  for (let at = 1; at <= count; at++) {
    broker.publish({ topic: 't', qos, payload: new TextEncoder().encode(`${at}`) })
  }
  clock.settle()
}

function textsOf(packets: ReturnType<Peer['take']>): readonly string[] {
  return packets.flatMap((one) =>
    one.type === 'publish' ? [new TextDecoder().decode(one.payload)] : [],
  )
}

/** Finishes every exchange that comes until none does; the texts. */
function completed(peer: Peer): readonly string[] {
  const texts: string[] = []
  for (let packets = peer.take(); packets.length > 0; packets = peer.take()) {
    for (const one of packets) {
      if (one.type === 'pubrel') peer.send(ack('pubcomp', one.packetId))
      if (one.type !== 'publish') continue
      texts.push(...textsOf([one]))
      peer.send(ack(one.qos === 1 ? 'puback' : 'pubrec', one.packetId))
    }
  }
  return texts
}
