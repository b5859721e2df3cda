// How a client is let in, or not: CONNECT, versions, credentials, the first failure.

import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { CoreWorld } from './core-world.ts'
import type { ScriptedConnection } from './scripted-server.ts'
import { connack } from './server-packets.ts'

describe('connecting', () => {
  it('says CONNECT with the defaults and is let in', async () => {
    const world = new CoreWorld()
    const { value: client } = await world.connect({ clientId: 'thermometer' })
    expect(world.server.received('connect')).toEqual([
      {
        type: 'connect',
        version: 5,
        clientId: 'thermometer',
        cleanStart: true,
        keepAlive: 60,
        properties: {
          sessionExpiryInterval: 300,
          receiveMaximum: 1024,
          maximumPacketSize: 16 * 1024 * 1024,
          topicAliasMaximum: 32,
        },
      },
    ])
    expect(client?.status).toMatchObject({ state: 'connected', sessionPresent: false })
    expect(client?.clientId).toBe('thermometer')
    expect(client?.statistics.connections).toBe(1)
  })

  it('says everything that it was asked to say', async () => {
    const world = new CoreWorld()
    await world.connect({
      clientId: 'c',
      username: 'ada',
      password: 'secret',
      keepAliveSeconds: 30,
      sessionExpirySeconds: 0,
      properties: { userProperty: [['room', 'attic']] },
      limits: { receiveMaximum: 7, topicAliasMaximum: 0, packetBytesMax: 1000 },
      will: {
        topic: 'gone',
        payload: 'x',
        qos: 1,
        retain: true,
        properties: { willDelayInterval: 5 },
      },
    })
    expect(world.server.received('connect')).toEqual([
      {
        type: 'connect',
        version: 5,
        clientId: 'c',
        cleanStart: true,
        keepAlive: 30,
        username: 'ada',
        password: new TextEncoder().encode('secret'),
        will: {
          topic: 'gone',
          payload: new TextEncoder().encode('x'),
          qos: 1,
          retain: true,
          properties: { willDelayInterval: 5 },
        },
        properties: {
          userProperty: [['room', 'attic']],
          receiveMaximum: 7,
          maximumPacketSize: 1000,
        },
      },
    ])
  })

  it('makes up a Client Identifier that every version allows', async () => {
    const world = new CoreWorld()
    const client = await world.open({ clientId: undefined as never })
    expect(client.clientId).toMatch(/^godwit-[0-9a-f]{16}$/)
    expect(client.clientId).toHaveLength(23)
  })

  it('keeps a Client Identifier that the server has assigned', async () => {
    const world = new CoreWorld({ connack: { properties: { assignedClientIdentifier: 'given' } } })
    const client = await world.open({ clientId: '' })
    expect(client.clientId).toBe('given')
    world.server.cut()
    world.server.connack = { sessionPresent: true }
    await world.clock.pass(1000)
    expect(world.server.latest.connect).toMatchObject({ clientId: 'given', cleanStart: false })
  })

  it('takes the credentials of the URL, decoded, but not before those of the options', async () => {
    const world = new CoreWorld()
    await world.connect({}, 'mqtt://a%40b:p%3Aw@server:1234')
    expect(world.server.latest.connect).toMatchObject({
      username: 'a@b',
      password: new TextEncoder().encode('p:w'),
    })
    expect(world.server.dialed).toEqual(['mqtt://server:1234'])
    await world.connect({ username: 'other' }, 'mqtt://a:b@server')
    expect(world.server.latest.connect).toMatchObject({ username: 'other' })
  })
})

