// An outbox that waits: bounds, policies, times, and signals.
import { describe, expect, it } from 'vitest'
import { Outbox } from '../src/outbox/outbox.ts'
import { CLOSED, failure, failureCode, FakeLink, isPending, OutboxWorld } from './outbox-world.ts'

describe('the bounds', () => {
  it('count what waits and what is in flight, and refuse what is beyond', async () => {
    const world = new OutboxWorld({ messagesMax: 2 })
    const link = world.connect()
    link.quota = 1
    const first = world.outbox.publish('a', 'one', { qos: 1 })
    void world.outbox.publish('a', 'two', { qos: 1 })
    const error = await failure(world.outbox.publish('a', 'three', { qos: 1 }))
    expect(error).toMatchObject({ code: 'outbox-full' })
    expect(String(error)).toBe(
      'ClientError: Publishing to "a" was not accepted: the outbox holds 2 messages and may hold ' +
        '2. Wait for what was published before, allow more in the options of `outbox`, or ' +
        "publish with offline: 'drop' or 'keep-last', or a timeToLiveMs.",
    )
    world.acknowledge(link)
    await first
    expect(await isPending(world.outbox.publish('a', 'three', { qos: 1 }))).toBe(true)
  })

  it('refuse what goes straight to the link at QoS 1, too, but not at QoS 0', async () => {
    const world = new OutboxWorld({ bytesMax: 5 })
    const link = world.connect()
    const error = await failure(world.outbox.publish('a', '12345', { qos: 1 }))
    expect(String(error)).toContain(
      'it takes 6 bytes, the outbox holds 0 bytes and may hold 5. Wait',
    )
    expect(await world.outbox.publish('a', '12345')).toBe(0)
    expect(link.texts).toEqual(['12345'])
  })

  it('count topics, payloads and properties in bytes', () => {
    const world = new OutboxWorld()
    const properties = {
      contentType: 'text',
      messageExpiryInterval: 60,
      correlationData: new Uint8Array(3),
      userProperty: [['a', 'bc']],
    } as const
    void world.outbox.publish('topic', 'payload', { properties })
    expect(world.statistics.outboxBytes).toBe(5 + 7 + 4 + 4 + 3 + 3)
  })
})

