/** Reading a stream: order, acknowledgement, bounds, ends. */
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { FakeLink, frameOf, readerOf, SubscriptionWorld, textsOf } from './subscription-world.ts'
import type { SubscribeOptions } from '../src/options.ts'
import type { Message } from '../src/message.ts'
import type { MessageStream } from '../src/subscriptions/message-stream.ts'

/** A stream on `a`, and messages that come for it. */
async function subscribed(options: SubscribeOptions = {}) {
  const world = new SubscriptionWorld()
  world.connect()
  const stream = await world.subscribe('a', options)
  let packetId = 0
  const send = (qos: 0 | 1 | 2, text: string): void => {
    world.deliver({ topic: 'a', qos, text, packetId: qos === 0 ? 0 : ++packetId }, 'a')
  }
  return { world, stream, send, reader: readerOf(stream) }
}

async function nextOf(reader: AsyncIterator<Message, undefined>): Promise<Message> {
  const result = await reader.next()
  if (result.done === true) throw new Error('The stream has ended')
  return result.value
}

describe('a message', () => {
  it('is what was published', async () => {
    const { world, reader } = await subscribed({ qos: 1 })
    const properties = { contentType: 'text/plain', userProperty: [['k', 'v']] } as const
    const next = reader.next()
    world.deliver({ topic: 'a', text: 'x' })
    expect((await next).value).toMatchObject({ topic: 'a', qos: 0, retain: false, dup: false })
    const flags = { qos: 1, packetId: 7, retain: true, dup: true } as const
    world.subscriptions.deliver(
      frameOf({ topic: 'a', text: 'ä', ...flags, properties }),
      world.link,
    )
    const message = await nextOf(reader)
    expect(message).toMatchObject({ topic: 'a', qos: 1, retain: true, dup: true, properties })
    expect(message.payload).toEqual(new Uint8Array([0xc3, 0xa4]))
    expect(message.payload).toBe(message.payload)
    expect(message.text()).toBe('ä')
  })

  it('is read as text and as JSON', async () => {
    const { send, reader } = await subscribed()
    send(0, '{"on":[1]}')
    send(0, 'off')
    expect((await nextOf(reader)).json()).toEqual({ on: [1] })
    const other = await nextOf(reader)
    expect(() => other.json()).toThrow(SyntaxError)
  })

  it('is shown with all that is in it', async () => {
    const { send, reader } = await subscribed()
    send(0, 'x')
    const shown = inspect(await nextOf(reader))
    expect(shown).toContain("topic: 'a'")
    expect(shown).toContain('payload: Uint8Array(1) [ 120 ]')
    expect(shown).toContain('qos: 0')
  })

  it('counts as QoS 0 where no more was asked for, and is acknowledged at once', async () => {
    const { send, reader, world } = await subscribed({ qos: 0 })
    send(1, 'x')
    expect(world.link.taken).toEqual([1])
    expect((await nextOf(reader)).qos).toBe(0)
    void reader.next()
    expect(world.link.taken).toEqual([1])
  })
})

describe('acknowledging when the next is asked for', () => {
  it('takes the message that was handed out before, and no other', async () => {
    const { send, reader, world } = await subscribed({ qos: 2 })
    send(1, 'x')
    send(2, 'y')
    send(1, 'z')
    await nextOf(reader)
    expect(world.link.taken).toEqual([])
    await nextOf(reader)
    expect(world.link.taken).toEqual([1])
    await nextOf(reader)
    expect(world.link.taken).toEqual([1, 2])
    void reader.next()
    expect(world.link.taken).toEqual([1, 2, 3])
  })

  it('serves several readers in the order in which they asked', async () => {
    const { send, reader, world } = await subscribed({ qos: 1 })
    const asked = [reader.next(), reader.next(), reader.next()]
    for (const text of ['x', 'y', 'z']) send(1, text)
    const answers = await Promise.all(asked)
    expect(answers.map(({ value }) => value?.text())).toEqual(['x', 'y', 'z'])
    expect(world.link.taken).toEqual([])
    void reader.next()
    expect(world.link.taken).toEqual([1, 2, 3])
  })

  it('takes the message in hand when the loop is left, and the others when it is over', async () => {
    const { send, stream, reader, world } = await subscribed({ qos: 1 })
    for (const text of ['x', 'y', 'z']) send(1, text)
    await nextOf(reader)
    const left = reader.return?.()
    expect(world.link.taken).toEqual([1])
    expect(world.link.said).toEqual(['+1 a', '-a'])
    world.answer()
    expect(await left).toEqual({ done: true, value: undefined })
    expect(world.link.taken).toEqual([1, 2, 3])
    expect(await reader.next()).toEqual({ done: true, value: undefined })
    await stream.close()
    expect(world.link.settled).toHaveLength(3)
  })

  it('does so when a reader throws into it, and gives the error back', async () => {
    const { send, reader, world } = await subscribed({ qos: 1 })
    send(1, 'x')
    await nextOf(reader)
    const thrown = reader.throw?.(new Error('mine'))
    expect(world.link.taken).toEqual([1])
    world.answer()
    await expect(thrown).rejects.toThrow('mine')
    expect(await reader.next()).toEqual({ done: true, value: undefined })
  })

  it('takes no notice of `acknowledge`', async () => {
    const { send, reader, world } = await subscribed({ qos: 1 })
    send(1, 'x')
    const message = await nextOf(reader)
    message.acknowledge(0x87)
    expect(world.link.settled).toEqual([])
    void reader.next()
    expect(world.link.settled).toEqual([[1, 0]])
  })
})