describe('a first attempt that fails', () => {
  it('rejects with what the server said and what to do', async () => {
    const world = new CoreWorld({
      connack: {
        reasonCode: ReasonCode.NotAuthorized,
        properties: { reasonString: 'no\nguests', userProperty: [['a', 'b']] },
      },
    })
    const { error } = await world.connect({}, 'mqtt://ada:secret@server:99')
    expect(error).toMatchObject({
      name: 'ClientError',
      code: 'connect-refused',
      remedy: 'refresh-credentials',
      reasonCode: 0x87,
      reasonName: 'Not authorized',
      reasonString: 'no\nguests',
      userProperty: [['a', 'b']],
      message:
        'mqtt://server:99 refused the connection: Not authorized (0x87), "no\\nguests". ' +
        'Ask whoever runs the server for access, or ask for less.',
    })
    expect(world.clock.waiting).toBe(0)
    await world.clock.pass(100_000)
    expect(world.server.dialed).toHaveLength(1)
  })

  it('rejects when nobody can be reached', async () => {
    const world = new CoreWorld()
    const cause = new Error('connect ECONNREFUSED')
    world.server.refuseDials(cause)
    const { error } = await world.connect()
    expect(error).toMatchObject({
      code: 'connection-failed',
      remedy: 'retry',
      message: 'Connecting to mqtt://server failed: connect ECONNREFUSED.',
      cause,
    })
    expect(world.clock.waiting).toBe(0)
  })

  it.each([
    ['dialing takes', (world: CoreWorld) => world.server.ignoreDials()],
    ['the server takes', (world: CoreWorld) => world.server.silence('connect')],
  ])('rejects when %s too long', async (_, hinder) => {
    const world = new CoreWorld()
    hinder(world)
    const outcome = await world.connect({ limits: { connectTimeoutMs: 5000 } })
    await world.clock.pass(4999)
    expect(outcome.state).toBe('pending')
    await world.clock.pass(1)
    expect(outcome.error).toMatchObject({
      code: 'connection-failed',
      message: 'Connecting to mqtt://server failed: No answer came within 5000 ms.',
    })
    expect(world.clock.waiting).toBe(0)
  })

  it('lets go of a transport that comes too late', async () => {
    const world = new CoreWorld()
    const { server, clock } = world
    const dial: typeof server.dial = async (url) => {
      await new Promise<void>((resolve) => clock.virtual.after(20_000, resolve))
      return server.dial(url, { signal: new AbortController().signal })
    }
    const outcome = await world.connect({ dial })
    await clock.pass(10_000)
    expect(outcome.state).toBe('rejected')
    await clock.pass(10_000)
    expect(server.latest.closed).toBe('in order')
    expect(server.latest.packets).toEqual([])
  })

  it('rejects when the server leaves without a word', async () => {
    const world = new CoreWorld()
    world.server.answer('connect', (_, connection) => left(connection))
    expect((await world.connect()).error).toMatchObject({
      code: 'connection-failed',
      message: 'Connecting to mqtt://server failed: The server closed the connection.',
    })
  })

  it('rejects when the server does not speak MQTT', async () => {
    const world = new CoreWorld({ silent: ['connect'] })
    const outcome = await world.connect()
    world.server.sendBytes(new TextEncoder().encode('HTTP/1.1 400 Bad Request'))
    await world.clock.pass(0)
    expect(outcome.error).toMatchObject({
      code: 'violation',
      reasonCode: 0x81,
      message: expect.stringMatching(
        /broke the rules .* Is it an MQTT server that listens there\?$/,
      ),
    })
    expect(world.server.latest.closed).toBe('in order')
  })
})

describe('an option that makes no sense', () => {
  it.each([
    ['mqtt', 'A server is named by a URL'],
    ['mqtt://', 'names its host'],
    ['mqtt://a:%%@server', 'percent-encoded'],
  ])('is a TypeError: %s', async (url, message) => {
    const { error } = await new CoreWorld().connect({}, url)
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ message: expect.stringContaining(message) })
  })

  it('names the schemes that the entry point knows, and no credentials', async () => {
    const { error } = await new CoreWorld().connect(
      { dial: undefined as never },
      'ftp://a:secret@b',
    )
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).toBe(
      'TypeError: No connection is made by ftp: here: ws://host, wss://host',
    )
  })

  it.each([
    [{ versions: [] }, '`versions`'],
    [{ versions: [6 as never] }, '`versions`'],
    [{ cleanStart: false, clientId: '' }, '`clientId`'],
    [{ keepAliveSeconds: 1.5 }, '`keepAliveSeconds`'],
    [{ versions: [5, 4] as const, authentication: () => ({}) as never }, '`authentication`'],
  ])('is a TypeError: %o', async (options, message) => {
    const { error } = await new CoreWorld().connect(options)
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ message: expect.stringContaining(message) })
  })

  it('is a RangeError for a limit', async () => {
    const { error } = await new CoreWorld().connect({ limits: { pingTimeoutMs: -1 } })
    expect(error).toBeInstanceOf(RangeError)
  })

  it('rejects where only this version cannot say it', async () => {
    const world = new CoreWorld()
    const { error } = await world.connect({ versions: [4], password: 'alone' })
    expect(error).toMatchObject({ code: 'not-allowed', remedy: 'fatal' })
    expect(world.clock.waiting).toBe(0)
    expect(world.server.latest.closed).toBe('in order')
  })
})

