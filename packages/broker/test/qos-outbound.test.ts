// QoS 1 and 2 from the broker to a client (§4.3): Packet Identifiers, the window, the handshake.

import type { ProtocolVersion, QoS } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { ack, inWords, lasting } from './lasting.ts'
import { connect, openWorld, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer, World } from './peer.ts'

describe.each(VERSIONS)('a message to a client of version %i', (version) => {
  for (const published of [0, 1, 2] as const) {
    it.each([0, 1, 2] as const)(
      `published at QoS ${published} comes at QoS %i or less, whichever is lower`,
      async (granted) => {
        const { subscriber, client } = await subscribed(version, granted)
        client('p').send(publish('a', 'x', { qos: published, packetId: published && 77 }))
        const qos = Math.min(published, granted) as QoS
        expect(subscriber.take()).toEqual([publish('a', 'x', { qos, packetId: qos && 1 })])
      },
    )
  }

  it('above QoS 0 has an identifier of its own, and DUP 0 [MQTT-3.3.1-3]', async () => {
    const { subscriber, client } = await subscribed(version)
    const message = publish('a', 'x', { qos: 1, packetId: 77, dup: true })
    client('p').send(message, message, { ...message, qos: 2 })
    expect(inWords(subscriber.take())).toEqual([
      'publish 1 q1 x',
      'publish 2 q1 x',
      'publish 3 q2 x',
    ])
  })

  it('of QoS 1 is over with PUBACK [MQTT-4.3.2-2] [MQTT-4.3.2-3]', async () => {
    const { subscriber, send, broker } = await subscribed(version, 1, { inFlight: 1 })
    send('one', 'two')
    expect(inWords(subscriber.take())).toEqual(['publish 1 q1 one'])
    expect(broker.stats().messagesQueued).toBe(1)
    subscriber.send(ack('puback', 1))
    expect(inWords(subscriber.take())).toEqual(['publish 2 q1 two'])
    subscriber.send(ack('puback', 2))
    expect(subscriber.take()).toEqual([])
    expect(broker.stats()).toMatchObject({ messagesQueued: 0, messagesOut: 2 })
  })

  it('of QoS 2 goes PUBREC, PUBREL, PUBCOMP [MQTT-4.3.3-2]', async () => {
    const { subscriber, send } = await subscribed(version, 2, { inFlight: 1 })
    send('one', 'two')
    expect(inWords(subscriber.take())).toEqual(['publish 1 q2 one'])
    subscriber.send(ack('pubrec', 1))
    expect(inWords(subscriber.take())).toEqual(['pubrel 1'])
    subscriber.send(ack('pubrec', 1))
    expect(inWords(subscriber.take())).toEqual(['pubrel 1'])
    subscriber.send(ack('pubcomp', 1))
    expect(inWords(subscriber.take())).toEqual(['publish 2 q2 two'])
    subscriber.send(ack('pubcomp', 1), ack('pubcomp', 2))
    expect(subscriber.take()).toEqual([])
  })

  it('that was begun goes on behind UNSUBSCRIBE [MQTT-3.10.4-3]', async () => {
    const { subscriber, client } = await subscribed(version)
    const sender = client('p')
    sender.send(publish('a', 'one', { qos: 1, packetId: 1 }))
    sender.send(publish('a', 'two', { qos: 2, packetId: 2 }))
    subscriber.take()
    subscriber.send({ type: 'unsubscribe', packetId: 9, filters: ['a'] })
    sender.send(publish('a', 'three', { qos: 1, packetId: 3 }))
    subscriber.send(ack('pubrec', 2), ack('puback', 1), ack('pubcomp', 2))
    expect(inWords(subscriber.take())).toEqual(['unsuback 9', 'pubrel 2'])
  })

  it('is not ended by an acknowledgement of the other QoS', async () => {
    const { subscriber, client } = await subscribed(version, 2, { inFlight: 2 })
    const sender = client('p')
    sender.send(publish('a', 'one', { qos: 1, packetId: 1 }))
    sender.send(publish('a', 'two', { qos: 2, packetId: 2 }))
    sender.send(publish('a', 'three', { qos: 1, packetId: 3 }))
    subscriber.take()
    subscriber.send(ack('pubrec', 1), ack('pubcomp', 1), ack('puback', 2), ack('pubcomp', 2))
    const answers = inWords(subscriber.take())
    expect(answers).toEqual([version === 5 ? 'pubrel 1 0x92' : 'pubrel 1'])
    subscriber.send(ack('puback', 1))
    expect(inWords(subscriber.take())).toEqual(['publish 3 q1 three'])
  })

  it('waits in the session beyond the window, and comes in order [MQTT-4.6.0-6]', async () => {
    const { subscriber, send, broker } = await subscribed(version, 1, { inFlight: 3 })
    const texts = Array.from({ length: 500 }, (_, index) => `${index}`)
    send(...texts)
    const got: string[] = []
    for (let packets; (packets = subscriber.take()).length > 0;) {
      expect(packets.length).toBeLessThanOrEqual(3)
      for (const packet of packets) {
        if (packet.type !== 'publish') continue
        got.push(new TextDecoder().decode(packet.payload))
        subscriber.send(ack('puback', packet.packetId))
      }
    }
    expect(got).toEqual(texts)
    expect(broker.stats()).toMatchObject({ messagesQueued: 0, messagesOut: 500 })
  })

  it('may be acknowledged in any order: identifiers in use are left out', async () => {
    const { subscriber, send } = await subscribed(version, 1, { inFlight: 3 })
    send('1', '2', '3', '4', '5', '6')
    expect(inWords(subscriber.take())).toHaveLength(3)
    subscriber.send(ack('puback', 2))
    expect(inWords(subscriber.take())).toEqual(['publish 4 q1 4'])
    subscriber.send(ack('puback', 4), ack('puback', 3))
    expect(inWords(subscriber.take())).toEqual(['publish 5 q1 5', 'publish 6 q1 6'])
  })

  it('never shares its identifier, beyond 65,535 of them [MQTT-2.2.1-4]', async () => {
    const { subscriber, broker } = await subscribed(version, 1, { inFlight: 40 })
    const payload = new Uint8Array()
    const held = new Set<number>()
    for (let count = 0; count < 1_700; count++) {
      for (let each = 0; each < 39; each++) broker.publish({ topic: 'a', payload, qos: 1 })
      const ids = subscriber.take().map((packet) => ('packetId' in packet ? packet.packetId : 0))
      expect(ids).toHaveLength(39)
      for (const id of ids) expect(held.has(id) || id === 0).toBe(false)
      // The first one is never acknowledged.
      if (count === 0) held.add(ids.shift()!)
      subscriber.send(...ids.map((id) => ack('puback', id)))
    }
  })
})

