// Enhanced authentication (§4.12): when connecting, and again later.

import { ReasonCode } from '@godwit/codec'
import type { Packet } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import type { Mechanism } from '../src/authentication.ts'
import { CoreWorld } from './core-world.ts'
import { connack, publish } from './server-packets.ts'

describe('enhanced authentication', () => {
  it('begins with CONNECT, answers challenges, and hears the last word of CONNACK', async () => {
    const world = new CoreWorld()
    world.server.answer('connect', () => auth(0x18, 'challenge'))
    world.server.answer('auth', () => connack({ properties: named('proof') }))
    const { mechanism, heard } = listening()
    const { value: client } = await world.connect({ authentication: () => mechanism })
    expect(client?.status.state).toBe('connected')
    expect(world.server.received('connect')).toMatchObject([{ properties: named('first') }])
    expect(world.server.received('auth')).toEqual([auth(0x18, 'answer to challenge')])
    expect(heard).toEqual(['challenge', 'proof'])
  })

  it('is not over before the mechanism is content with the server', async () => {
    const world = new CoreWorld()
    world.server.answer('connect', () => [
      connack({ properties: named('proof') }),
      publish('a', 'too early?'),
    ])
    const finish = held()
    const { mechanism } = listening({ finish: () => finish.promise })
    const client = await world.open({ authentication: () => mechanism })
    expect(client.status.state).toBe('connecting')
    expect(client.statistics.messagesReceived).toBe(0)
    const published = await world.outcome(client.publish('b', '', { qos: 1 }))
    expect(world.server.received('publish')).toEqual([])
    finish.resolve()
    await world.clock.pass(0)
    expect(client.status.state).toBe('connected')
    expect(client.statistics.messagesReceived).toBe(1)
    expect(published.value).toBe(0)
  })

  it.each<[string, Partial<Mechanism>]>([
    ['begin', { start: () => Promise.reject(new Error('no key')) }],
    ['answer', { respond: () => Promise.reject(new Error('no key')) }],
    ['believe', { finish: () => Promise.reject(new Error('no key')) }],
    ['answer, and throws', { respond: () => fail('no key') }],
  ])('fails for good where the mechanism does not %s', async (_, parts) => {
    const world = new CoreWorld()
    world.server.answer('connect', () => auth(0x18, 'challenge'))
    world.server.answer('auth', () => connack({ properties: named('proof') }))
    const client = await world.open({ authentication: () => listening(parts).mechanism })
    expect(client.status).toMatchObject({
      state: 'closed',
      cause: {
        code: 'authentication-failed',
        remedy: 'fatal',
        message: 'Authenticating with mqtt://server failed: no key.',
      },
    })
    expect(world.clock.waiting).toBe(0)
    for (const { closed } of world.server.connections) expect(closed).toBe('in order')
  })

  it('is refused and tried again with its state made anew', async () => {
    const world = new CoreWorld({ connack: { reasonCode: ReasonCode.NotAuthorized } })
    let made = 0
    const authentication = () => {
      made++
      return listening().mechanism
    }
    await world.open({ authentication })
    await world.clock.pass(500)
    expect(made).toBe(2)
  })

  it('has the time that an attempt has', async () => {
    const world = new CoreWorld()
    world.server.answer('connect', () => auth(0x18, 'challenge'))
    const { mechanism } = listening({ respond: () => new Promise(() => {}) })
    const client = await world.open({ authentication: () => mechanism })
    await world.clock.pass(10_000)
    expect(client.status).toMatchObject({ state: 'waiting', cause: { code: 'connection-failed' } })
  })

  it('tells what a server had forgotten, though the mechanism did not believe it', async () => {
    const world = new CoreWorld({ silent: ['publish'], connack: { properties: named('proof') } })
    let isSuspicious = false
    const finish = () => (isSuspicious ? fail('who is it?') : undefined)
    const { mechanism } = listening({ finish })
    const client = await world.open({
      authentication: () => mechanism,
      reconnect: (attempt) => attempt * 10,
    })
    const published = await world.outcome(client.publish('a', '1', { qos: 1 }))
    isSuspicious = true
    world.server.cut()
    await world.clock.pass(10)
    expect(client.status).toMatchObject({ state: 'waiting', attempt: 2 })
    isSuspicious = false
    world.server.befriend('publish')
    await world.clock.pass(20)
    expect(published.value).toBe(0)
  })

  it('subscribes anew though it was on a connection without proof that the session began anew', async () => {
    const world = new CoreWorld({ connack: { properties: named('proof') } })
    const mechanisms = [listening(), listening({ finish: () => held().promise })]
    const authentication = () => (mechanisms.shift() ?? listening()).mechanism
    const client = await world.open({ authentication })
    await world.outcome(client.subscribe('a'))
    world.server.cut()
    await world.clock.pass(500)
    expect(world.server.connections).toHaveLength(2)
    world.server.connack = { sessionPresent: true, properties: named('proof') }
    world.server.cut()
    await world.clock.pass(1000)
    expect(client.status).toMatchObject({ state: 'connected', sessionPresent: false })
    expect(world.server.connections).toHaveLength(3)
    expect(world.server.received('subscribe')).toHaveLength(1)
  })
})

