// The retained messages for a new subscription on their way: in slices, through small windows, over
// lost connections, and beside what is published meanwhile.

import { encode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { ack, inWords, lasting, lose, resume } from './lasting.ts'
import { openWorld, PINGREQ, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer, World } from './peer.ts'

const retain = true

it.each(VERSIONS)(
  '10,000 messages to # leave others their turns in version %i',
  async (version) => {
    const world = await openWorld()
    keep(world, 10_000)
    const subscriber = world.client('s', { version })
    const bystander = world.client('other')
    // It says PINGREQ again as soon as it has an answer, twenty times.
    let answers = 0
    let messagesSentMeanwhile = Infinity
    bystander.transport.onData = () => {
      answers++
      if (answers < 20) bystander.write(encode(PINGREQ, 5))
      else messagesSentMeanwhile = world.broker.stats().messagesOut
    }
    bystander.write(encode(PINGREQ, 5))
    subscriber.send(subscribe('#'))
    const topics = subscriber.take().flatMap((one) => (one.type === 'publish' ? [one.topic] : []))
    expect(new Set(topics).size).toBe(10_000)
    expect(topics).toHaveLength(10_000)
    expect(answers).toBe(20)
    expect(messagesSentMeanwhile).toBeLessThan(10_000)
    expect(world.broker.stats().messagesDropped['slow-receiver']).toBe(0)
  },
)

it('a slice is as large as sliceItemsMax says', async () => {
  const world = await openWorld({ limits: { sliceItemsMax: 10 } })
  keep(world, 100)
  const subscriber = world.client('s')
  const chunks: number[] = []
  const { onData } = subscriber.transport
  subscriber.transport.onData = (chunk) => {
    chunks.push(chunk.length)
    onData(chunk)
  }
  subscriber.send(subscribe('#'))
  expect(subscriber.takeTexts()).toHaveLength(100)
  // SUBACK, and ten slices.
  expect(chunks).toHaveLength(11)
})

it('two subscribers take turns', async () => {
  const world = await openWorld({ limits: { sliceItemsMax: 10 } })
  keep(world, 100)
  const [first, second] = [world.client('one'), world.client('two')]
  const order: string[] = []
  for (const [name, { transport }] of [
    ['1', first],
    ['2', second],
  ] as const) {
    transport.onData = () => order.push(name)
  }
  first.write(encode(subscribe('#'), 5))
  second.send(subscribe('#'))
  expect(order.join('')).toMatch(/^(12|21){21}$/)
})

describe('a replay waits for room', () => {
  it.each(VERSIONS)('in the window of version %i, and loses nothing', async (version) => {
    const world = await openWorld({ limits: { inFlightMaxV3: 3 } })
    keep(world, 50, 1)
    const properties = { receiveMaximum: 3 }
    const peer = world.client('s', version === 5 ? { properties } : { version })
    peer.send(subscribe({ filter: '#', qos: 1 }))
    const got = acknowledged(peer)
    expect(got.atOnceMax).toBe(3)
    expect(got.texts.toSorted()).toEqual(texts(50))
    expect(world.broker.stats().messagesQueued).toBe(0)
  })

  it('in its output, and goes on when a frozen client reads again', async () => {
    const world = await openWorld({ limits: { outboxBytesMax: 4_096 } })
    keep(world, 10_000)
    const peer = world.client('s')
    peer.transport.freeze()
    peer.send(subscribe('#'))
    expect(world.broker.stats().messagesOut).toBeLessThan(10_000)
    world.clock.advance(20_000)
    peer.transport.thaw()
    expect(peer.takeTexts().toSorted()).toEqual(texts(10_000))
    expect(world.broker.stats().messagesDropped).toMatchObject({ 'slow-receiver': 0 })
  })

  it.each(VERSIONS)('for a client that is back, in version %i', async (version) => {
    const world = await openWorld({ limits: { inFlightMaxV3: 5, inFlightMax: 5 } })
    keep(world, 40, 1)
    const first = world.client('s', lasting(version))
    first.send(subscribe({ filter: '#', qos: 1 }))
    const before = first.take().flatMap((one) => (one.type === 'publish' ? [one.packetId] : []))
    expect(before).toHaveLength(5)
    first.send(ack('puback', before[0]!))
    const [next] = first.takeTexts()
    lose(world, first)
    const { peer, taken } = resume(world, 's', lasting(version))
    expect(taken.filter((one) => one.type === 'publish' && one.dup)).toHaveLength(5)
    const got = acknowledged(peer, taken)
    expect(got.atOnceMax).toBe(5)
    // Each of them once, but for the one that was acknowledged before.
    expect(new Set(got.texts).size).toBe(39)
    expect(got.texts).toHaveLength(39)
    expect(got.texts).toContain(next)
  })

  it('and not for a client that is gone for good', async () => {
    const world = await openWorld({ limits: { inFlightMax: 5 } })
    keep(world, 40, 1)
    const first = world.client('s')
    first.send(subscribe({ filter: '#', qos: 1 }))
    lose(world, first)
    expect(acknowledged(world.client('s')).texts).toEqual([])
    expect(world.broker.stats()).toMatchObject({ subscriptions: 0, messagesQueued: 0 })
  })
})

it('UNSUBSCRIBE ends a replay [MQTT-3.10.4-2]', async () => {
  const world = await openWorld({ limits: { inFlightMax: 5 } })
  keep(world, 40, 1)
  const peer = world.client('s')
  peer.send(subscribe({ filter: '#', qos: 1 }))
  peer.send({ type: 'unsubscribe', packetId: 2, filters: ['#'] })
  expect(acknowledged(peer).texts).toHaveLength(5)
})

it('replays of one client come one after the other, however many', async () => {
  const world = await openWorld()
  keep(world, 300)
  const peer = world.client('s')
  const filters = Array.from({ length: 300 }, (_, at) => `t/${at}`)
  const half = filters.length / 2
  peer.send(subscribe(...filters.slice(0, half)), subscribe(...filters.slice(half)))
  const [first, second, ...replayed] = peer.take()
  expect([first, second]).toMatchObject([{ type: 'suback' }, { type: 'suback' }])
  expect(replayed.map((one) => 'topic' in one && one.topic)).toEqual(filters)
})

describe('beside live messages of the topic', () => {
  it.each(VERSIONS)('an older one never comes last, in version %i', async (version) => {
    const world = await openWorld({ limits: { inFlightMax: 2, inFlightMaxV3: 2 } })
    keep(world, 20, 1)
    const sender = world.client('p')
    const peer = world.client('s', { version })
    peer.send(subscribe({ filter: 't/#', qos: 1 }))
    for (let at = 0; at < 20; at++) {
      sender.send(publish(`t/${at}`, `${at} new`, { retain, qos: 1, packetId: 1 }))
    }
    const last = new Map<string, string>()
    for (const text of acknowledged(peer).texts) last.set(text.split(' ')[0]!, text)
    expect([...last.values()].toSorted()).toEqual(texts(20).map((text) => `${text} new`))
  })

  it('what was removed meanwhile does not come any more', async () => {
    const world = await openWorld({ limits: { inFlightMax: 1 } })
    keep(world, 3, 1)
    const peer = world.client('s')
    peer.send(subscribe({ filter: 't/+', qos: 1 }))
    const [, first] = peer.take()
    const rest = ['t/0', 't/1', 't/2'].filter(
      (topic) => topic !== (first as { topic: string }).topic,
    )
    world.client('p').send(publish(rest[0]!, '', { retain }))
    peer.send(ack('puback', 1))
    // The removal itself is at QoS 0 and does not wait.
    const words = acknowledged(peer).texts
    expect(words.toSorted()).toEqual(['', rest[1]!.slice(2)])
  })
})

it('what is larger than the client takes is left out and counted [MQTT-3.1.2-25]', async () => {
  const world = await openWorld()
  world
    .client('p')
    .send(
      publish('a', 'x'.repeat(100), { retain, qos: 1, packetId: 1 }),
      publish('b', 'y', { retain, qos: 1, packetId: 2 }),
      publish('c', 'x'.repeat(100), { retain }),
    )
  const peer = world.client('s', { properties: { maximumPacketSize: 60, receiveMaximum: 1 } })
  peer.send(subscribe({ filter: '#', qos: 2 }))
  peer.send(ack('puback', 1))
  expect(inWords(peer.take())).toEqual(['suback 1', 'publish 1 q1 retain y'])
  expect(world.broker.stats().messagesDropped['too-large-for-receiver']).toBe(2)
})

/** Has so many messages retained, on `t/0`, `t/1` ... with the number as text. */
function keep({ broker }: World, count: number, qos: 0 | 1 = 0): void {
  for (let at = 0; at < count; at++) {
    broker.publish({ topic: `t/${at}`, payload: new TextEncoder().encode(`${at}`), retain, qos })
  }
}

function texts(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `${at}`).toSorted()
}

/** Acknowledges all that comes until nothing does: what came, and the most at the same time. */
function acknowledged(
  peer: Peer,
  already: ReturnType<Peer['take']> = [],
): { readonly texts: readonly string[]; readonly atOnceMax: number } {
  const got: string[] = []
  let atOnceMax = 0
  for (let packets = [...already, ...peer.take()]; packets.length > 0; packets = [...peer.take()]) {
    const messages = packets.filter((one) => one.type === 'publish')
    atOnceMax = Math.max(atOnceMax, messages.length)
    for (const { packetId, qos, payload } of messages) {
      got.push(new TextDecoder().decode(payload))
      if (qos === 1) peer.send(ack('puback', packetId))
    }
  }
  return { texts: got, atOnceMax }
}
