// How a client is closed, in every state that it can be in.

import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import type { ConnectOptions } from '../src/options.ts'
import { CoreWorld } from './core-world.ts'
import { rejectionsAreHandled } from './hostile-world.ts'

describe('closing', () => {
  it('says DISCONNECT, ends the session, and resolves when the connection is gone', async () => {
    const world = new CoreWorld()
    const client = await world.open()
    const closed = await world.outcome(client.close())
    expect(closed.state).toBe('resolved')
    expect(world.server.received('disconnect')).toEqual([
      { type: 'disconnect', reasonCode: 0, properties: { sessionExpiryInterval: 0 } },
    ])
    expect(world.server.latest.closed).toBe('in order')
    expect(client.status).toEqual({ state: 'closed' })
    expect(world.clock.waiting).toBe(0)
  })

  it('is done once, however often it is asked for', async () => {
    const world = new CoreWorld()
    const client = await world.open()
    const first = client.close()
    expect(client.close({ reasonCode: 4 })).toBe(first)
    await world.outcome(Promise.resolve(client[Symbol.asyncDispose]()))
    expect(world.server.received('disconnect')).toMatchObject([{ reasonCode: 0 }])
  })

  it.each([
    [{ endSession: false }, { reasonCode: 0 }],
    [{ reasonCode: ReasonCode.DisconnectWithWillMessage }, { reasonCode: 4 }],
    [{ userProperty: [['a', 'b']] as const }, { properties: { userProperty: [['a', 'b']] } }],
  ])('says what it is asked to: %o', async (options, packet) => {
    const world = new CoreWorld()
    const client = await world.open()
    await world.outcome(client.close(options))
    expect(world.server.received('disconnect')).toMatchObject([packet])
  })

  it('without a word has the Will published before MQTT 5.0', async () => {
    const world = new CoreWorld()
    const client = await world.open({ versions: [4] })
    const closed = await world.outcome(client.close({ reasonCode: 4, userProperty: [['a', 'b']] }))
    expect(closed.state).toBe('resolved')
    expect(world.server.received('disconnect')).toEqual([])
    expect(world.server.latest.closed).toBe('in order')
  })

  it('ends in any case, and then says which detail was wrong', async () => {
    const world = new CoreWorld()
    const client = await world.open()
    const closed = await world.outcome(client.close({ userProperty: [['a']] as never }))
    expect(closed.error).toMatchObject({ name: 'ClientError', code: 'not-allowed' })
    expect(world.server.latest.closed).toBe('in order')
    expect(client.status).toEqual({ state: 'closed' })
    expect(world.clock.waiting).toBe(0)
  })

  it('cuts off a server that does not answer the end, in five seconds', async () => {
    const world = new CoreWorld({ memory: { closeTimeoutMs: 1_000_000 } })
    const client = await world.open()
    world.server.freeze()
    const closed = await world.outcome(client.close())
    await world.clock.pass(4999)
    expect(closed.state).toBe('pending')
    await world.clock.pass(1)
    expect(closed.state).toBe('resolved')
    expect(world.clock.waiting).toBe(0)
  })

  it('does not wait for ever for a transport or a store that never says that it is closed', async () => {
    const world = new CoreWorld()
    const dial: typeof world.server.dial = async (url, options) => {
      const transport = await world.server.dial(url, options)
      Object.defineProperty(transport, 'onClose', { get: () => () => {}, set: () => {} })
      return transport
    }
    const never = (): Promise<never> => new Promise(() => {})
    const store = { ...storeThat(never), load: async () => [], close: never }
    const client = await world.open({ dial, outbox: { store } })
    expect(client.status.state).toBe('connected')
    const closed = await world.outcome(client.close())
    await world.clock.pass(5000)
    expect(closed.state).toBe('resolved')
    expect(world.clock.waiting).toBe(0)
  })

  it('leaves nobody waiting', async () => {
    const world = new CoreWorld({ silent: ['publish', 'subscribe'] })
    const client = await world.open()
    const pending = await Promise.all([
      world.outcome(client.publish('a', '1', { qos: 1 })),
      world.outcome(client.publish('a', '2', { qos: 2 })),
      world.outcome(client.subscribe('a')),
    ])
    await world.outcome(client.close())
    for (const { error } of pending) expect(error).toMatchObject({ code: 'closed' })
    await expect(client.publish('a', '3')).rejects.toMatchObject({ code: 'closed' })
    await expect(client.subscribe('b')).rejects.toMatchObject({ code: 'closed' })
    await expect(client.connected()).rejects.toMatchObject({ code: 'closed' })
  })

  it('ignores what still comes', async () => {
    const world = new CoreWorld()
    const client = await world.open()
    const { server } = world
    server.answer('disconnect', () => ({ type: 'pingresp' }))
    const closed = client.close()
    server.sendBytes('ff ff ff ff')
    expect((await world.outcome(closed)).state).toBe('resolved')
    expect(client.status).toEqual({ state: 'closed' })
  })
})

