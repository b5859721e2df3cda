// The program itself as a client of its broker: `broker.publish` and `broker.subscribe`.

import { describe, expect, it } from 'vitest'
import type { ReceivedMessage } from '../src/index.ts'
import { ack, inWords, lasting, lose } from './lasting.ts'
import { openWorld, publish, subscribe, VERSIONS } from './peer.ts'

const EMPTY = new Uint8Array()

describe('broker.publish', () => {
  it.each(VERSIONS)('reaches a client of version %i as it was said', async (version) => {
    const { broker, client, clock } = await openWorld()
    const peer = client('c', { version })
    peer.send(subscribe({ filter: 'a', qos: 2, retainAsPublished: version === 5 }))
    peer.take()
    const properties = { contentType: 'text', userProperty: [['k', 'v']] } as const
    expect(
      broker.publish({ topic: 'a', payload: bytes('x'), qos: 2, retain: true, properties }),
    ).toBe(0)
    clock.settle()
    const told = version === 5 ? { properties } : {}
    expect(peer.take()).toEqual([
      publish('a', 'x', { qos: 2, packetId: 1, retain: version === 5, ...told }),
    ])
  })

  it('says whether anybody is subscribed', async () => {
    const { broker, client } = await openWorld()
    expect(broker.publish({ topic: 'a', payload: EMPTY })).toBe(0x10)
    client('c').send(subscribe('a'))
    expect(broker.publish({ topic: 'a', payload: EMPTY })).toBe(0)
  })

  it('says when nobody could take it', async () => {
    const world = await openWorld({
      backlogPolicy: 'refuse',
      limits: { backlogMessagesMax: 1, retainedMessagesMax: 1 },
    })
    const peer = world.client('c', lasting())
    peer.send(subscribe({ filter: 'a', qos: 1 }))
    lose(world, peer)
    const message = { topic: 'a', payload: bytes('x'), qos: 1 } as const
    expect(world.broker.publish(message)).toBe(0)
    expect(world.broker.publish(message)).toBe(0x97)
    const retained = { ...message, retain: true }
    expect(world.broker.publish({ ...retained, topic: 'r1' })).toBe(0x10)
    expect(world.broker.publish({ ...retained, topic: 'r2' })).toBe(0x97)
    expect(world.broker.stats().messagesDropped).toMatchObject({
      'backlog-full': 1,
      'retained-full': 1,
    })
  })

  it.each([
    ['', /Topic Name/],
    ['a/+', /Topic Name/],
    ['a/#', /Topic Name/],
    ['a\0', /U\+0000|NUL|null/i],
    ['abcdefghijk', /too long or too deep/],
    ['a/b/c/d', /too long or too deep/],
  ])('throws for the topic %j', async (topic, message) => {
    const { broker } = await openWorld({ limits: { topicLevelsMax: 3, topicLengthMax: 10 } })
    expect(() => broker.publish({ topic, payload: EMPTY })).toThrow(message)
  })

  it('throws for what MQTT cannot carry, and nothing has happened', async () => {
    const { broker } = await openWorld()
    const got: ReceivedMessage[] = []
    broker.subscribe('#', (message) => void got.push(message))
    const properties = { messageExpiryInterval: -1 }
    expect(() => broker.publish({ topic: 'a', payload: EMPTY, properties })).toThrow(/got -1/)
    expect(got).toEqual([])
  })

  it('is not asked about, and may speak on $SYS', async () => {
    const { broker } = await openWorld({ guards: { authorize: () => false } })
    const got: string[] = []
    broker.subscribe('$SYS/x', ({ topic }) => void got.push(topic))
    expect(broker.publish({ topic: '$SYS/x', payload: EMPTY })).toBe(0)
    expect(got).toEqual(['$SYS/x'])
  })

  it('keeps a payload as it was, whatever the program does with it', async () => {
    const world = await openWorld()
    const peer = world.client('c', lasting())
    peer.send(subscribe({ filter: 'a', qos: 1 }))
    lose(world, peer)
    const payload = Buffer.from('before')
    world.broker.publish({ topic: 'a', payload, qos: 1 })
    payload.fill(0x58)
    const next = world.dial()
    next.send({ ...CONNECT, clientId: 'c' })
    expect(next.takeTexts()).toEqual(['before'])
  })
})

