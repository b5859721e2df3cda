// A publisher and a subscriber whose connections break at any moment, while neither loses its
// session: QoS 2 arrives exactly once, QoS 1 at least once, and both in order (§4.3, §4.6).

import type { Packet, ProtocolVersion, PublishPacket } from '@godwit/codec'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { ack, lasting } from './lasting.ts'
import { connect, openWorld, publish, subscribe } from './peer.ts'
import type { Peer, World } from './peer.ts'

const QUOTA = 5

it('whatever breaks, QoS 2 comes once and QoS 1 comes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps(), { minLength: 5, maxLength: 60 }), async (sequence) => {
      const world = await openWorld({
        limits: { inFlightMax: QUOTA, inFlightMaxV3: QUOTA, receiveMaximum: 20 },
        systemTopicsEveryMs: 0,
      })
      const publisher = new Publisher(world)
      const subscriber = new Subscriber(world)
      subscriber.connect(5)
      subscriber.lose()
      for (const step of sequence) carryOut(step, publisher, subscriber)
      publisher.connect(5)
      subscriber.connect(5)
      for (let round = 0; round < 200 && !publisher.isDone; round++) publisher.goOn()
      for (let round = 0; round < 200; round++) subscriber.acknowledge(QUOTA)
      expect(publisher.isDone).toBe(true)
      const { sent } = publisher
      const twos = subscriber.got.filter((text) => text.startsWith('q2'))
      expect(twos).toEqual(sent.filter((text) => text.startsWith('q2')))
      expect([...new Set(subscriber.got)]).toEqual(sent)
      // A resent PUBREL is beside the quota, and none has more than one answer outstanding.
      expect(subscriber.owedMax).toBeLessThanOrEqual(2 * QUOTA)
      expect(world.broker.stats()).toMatchObject({ messagesQueued: 0 })
      expect(world.seen.filter((line) => /fault|dropped|0x8[1-9]|0x9/.test(line))).toEqual([])
    }),
    { numRuns: 300 },
  )
})

interface Step {
  readonly do: 'publish' | 'go on' | 'lose answers' | 'cut' | 'connect' | 'acknowledge'
  readonly side: 'publisher' | 'subscriber'
  readonly qos: 1 | 2
  readonly count: number
  readonly version: ProtocolVersion
}

function steps(): fc.Arbitrary<Step> {
  return fc.record({
    do: fc.constantFrom(
      'publish',
      'publish',
      'go on',
      'lose answers',
      'cut',
      'connect',
      'acknowledge',
    ),
    side: fc.constantFrom('publisher', 'subscriber'),
    qos: fc.constantFrom(1, 2),
    count: fc.integer({ min: 1, max: 6 }),
    version: fc.constantFrom<ProtocolVersion>(3, 4, 5),
  })
}

function carryOut(step: Step, publisher: Publisher, subscriber: Subscriber): void {
  const end = step.side === 'publisher' ? publisher : subscriber
  switch (step.do) {
    case 'publish':
      for (let count = 0; count < step.count; count++) publisher.publish(step.qos)
      break
    case 'go on':
      publisher.goOn()
      break
    case 'acknowledge':
      subscriber.acknowledge(step.count)
      break
    case 'lose answers':
      end.freeze()
      if (end === publisher) publisher.publish(step.qos)
      publisher.goOn()
      end.lose()
      break
    case 'cut':
      end.lose()
      break
    case 'connect':
      end.connect(step.version)
      break
  }
}

/** One end of a session that survives its connections. */
class End {
  protected peer: Peer | undefined
  readonly #world: World
  readonly #clientId: string

  constructor(world: World, clientId: string) {
    this.#world = world
    this.#clientId = clientId
  }

  connect(version: ProtocolVersion): void {
    this.peer = this.#world.dial(version)
    this.peer.send(connect({ clientId: this.#clientId, ...lasting(version) }))
  }

  /** From here on nothing comes, though everything goes. */
  freeze(): void {
    this.peer?.transport.freeze()
  }

  lose(): void {
    this.peer?.transport.cut()
    this.peer = undefined
    this.#world.clock.settle()
  }

  protected take(): readonly Packet[] {
    return this.peer?.take() ?? []
  }
}

/** Publishes numbered texts, at most 15 of them unfinished. */
class Publisher extends End {
  readonly sent: string[] = []
  #packetId = 0
  #unfinished: { message: PublishPacket; released: boolean }[] = []

  constructor(world: World) {
    super(world, 'publisher')
  }

  get isDone(): boolean {
    return this.#unfinished.length === 0
  }

  override connect(version: ProtocolVersion): void {
    super.connect(version)
    this.peer?.send(
      ...this.#unfinished.map(({ message, released }) =>
        released ? ack('pubrel', message.packetId) : { ...message, dup: true },
      ),
    )
  }

  publish(qos: 1 | 2): void {
    if (this.peer === undefined || this.#unfinished.length >= 15) return
    const text = `q${qos} ${this.sent.length}`
    do this.#packetId = 1 + (this.#packetId % 40)
    while (this.#unfinished.some(({ message }) => message.packetId === this.#packetId))
    const message = publish('a', text, { qos, packetId: this.#packetId })
    this.sent.push(text)
    this.#unfinished.push({ message, released: false })
    this.peer.send(message)
  }

  /** Reads answers, and answers those. */
  goOn(): void {
    for (const packet of this.take()) {
      if (!('packetId' in packet)) continue
      const { type, packetId } = packet
      const one = this.#unfinished.find(({ message }) => message.packetId === packetId)
      if (one === undefined) continue
      if (type === 'pubrec') {
        one.released = true
        this.peer?.send(ack('pubrel', packetId))
      } else if (type === 'puback' || (type === 'pubcomp' && one.released)) {
        this.#unfinished = this.#unfinished.filter((other) => other !== one)
      }
    }
  }
}

/** Notes what it gets, and acknowledges it a little later. */
class Subscriber extends End {
  readonly got: string[] = []
  /** The most that it owed an answer for at a time. */
  owedMax = 0
  readonly #received = new Set<number>()
  #owed: Packet[] = []

  constructor(world: World) {
    super(world, 'subscriber')
  }

  override connect(version: ProtocolVersion): void {
    this.#owed = []
    super.connect(version)
    if (this.got.length === 0) this.peer?.send(subscribe({ filter: 'a', qos: 2 }))
    this.#read()
  }

  override lose(): void {
    this.#owed = []
    super.lose()
  }

  acknowledge(count: number): void {
    this.#read()
    const answers = this.#owed.splice(0, count)
    if (this.peer !== undefined && answers.length > 0) this.peer.send(...answers)
    this.#read()
  }

  #read(): void {
    for (const packet of this.take()) {
      if (packet.type === 'pubrel') {
        this.#received.delete(packet.packetId)
        this.#owed.push(ack('pubcomp', packet.packetId))
      } else if (packet.type === 'publish') {
        const { packetId, qos, payload } = packet
        const isNew = qos === 1 || !this.#received.has(packetId)
        if (isNew) this.got.push(new TextDecoder().decode(payload))
        if (qos === 2) this.#received.add(packetId)
        this.#owed.push(ack(qos === 1 ? 'puback' : 'pubrec', packetId))
        this.owedMax = Math.max(this.owedMax, this.#owed.length)
      }
    }
  }
}
