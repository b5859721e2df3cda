/** What is logged of a client or a topic that is watched. */
import { ReasonCode } from '@godwit/codec'
import { VirtualClock } from '@godwit/transport/testing'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { Watches } from '../../src/tracing/watches.ts'
import type { WatchRequest } from '../../src/tracing/watches.ts'
import { publish, subscribe, tracedBroker } from './traced-broker.ts'
import type { TracedBroker } from './traced-broker.ts'

const HOUR_MS = 3_600_000

describe('a client that is watched', () => {
  it('is followed from CONNECT to its end', async () => {
    await using world = await watched({ clientId: 'lamp', forMs: HOUR_MS })
    const lamp = world.client('lamp', {
      username: 'ada',
      password: Buffer.from('secret'),
      will: { topic: 'gone', payload: Buffer.from('secret'), qos: 1, retain: true },
    })
    lamp.say(subscribe('rooms/#', 1), publish('rooms/1', 'on', 1))
    lamp.say({ type: 'disconnect', reasonCode: ReasonCode.DisconnectWithWillMessage })
    const place = { watch: 1, clientId: 'lamp', remoteAddress: 'memory', listener: 'lan' }
    const message = { topic: 'rooms/1', qos: 1, retain: false, bytes: 2 }
    expect(world.lines()).toEqual([
      {
        ...place,
        mqtt: 5,
        cleanStart: true,
        keepAlive: 0,
        username: 'ada',
        hasPassword: true,
        will: { topic: 'gone', qos: 1, retain: true },
        msg: 'from the client: CONNECT',
      },
      {
        ...place,
        sessionPresent: false,
        reason: 'Success',
        properties: expect.objectContaining({ maximumPacketSize: 1_048_576 }) as object,
        msg: 'to the client: CONNACK',
      },
      {
        ...place,
        packetId: 3,
        subscriptions: [{ filter: 'rooms/#', qos: 1 }],
        msg: 'from the client: SUBSCRIBE',
      },
      { ...place, packetId: 3, reasons: ['Granted QoS 1'], msg: 'to the client: SUBACK' },
      { ...place, ...message, packetId: 7, msg: 'from the client: PUBLISH' },
      { ...place, ...message, packetId: 1, publisher: 'lamp', msg: 'to the client: PUBLISH' },
      { ...place, packetId: 7, reason: 'Success', msg: 'to the client: PUBACK' },
      { ...place, reason: 'Disconnect with Will Message', msg: 'from the client: DISCONNECT' },
      {
        watch: 1,
        clientId: 'lamp',
        reason: 'Disconnect with Will Message',
        cause: 'The client disconnected',
        msg: 'the client is gone',
      },
      {
        watch: 1,
        clientId: 'lamp',
        reason: 'session-ended',
        msg: 'messages to it were dropped',
      },
    ])
  })

  it('is known by the name in its CONNECT, even if it is not let in', async () => {
    await using world = await watched({ clientId: 'lamp', forMs: HOUR_MS })
    world.client('lamp', { will: { ...WILL, topic: 'deep/'.repeat(200) } })
    const messages = world.lines().map((line) => ('msg' in line ? line.msg : ''))
    expect(messages).toEqual(['from the client: CONNECT', 'to the client: CONNACK'])
    expect(world.lines()[1]).toMatchObject({ clientId: 'lamp', reason: 'Topic Name invalid' })
  })

  it('is told from others', async () => {
    await using world = await watched({ clientId: 'lamp', forMs: HOUR_MS })
    world.client('other').say(publish('rooms/1', 'on'))
    expect(world.lines()).toEqual([])
  })

  it('that is cut off is told with the cause', async () => {
    await using world = await watched({ clientId: 'lamp', forMs: HOUR_MS })
    world.client('lamp').cut()
    expect(world.lines().at(-1)).toMatchObject({ msg: 'the client is gone' })
  })

  it('never has what authenticates it in the log', async () => {
    await using world = await watched({ clientId: 'lamp', forMs: HOUR_MS, payloadBytes: 1_024 })
    const properties = {
      authenticationMethod: 'SCRAM-SHA-256',
      authenticationData: Buffer.from('secret'),
      userProperty: Array.from({ length: 20 }, () => ['name', 'v'.repeat(500)] as const),
    }
    world.client('lamp', { username: 'ada', password: Buffer.from('secret'), properties })
    expect(JSON.stringify(world.lines())).not.toContain('secret')
    const shown = Array.from({ length: 16 }, () => ['name', 'v'.repeat(128)])
    expect(world.lines()[0]).toMatchObject({ properties: { userProperty: shown } })
  })
})

