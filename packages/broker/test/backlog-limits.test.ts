// A full backlog (`backlogMessagesMax`, `backlogBytesMax`): it follows its policy and is never
// silent, and a message that nobody could take is never acknowledged as taken.

import { describe, expect, it } from 'vitest'
import type { BacklogPolicy, BrokerLimits } from '../src/index.ts'
import { ack, inWords, lasting, resume } from './lasting.ts'
import { connect, disconnect, openWorld, PINGREQ, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer, World } from './peer.ts'

/** A message of 1,000 bytes, of which 4 and no more fit into the bytes below. */
const KILOBYTE = 'x'.repeat(1_000)
const FOUR_KILOBYTES = 6_000

describe('drop-oldest, by count', () => {
  it.each(VERSIONS)('loses the oldest of a session of version %i, counted', async (version) => {
    const world = await absent('drop-oldest', { backlogMessagesMax: 3 }, version)
    const sender = world.client('p')
    for (const [index, text] of ['1', '2', '3', '4', '5'].entries()) {
      sender.send(publish('a', text, { qos: 1, packetId: index + 1 }))
    }
    expect(inWords(sender.take())).toEqual([1, 2, 3, 4, 5].map((id) => `puback ${id}`))
    expect(world.broker.stats()).toMatchObject({
      messagesQueued: 3,
      messagesDropped: { 'backlog-full': 2 },
    })
    expect(drops(world)).toEqual(['dropped absent backlog-full'])
    expect(inWords(resume(world, 'absent', lasting(version)).taken).slice(1)).toEqual([
      'publish 1 q1 3',
      'publish 2 q1 4',
      'publish 3 q1 5',
    ])
    expect(world.broker.stats().messagesQueued).toBe(0)
  })

  it('tells observers again when a message got through in between', async () => {
    const world = await absent('drop-oldest', { backlogMessagesMax: 1 })
    const sender = world.client('p')
    const send = (): void => sender.send(publish('a', '', { qos: 1, packetId: 1 }))
    send()
    send()
    send()
    expect(drops(world)).toHaveLength(1)
    const { peer } = resume(world, 'absent', lasting())
    peer.send(ack('puback', 1), disconnect())
    send()
    send()
    expect(drops(world)).toHaveLength(2)
    expect(world.broker.stats().messagesDropped['backlog-full']).toBe(3)
  })

  it('loses nothing of what is in flight', async () => {
    const limits = { backlogMessagesMax: 2, inFlightMax: 2 }
    const world = await absent('drop-oldest', limits)
    const { peer } = resume(world, 'absent', lasting())
    const sender = world.client('p')
    for (let id = 1; id <= 6; id++) sender.send(publish('a', `${id}`, { qos: 2, packetId: id }))
    expect(inWords(peer.take())).toEqual(['publish 1 q2 1', 'publish 2 q2 2'])
    peer.send(ack('pubrec', 1), ack('pubrec', 2), ack('pubcomp', 1), ack('pubcomp', 2))
    expect(inWords(peer.take()).slice(2)).toEqual(['publish 3 q2 5', 'publish 4 q2 6'])
  })
})

describe('drop-oldest, by bytes', () => {
  it('loses as many as the newest needs', async () => {
    const world = await absent('drop-oldest', { backlogBytesMax: FOUR_KILOBYTES })
    const sender = world.client('p')
    for (let id = 1; id <= 4; id++) {
      sender.send(publish('a', `${id}${KILOBYTE}`, { qos: 1, packetId: id }))
    }
    expect(world.broker.stats().messagesQueued).toBe(4)
    sender.send(publish('a', `5${KILOBYTE.repeat(3)}`, { qos: 1, packetId: 5 }))
    expect(world.broker.stats()).toMatchObject({
      messagesQueued: 3,
      messagesDropped: { 'backlog-full': 2 },
    })
    const texts = resume(world, 'absent', lasting()).taken.flatMap((packet) =>
      packet.type === 'publish' ? [new TextDecoder().decode(packet.payload)[0]] : [],
    )
    expect(texts).toEqual(['3', '4', '5'])
  })

  it('does not take one that is too large by itself, and loses no other for it', async () => {
    const world = await absent('drop-oldest', { backlogBytesMax: FOUR_KILOBYTES })
    const sender = world.client('p')
    sender.send(publish('a', KILOBYTE, { qos: 1, packetId: 1 }))
    sender.send(publish('a', KILOBYTE.repeat(6), { qos: 1, packetId: 2 }))
    expect(inWords(sender.take())).toEqual(['puback 1', 'puback 2 0x97'])
    expect(world.broker.stats()).toMatchObject({
      messagesQueued: 1,
      messagesDropped: { 'backlog-full': 1 },
      publishesRefused: 1,
    })
  })
})