describe('closing while it is not connected', () => {
  const never = (): Promise<never> => new Promise(() => {})
  it.each<[string, (world: CoreWorld) => ConnectOptions]>([
    ['credentials are awaited', () => ({ credentials: never })],
    [
      'the first word of a mechanism is awaited',
      () => ({ authentication: () => mechanism(never) }),
    ],
    ['it dials', (world) => (world.server.ignoreDials(), {})],
    ['a dialer does not care', () => ({ dial: never })],
    ['CONNACK is awaited', (world) => (world.server.silence('connect'), {})],
    ['it waits', (world) => (world.server.refuseDials(), {})],
    ['the outbox is being read', () => ({ outbox: { store: storeThat(never) } })],
  ])('ends at once: %s', async (_, prepare) => {
    const world = new CoreWorld()
    const client = await world.open(prepare(world))
    const connected = await world.outcome(client.connected())
    expect((await world.outcome(client.close())).state).toBe('resolved')
    expect(connected.error).toMatchObject({ code: 'closed' })
    expect(client.status).toEqual({ state: 'closed' })
    await world.clock.pass(100_000)
    expect(world.clock.waiting).toBe(0)
    for (const { closed } of world.server.connections) expect(closed).toBeDefined()
  })

  it('says DISCONNECT behind a CONNECT that had no answer', async () => {
    const world = new CoreWorld({ silent: ['connect'] })
    const client = await world.open()
    await world.outcome(client.close())
    expect(world.server.take().map(({ type }) => type)).toEqual(['connect', 'disconnect'])
  })

  it('does nothing where it has given up already', async () => {
    const world = new CoreWorld({ connack: { reasonCode: ReasonCode.Banned } })
    const client = await world.open()
    expect((await world.outcome(client.close({ drainTimeoutMs: 1000 }))).state).toBe('resolved')
    expect(client.status).toMatchObject({ state: 'closed', cause: { reasonCode: 0x8a } })
  })
})

describe('what is asked of a closed client', () => {
  rejectionsAreHandled()

  it('is rejected, and ends no process that does not look', async () => {
    const world = new CoreWorld()
    const authentication = () => mechanism(() => new Promise<never>(() => {}))
    const client = await world.open({ authentication })
    void client.connected()
    await world.outcome(client.close())
    const calls = [
      client.publish('a', ''),
      client.subscribe('a'),
      client.request('a', ''),
      client.respond('a', () => ''),
      client.connected(),
      client.reauthenticate(),
    ]
    await new Promise((resolve) => setImmediate(resolve))
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'closed' })
  })
})

describe('draining', () => {
  it('waits until all that was accepted is over', async () => {
    const world = new CoreWorld({ silent: ['publish'] })
    const client = await world.open()
    const published = await world.outcome(client.publish('a', '1', { qos: 1 }))
    const closed = await world.outcome(client.close({ drainTimeoutMs: 60_000 }))
    await expect(client.publish('a', '2')).rejects.toMatchObject({ code: 'closed' })
    expect(client.status.state).toBe('connected')
    world.server.send({ type: 'puback', packetId: 1, reasonCode: 0 })
    await world.clock.pass(0)
    expect(published.value).toBe(0)
    expect(closed.state).toBe('resolved')
    expect(world.clock.waiting).toBe(0)
  })

  it('gives up when the time is over', async () => {
    const world = new CoreWorld({ silent: ['publish'] })
    const client = await world.open()
    const published = await world.outcome(client.publish('a', '1', { qos: 1 }))
    const closed = await world.outcome(client.close({ drainTimeoutMs: 1000 }))
    await world.clock.pass(1000)
    expect(published.error).toMatchObject({ code: 'closed' })
    expect(closed.state).toBe('resolved')
  })

  it('may be given for ever, which is 24 days', async () => {
    const world = new CoreWorld({ silent: ['publish'] })
    const client = await world.open()
    void world.outcome(client.publish('a', '1', { qos: 1 }))
    const closed = await world.outcome(client.close({ drainTimeoutMs: Infinity }))
    expect(closed.state).toBe('pending')
    world.server.send({ type: 'puback', packetId: 1, reasonCode: 0 })
    await world.clock.pass(0)
    expect(closed.state).toBe('resolved')
  })

  it('connects once more if it has to', async () => {
    const world = new CoreWorld()
    world.server.refuseDials()
    const client = await world.open()
    const published = await world.outcome(client.publish('a', '1', { qos: 1 }))
    world.server.acceptDials()
    const closed = await world.outcome(client.close({ drainTimeoutMs: 10_000 }))
    expect(closed.state).toBe('pending')
    await world.clock.pass(1000)
    expect(published.value).toBe(0)
    expect(closed.state).toBe('resolved')
  })

  it('ends when the client gives up', async () => {
    const world = new CoreWorld({ silent: ['publish'] })
    const client = await world.open({ reconnect: false })
    void world.outcome(client.publish('a', '1', { qos: 1 }))
    const closed = await world.outcome(client.close({ drainTimeoutMs: 10_000 }))
    world.server.cut()
    await world.clock.pass(0)
    expect(closed.state).toBe('resolved')
    expect(world.clock.waiting).toBe(0)
  })
})

describe('a signal', () => {
  it('closes the client', async () => {
    const world = new CoreWorld()
    const control = new AbortController()
    const client = await world.open({ signal: control.signal })
    control.abort()
    await world.clock.pass(0)
    expect(client.status).toEqual({ state: 'closed' })
    expect(world.server.received('disconnect')).toHaveLength(1)
  })

  it('rejects a connect with its reason, before and while it is under way', async () => {
    const world = new CoreWorld({ silent: ['connect'] })
    const control = new AbortController()
    const { signal } = control
    const connecting = await world.connect({ signal })
    control.abort('not today')
    await world.clock.pass(0)
    expect(connecting.error).toBe('not today')
    expect((await world.connect({ signal })).error).toBe('not today')
    expect(world.server.dialed).toHaveLength(1)
    expect(world.clock.waiting).toBe(0)
    const client = await world.open({ signal })
    expect(client.status).toEqual({ state: 'closed' })
    expect(world.server.dialed).toHaveLength(1)
  })
})

function mechanism(start: () => Promise<never>) {
  return { method: 'M', start, respond: () => undefined, finish: () => undefined }
}

function storeThat(load: () => Promise<never>) {
  const done = async (): Promise<void> => {}
  return { load, append: done, remove: done, close: done }
}
