// An outbox that is connected: straight to the link, in order, as far as room and quota go.
import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { ClientError } from '../src/errors.ts'
import {
  CLOSED,
  failure,
  failureCode,
  FakeLink,
  FORBIDDEN,
  isPending,
  OutboxWorld,
} from './outbox-world.ts'

describe('publishing while connected', () => {
  it('sends in the same call, and QoS 0 is over then', async () => {
    const world = new OutboxWorld()
    const link = world.connect()
    const first = world.outbox.publish('a', 'one')
    expect(link.sent).toEqual([{ topic: 'a', text: 'one' }])
    expect(await first).toBe(ReasonCode.Success)
    expect(await world.outbox.publish('a', new Uint8Array([0x32]))).toBe(ReasonCode.Success)
    expect(link.texts).toEqual(['one', '2'])
    expect(world.statistics).toMatchObject({ messagesSent: 2, outboxMessages: 0, outboxBytes: 0 })
  })

  it('resolves QoS 1 with the code of PUBACK', async () => {
    const world = new OutboxWorld()
    const link = world.connect()
    const promise = world.outbox.publish('a', 'one', { qos: 1 })
    expect(link.texts).toEqual(['one'])
    expect(world.statistics).toMatchObject({ messagesSent: 0, outboxMessages: 1, outboxBytes: 4 })
    expect(await isPending(promise)).toBe(true)
    world.acknowledge(link, ReasonCode.NoMatchingSubscribers)
    expect(await promise).toBe(ReasonCode.NoMatchingSubscribers)
    expect(world.statistics).toMatchObject({ messagesSent: 1, outboxMessages: 0, outboxBytes: 0 })
  })

  it('resolves QoS 2 with PUBCOMP, even of a server that has forgotten the identifier', async () => {
    const world = new OutboxWorld()
    const link = world.connect()
    const promises = ['one', 'two'].map((text) => world.outbox.publish('a', text, { qos: 2 }))
    world.acknowledge(link)
    world.acknowledge(link, ReasonCode.PacketIdentifierNotFound)
    expect(await Promise.all(promises)).toEqual([0, 0])
  })

  it('rejects what the server refuses, with its words', async () => {
    const world = new OutboxWorld()
    const link = world.connect()
    const promise = world.outbox.publish('a', 'one', { qos: 2 })
    world.answer(link.inFlight[0]!, {
      type: 'pubrec',
      packetId: 1,
      reasonCode: ReasonCode.NotAuthorized,
      properties: { reasonString: 'no' },
    })
    const error = await failure(promise)
    expect(error).toBeInstanceOf(ClientError)
    expect(error).toMatchObject({ code: 'publish-refused', reasonCode: 0x87, reasonString: 'no' })
    expect(String(error)).toMatch(/^ClientError: Publishing to "a" was refused: Not authorized/)
    expect(world.statistics).toMatchObject({ messagesSent: 0, outboxMessages: 0 })
  })

  it('passes on the time to live of what it sends at once, and never expires it', async () => {
    const world = new OutboxWorld()
    const link = world.connect()
    const promise = world.outbox.publish('a', 'one', { qos: 1, timeToLiveMs: 10 })
    world.clock.advance(1000)
    expect(await isPending(promise)).toBe(true)
    world.acknowledge(link)
    expect(await promise).toBe(0)
  })
})