describe('the policy', () => {
  it('wait keeps the order of the calls, whatever the QoS', async () => {
    const world = new OutboxWorld()
    const promises = [0, 1, 0, 2].map((qos, n) =>
      world.outbox.publish('a', `${n}`, { qos: qos as 0 | 1 | 2 }),
    )
    const link = world.connect()
    expect(link.texts).toEqual(['0', '1', '2', '3'])
    world.acknowledge(link)
    world.acknowledge(link)
    expect(await Promise.all(promises)).toEqual([0, 0, 0, 0])
  })

  it('drop rejects at once, and nobody has to listen', async () => {
    const world = new OutboxWorld()
    void world.outbox.publish('a', 'unheard', { offline: 'drop' })
    const error = await failure(world.outbox.publish('a', 'x', { offline: 'drop' }))
    expect(error).toMatchObject({ code: 'offline' })
    expect(String(error)).toBe(
      'ClientError: Publishing to "a" was given up: the client is not connected, and offline: ' +
        "'drop' was asked for.",
    )
    expect(world.connect().sent).toEqual([])
  })

  it('drop is for a message, too, that waits for room when the connection is lost', async () => {
    const world = new OutboxWorld()
    const link = world.connect()
    link.quota = 1
    const sent = world.outbox.publish('a', 'sent', { qos: 1, offline: 'drop' })
    const waits = world.outbox.publish('a', 'waits', { qos: 1, offline: 'drop' })
    world.outbox.lost([])
    expect(await failureCode(waits)).toBe('offline')
    expect(await isPending(sent)).toBe(true)
  })

  it('keep-last drops the one before for this topic, and waits at the end', async () => {
    const world = new OutboxWorld()
    const keepLast = { offline: 'keep-last' } as const
    const first = world.outbox.publish('a', 'first', keepLast)
    const kept = world.outbox.publish('a', 'kept')
    const other = world.outbox.publish('b', 'other', keepLast)
    const second = world.outbox.publish('a', 'second', keepLast)
    const third = world.outbox.publish('a', 'third', keepLast)
    expect(await failureCode(first)).toBe('superseded')
    expect(String(await failure(second))).toBe(
      'ClientError: Publishing to "a" was given up: there is a later one for this topic, and ' +
        "offline: 'keep-last' was asked for.",
    )
    expect(world.connect().texts).toEqual(['kept', 'other', 'third'])
    expect(await Promise.all([kept, other, third])).toEqual([0, 0, 0])
  })

  it('keep-last needs room only for what it adds', async () => {
    const world = new OutboxWorld({ messagesMax: 1, bytesMax: 4 })
    const keepLast = { offline: 'keep-last' } as const
    const first = world.outbox.publish('a', '12', keepLast)
    const second = world.outbox.publish('a', '123', keepLast)
    expect(await failureCode(world.outbox.publish('a', '1234', keepLast))).toBe('outbox-full')
    expect(await failureCode(world.outbox.publish('b', '1', keepLast))).toBe('outbox-full')
    expect(await failureCode(first)).toBe('superseded')
    expect(world.connect().texts).toEqual(['123'])
    expect(await second).toBe(0)
  })

  it('keep-last keeps all that is published while connected, until the connection is lost', async () => {
    const world = new OutboxWorld()
    const link = world.connect()
    link.room = 0
    const promises = ['one', 'two', 'three'].map((text) =>
      world.outbox.publish('a', text, { offline: 'keep-last' }),
    )
    const settled = Promise.allSettled(promises)
    expect(world.statistics.outboxMessages).toBe(3)
    world.outbox.lost([])
    world.outbox.lost([])
    expect(world.statistics.outboxMessages).toBe(1)
    expect(world.connect().texts).toEqual(['three'])
    expect(await settled).toMatchObject([
      { reason: { code: 'superseded' } },
      { reason: { code: 'superseded' } },
      { value: 0 },
    ])
  })

  it('keep-last remembers no topics of what is over', () => {
    const world = new OutboxWorld()
    for (let n = 0; n < 5000; n++) {
      void world.outbox.publish(`${n}`, '', { offline: 'keep-last', timeToLiveMs: 1 })
      world.clock.advance(100)
    }
    void world.outbox.publish('4998', 'new', { offline: 'keep-last' })
    expect(world.statistics.outboxMessages).toBe(1)
    expect(world.connect().texts).toEqual(['new'])
  })
})