describe.each([
  ['count', { backlogMessagesMax: 2 }, ''],
  ['bytes', { backlogBytesMax: 3_000 }, KILOBYTE],
] as const)('refuse, by %s', (_, limits, text) => {
  it('answers MQTT 5.0 clients with 0x97, and the exchange is over', async () => {
    const world = await absent('refuse', limits)
    const sender = world.client('p')
    for (const [packetId, qos] of [
      [1, 1],
      [2, 2],
      [3, 1],
      [4, 2],
    ] as const) {
      sender.send(publish('a', text, { qos, packetId }))
    }
    expect(inWords(sender.take())).toEqual([
      'puback 1',
      'pubrec 2',
      'puback 3 0x97',
      'pubrec 4 0x97',
    ])
    expect(world.broker.stats()).toMatchObject({
      messagesQueued: 2,
      publishesRefused: 2,
      messagesDropped: { 'backlog-full': 2 },
    })
    const { peer, taken } = resume(world, 'absent', lasting())
    expect(taken).toHaveLength(3)
    peer.send(ack('puback', 1), ack('pubrec', 2), ack('pubcomp', 2))
    peer.take()
    // The identifier of what was refused is free: this is a new message.
    sender.send(publish('a', text, { qos: 2, packetId: 4 }))
    expect(inWords(sender.take())).toEqual(['pubrec 4'])
    expect(peer.take()).toHaveLength(1)
  })

  it.each([3, 4] as const)('closes version %i after 10 s without an answer', async (version) => {
    const world = await absent('refuse', limits)
    const sender = world.client('p', { version })
    for (const packetId of [1, 2, 3]) sender.send(publish('a', text, { qos: 1, packetId }))
    sender.send(PINGREQ)
    expect(inWords(sender.take())).toEqual(['puback 1', 'puback 2'])
    await pass(world, 9_500)
    expect(sender.closed).toBeUndefined()
    await pass(world, 1_000)
    expect(sender.take()).toEqual([])
    expect(sender.closed).toBe('in order')
    expect(world.broker.stats()).toMatchObject({
      messagesQueued: 2,
      publishesRefused: 1,
      messagesDropped: { 'backlog-full': 1 },
    })
  })

  it.each([3, 4] as const)('takes it from version %i if room appears', async (version) => {
    const world = await absent('refuse', limits)
    const sender = world.client('p', { version, keepAlive: 1 })
    sender.send(publish('a', text, { qos: 1, packetId: 1 }))
    sender.send(publish('a', text, { qos: 2, packetId: 2 }))
    sender.send(publish('a', text, { qos: 2, packetId: 3 }))
    sender.send(publish('b', text, { qos: 1, packetId: 4 }))
    expect(inWords(sender.take())).toEqual(['puback 1', 'pubrec 2'])
    await pass(world, 5_000)
    expect(sender.closed).toBeUndefined()
    const { peer } = resume(world, 'absent', lasting())
    await pass(world, 700)
    expect(inWords(sender.take())).toEqual(['pubrec 3', 'puback 4'])
    expect(peer.take()).toHaveLength(1)
    expect(world.broker.stats()).toMatchObject({ messagesQueued: 0, publishesRefused: 0 })
  })
})