describe('the window', () => {
  it('is the Receive Maximum of an MQTT 5.0 client [MQTT-3.3.4-9] [MQTT-4.9.0-2]', async () => {
    const world = await openWorld()
    const subscriber = world.client('s', lasting(5, { receiveMaximum: 1 }))
    subscriber.send(subscribe({ filter: 'a', qos: 2 }))
    subscriber.take()
    for (const text of ['one', 'two', 'three']) publishText(world, text, 2)
    expect(inWords(subscriber.take())).toEqual(['publish 1 q2 one'])
    subscriber.send(ack('pubrec', 1))
    expect(inWords(subscriber.take())).toEqual(['pubrel 1'])
    subscriber.send(ack('pubcomp', 1))
    expect(inWords(subscriber.take())).toEqual(['publish 2 q2 two'])
    subscriber.send(ack('pubrec', 2, 0x83))
    expect(inWords(subscriber.take())).toEqual(['publish 3 q2 three'])
  })

  it('does not hold up QoS 0 and other packets [MQTT-4.9.0-3] [MQTT-3.3.4-10]', async () => {
    const world = await openWorld()
    const subscriber = world.client('s', lasting(5, { receiveMaximum: 1 }))
    subscriber.send(subscribe({ filter: 'a', qos: 1 }, 'b'))
    subscriber.take()
    publishText(world, 'one', 1)
    publishText(world, 'two', 1)
    world.broker.publish({ topic: 'b', payload: new Uint8Array() })
    subscriber.send({ type: 'pingreq' }, { type: 'unsubscribe', packetId: 1, filters: ['b'] })
    expect(inWords(subscriber.take())).toEqual([
      'publish 1 q1 one',
      'publish q0 ',
      'pingresp',
      'unsuback 1',
    ])
  })

  it('is at most inFlightMax, however much the client takes', async () => {
    const world = await openWorld({ limits: { inFlightMax: 4, inFlightMaxV3: 9 } })
    expect(sentAtOnce(world, 5)).toBe(4)
  })

  it.each([3, 4] as const)('is inFlightMaxV3 in version %i', async (version) => {
    const world = await openWorld({ limits: { inFlightMax: 4, inFlightMaxV3: 9 } })
    expect(sentAtOnce(world, version)).toBe(9)
  })

  it('is 256 messages, and 64 before MQTT 5.0, where nothing else is said', async () => {
    expect(sentAtOnce(await openWorld(), 5)).toBe(256)
    expect(sentAtOnce(await openWorld(), 4)).toBe(64)
  })
})

describe('a PUBREC of 0x80 or above', () => {
  it('is the end of its message, and frees its identifier [MQTT-4.3.3-3]', async () => {
    const { subscriber, send, broker } = await subscribed(5, 2, { inFlight: 1 })
    send('one', 'two')
    subscriber.take()
    subscriber.send(ack('pubrec', 1, 0x97))
    expect(inWords(subscriber.take())).toEqual(['publish 2 q2 two'])
    subscriber.send(ack('pubrec', 1, 0x97), ack('pubcomp', 1), ack('pubrec', 2))
    expect(inWords(subscriber.take())).toEqual(['pubrel 2'])
    expect(broker.stats().messagesQueued).toBe(0)
  })
})