describe('acknowledging by hand', () => {
  it('takes a message once, in any order, or refuses it', async () => {
    const { send, reader, world } = await subscribed({ qos: 2, acknowledge: 'manual' })
    send(1, 'x')
    send(2, 'y')
    send(0, 'z')
    const [x, y, z] = [await nextOf(reader), await nextOf(reader), await nextOf(reader)]
    void reader.next()
    expect(world.link.settled).toEqual([])
    y.acknowledge(0x97)
    y.acknowledge()
    x.acknowledge()
    x.acknowledge(0x80)
    z.acknowledge()
    expect(world.link.settled).toEqual([
      [2, 0x97],
      [1, 0],
    ])
  })

  it('leaves what was handed out to whoever has it, even when the stream is closed', async () => {
    const { send, stream, reader, world } = await subscribed({ qos: 1, acknowledge: 'manual' })
    send(1, 'x')
    send(1, 'y')
    const message = await nextOf(reader)
    const closing = stream.close()
    world.answer()
    await closing
    expect(world.link.taken).toEqual([2])
    message.acknowledge()
    expect(world.link.taken).toEqual([2, 1])
  })

  it.each([1, 0x10, 0x7f, 0x82, 0xff])('refuses the code %i, which says neither', async (code) => {
    const { send, reader } = await subscribed({ qos: 1, acknowledge: 'manual' })
    send(1, 'x')
    const message = await nextOf(reader)
    expect(() => message.acknowledge(code as 0)).toThrow(TypeError)
    expect(() => message.acknowledge(code as 0)).toThrow(`got ${code}`)
  })
})

describe('a stream that is full', () => {
  it('is so when the turn is over: a reader that keeps up misses nothing', async () => {
    const { send, stream, world } = await subscribed({ messagesMax: 2 })
    const texts = Array.from({ length: 5000 }, (_, at) => `${at}`)
    for (const text of texts) send(0, text)
    expect(await textsOf(stream)).toEqual(texts)
    world.clock.settle()
    expect(stream.dropped).toBe(0)
  })

  it('takes no more than 16,384 beyond it in a turn', async () => {
    const { send, stream, world } = await subscribed({ messagesMax: 2, whenFull: 'drop-newest' })
    for (let count = 0; count < 20_000; count++) send(0, `${count}`)
    expect(stream.dropped).toBe(20_000 - 16_384 - 2)
    world.clock.settle()
    expect(stream.dropped).toBe(20_000 - 2)
    expect(world.statistics.messagesDropped).toBe(20_000 - 2)
    expect(await textsOf(stream)).toEqual(['0', '1'])
  })

  it('drops the oldest messages of QoS 0, and counts them', async () => {
    const { send, stream, world } = await subscribed({ messagesMax: 2 })
    for (const text of ['v', 'w', 'x', 'y']) send(0, text)
    world.clock.settle()
    expect(stream.dropped).toBe(2)
    expect(world.statistics.messagesDropped).toBe(2)
    expect(await textsOf(stream)).toEqual(['x', 'y'])
  })

  it('drops the newest if told so', async () => {
    const { send, stream, world } = await subscribed({ messagesMax: 2, whenFull: 'drop-newest' })
    for (const text of ['v', 'w', 'x', 'y']) send(0, text)
    world.clock.settle()
    expect(stream.dropped).toBe(2)
    expect(await textsOf(stream)).toEqual(['v', 'w'])
  })

  it('is so, too, when its messages are too large', async () => {
    const { send, stream, world } = await subscribed({ bytesMax: 1000 })
    for (const text of ['v', 'w', 'x', 'y']) send(0, text.repeat(400))
    world.clock.settle()
    expect(stream.dropped).toBe(2)
    send(0, 'z'.repeat(2000))
    world.clock.settle()
    expect(stream.dropped).toBe(4)
    expect(await textsOf(stream)).toEqual(['z'.repeat(2000)])
  })

  it('drops none above QoS 0: the oldest of QoS 0 gives way to it', async () => {
    const { send, stream, world } = await subscribed({ messagesMax: 3, qos: 1 })
    send(1, 'p')
    send(0, 'x')
    send(0, 'y')
    send(1, 'q')
    send(0, 'z')
    world.clock.settle()
    expect(stream.dropped).toBe(2)
    expect(await textsOf(stream)).toEqual(['p', 'q', 'z'])
  })

  it('or the newest of QoS 0, if told so', async () => {
    const { send, stream, world } = await subscribed({
      messagesMax: 3,
      qos: 1,
      whenFull: 'drop-newest',
    })
    send(1, 'p')
    send(0, 'x')
    send(0, 'y')
    send(1, 'q')
    send(0, 'z')
    world.clock.settle()
    expect(stream.dropped).toBe(2)
    expect(await textsOf(stream)).toEqual(['p', 'x', 'q'])
  })

  it('drops what comes at QoS 0 where nothing else may give way', async () => {
    const { send, stream, world } = await subscribed({ messagesMax: 1, qos: 1 })
    send(1, 'p')
    send(1, 'q')
    send(0, 'x')
    world.clock.settle()
    expect(stream.dropped).toBe(1)
    expect(world.statistics.messagesDropped).toBe(1)
    expect(await textsOf(stream)).toEqual(['p', 'q'])
  })

  it('keeps the order of what stays', async () => {
    const { send, stream, world } = await subscribed({ messagesMax: 4, qos: 1 })
    for (const [qos, text] of [
      [0, 'a'],
      [1, 'b'],
      [0, 'c'],
      [1, 'd'],
      [0, 'e'],
      [1, 'f'],
    ] as const) {
      send(qos, text)
    }
    world.clock.settle()
    expect(await textsOf(stream)).toEqual(['b', 'd', 'e', 'f'])
  })

  it('holds any number above QoS 0: the server keeps within what it was told', async () => {
    const { send, stream } = await subscribed({ messagesMax: 1, qos: 1 })
    for (let count = 0; count < 3000; count++) send(1, `${count}`)
    expect(stream.dropped).toBe(0)
    expect(await textsOf(stream)).toEqual(Array.from({ length: 3000 }, (_, at) => `${at}`))
  })
})