describe('broker.subscribe', () => {
  it.each(VERSIONS)('gets what a client of version %i publishes, at once', async (version) => {
    const { broker, client } = await openWorld()
    const got: ReceivedMessage[] = []
    broker.subscribe('a/+', (message) => void got.push(message))
    const properties = { contentType: 'text', correlationData: Uint8Array.of(1) }
    const told = version === 5 ? properties : {}
    client('c', { version }).send(
      publish('a/b', 'x', { qos: 1, packetId: 1, retain: true, properties: told }),
    )
    const expected = { topic: 'a/b', payload: bytes('x'), qos: 1, retain: false }
    expect(got).toEqual([{ ...expected, properties: told }])
    expect(broker.stats()).toMatchObject({ messagesIn: 1, messagesOut: 1 })
  })

  it('tells nothing of the Topic Alias', async () => {
    const { broker, client } = await openWorld()
    const got: ReceivedMessage[] = []
    broker.subscribe('a', (message) => void got.push(message))
    const properties = { topicAlias: 1 }
    client('c').send(publish('a', '', { properties }), publish('', '', { properties }))
    expect(got).toMatchObject([
      { topic: 'a', properties: {} },
      { topic: 'a', properties: {} },
    ])
    expect(got.map((one) => 'topicAlias' in one.properties)).toEqual([false, false])
  })

  it('lowers the QoS, and shows RETAIN, as it was asked to', async () => {
    const { broker } = await openWorld()
    const got: unknown[] = []
    const handler = ({ qos, retain }: ReceivedMessage): void => void got.push([qos, retain])
    broker.subscribe('a', handler, { qos: 1, retainAsPublished: true })
    broker.publish({ topic: 'a', payload: bytes('x'), qos: 2, retain: true })
    expect(got).toEqual([[1, true]])
  })

  it('gets the Retained Messages there are, unless it wants none', async () => {
    const { broker, clock } = await openWorld({ systemTopicsEveryMs: 0 })
    const properties = { messageExpiryInterval: 60 }
    broker.publish({ topic: 'r/1', payload: bytes('x'), retain: true, properties })
    clock.advance(20_000)
    const got: ReceivedMessage[] = []
    broker.subscribe('r/#', (message) => void got.push(message))
    broker.subscribe('r/#', () => got.push(...got), { retained: false })
    expect(got).toEqual([])
    clock.settle()
    const expected = { topic: 'r/1', payload: bytes('x'), qos: 0, retain: true }
    expect(got).toEqual([{ ...expected, properties: { messageExpiryInterval: 40 } }])
  })

  it('ends when it is disposed of, in the middle of anything', async () => {
    const { broker, clock } = await openWorld({ systemTopicsEveryMs: 0 })
    for (let at = 0; at < 9; at++) {
      broker.publish({ topic: `r/${at}`, payload: bytes('x'), retain: true })
    }
    const got: string[] = []
    const first = broker.subscribe('r/#', ({ topic }) => {
      got.push(topic)
      if (got.length === 3) first[Symbol.dispose]()
    })
    clock.settle()
    expect(got).toHaveLength(3)
    const second = broker.subscribe('a', () => {
      got.push('a')
      second[Symbol.dispose]()
      second[Symbol.dispose]()
    })
    broker.publish({ topic: 'a', payload: EMPTY })
    expect(broker.publish({ topic: 'a', payload: EMPTY })).toBe(0x10)
    expect(got).toHaveLength(4)
  })

  it('may end another whose turn would be next', async () => {
    const { broker } = await openWorld()
    const got: string[] = []
    const subscriptions = ['one', 'two'].map((name) =>
      broker.subscribe('a', () => {
        got.push(name)
        for (const one of subscriptions) one[Symbol.dispose]()
      }),
    )
    broker.publish({ topic: 'a', payload: EMPTY })
    expect(got).toEqual(['one'])
  })

  it('may publish and subscribe from its handler', async () => {
    const { broker } = await openWorld()
    const got: string[] = []
    broker.subscribe('ping', () => {
      broker.subscribe('pong', ({ topic }) => void got.push(topic))
      broker.publish({ topic: 'pong', payload: EMPTY })
    })
    broker.publish({ topic: 'ping', payload: EMPTY })
    expect(got).toEqual(['pong'])
  })

  it('takes its turn in a share', async () => {
    const { broker, client, clock } = await openWorld()
    const got: string[] = []
    const text = ({ payload }: ReceivedMessage): string => new TextDecoder().decode(payload)
    const one = broker.subscribe('$share/g/a', (message) => void got.push(`one ${text(message)}`))
    broker.subscribe('$share/g/a', (message) => void got.push(`two ${text(message)}`))
    const peer = client('c')
    peer.send(subscribe('$share/g/a'))
    peer.take()
    for (const name of '123456') broker.publish({ topic: 'a', payload: bytes(name) })
    clock.settle()
    expect(got).toEqual(['one 1', 'two 2', 'one 4', 'two 5'])
    expect(peer.takeTexts()).toEqual(['3', '6'])
    one[Symbol.dispose]()
    for (const name of '78') broker.publish({ topic: 'a', payload: bytes(name) })
    expect(got.at(-1)).toMatch(/^two/)
    expect(broker.stats().messagesDropped.away).toBe(0)
  })

  it('gets what a member of its share has left behind', async () => {
    const world = await openWorld()
    const peer = world.client('c', lasting())
    peer.send(subscribe({ filter: '$share/g/a', qos: 1 }))
    peer.take()
    world.broker.publish({ topic: 'a', payload: bytes('x'), qos: 1 })
    const got: string[] = []
    world.broker.subscribe('$share/g/a', ({ topic }) => void got.push(topic))
    expect(inWords(peer.take())).toEqual(['publish 1 q1 x'])
    lose(world, peer)
    expect(got).toEqual(['a'])
  })

  it('gives each handler bytes of its own', async () => {
    const { broker, client } = await openWorld()
    const got: Uint8Array[] = []
    for (let at = 0; at < 2; at++) {
      broker.subscribe('a', ({ payload }) => {
        got.push(Uint8Array.from(payload))
        payload.fill(0)
      })
    }
    const peer = client('c')
    peer.send(subscribe('a'))
    peer.take()
    client('p').send(publish('a', 'x'))
    expect(got).toEqual([bytes('x'), bytes('x')])
    expect(peer.takeTexts()).toEqual(['x'])
  })

  it.each([
    ['', 'got ""'],
    ['a/#/b', 'got "a/#/b"'],
    ['a+', 'got "a+"'],
    ['$share/g', 'got "$share/g"'],
    ['$share//a', 'got "$share//a"'],
    ['a/b/c/d', 'The Topic Filter is too long or too deep: got "a/b/c/d"'],
    ['abcdefghijk', 'The Topic Filter is too long or too deep: got "abcdefghijk"'],
  ])('throws for the filter %j, and says why', async (filter, message) => {
    const { broker } = await openWorld({ limits: { topicLevelsMax: 3, topicLengthMax: 10 } })
    const attempt = (): Disposable => broker.subscribe(filter, () => {})
    expect(attempt).toThrow(RangeError)
    expect(attempt).toThrow(message)
  })
})