describe('a topic that is watched', () => {
  it('shows who publishes there and who gets it, and nothing else', async () => {
    await using world = await watched({ topic: 'rooms/+', forMs: HOUR_MS, payloadBytes: 4 })
    world.client('panel').say(subscribe('rooms/1'))
    world.client('lamp').say(publish('rooms/1', 'on and on'), publish('garden', 'on'))
    const message = { topic: 'rooms/1', qos: 0, retain: false, bytes: 9, payload: 'on a' }
    const place = { watch: 1, remoteAddress: 'memory', listener: 'lan' }
    expect(world.lines()).toEqual([
      { ...place, clientId: 'lamp', ...message, msg: 'from the client: PUBLISH' },
      { ...place, clientId: 'panel', ...message, publisher: 'lamp', msg: 'to the client: PUBLISH' },
    ])
  })

  it('is told under its name where the client says an alias', async () => {
    await using world = await watched({ topic: 'rooms/1', forMs: HOUR_MS })
    const alias = { topicAlias: 1 }
    world.client('lamp').say(publish('rooms/1', 'a', 0, alias), publish('', 'b', 0, alias))
    expect(world.lines()).toMatchObject([{ topic: 'rooms/1' }, { topic: 'rooms/1' }])
  })

  it('can be that of one client only', async () => {
    await using world = await watched({ topic: '#', clientId: 'lamp', forMs: HOUR_MS })
    world.client('other').say(publish('a', ''))
    world.client('lamp').say(publish('b', ''))
    expect(world.lines()).toMatchObject([{ topic: 'b', clientId: 'lamp' }])
  })

  it.each([3, 4, 5] as const)('shows messages of MQTT level %i', async (version) => {
    await using world = await watched({ topic: '#', forMs: HOUR_MS })
    world.client('lamp', { version }).say(publish('a', 'x'))
    expect(world.lines()).toMatchObject([{ topic: 'a', bytes: 1 }])
  })

  it('has so many lines a second and no more', async () => {
    await using world = await watched({ topic: '#', forMs: HOUR_MS })
    const lamp = world.client('lamp')
    lamp.say(...Array.from({ length: 1_000 }, () => publish('a', '')))
    expect(world.lines()).toHaveLength(200)
    world.clock.advance(1000)
    expect(world.lines().slice(200)).toEqual([
      { watch: 1, more: 800, msg: 'and more that this watch has no lines for' },
    ])
  })
})

describe('a watch', () => {
  it('ends by itself, and nothing listens any more', async () => {
    await using world = await watched({ clientId: 'lamp', forMs: 10_000 })
    const lamp = world.client('lamp')
    world.clock.advance(10_000)
    expect(world.lines().at(-1)).toEqual({ watch: 1, msg: 'a watch has ended' })
    const before = world.lines().length
    lamp.say(publish('a', ''))
    lamp.cut()
    expect(world.lines()).toHaveLength(before)
    expect(world.taps).toEqual([1, 0])
  })

  it('can be ended, and the others go on', async () => {
    const [first, second] = [{ clientId: 'lamp' }, { topic: 'a' }]
    await using world = await watched({ ...first, forMs: 10 }, { ...second, forMs: 10 })
    expect(world.watches.list()).toMatchObject([
      { id: 1, ...first },
      { id: 2, ...second },
    ])
    expect(world.watches.stop(1)).toBe(true)
    expect(world.watches.stop(1)).toBe(false)
    world.client('lamp').say(publish('a', ''))
    expect(world.lines().slice(1)).toMatchObject([{ watch: 2, topic: 'a' }])
    world.watches[Symbol.dispose]()
    expect(world.watches.list()).toEqual([])
    expect(world.taps).toEqual([1, 0])
  })

  it.each([
    [{ forMs: 1 }, 'Say which client or topic to watch'],
    [{ topic: 'a/#/b', forMs: 1 }, '#'],
    [{ topic: '$share/g/a', forMs: 1 }, 'leave out $share'],
    [{ clientId: 'a', forMs: 0 }, 'A watch takes 1 to 86400000 ms, not 0'],
    [{ clientId: 'a', forMs: NaN }, 'A watch takes 1 to 86400000 ms, not NaN'],
    [{ clientId: 'a', forMs: 1, payloadBytes: 2_000 }, 'A watch shows 0 to 1024 bytes'],
  ])('that cannot be is refused in a sentence: %o', (request, sentence) => {
    using watches = new Watches(pino({ enabled: false }), new VirtualClock())
    expect(() => watches.start(request)).toThrow(sentence)
  })

  it('is one of sixteen at most', () => {
    using watches = new Watches(pino({ enabled: false }), new VirtualClock())
    for (let i = 0; i < 16; i++) watches.start({ clientId: 'a', forMs: 10 })
    const sentence = 'There are 16 watches already: stop one of them'
    expect(() => watches.start({ clientId: 'a', forMs: 10 })).toThrow(sentence)
  })
})

const WILL = { topic: 'gone', payload: Buffer.from(''), qos: 0, retain: false } as const

interface WatchedBroker extends TracedBroker {
  readonly watches: Watches
  /** What was logged since the watch began, without its level and time. */
  lines(): readonly object[]
  /** How many taps were put in, and how many are. */
  readonly taps: readonly [number, number]
}

async function watched(...requests: readonly WatchRequest[]): Promise<WatchedBroker> {
  const lines: object[] = []
  const stream = {
    write(line: string) {
      const { level: _, time: __, ...fields } = JSON.parse(line) as Record<string, unknown>
      lines.push(fields)
    },
  }
  const holder: { watches?: Watches } = {}
  const world = await tracedBroker({
    disconnected: (...event) => holder.watches?.observers.disconnected?.(...event),
    dropped: (...event) => holder.watches?.observers.dropped?.(...event),
  })
  const watches = new Watches(pino({ base: null }, stream), world.clock)
  holder.watches = watches
  const taps: [number, number] = [0, 0]
  watches.attach({
    tap(tap) {
      taps[0]++
      taps[1]++
      const put = world.broker.tap(tap)
      return {
        [Symbol.dispose]() {
          taps[1]--
          put[Symbol.dispose]()
        },
      }
    },
  })
  for (const request of requests) watches.start(request)
  lines.length = 0
  return { ...world, watches, taps, lines: () => lines }
}