describe('versions', () => {
  it('go down where the server refuses one, within one attempt', async () => {
    const world = new CoreWorld()
    world.server.answer('connect', ({ version }) =>
      connack(version === 5 ? { reasonCode: ReasonCode.UnsupportedProtocolVersion } : {}),
    )
    const client = await world.open({ versions: [5, 4] })
    expect(client.status).toMatchObject({ state: 'connected', version: 4 })
    expect(world.server.connections.map(({ version }) => version)).toEqual([5, 4])
    expect(world.states).toEqual(['connecting', 'connected'])
  })

  it('go down where a server of old refuses in its own words', async () => {
    const world = new CoreWorld({ silent: ['connect'] })
    const client = await world.open({ versions: [5, 4] })
    world.server.sendBytes('20 02 00 01')
    await world.clock.pass(0)
    world.server.send(connack())
    await world.clock.pass(0)
    expect(client.status.state).toBe('connected')
    expect(world.server.latest.version).toBe(4)
  })

  it('go down where the server leaves without a word, and stay there while it works', async () => {
    const world = new CoreWorld()
    world.server.answer('connect', ({ version }, connection) =>
      version === 5 ? left(connection) : connack(),
    )
    await world.open({ versions: [5, 4, 3] })
    world.server.cut()
    await world.clock.pass(1000)
    expect(world.server.connections.map(({ version }) => version)).toEqual([5, 4, 4])
  })

  it('do not go down where the server has spoken this one, and leaves without a word', async () => {
    const world = new CoreWorld()
    await world.open({ versions: [5, 4] })
    world.server.answer('connect', (_, connection) => left(connection))
    world.server.cut()
    await world.clock.pass(500)
    world.server.befriend('connect')
    await world.clock.pass(1000)
    expect(world.states.at(-1)).toBe('connected')
    expect(world.server.connections.map(({ version }) => version)).toEqual([5, 5, 5])
  })

  it('begin with the best again when all have failed', async () => {
    const world = new CoreWorld()
    world.server.answer('connect', (_, connection) => left(connection))
    await world.open({ versions: [5, 4] })
    await world.clock.pass(500)
    expect(world.server.connections.map(({ version }) => version)).toEqual([5, 4, 5, 4])
  })

  it('do not go down for another refusal, or for silence', async () => {
    const world = new CoreWorld({ connack: { reasonCode: ReasonCode.ServerBusy } })
    await world.open({ versions: [5, 4] })
    expect(world.server.connections.map(({ version }) => version)).toEqual([5])
    const silent = new CoreWorld({ silent: ['connect'] })
    await silent.open({ versions: [5, 4] })
    await silent.clock.pass(10_000)
    expect(silent.server.connections.map(({ version }) => version)).toEqual([5])
  })

  it('leave out what older ones cannot say', async () => {
    const world = new CoreWorld()
    await world.connect({
      versions: [4],
      properties: { userProperty: [['a', 'b']] },
      will: { topic: 'w', properties: { willDelayInterval: 1 } },
    })
    expect(world.server.received('connect')).toEqual([
      {
        type: 'connect',
        version: 4,
        clientId: 'tester',
        cleanStart: true,
        keepAlive: 60,
        will: { topic: 'w', payload: new Uint8Array(), qos: 0, retain: false },
      },
    ])
  })
})

describe('credentials as a function', () => {
  it('are asked for before each attempt, with its number', async () => {
    const world = new CoreWorld()
    const asked: number[] = []
    const credentials = async (attempt: number) => {
      asked.push(attempt)
      return { username: `token-${asked.length}` }
    }
    world.server.connack = { reasonCode: ReasonCode.BadUserNameOrPassword }
    const client = await world.open({ credentials })
    expect(client.status).toMatchObject({ state: 'waiting', attempt: 1, delayMs: 500, until: 500 })
    world.server.connack = {}
    await world.clock.pass(500)
    expect(client.status.state).toBe('connected')
    expect(asked).toEqual([1, 2])
    expect(world.server.latest.connect).toMatchObject({ username: 'token-2' })
  })

  it('that fail are tried again, like a server that cannot be reached', async () => {
    const world = new CoreWorld()
    const credentials = () => Promise.reject(new Error('no token'))
    const client = await world.open({ credentials })
    expect(client.status).toMatchObject({
      state: 'waiting',
      cause: { code: 'connection-failed', message: expect.stringContaining('no token') },
    })
    expect(world.server.dialed).toEqual([])
    await world.outcome(client.close())
  })

  it('are needed to try again after a refusal that is about them', async () => {
    const world = new CoreWorld({ connack: { reasonCode: ReasonCode.BadUserNameOrPassword } })
    const client = await world.open({ username: 'ada' })
    expect(client.status).toMatchObject({
      state: 'closed',
      cause: { remedy: 'refresh-credentials', reasonCode: 0x86 },
    })
    expect((await world.outcome(client.connected())).error).toMatchObject({ code: 'closed' })
    expect(world.clock.waiting).toBe(0)
  })
})

/** A server that leaves without a word. */
function left(connection: ScriptedConnection): undefined {
  connection.close()
}