describe('authenticating again', () => {
  it('resolves when both sides are content', async () => {
    const world = new CoreWorld({ connack: { properties: named('proof') } })
    const { mechanism, heard } = listening()
    const client = await world.open({ authentication: () => mechanism })
    world.server.answer('auth', ({ reasonCode }) =>
      reasonCode === 0x19 ? auth(0x18, 'again') : auth(0, 'proof again'),
    )
    expect((await world.outcome(client.reauthenticate())).state).toBe('resolved')
    expect(world.server.received('auth')).toEqual([
      auth(0x19, 'first'),
      auth(0x18, 'answer to again'),
    ])
    expect(heard).toEqual(['proof', 'again', 'proof again'])
    expect((await world.outcome(client.reauthenticate())).state).toBe('resolved')
  })

  it('rejects when the server ends the connection instead', async () => {
    const world = new CoreWorld({ connack: { properties: named('proof') } })
    const client = await world.open({ authentication: () => listening().mechanism })
    world.server.answer('auth', () => ({
      type: 'disconnect',
      reasonCode: ReasonCode.NotAuthorized,
    }))
    const renewed = await world.outcome(client.reauthenticate())
    expect(renewed.error).toMatchObject({ code: 'connection-lost', reasonCode: 0x87 })
    expect(client.status.state).toBe('waiting')
  })

  it('that the mechanism never answers costs the connection, and no more', async () => {
    const world = new CoreWorld({ connack: { properties: named('proof') } })
    const { mechanism } = listening({ respond: () => new Promise(() => {}) })
    const client = await world.open({ authentication: () => mechanism })
    world.server.answer('auth', () => auth(0x18, 'challenge'))
    const renewed = await world.outcome(client.reauthenticate())
    await world.clock.pass(60_000)
    expect(renewed.error).toMatchObject({ code: 'connection-lost' })
    await world.clock.pass(500)
    expect(client.status.state).toBe('connected')
  })

  it('rejects where the mechanism cannot begin', async () => {
    const world = new CoreWorld({ connack: { properties: named('proof') } })
    let isTired = false
    const start = () => (isTired ? fail('no key') : bytes('first'))
    const client = await world.open({ authentication: () => listening({ start }).mechanism })
    isTired = true
    const renewed = await world.outcome(client.reauthenticate())
    expect(renewed.error).toMatchObject({ code: 'authentication-failed' })
    expect(client.status.state).toBe('connected')
  })

  it('rejects while the last word of the server is looked at', async () => {
    const world = new CoreWorld({ connack: { properties: named('proof') } })
    const mechanisms = [listening(), listening({ finish: () => held().promise }), listening()]
    const authentication = () => (mechanisms.shift() ?? listening()).mechanism
    const client = await world.open({ authentication })
    world.server.answer('auth', () => auth(0, 'proof'))
    const first = await world.outcome(client.reauthenticate())
    const second = await world.outcome(client.reauthenticate())
    expect(second.error).toMatchObject({ code: 'not-allowed' })
    world.server.cut()
    await world.clock.pass(0)
    expect(first.error).toMatchObject({ code: 'connection-lost' })
  })

  it('rejects where it goes on already, and the first one goes on', async () => {
    const world = new CoreWorld({ connack: { properties: named('proof') } })
    const client = await world.open({ authentication: () => listening().mechanism })
    const first = await world.outcome(client.reauthenticate())
    const second = await world.outcome(client.reauthenticate())
    expect(second.error).toMatchObject({ code: 'not-allowed' })
    world.server.send(auth(0, 'proof'))
    await world.clock.pass(0)
    expect(first.state).toBe('resolved')
  })

  it('can be given up, and needs something to repeat', async () => {
    const world = new CoreWorld({ connack: { properties: named('proof') } })
    const client = await world.open({ authentication: () => listening().mechanism })
    const control = new AbortController()
    const given = await world.outcome(client.reauthenticate({ signal: control.signal }))
    control.abort('enough')
    await world.clock.pass(0)
    expect(given.error).toBe('enough')
    const plain = await new CoreWorld().open()
    await expect(plain.reauthenticate()).rejects.toBeInstanceOf(TypeError)
  })

  it('waits for the next connection where there is none, which begins with one', async () => {
    const world = new CoreWorld({ connack: { properties: named('proof') } })
    const client = await world.open({ authentication: () => listening().mechanism })
    world.server.cut()
    await world.clock.pass(0)
    const renewed = await world.outcome(client.reauthenticate())
    await world.clock.pass(500)
    expect(renewed.state).toBe('resolved')
    await world.outcome(client.close())
    await expect(client.reauthenticate()).rejects.toMatchObject({ code: 'closed' })
  })
})

function listening(parts: Partial<Mechanism> = {}): { mechanism: Mechanism; heard: string[] } {
  const heard: string[] = []
  const mechanism: Mechanism = {
    method: 'M',
    start: () => bytes('first'),
    respond: async (challenge) => {
      heard.push(text(challenge))
      return bytes(`answer to ${text(challenge)}`)
    },
    finish: (data) => {
      heard.push(text(data))
    },
    ...parts,
  }
  return { mechanism, heard }
}

function auth(reasonCode: 0 | 0x18 | 0x19, data: string): Packet {
  return { type: 'auth', reasonCode, properties: named(data) }
}

function named(data: string) {
  return { authenticationMethod: 'M', authenticationData: bytes(data) }
}

function bytes(data: string): Uint8Array {
  return new TextEncoder().encode(data)
}

function text(data: Uint8Array | undefined): string {
  return new TextDecoder().decode(data)
}

function fail(message: string): never {
  throw new Error(message)
}

function held(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