describe('the time to live', () => {
  it('ends the waiting of each, with one timer', async () => {
    const world = new OutboxWorld()
    const short = world.outbox.publish('a', 'short', { timeToLiveMs: 1000 })
    const long = world.outbox.publish('a', 'long', { timeToLiveMs: 3000 })
    const endless = world.outbox.publish('a', 'endless')
    const shortest = world.outbox.publish('a', 'shortest', { timeToLiveMs: 10 })
    world.clock.advance(10)
    expect(await failureCode(shortest)).toBe('expired')
    world.clock.advance(989)
    expect(await isPending(short)).toBe(true)
    world.clock.advance(1)
    expect(String(await failure(short))).toBe(
      'ClientError: Publishing to "a" was given up: its timeToLiveMs or its ' +
        'messageExpiryInterval is over, and it could not be sent.',
    )
    expect(await isPending(long)).toBe(true)
    world.clock.advance(2000)
    expect(await failureCode(long)).toBe('expired')
    expect(world.connect().texts).toEqual(['endless'])
    expect(await endless).toBe(0)
  })

  it('ends when the turn comes, if no timer was in time', async () => {
    const world = new OutboxWorld()
    const promise = world.outbox.publish('a', 'x', { timeToLiveMs: 5 })
    const now = world.clock.now.bind(world.clock)
    world.clock.now = () => now() + 6
    expect(world.connect().texts).toEqual([])
    expect(await failureCode(promise)).toBe('expired')
  })

  it('may be longer than a timer can be', async () => {
    const world = new OutboxWorld()
    const promise = world.outbox.publish('a', 'x', { timeToLiveMs: 2 ** 32 })
    world.clock.advance(2 ** 32 - 1)
    expect(await isPending(promise)).toBe(true)
    world.clock.advance(1)
    expect(await failureCode(promise)).toBe('expired')
  })

  it('looks seldom at an outbox that holds much', () => {
    const world = new OutboxWorld()
    for (let n = 0; n < 10_000; n++) {
      void world.outbox.publish('a', '', { timeToLiveMs: 1000 + n / 100 })
    }
    let timers = 0
    const after = world.clock.after.bind(world.clock)
    world.clock.after = (ms, handler) => {
      timers++
      return after(ms, handler)
    }
    world.clock.advance(2000)
    expect(world.statistics.outboxMessages).toBe(0)
    expect(timers).toBeLessThan(5)
  })

  it('leaves no timer behind when the outbox is closed', async () => {
    const world = new OutboxWorld()
    void world.outbox.publish('a', 'x', { timeToLiveMs: 1000 })
    let armed = 0
    const after = world.clock.after.bind(world.clock)
    world.clock.after = (ms, handler) => after(ms, () => [armed++, handler()])
    void world.outbox.publish('a', 'x', { timeToLiveMs: 500 })
    await world.outbox.close(CLOSED)
    world.clock.advance(2000)
    expect(armed).toBe(0)
  })
})

describe('the Message Expiry Interval', () => {
  it('is shorter by the whole seconds that the message has waited', () => {
    const world = new OutboxWorld()
    const properties = { messageExpiryInterval: 10, contentType: 'text' }
    void world.outbox.publish('a', 'x', { properties })
    world.clock.advance(2999)
    void world.outbox.publish('a', 'y', { properties })
    expect(world.connect().sent.map(({ properties }) => properties)).toEqual([
      { messageExpiryInterval: 8, contentType: 'text' },
      { messageExpiryInterval: 10, contentType: 'text' },
    ])
    expect(properties.messageExpiryInterval).toBe(10)
  })

  it('drops a message that has waited for all of it', async () => {
    const world = new OutboxWorld()
    const promise = world.outbox.publish('a', 'x', { properties: { messageExpiryInterval: 2 } })
    world.clock.advance(2000)
    expect(await failureCode(promise)).toBe('expired')
    expect(world.connect().sent).toEqual([])
  })

  it('is shorter, too, when the message is sent again, and drops nothing that was sent', () => {
    const world = new OutboxWorld()
    const link = world.connect()
    void world.outbox.publish('a', 'x', { qos: 1, properties: { messageExpiryInterval: 10 } })
    world.outbox.lost([])
    world.clock.advance(4000)
    world.connect()
    expect(link.inFlight[0]!.properties).toEqual({ messageExpiryInterval: 6 })
    world.outbox.lost([])
    world.clock.advance(60_000)
    world.connect()
    expect(link.inFlight[0]!.properties).toEqual({ messageExpiryInterval: 1 })
    expect(world.statistics.outboxMessages).toBe(1)
  })
})