describe('refuse', () => {
  it('lets the others have what one of them cannot take, and says it was taken', async () => {
    for (const version of VERSIONS) {
      const world = await absent('refuse', { backlogMessagesMax: 1 })
      const other = world.client('other')
      other.send(subscribe({ filter: 'a', qos: 1 }))
      other.take()
      const sender = world.client('p', { version })
      sender.send(publish('a', 'one', { qos: 1, packetId: 1 }))
      sender.send(publish('a', 'two', { qos: 1, packetId: 2 }))
      expect(inWords(sender.take())).toEqual(['puback 1', 'puback 2'])
      expect(inWords(other.take())).toEqual(['publish 1 q1 one', 'publish 2 q1 two'])
      expect(drops(world)).toEqual(['dropped absent backlog-full'])
    }
  })

  it('takes a message in place of those that have expired [MQTT-3.3.2-5]', async () => {
    const world = await absent('refuse', { backlogMessagesMax: 2 })
    const sender = world.client('p')
    const properties = { messageExpiryInterval: 1 }
    for (const packetId of [1, 2]) sender.send(publish('a', '', { qos: 1, packetId, properties }))
    sender.take()
    world.clock.advance(2_000)
    sender.send(publish('a', 'fresh', { qos: 1, packetId: 3 }))
    expect(inWords(sender.take())).toEqual(['puback 3'])
    expect(world.broker.stats()).toMatchObject({
      messagesQueued: 2,
      messagesDropped: { expired: 1, 'backlog-full': 0 },
    })
  })

  it('retains nothing that it refuses', async () => {
    const world = await absent('refuse', { backlogMessagesMax: 1 })
    const sender = world.client('p')
    sender.send(publish('a', 'old', { qos: 1, packetId: 1, retain: true }))
    sender.send(publish('a', 'new', { qos: 1, packetId: 2, retain: true }))
    expect(inWords(sender.take())).toEqual(['puback 1', 'puback 2 0x97'])
    const late = world.client('late')
    late.send(subscribe('a'))
    expect(late.takeTexts()).toEqual(['old'])
  })

  it('says to the program that nobody could take its message', async () => {
    const { broker } = await absent('refuse', { backlogMessagesMax: 1 })
    const message = { topic: 'a', payload: new Uint8Array(), qos: 1 } as const
    expect(broker.publish(message)).toBe(0x00)
    expect(broker.publish(message)).toBe(0x97)
    expect(broker.publish({ ...message, qos: 0 })).toBe(0x00)
  })

  it('does not take what is withheld twice, when its client has gone and come back', async () => {
    for (const qos of [1, 2] as const) {
      const world = await absent('refuse', { backlogMessagesMax: 1 })
      const first = world.client('p', lasting(4))
      first.send(publish('a', 'one', { qos: 1, packetId: 1 }))
      first.send(publish('a', 'two', { qos, packetId: 2 }))
      await pass(world, 3_000)
      first.transport.cut()
      await pass(world, 1)
      const { peer } = resume(world, 'absent', lasting())
      await pass(world, 3_000)
      expect(inWords(peer.take())).toEqual([])
      const again = resume(world, 'p', lasting(4)).peer
      again.send(publish('a', 'two', { qos, packetId: 2, dup: true }))
      expect(inWords(again.take())).toEqual([qos === 1 ? 'puback 2' : 'pubrec 2'])
      expect(inWords(peer.take())).toEqual([`publish 2 q${Math.min(qos, 2)} two`])
    }
  })

  it('withholds one client only: everybody else goes on', async () => {
    const world = await absent('refuse', { backlogMessagesMax: 1 })
    const withheld = world.client('w', { version: 4 })
    withheld.send(
      publish('a', '', { qos: 1, packetId: 1 }),
      publish('a', '', { qos: 1, packetId: 2 }),
    )
    const other = world.client('o', { version: 4 })
    other.send(publish('b', '', { qos: 1, packetId: 1 }), PINGREQ)
    expect(inWords(other.take())).toEqual(['puback 1', 'pingresp'])
  })

  it('withholds for as long as it is told to', async () => {
    const world = await absent('refuse', { backlogMessagesMax: 1, withholdMs: 1_000 })
    const sender = world.client('p', { version: 4 })
    sender.send(
      publish('a', '', { qos: 1, packetId: 1 }),
      publish('a', '', { qos: 1, packetId: 2 }),
    )
    await pass(world, 600)
    expect(sender.closed).toBeUndefined()
    await pass(world, 900)
    expect(sender.closed).toBe('in order')
  })
})

async function absent(
  backlogPolicy: BacklogPolicy,
  limits: Partial<BrokerLimits>,
  version: 3 | 4 | 5 = 5,
): Promise<World> {
  const world = await openWorld({ backlogPolicy, limits })
  const peer: Peer = world.dial(version)
  const fields = { clientId: 'absent', ...lasting(version) }
  peer.send(connect(fields), subscribe({ filter: 'a', qos: 2 }), disconnect())
  return world
}

/** Time goes by, and promises with it. */
async function pass({ clock }: World, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    clock.advance(Math.min(left, 100))
    await clock.settled()
  }
}

function drops({ seen }: World): readonly string[] {
  return seen.filter((line) => line.startsWith('dropped'))
}