describe('what this server may not be sent', () => {
  it.each([0, 1] as const)('is rejected at QoS %i, and the rest goes on', async (qos) => {
    const world = new OutboxWorld()
    const link = world.connect()
    const error = await failure(world.outbox.publish('forbidden', 'x', { qos }))
    expect(error).toMatchObject({
      code: 'not-allowed',
      reasonCode: ReasonCode.RetainNotSupported,
      reasonName: 'Retain not supported',
      statement: 'MQTT-3.2.2-14',
      cause: FORBIDDEN,
    })
    expect(String(error)).toBe(
      'ClientError: Publishing to "forbidden" is not possible: The server retains no messages ' +
        '[MQTT-3.2.2-14].',
    )
    expect(world.statistics.outboxMessages).toBe(0)
    expect(await world.outbox.publish('a', 'y')).toBe(0)
    expect(link.texts).toEqual(['y'])
  })

  it('is rejected when its turn comes, if it waited, and the rest goes on', async () => {
    const world = new OutboxWorld()
    const promises = ['forbidden', 'broken', 'a'].map((topic) => world.outbox.publish(topic, topic))
    const settled = Promise.allSettled(promises)
    const link = world.connect()
    expect(link.texts).toEqual(['a'])
    expect(await settled).toMatchObject([
      { reason: { code: 'not-allowed' } },
      { reason: { message: 'broken' } },
      { value: 0 },
    ])
  })

  it('is rejected when it was in flight and cannot be sent again, and only once', async () => {
    const world = new OutboxWorld()
    const link = world.connect()
    const promise = world.outbox.publish('a', 'x', { qos: 2 })
    const [publication] = link.inFlight
    world.outbox.refused(publication!, FORBIDDEN)
    expect(await failureCode(promise)).toBe('not-allowed')
    world.acknowledge(link)
    world.outbox.refused(publication!, FORBIDDEN)
    expect(world.statistics).toMatchObject({ messagesSent: 0, outboxMessages: 0, outboxBytes: 0 })
  })
})

describe('room and quota', () => {
  it('keeps the order when there is none', async () => {
    const world = new OutboxWorld()
    const link = world.connect()
    link.quota = 1
    const promises = [1, 1, 0, 2].map((qos, n) =>
      world.outbox.publish('a', `${n}`, { qos: qos as 0 | 1 | 2 }),
    )
    expect(link.texts).toEqual(['0'])
    world.acknowledge(link)
    expect(link.texts).toEqual(['0', '1', '2'])
    world.acknowledge(link)
    expect(link.texts).toEqual(['0', '1', '2', '3'])
    world.acknowledge(link)
    expect(await Promise.all(promises)).toEqual([0, 0, 0, 0])
  })

  it('holds QoS 0 back while the transport takes no more, and resolves it when it is sent', async () => {
    const world = new OutboxWorld()
    const link = world.connect()
    link.room = 1
    const [first, second] = ['one', 'two'].map((text) => world.outbox.publish('a', text))
    expect(await first).toBe(0)
    expect(await isPending(second!)).toBe(true)
    expect(world.statistics.outboxMessages).toBe(1)
    link.room = 1
    world.outbox.flush()
    expect(await second).toBe(0)
    expect(link.texts).toEqual(['one', 'two'])
    expect(world.statistics.outboxMessages).toBe(0)
  })

  it('sends 1,000 of what waited in a turn, and never more than there is room for', async () => {
    const world = new OutboxWorld()
    const promises = Array.from({ length: 2500 }, (_, n) => world.outbox.publish('a', `${n}`))
    const link = world.connect()
    expect(link.sent).toHaveLength(2500)
    const again = Array.from({ length: 1001 }, (_, n) => {
      link.room = 0
      return world.outbox.publish('a', `${n}`)
    })
    link.room = Infinity
    world.outbox.flush()
    expect(link.sent).toHaveLength(3500)
    const late = world.outbox.publish('a', 'late')
    expect(link.texts.at(-1)).toBe('999')
    world.clock.settle()
    expect(link.texts.slice(-2)).toEqual(['1000', 'late'])
    await Promise.all([...promises, ...again, late])
  })

  it('respects quota and room when 100,000 messages wait', () => {
    const world = new OutboxWorld()
    for (let n = 0; n < 100_000; n++) void world.outbox.publish('a', `${n}`, { qos: 1 })
    const link = new FakeLink()
    link.quota = 20
    world.connect(link)
    expect(link.sent).toHaveLength(20)
    for (let n = 0; n < 50; n++) world.acknowledge(link)
    link.room = 3
    for (let n = 0; n < 10; n++) world.acknowledge(link)
    expect(link.texts).toEqual(Array.from({ length: 73 }, (_, n) => `${n}`))
    expect(world.statistics.outboxMessages).toBe(100_000 - 60)
  })
})

