// The broker as a program sees it: starting, closing, observers, and what becomes of the memory of
// those who are gone.

import { MemoryListener, VirtualClock } from '@godwit/transport/testing'
import { runInNewContext } from 'node:vm'
import { setFlagsFromString } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { Broker } from '../src/index.ts'
import type { Observers } from '../src/index.ts'
import { connect, disconnect, openWorld, PINGREQ, PINGRESP } from './peer.ts'
import { publish, subscribe, VERSIONS, writingTo } from './peer.ts'

describe('start', () => {
  it('returns the URLs of its listeners', async () => {
    const clock = new VirtualClock()
    const listeners = [new MemoryListener(clock), new MemoryListener(clock)]
    const broker = new Broker({ listeners, clock })
    expect(await broker.start()).toEqual(['memory:', 'memory:'])
    await expect(broker.start()).rejects.toThrow('A broker starts once')
  })

  it('closes the other listeners if one cannot be opened', async () => {
    const clock = new VirtualClock()
    const [fine, taken] = [new MemoryListener(clock), new MemoryListener(clock)]
    await taken.listen(() => {})
    const broker = new Broker({ listeners: [fine, taken], clock })
    await expect(broker.start()).rejects.toThrow('This listener already listens')
    expect(() => fine.dial()).toThrow('Nobody listens')
  })

  it('fails if the broker is closed meanwhile, and leaves nothing open', async () => {
    const clock = new VirtualClock()
    const listener = new MemoryListener(clock)
    const broker = new Broker({ listeners: [listener], clock })
    const starting = broker.start()
    await broker.close()
    await expect(starting).rejects.toThrow('The broker was closed while it started')
    expect(() => listener.dial()).toThrow('Nobody listens')
  })
})