describe('a PUBACK with a Reason Code', () => {
  it.each([0x10, 0x83, 0x97] as const)('of %i is the end of its message too', async (code) => {
    const { subscriber, send } = await subscribed(5, 1, { inFlight: 1 })
    send('one', 'two')
    subscriber.take()
    subscriber.send(ack('puback', 1, code))
    expect(inWords(subscriber.take())).toEqual(['publish 2 q1 two'])
  })
})

describe('a slow client', () => {
  it('loses nothing above QoS 0: it waits in the session', async () => {
    const world = await openWorld({ limits: { outboxBytesMax: 10_000, inFlightMax: 10_000 } })
    const subscriber = world.dial(5, { highWaterMarkBytes: 1_000 })
    subscriber.send(connect({ clientId: 's' }), subscribe({ filter: 'a', qos: 1 }))
    subscriber.take()
    subscriber.transport.freeze()
    const texts = Array.from({ length: 1_000 }, (_, index) => `${index}`.padEnd(100))
    for (const text of texts) {
      publishText(world, text, 1)
      world.clock.settle()
    }
    expect(world.broker.stats().messagesQueued).toBeGreaterThan(800)
    subscriber.transport.thaw()
    expect(subscriber.takeTexts()).toEqual(texts)
    expect(world.broker.stats().messagesQueued).toBe(0)
    expect(world.seen.filter((line) => line.startsWith('dropped'))).toEqual([])
  })

  it('is not overtaken by what is published when it has taken a little', async () => {
    const world = await openWorld({ limits: { outboxBytesMax: 10_000, inFlightMax: 10_000 } })
    const subscriber = world.dial(5, { highWaterMarkBytes: 1_000 })
    subscriber.send(connect({ clientId: 's' }), subscribe({ filter: 'a', qos: 1 }))
    subscriber.take()
    const { transport } = subscriber
    transport.freeze()
    const texts = Array.from({ length: 300 }, (_, index) => `${index}`.padEnd(100))
    const publishOne = (text: string): void => {
      publishText(world, text, 1)
      world.clock.settle()
    }
    for (const text of texts.slice(0, 200)) publishOne(text)
    const readOn = transport.onData
    transport.onData = (chunk) => {
      transport.freeze()
      readOn(chunk)
    }
    transport.thaw()
    world.clock.settle()
    for (const text of texts.slice(200)) publishOne(text)
    transport.onData = readOn
    transport.thaw()
    expect(subscriber.takeTexts()).toEqual(texts)
  })

  it('may take its time for a message that is larger than what may wait', async () => {
    const limits = { outboxBytesMax: 10_000, packetBytesMax: 1_000_000 }
    const world = await openWorld({ limits })
    const subscriber = world.dial(5, { highWaterMarkBytes: 1_000 })
    subscriber.send(connect({ clientId: 's' }), subscribe({ filter: 'a', qos: 1 }))
    subscriber.take()
    subscriber.transport.freeze()
    const texts = ['x', 'y', 'z'].map((letter) => letter.repeat(500_000))
    for (const text of texts) publishText(world, text, 1)
    for (let count = 0; count < 100; count++) subscriber.send({ type: 'pingreq' })
    expect(subscriber.closed).toBeUndefined()
    expect(world.broker.stats().messagesQueued).toBe(2)
    subscriber.transport.thaw()
    expect(subscriber.takeTexts()).toEqual(texts)
  })
})

function publishText({ broker }: World, text: string, qos: QoS): void {
  broker.publish({ topic: 'a', payload: new TextEncoder().encode(text), qos })
}

/** How many of 1,000 messages a client gets before it acknowledges any. */
function sentAtOnce(world: World, version: ProtocolVersion): number {
  const subscriber = world.client('s', { version })
  subscriber.send(subscribe({ filter: 'a', qos: 1 }))
  subscriber.take()
  for (let count = 0; count < 1_000; count++) publishText(world, '', 1)
  return subscriber.take().length
}

async function subscribed(
  version: ProtocolVersion,
  qos: QoS = 2,
  { inFlight = 64 } = {},
): Promise<World & { subscriber: Peer; send: (...texts: readonly string[]) => void }> {
  const world = await openWorld({ limits: { inFlightMax: inFlight, inFlightMaxV3: inFlight } })
  const subscriber = world.client('s', { version })
  subscriber.send(subscribe({ filter: 'a', qos }))
  subscriber.take()
  const send = (...texts: readonly string[]): void => {
    for (const text of texts) publishText(world, text, qos)
  }
  return { ...world, subscriber, send }
}
