// What holds for clients that come by one listener, and listeners that come and go.

import { describe, expect, it } from 'vitest'
import { MemoryListener, VirtualClock } from '@godwit/transport/testing'
import { Broker } from '../src/index.ts'
import type { BrokerOptions, ClientInfo, ListenerTerms } from '../src/index.ts'
import { inWords } from './lasting.ts'
import { connect, Peer, publish, subscribe } from './peer.ts'

describe('a listener with terms of its own', () => {
  it('names itself to guards and observers', async () => {
    const asked: (string | undefined)[] = []
    const seen: ClientInfo[] = []
    const { client } = await worldOf([{ name: 'lan' }], {
      guards: {
        authenticate: ({ client: { listener } }) => asked.push(listener) && 0,
        authorize: (_, { listener }) => asked.push(listener) > 0,
      },
      observers: { connected: (info) => void seen.push(info) },
    })
    client(0).send(connect(), publish('a'))
    expect(asked).toEqual(['lan', 'lan'])
    expect(seen).toMatchObject([{ clientId: 'c', listener: 'lan' }])
  })

  it.each([
    [4, 5, 'connack 0x84'],
    [5, 4, 'connack 0x84'],
  ] as const)('that speaks version %i only refuses version %i', async (spoken, version, answer) => {
    const { client } = await worldOf([{ versions: [spoken] }])
    const peer = client(0, version)
    peer.send(connect({ version }))
    expect(inWords(peer.take())).toEqual([answer])
    expect(peer.closed).toBe('in order')
  })

  it('offers less than another one of the same broker', async () => {
    const { client } = await worldOf([
      { capabilities: { maximumQoS: 0, retainAvailable: false } },
      {},
    ])
    const answers = [0, 1].map((listener) => {
      const peer = client(listener)
      peer.send(connect({ clientId: `c${listener}` }))
      return peer.take()
    })
    expect(answers).toMatchObject([
      [{ type: 'connack', properties: { maximumQoS: 0, retainAvailable: 0 } }],
      [{ type: 'connack' }],
    ])
    expect(answers[1]?.[0]).not.toHaveProperty('properties.maximumQoS')
  })

  it('has limits of its own, which may change while it is open', async () => {
    const { broker, client } = await worldOf([{ limits: { keepAliveSecondsMax: 30 } }, {}])
    const keepAlives = (): unknown =>
      [0, 1].map((listener) => {
        const peer = client(listener)
        peer.send(connect({ clientId: `c${listener}`, keepAlive: 1000 }))
        return peer.take()[0]
      })
    const told = (serverKeepAlive: number): object => ({ properties: { serverKeepAlive } })
    broker.limit({ keepAliveSecondsMax: 100 })
    expect(keepAlives()).toMatchObject([told(30), told(100)])
    broker.limit({ keepAliveSecondsMax: 200 })
    expect(keepAlives()).toMatchObject([told(30), told(200)])
  })

  it('refuses limits that are none, and is not opened', async () => {
    const { broker } = await worldOf([{}])
    const listener = new MemoryListener(new VirtualClock())
    const opened = broker.open({ listener, limits: { topicLengthMax: 0 } })
    await expect(opened).rejects.toThrow('topicLengthMax is a whole number from 1')
    expect(() => broker.limit({ topicLengthMax: -1 })).toThrow('got -1')
  })
})

describe('a listener that comes while the broker runs', () => {
  it('goes again, and its clients stay', async () => {
    const { broker, clock } = await worldOf([])
    const listener = new MemoryListener(clock)
    expect(await broker.open({ listener, name: 'late' })).toBe('memory:')
    const peer = new Peer(clock, listener.dial(), 5)
    peer.send(connect())
    await broker.shut(listener)
    expect(() => listener.dial()).toThrow('Nobody listens')
    peer.send(subscribe('a'))
    expect(inWords(peer.take())).toEqual(['connack', 'suback 1'])
  })

  it('is closed with the broker, which opens none after that', async () => {
    const { broker, clock } = await worldOf([])
    const listener = new MemoryListener(clock)
    await broker.open(listener)
    await broker.close()
    expect(() => listener.dial()).toThrow('Nobody listens')
    await expect(broker.open(listener)).rejects.toThrow('not running')
  })
})

interface Listened {
  readonly broker: Broker
  readonly clock: VirtualClock
  readonly client: (listener: number, version?: 3 | 4 | 5) => Peer
}

async function worldOf(
  terms: readonly Omit<ListenerTerms, 'listener'>[],
  options: Partial<BrokerOptions> = {},
): Promise<Listened> {
  const clock = new VirtualClock()
  const listeners = terms.map((one) => ({ ...one, listener: new MemoryListener(clock) }))
  const broker = new Broker({ listeners, clock, ...options })
  await broker.start()
  const client: Listened['client'] = (listener, version = 5) =>
    new Peer(clock, listeners[listener]!.listener.dial(), version)
  return { broker, clock, client }
}