describe('a call from inside', () => {
  it('publishes behind what is being flushed', () => {
    const world = new OutboxWorld()
    void world.outbox.publish('a', 'one')
    void world.outbox.publish('a', 'two')
    const link = world.connect()
    link.sent.length = 0
    link.room = 0
    void world.outbox.publish('a', 'three')
    link.room = Infinity
    link.meanwhile = () => {
      link.meanwhile = undefined
      void world.outbox.publish('a', 'four')
      world.outbox.flush()
      expect(link.texts).toEqual(['three'])
    }
    world.outbox.flush()
    expect(link.texts).toEqual(['three', 'four'])
  })

  it('publishes from a promise that continues', async () => {
    const world = new OutboxWorld()
    const link = world.connect()
    link.quota = 1
    const first = world.outbox.publish('a', 'one', { qos: 1 })
    void world.outbox.publish('a', 'two', { qos: 1 })
    const third = first.then(() => world.outbox.publish('a', 'three', { qos: 1 }))
    world.acknowledge(link)
    await first
    world.acknowledge(link)
    await Promise.resolve()
    world.acknowledge(link)
    expect(await third).toBe(0)
    expect(link.texts).toEqual(['one', 'two', 'three'])
  })

  it('bears the loss of the connection, and of the session, in the middle of sending', async () => {
    const world = new OutboxWorld()
    const link = world.connect()
    link.meanwhile = () => world.outbox.lost([...link.inFlight])
    const promise = world.outbox.publish('a', 'one', { qos: 1, offline: 'drop' })
    const next = world.connect()
    expect(next.texts).toEqual(['one'])
    world.acknowledge(next)
    expect(await promise).toBe(0)
  })

  it('bears being closed in the middle of sending', async () => {
    const world = new OutboxWorld()
    const link = world.connect()
    link.room = 0
    const promise = world.outbox.publish('a', 'one')
    link.room = 1
    link.meanwhile = () => void world.outbox.close(CLOSED)
    world.outbox.flush()
    expect(await failure(promise)).toBe(CLOSED)
    expect(world.statistics).toMatchObject({ messagesSent: 0, outboxMessages: 0 })
  })
})

describe('misuse', () => {
  it.each([
    ['a/#', 'x', {}, 'A Topic Name holds no wildcard [MQTT-4.7.0-1], got "a/#"'],
    ['', 'x', {}, 'A Topic Name or Topic Filter has at least one character [MQTT-4.7.3-1], got ""'],
    [5, 'x', {}, 'A Topic Name is a string, got 5'],
    ['a', 5, {}, 'A payload is a string or a Uint8Array, got 5'],
    ['a', null, {}, 'A payload is a string or a Uint8Array, got null'],
    ['a', {}, {}, 'A payload is a string or a Uint8Array, got an object'],
    ['a', () => 0, {}, 'A payload is a string or a Uint8Array, got a function'],
    ['a', 'x', { qos: 3 }, 'A QoS is 0, 1 or 2, got 3'],
    ['a', 'x', { timeToLiveMs: -1 }, 'timeToLiveMs is a number of milliseconds from 0 on, got -1'],
    ['a', 'x', { offline: 'later' }, "offline is 'wait', 'drop' or 'keep-last', got \"later\""],
  ])('of %j, %j, %j is a TypeError', async (topic, payload, options, sentence) => {
    const world = new OutboxWorld()
    const publish = world.outbox.publish.bind(world.outbox) as (...values: unknown[]) => unknown
    const error = await failure(publish(topic, payload, options) as Promise<unknown>)
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toHaveProperty('message', sentence)
  })

  it('of a bound is a RangeError', () => {
    expect(() => new OutboxWorld({ messagesMax: 0 })).toThrow(
      new RangeError('outbox.messagesMax is a number above 0, got 0'),
    )
    expect(() => new OutboxWorld({ bytesMax: Number.NaN })).toThrow(RangeError)
  })
})
