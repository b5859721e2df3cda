// A server that does not answer, or not to the end: every wait has its bound.

import { describe, expect, it } from 'vitest'
import { connect } from '../src/index.ts'
import { HostileWorld, rejectionsAreHandled, settledNow } from './hostile-world.ts'
import { connack } from './server-packets.ts'

describe('a server that says nothing', () => {
  rejectionsAreHandled()

  it('to a dial is given up after 10 s', async () => {
    const world = await HostileWorld.begin()
    const { clock, server } = world
    server.ignoreDials()
    const connected = connect('mqtt://server', { clock, dial: server.dial })
    await world.pass(9000)
    expect(await settledNow(connected)).toBe('pending')
    await world.pass(2000)
    expect(await settledNow(connected)).toMatchObject({ code: 'connection-failed' })
    expect(await world.ending()).toBe('closed')
  })

  it('to a CONNECT is given up after 10 s, and tried again', async () => {
    const world = await HostileWorld.begin({}, { silent: ['connect'] })
    await world.pass(11_000)
    expect(world.failures).toMatchObject([{ code: 'connection-failed', remedy: 'retry' }])
    expect(world.server.connections[0]?.closed).toBeDefined()
    world.server.befriend('connect')
    expect(await world.recovery()).toBe('recovered')
  })

  it('but half a CONNACK is given up as well', async () => {
    const world = await HostileWorld.begin({}, { silent: ['connect'] })
    for (let second = 0; second < 12; second++) {
      if (second < 3) world.server.sendBytes(['20', 'ff', 'ff'][second]!)
      await world.pass(1000)
    }
    expect(world.failures[0]).toMatchObject({ code: 'connection-failed' })
    world.server.befriend('connect')
    expect(await world.recovery()).toBe('recovered')
  })

  it('to a PINGREQ is lost after Keep Alive and 10 s', async () => {
    const world = await HostileWorld.begin({ keepAliveSeconds: 30 }, { silent: ['pingreq'] })
    await world.pass(41_000)
    expect(world.failures).toMatchObject([{ code: 'connection-lost', remedy: 'retry' }])
    expect(world.server.connections[0]?.received('pingreq')).toHaveLength(1)
    world.server.befriend('pingreq')
    expect(await world.recovery()).toBe('recovered')
  })

  it('but a byte now and then is lost as well', async () => {
    const world = await HostileWorld.begin({ keepAliveSeconds: 30 }, { silent: ['pingreq'] })
    world.server.sendBytes('30 80 80 04')
    for (let second = 0; second < 60 && world.failures.length === 0; second++) {
      world.server.sendBytes('00')
      await world.pass(1000)
    }
    expect(world.failures).toMatchObject([{ code: 'connection-lost' }])
    world.server.befriend('pingreq')
    expect(await world.recovery()).toBe('recovered')
  })

  it('to a SUBSCRIBE keeps the caller waiting until it has enough', async () => {
    const world = await HostileWorld.begin({}, { silent: ['subscribe'] })
    const abort = new AbortController()
    const impatient = world.client.subscribe('a', { signal: abort.signal })
    const patient = world.client.subscribe('b')
    await world.pass(3_600_000, 10_000)
    expect(await settledNow(impatient)).toBe('pending')
    expect(await settledNow(patient)).toBe('pending')
    abort.abort(new Error('enough'))
    expect(await settledNow(impatient)).toMatchObject({ message: 'enough' })
    const refused = patient.catch((error: unknown) => error)
    expect(await world.ending()).toBe('closed')
    expect(await settledNow(refused)).toMatchObject({ code: 'closed' })
  })

  it('to an UNSUBSCRIBE keeps nobody from closing', async () => {
    const world = await HostileWorld.begin({}, { silent: ['unsubscribe'] })
    const subscribed = world.client.subscribe('a')
    await world.clock.settled()
    const stream = await subscribed
    const closed = stream.close().then(() => 'over')
    await world.clock.settled()
    expect(await world.ending()).toBe('closed')
    expect(await settledNow(closed)).toBe('over')
  })

  it('to a PUBLISH keeps the caller waiting until it has enough', async () => {
    const world = await HostileWorld.begin({}, { silent: ['publish'] })
    const abort = new AbortController()
    const { signal } = abort
    const taken = [1, 2].map((qos) => world.client.publish('a', '1', { qos: qos === 1 ? 1 : 2 }))
    const impatient = world.client.publish('a', '1', { qos: 1, signal })
    const outcomes = [...taken, impatient].map((each) => each.catch((error: unknown) => error))
    await world.pass(600_000, 10_000)
    expect(await settledNow(outcomes[0]!)).toBe('pending')
    abort.abort(new Error('enough'))
    expect(await settledNow(outcomes[2]!)).toMatchObject({ message: 'enough' })
    const closed = world.client.close({ drainTimeoutMs: 3000 }).then(() => 'closed')
    await world.pass(2000)
    expect(await settledNow(closed)).toBe('pending')
    await world.pass(7000)
    expect(await settledNow(closed)).toBe('closed')
    for (const each of outcomes.slice(0, 2)) {
      expect(await settledNow(each)).toMatchObject({ code: 'closed' })
    }
  })

  it('to a request lets it time out', async () => {
    const world = await HostileWorld.begin()
    const asked = world.client.request('a', '?', { timeoutMs: 2000 })
    const outcome = asked.catch((error: unknown) => error)
    await world.pass(3000)
    expect(await settledNow(outcome)).toMatchObject({ code: 'timeout' })
    expect(await world.recovery()).toBe('recovered')
  })

  it('to an authentication is given up after 10 s', async () => {
    const mechanism = {
      method: 'x',
      start: () => undefined,
      respond: () => undefined,
      finish: () => {},
    }
    const authentication = () => mechanism
    const world = await HostileWorld.begin({ authentication }, { silent: ['connect', 'auth'] })
    const properties = { authenticationMethod: 'x' }
    world.server.send({ type: 'auth', reasonCode: 0x18, properties })
    await world.pass(11_000)
    expect(world.failures).toMatchObject([{ code: 'connection-failed' }])
    world.server.answer('connect', () => connack({ properties }))
    expect(await world.recovery()).toBe('recovered')
  })

  it('and asks for authentication without end is given up after 10 s', async () => {
    let answers = 0
    const mechanism = {
      method: 'x',
      start: () => undefined,
      respond: () => void answers++,
      finish: () => {},
    }
    const authentication = () => mechanism
    const world = await HostileWorld.begin({ authentication }, { silent: ['connect', 'auth'] })
    const properties = { authenticationMethod: 'x' }
    for (let tenth = 0; tenth < 110 && world.failures.length === 0; tenth++) {
      world.server.send({ type: 'auth', reasonCode: 0x18, properties })
      await world.pass(100, 100)
    }
    expect(answers).toBeGreaterThan(50)
    expect(world.failures).toMatchObject([{ code: 'connection-failed' }])
    world.server.answer('connect', () => connack({ properties }))
    expect(await world.recovery()).toBe('recovered')
  })
})

describe('a mechanism of the program', () => {
  rejectionsAreHandled()

  it('that never answers does not outlive the time to connect', async () => {
    const mechanism = {
      method: 'x',
      start: () => undefined,
      respond: () => new Promise<undefined>(() => {}),
      finish: () => {},
    }
    const authentication = () => mechanism
    const world = await HostileWorld.begin({ authentication }, { silent: ['connect'] })
    const properties = { authenticationMethod: 'x' }
    world.server.send({ type: 'auth', reasonCode: 0x18, properties })
    await world.pass(11_000)
    expect(world.failures).toMatchObject([{ code: 'connection-failed' }])
    world.server.answer('connect', () => connack({ properties }))
    expect(await world.recovery()).toBe('recovered')
  })
})