describe('close', () => {
  it('tells MQTT 5.0 clients 0x8B, and closes everybody', async () => {
    const { client, dial, broker, clock, listener } = await openWorld()
    const peers = [client('five'), client('four', { version: 4 }), dial()]
    clock.settle()
    const closing = broker.close()
    await clock.settled()
    await closing
    expect(peers.map((peer) => peer.take())).toMatchObject([
      [{ type: 'disconnect', reasonCode: 0x8b }],
      [],
      [],
    ])
    expect(peers.map(({ closed }) => closed)).toEqual(['in order', 'in order', 'in order'])
    expect(broker.stats()).toMatchObject({ connections: 0, sessions: 0, subscriptions: 0 })
    expect(() => listener.dial()).toThrow('Nobody listens')
  })

  it('can tell them another server to use instead', async () => {
    const { client, broker, clock } = await openWorld()
    const peer = client('five')
    const dismissal = { reasonCode: 0x9c, cause: 'Moving', serverReference: 'b:1883' } as const
    const closing = broker.close(dismissal)
    await clock.settled()
    await closing
    expect(peer.take()).toMatchObject([
      { type: 'disconnect', reasonCode: 0x9c, properties: { serverReference: 'b:1883' } },
    ])
  })

  it('waits so long for a client that reads nothing, and cuts it off', async () => {
    const { client, broker, clock } = await openWorld({ limits: { closeTimeoutMs: 1_000 } })
    const frozen = client('frozen')
    frozen.transport.freeze()
    let closed = false
    const closing = broker.close().then(() => (closed = true))
    await clock.settled()
    clock.advance(999)
    await clock.settled()
    expect(closed).toBe(false)
    clock.advance(1)
    await clock.settled()
    await closing
    expect(broker.stats().connections).toBe(0)
  })

  it('sends what was published in the same turn first', async () => {
    const { client, broker, clock } = await openWorld()
    const subscriber = client('s')
    subscriber.send(subscribe('a'))
    subscriber.take()
    broker.publish({ topic: 'a', payload: new Uint8Array() })
    const closing = broker.close()
    await clock.settled()
    await closing
    expect(subscriber.take().map(({ type }) => type)).toEqual(['publish', 'disconnect'])
  })

  it.each(VERSIONS)(
    'refuses a client of version %i that comes meanwhile with 0x88',
    async (version) => {
      const { dial, broker, clock } = await openWorld()
      const peer = dial(version)
      clock.settle()
      const closing = broker.close()
      peer.send(connect({ version }))
      expect(peer.take()).toMatchObject([{ type: 'connack', reasonCode: 0x88 }])
      await clock.settled()
      await closing
      expect(peer.closed).toBe('in order')
    },
  )

  it('is one promise, however often it is called', async () => {
    const { broker } = await openWorld()
    expect(broker.close()).toBe(broker.close())
    await broker[Symbol.asyncDispose]()
    await expect(broker.start()).rejects.toThrow('A broker starts once')
  })

  it('closes everything also if a listener fails to close, and says so', async () => {
    const clock = new VirtualClock()
    const memory = new MemoryListener(clock)
    const failing = {
      listen: memory.listen.bind(memory),
      close: () => Promise.reject(new Error('stuck')),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
    const broker = new Broker({ listeners: [failing], clock })
    await broker.start()
    const transport = memory.dial()
    let gone = false
    transport.onClose = () => (gone = true)
    transport.onData = () => {}
    clock.settle()
    const closing = broker.close().catch(String)
    await clock.settled()
    expect(await closing).toBe('Error: stuck')
    expect(gone).toBe(true)
    const late = memory.dial()
    late.onClose = () => (gone = false)
    clock.settle()
    expect(gone).toBe(false)
  })
})

describe('an observer', () => {
  it('sees clients come and go, in order', async () => {
    const { client, seen, clock } = await openWorld()
    client('one').send(disconnect())
    client('two').transport.cut()
    clock.settle()
    expect(seen).toEqual([
      'connected one v5',
      'disconnected one 0x00',
      'connected two v5',
      'disconnected two 0x80',
    ])
  })

  it('that throws is reported, and harms nobody', async () => {
    const seen: string[] = []
    const fail = (): never => {
      throw new Error('an observer')
    }
    const observers = { ...writingTo(seen), connected: fail, disconnected: fail, refused: fail }
    const { client, dial } = await openWorld({ observers })
    dial().write('0000')
    const peer = client('c')
    peer.send(PINGREQ)
    expect(peer.take()).toEqual([PINGRESP])
    peer.send(disconnect())
    expect(seen).toEqual(Array.from({ length: 3 }, () => 'fault Error: an observer'))
  })

  it('that throws even when it hears of a fault is passed over', async () => {
    const fail = (): never => {
      throw new Error('an observer')
    }
    const observers = { connected: fail, fault: fail }
    const { client } = await openWorld({ observers })
    const peer = client('c')
    peer.send(PINGREQ)
    expect(peer.take()).toEqual([PINGRESP])
  })

  it('that is async by mistake, and rejects, is reported too', async () => {
    const seen: string[] = []
    const reject = (): Promise<never> => Promise.reject(new Error('late'))
    const observers = Object.assign(writingTo(seen), { connected: reject })
    const { client, clock } = await openWorld({ observers })
    client('c')
    await clock.settled()
    expect(seen).toEqual(['fault Error: late'])
  })

  it('may publish from where it is called', async () => {
    const publishing: Observers = {}
    const world = await openWorld({ observers: publishing, limits: { outboxBytesMax: 1_000 } })
    const text = (line: string): Uint8Array => new TextEncoder().encode(line)
    publishing.dropped = ({ clientId }) =>
      world.broker.publish({ topic: 'a', payload: text(`${clientId} lost some`) })
    publishing.disconnected = ({ clientId }) =>
      world.broker.publish({ topic: 'a', payload: text(`${clientId} is gone`) })
    const [watcher, frozen] = [world.client('w'), world.client('frozen')]
    for (const peer of [watcher, frozen]) peer.send(subscribe('a'))
    frozen.transport.freeze()
    for (let turn = 0; turn < 3; turn++) watcher.send(publish('a', 'x'.repeat(70_000)))
    world.client('frozen')
    const told = watcher.takeTexts().filter((line) => line.length < 100)
    expect(told).toEqual(['frozen lost some', 'frozen is gone'])
  })

  it('may close the broker from where it is called', async () => {
    const closing: Observers = {}
    const { client, broker, clock } = await openWorld({ observers: closing })
    closing.connected = () => void broker.close()
    const peer = client('c')
    await clock.settled()
    expect(peer.take().map(({ type }) => type)).toEqual(['disconnect'])
    expect(broker.stats()).toMatchObject({ connections: 0, sessions: 0 })
  })
})

describe('a failure of the program', () => {
  it('in newClientId ends that connection with 0x83, and is reported', async () => {
    const fail = (): never => {
      throw new Error('no more names')
    }
    const { dial, client, seen, broker } = await openWorld({ newClientId: fail })
    const peer = dial()
    peer.send(connect({ clientId: '' }))
    expect(peer.take()).toMatchObject([{ type: 'connack', reasonCode: 0x83 }])
    expect(peer.closed).toBe('in order')
    expect(seen).toEqual(['fault Error: no more names', 'refused memory 0x83'])
    client('c')
    expect(broker.stats()).toMatchObject({ connections: 1, sessions: 1 })
  })
})

describe('a name that cannot be sent', () => {
  it('ends that connection with 0x83, and its session', async () => {
    const { dial, seen, broker } = await openWorld({ newClientId: () => '\ud800' })
    const peer = dial()
    peer.send(connect({ clientId: '' }))
    expect(peer.take()).toMatchObject([{ type: 'connack', reasonCode: 0x83 }])
    expect(seen).toHaveLength(3)
    expect(seen[1]).toMatch(/^fault MqttError/)
    expect(broker.stats()).toMatchObject({ connections: 0, sessions: 0 })
  })
})

describe('a connection that is gone', () => {
  it('is held by nothing, whatever its Keep Alive was', async () => {
    const { client, clock, broker } = await openWorld()
    const former = client('c', { version: 4, keepAlive: 65_535 })
    former.send(subscribe('a'), publish('a', 'x'))
    clock.advance(30_000)
    former.transport.cut()
    clock.settle()
    expect(broker.stats()).toMatchObject({ connections: 0, sessions: 0, subscriptions: 0 })
  })

  it('is collected', async () => {
    const gone = new Set<string>()
    const registry = new FinalizationRegistry((name: string) => gone.add(name))
    const { broker, clock } = await comeAndGo(registry)
    const collect = collector()
    for (let round = 0; round < 20 && gone.size < 10; round++) {
      collect()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(gone.size).toBe(10)
    expect(broker.stats().connections).toBe(0)
    expect(clock.now()).toBe(30_000)
  })
})

/** Ten clients that were there for 30 s. Their transports tell when nobody holds them any more. */
async function comeAndGo(
  registry: FinalizationRegistry<string>,
): Promise<{ broker: Broker; clock: VirtualClock }> {
  const { client, clock, broker } = await openWorld()
  const peers = Array.from({ length: 10 }, (_, index) => {
    const peer = client(`c${index}`, { version: 4, keepAlive: 65_535 })
    peer.send(subscribe('a', 'b/#'), publish('b/c', 'x'.repeat(1_000)))
    registry.register(peer.transport, `c${index}`)
    return peer
  })
  clock.advance(30_000)
  for (const [index, peer] of peers.entries()) {
    if (index % 2 === 0) peer.send(disconnect())
    else peer.transport.cut()
  }
  clock.settle()
  return { broker, clock }
}

/** The garbage collector, which a test must be given explicitly. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new TypeError('There is no garbage collector')
  return () => void Reflect.apply(collect, undefined, [])
}