describe('the bytes of a message', () => {
  it('are copied out of their chunk where they wait when the turn is over', async () => {
    const { world, reader } = await subscribed()
    const frames = ['x', 'y', 'z'].map((text) => frameOf({ topic: 'a', text }))
    const chunks = frames.map(({ bytes }) => bytes)
    const first = reader.next()
    for (const frame of frames) world.subscriptions.deliver(frame, world.link)
    const second = reader.next()
    world.clock.settle()
    const isCopied = frames.map(({ bytes }, at) => bytes !== chunks[at])
    expect(isCopied).toEqual([false, false, true])
    expect((await first).value?.text()).toBe('x')
    expect((await second).value?.text()).toBe('y')
    expect((await reader.next()).value?.text()).toBe('z')
  })
})

describe('iterating', () => {
  it('twice reads one stream', async () => {
    const { send, stream } = await subscribed()
    for (const text of ['x', 'y']) send(0, text)
    const [first, second] = [readerOf(stream), readerOf(stream)]
    expect((await nextOf(first)).text()).toBe('x')
    expect((await nextOf(second)).text()).toBe('y')
  })

  it('goes on to the end with `for await`', async () => {
    const { send, stream, world } = await subscribed({ qos: 1 })
    const texts: string[] = []
    const loop = (async () => {
      for await (const message of stream) texts.push(message.text())
    })()
    for (const text of ['x', 'y', 'z']) {
      send(1, text)
      await world.clock.settled()
    }
    const closing = stream.close()
    world.answer()
    await Promise.all([loop, closing])
    expect(texts).toEqual(['x', 'y', 'z'])
    expect(world.link.taken).toEqual([1, 2, 3])
  })

  it('tells all who wait that it is over', async () => {
    const { reader, stream, world } = await subscribed()
    const asked = [reader.next(), reader.next()]
    const closing = stream.close()
    world.answer()
    await closing
    expect(await Promise.all(asked)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ])
  })
})

describe('a stream in MQTT 3.1.1', () => {
  it('has messages without properties, acknowledged in the same way', async () => {
    const world = new SubscriptionWorld()
    world.connect(new FakeLink(4))
    const stream: MessageStream = await world.subscribe('a', { qos: 1 })
    world.deliver({ topic: 'a', qos: 1, packetId: 9, text: 'x' })
    const message = await nextOf(readerOf(stream))
    expect(message.properties).toEqual({})
    await textsOf(stream)
    expect(world.link.settled).toEqual([[9, 0]])
  })
})