describe('a signal', () => {
  it('that is aborted keeps a message from being published', async () => {
    const world = new OutboxWorld()
    const link = world.connect()
    const signal = AbortSignal.abort('reason')
    expect(await failure(world.outbox.publish('a', 'x', { signal }))).toBe('reason')
    expect(link.sent).toEqual([])
  })

  it('takes back what waits, and nobody has to listen', async () => {
    const world = new OutboxWorld()
    const controller = new AbortController()
    const { signal } = controller
    void world.outbox.publish('a', 'unheard', { signal })
    const promise = world.outbox.publish('a', 'x', { signal })
    const other = world.outbox.publish('a', 'other')
    controller.abort('reason')
    expect(await failure(promise)).toBe('reason')
    expect(world.statistics.outboxMessages).toBe(1)
    expect(world.connect().texts).toEqual(['other'])
    expect(await other).toBe(0)
  })

  it('rejects what is in flight, which the server may still take', async () => {
    const world = new OutboxWorld()
    const link = world.connect()
    const controller = new AbortController()
    const promise = world.outbox.publish('a', 'x', { qos: 1, signal: controller.signal })
    controller.abort('reason')
    expect(await failure(promise)).toBe('reason')
    expect(world.statistics.outboxMessages).toBe(1)
    world.acknowledge(link)
    expect(world.statistics.outboxMessages).toBe(0)
  })

  it('keeps what was in flight from being sent anew when the session is gone', async () => {
    const world = new OutboxWorld()
    const link = world.connect()
    const controller = new AbortController()
    const promise = world.outbox.publish('a', 'x', { qos: 1, signal: controller.signal })
    controller.abort('reason')
    expect(await failure(promise)).toBe('reason')
    world.outbox.lost(link.inFlight)
    expect(world.statistics.outboxMessages).toBe(0)
    expect(world.connect().sent).toEqual([])
  })

  it('is not listened to any more when the outcome is known', async () => {
    const world = new OutboxWorld()
    const link = world.connect()
    const { signal } = new AbortController()
    let listeners = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...call: unknown[]) => {
      listeners++
      Reflect.apply(add, signal, call)
    }
    signal.removeEventListener = (...call: unknown[]) => {
      listeners--
      Reflect.apply(remove, signal, call)
    }
    await world.outbox.publish('a', 'straight', { signal })
    expect(listeners).toBe(0)
    const first = world.outbox.publish('a', 'x', { qos: 1, signal })
    const second = world.outbox.publish('a', 'x', { qos: 1, signal })
    expect(listeners).toBe(2)
    world.acknowledge(link)
    await first
    expect(listeners).toBe(1)
    await world.outbox.close(CLOSED)
    expect(await failure(second)).toBe(CLOSED)
    expect(listeners).toBe(0)
  })
})

describe('what no server can be sent', () => {
  it('is refused before it waits', async () => {
    const world = new OutboxWorld()
    const properties = { messageExpiryInterval: -1 }
    const error = await failure(world.outbox.publish('a', 'x', { qos: 1, properties }))
    expect(error).toMatchObject({ code: 'not-allowed' })
    expect(String(error)).toContain('messageExpiryInterval must be a whole number')
    expect(world.statistics.outboxMessages).toBe(0)
  })
})

describe('the end', () => {
  it('rejects all that is left, and what comes later, and nobody has to listen', async () => {
    const world = new OutboxWorld()
    world.connect()
    const inFlight = world.outbox.publish('a', 'x', { qos: 1 })
    world.outbox.lost([])
    const waiting = world.outbox.publish('a', 'y')
    const settled = world.outbox.settled()
    await Promise.all([world.outbox.close(CLOSED), world.outbox.close(CLOSED)])
    expect(await failure(inFlight)).toBe(CLOSED)
    expect(await failure(waiting)).toBe(CLOSED)
    expect(await failure(world.outbox.publish('a', 'z'))).toBe(CLOSED)
    await settled
    await world.outbox.settled()
    expect(world.statistics).toMatchObject({ outboxMessages: 0, outboxBytes: 0 })
    world.outbox.flush()
    expect(world.connect(new FakeLink()).sent).toEqual([])
  })

  it('is waited for by settled, until nothing waits and nothing is in flight', async () => {
    const world = new OutboxWorld()
    await world.outbox.settled()
    void world.outbox.publish('a', 'x')
    void world.outbox.publish('a', 'y', { qos: 1 })
    const settled = world.outbox.settled()
    expect(await isPending(settled)).toBe(true)
    const link = world.connect()
    expect(await isPending(settled)).toBe(true)
    world.acknowledge(link)
    await settled
  })

  it('tells the time of day by Date.now if it is told nothing else', () => {
    const { clock, statistics } = new OutboxWorld()
    expect(new Outbox({ options: undefined, clock, statistics }).settled()).toBeInstanceOf(Promise)
  })
})