describe('a handler that publishes', () => {
  it('does so behind the message that it was called for, for everybody', async () => {
    const { broker, client } = await openWorld()
    broker.subscribe('question', () => void broker.publish({ topic: 'answer', payload }))
    const peer = client('c')
    peer.send(subscribe('question', 'answer'))
    peer.take()
    client('p').send(publish('question'))
    const topics = peer.take().map((packet) => packet.type === 'publish' && packet.topic)
    expect(topics).toEqual(['question', 'answer'])
  })

  it('may go on for long', async () => {
    const { broker } = await openWorld()
    let calls = 0
    broker.subscribe('a', () => {
      if (++calls < 100_000) broker.publish({ topic: 'a', payload })
    })
    broker.publish({ topic: 'a', payload })
    expect(calls).toBe(100_000)
  })
})

const payload = new Uint8Array()

describe('a handler that throws', () => {
  it.each<readonly [string, () => unknown]>([
    ['at once', () => fail()],
    ['later', () => Promise.reject(new Error('broken'))],
  ])('%s is reported, and stops nobody', async (_, handler) => {
    const { broker, client, clock, seen } = await openWorld()
    broker.subscribe('a', () => void 0)
    broker.subscribe('a', handler)
    const peer = client('c')
    peer.send(subscribe('a'))
    peer.take()
    const publisher = client('p')
    publisher.send(publish('a', 'x', { qos: 2, packetId: 1 }), ack('pubrel', 1))
    await clock.settled()
    expect(inWords(publisher.take())).toEqual(['pubrec 1', 'pubcomp 1'])
    expect(peer.takeTexts()).toEqual(['x'])
    expect(seen.filter((line) => line.startsWith('fault'))).toEqual(['fault Error: broken'])
  })
})

const CONNECT = {
  type: 'connect',
  version: 5,
  cleanStart: false,
  keepAlive: 0,
  properties: { sessionExpiryInterval: 3600 },
} as const

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function fail(): never {
  throw new Error('broken')
}
