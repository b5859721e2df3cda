// A broker and its clients in one process.

import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { testBroker } from '../src/index.ts'
import { publish, rawClient } from './raw-client.ts'

describe('a world', () => {
  it('carries a message from one client to another, without being told to', async () => {
    await using world = await testBroker()
    await using lamp = await world.connect({ clientId: 'lamp' })
    await using button = await world.connect({ clientId: 'button' })
    const presses = await lamp.subscribe('button/+')
    await button.publish('button/1', 'pressed', { qos: 1 })
    for await (const press of presses) {
      expect([press.topic, press.text()]).toEqual(['button/1', 'pressed'])
      break
    }
    expect(world.clientIds).toEqual(['lamp', 'button'])
  })

  it('names clients that have no name, and repeats itself', async () => {
    const runs = [1, 1, 2].map(async (seed) => {
      await using world = await testBroker({ seed })
      const clients = [await world.connect(), await world.connect()]
      world.unplug()
      await world.settled()
      const waits = clients.map(({ status }) => status.state === 'waiting' && status.until)
      return [...clients.map(({ clientId }) => clientId), ...waits]
    })
    const [one, again, other] = await Promise.all(runs)
    expect(one?.slice(0, 2)).toEqual(['client-1', 'client-2'])
    expect(again).toEqual(one)
    expect(other).not.toEqual(one)
  })

  it('serves code that connects by itself', async () => {
    await using world = await testBroker()
    const client = await rawClient(world, 'raw', { version: 4 })
    client.send(publish('a', 'x', 7))
    const message = await world.broker.received('a')
    expect(message.publisher).toBe('raw')
    await world.settled()
    expect(client.received).toEqual([
      { type: 'connack', sessionPresent: false, reasonCode: 0 },
      { type: 'puback', packetId: 7, reasonCode: 0 },
    ])
  })

  it('opens clients that connect in the background', async () => {
    await using world = await testBroker()
    world.unplug()
    await using client = world.open({ clientId: 'lamp' })
    const sent = client.publish('a', 'x', { qos: 1 })
    await world.settled()
    world.plug()
    expect(await world.advanceUntil(sent)).toBe(ReasonCode.NoMatchingSubscribers)
  })

  it('cuts what is written into segments if it is asked to', async () => {
    await using world = await testBroker({ segment: (bytes) => Array.from(bytes, () => 1) })
    await using client = await world.connect()
    const payload = 'x'.repeat(10_000)
    await client.publish('a', payload, { qos: 2 })
    expect((await world.broker.received('a')).text()).toBe(payload)
  })

  it('says whom it does not know', async () => {
    await using world = await testBroker()
    const nobody = 'No client "lamb" is connected: nobody is'
    expect(() => world.cut('lamb')).toThrow(nobody)
    expect(() => world.freeze('lamb')).toThrow(nobody)
    expect(() => world.thaw('lamb')).toThrow(nobody)
  })
})

describe('the broker of a world', () => {
  it('shows what it took, whoever published it, and hands each message out once', async () => {
    await using world = await testBroker()
    const will = { topic: 'lamp/state', payload: 'gone', retain: true }
    await using lamp = await world.connect({ clientId: 'lamp', will, reconnect: false })
    const properties = { contentType: 'application/json' }
    await lamp.publish('lamp/state', '{"on":true}', { qos: 1, properties })
    await world.advance(1_500)
    world.cut('lamp')
    expect(world.broker.publish('lamp/set', 'off')).toBe(ReasonCode.NoMatchingSubscribers)

    const state = await world.broker.received('lamp/state')
    expect(state).toMatchObject({ publisher: 'lamp', at: 0, qos: 1, retain: false, properties })
    expect(state.json()).toEqual({ on: true })
    const gone = await world.broker.received('lamp/state')
    expect([gone.text(), gone.at, gone.retain]).toEqual(['gone', 1_500, true])
    expect(await world.broker.received('#')).toMatchObject({ publisher: undefined })
    const topics = world.broker.messages().map(({ topic }) => topic)
    expect(topics.toSorted()).toEqual(['lamp/set', 'lamp/state', 'lamp/state'])
    expect(world.broker.messages('+/state')).toHaveLength(2)
  })

  it('publishes, dismisses and counts', async () => {
    await using world = await testBroker()
    await using lamp = await world.connect({ clientId: 'lamp', reconnect: false })
    const messages = await lamp.subscribe('lamp/set', { qos: 1 })
    const bytes = new Uint8Array([1, 2])
    expect(world.broker.publish('lamp/set', bytes, { qos: 1, retain: true })).toBe(0)
    for await (const { payload } of messages) {
      expect([...payload]).toEqual([1, 2])
      break
    }
    expect(world.broker.stats()).toMatchObject({ connections: 1, retainedMessages: 1 })
    expect(world.broker.disconnect('lamb')).toBe(false)
    expect(world.broker.disconnect('lamp', { cause: 'enough' })).toBe(true)
    await world.settled()
    expect(world.packets('lamp', 'disconnect')).toMatchObject([
      { from: 'broker', reasonCode: ReasonCode.AdministrativeAction },
    ])
    expect(lamp.status.state).toBe('closed')
  })

  it('takes the options of a broker, and hands its observers what they want to see', async () => {
    const seen: string[] = []
    await using world = await testBroker({
      limits: { topicLevelsMax: 2 },
      guards: { authorize: ({ type }) => type !== 'subscribe' },
      observers: {
        connected: ({ clientId }) => seen.push(`connected ${clientId}`),
        disconnected: ({ clientId }) => seen.push(`disconnected ${clientId}`),
        published: ({ topic }) => seen.push(`published ${topic}`),
      },
    })
    const client = await world.connect({ clientId: 'lamp' })
    await expect(client.subscribe('a')).rejects.toMatchObject({ code: 'subscribe-refused' })
    await expect(client.publish('a/b/c', '', { qos: 1 })).rejects.toMatchObject({
      code: 'publish-refused',
    })
    await client.publish('a/b', '')
    await client.close()
    await world.settled()
    expect(seen).toEqual(['connected lamp', 'published a/b', 'disconnected lamp'])
  })

  it('tells of its faults when the world is closed, unless an observer hears of them', async () => {
    const authorize = (): never => {
      throw new Error('a guard')
    }
    const world = await testBroker({ guards: { authorize } })
    await (await world.connect()).publish('a', '')
    await world.settled()
    await expect(world.close()).rejects.toThrow('The broker reported: Error: a guard')

    const faults: unknown[] = []
    const fault = (error: unknown): void => void faults.push(error)
    await using heard = await testBroker({ guards: { authorize }, observers: { fault } })
    await (await heard.connect()).publish('a', '')
    await heard.settled()
    expect(faults).toHaveLength(1)
  })
})

describe('packets', () => {
  it('are what went over the wire, in order, of all connections', async () => {
    await using world = await testBroker()
    const lamp = await world.connect({ clientId: 'lamp', keepAliveSeconds: 60 })
    await lamp.publish('a', 'x', { qos: 1 })
    await world.advance(60_000)
    world.cut('lamp')
    await world.advanceUntil(reconnected(() => lamp.connected()))
    await lamp.close()
    await world.settled()
    const words = world.packets('lamp').map(({ from, type, connection }) => {
      return `${connection} ${from === 'client' ? '>' : '<'} ${type}`
    })
    expect(words).toEqual([
      '1 > connect',
      '1 < connack',
      '1 > publish',
      '1 < puback',
      '1 > pingreq',
      '1 < pingresp',
      '2 > connect',
      '2 < connack',
      '2 > disconnect',
    ])
    const [first] = world.packets('lamp', 'publish')
    expect(first).toMatchObject({ topic: 'a', qos: 1, packetId: 1, at: 0 })
    expect(new TextDecoder().decode(first?.payload)).toBe('x')
    expect(world.packets('lamb')).toEqual([])
  })

  it('are known by the name that the broker assigned', async () => {
    await using world = await testBroker()
    const client = await rawClient(world, '')
    client.send({ type: 'pingreq' })
    await world.settled()
    const again = await rawClient(world, 'assigned-1', { cleanStart: true })
    expect(again.received).toHaveLength(1)
    const words = world.packets('assigned-1').map(({ type, connection }) => `${connection} ${type}`)
    expect(words.slice(0, 4)).toEqual(['1 connect', '1 connack', '1 pingreq', '1 pingresp'])
    expect(words.at(-1)).toBe('2 connack')
  })
})

describe('restart', () => {
  it('loses what the broker knew, and clients come back', async () => {
    await using world = await testBroker()
    const will = { topic: 'gone', payload: '' }
    await using lamp = await world.connect({ clientId: 'lamp', will })
    const messages = await lamp.subscribe('lamp/set', { qos: 1 })
    world.broker.publish('kept', 'x', { retain: true })
    await world.restart()
    expect(world.broker.stats()).toMatchObject({ sessions: 0, retainedMessages: 0 })
    await world.advanceUntil(reconnected(() => lamp.connected()))
    await world.settled()
    world.broker.publish('lamp/set', 'on', { qos: 1 })
    for await (const message of messages) {
      expect(message.text()).toBe('on')
      break
    }
    // A broker that crashes publishes no Will.
    expect(world.broker.messages().map(({ topic }) => topic)).toEqual(['kept', 'lamp/set'])
  })
})

describe('close', () => {
  it('ends whatever the state of the world', async () => {
    const world = await testBroker()
    const [one, two, three] = [await world.connect(), await world.connect(), world.open()]
    world.freeze(one.clientId)
    const sent = one.publish('a', 'x', { qos: 1 })
    const waiting = world.broker.received('never')
    world.unplug(two.clientId)
    world.drop(three.clientId, 'connack')
    await world.settled()
    await Promise.all([world.close(), world.close()])
    await expect(sent).rejects.toMatchObject({ code: 'closed' })
    await expect(waiting).rejects.toThrow('The world was closed')
    expect([one, two, three].map(({ status }) => status.state)).toEqual([
      'closed',
      'closed',
      'closed',
    ])
  })

  it('does not wait for a client whose line is still', async () => {
    await using world = await testBroker()
    const lamp = await world.connect({ clientId: 'lamp' })
    world.freeze('lamp')
    await lamp.close()
    expect(lamp.status).toEqual({ state: 'closed' })
  })
})

/** Begins to wait when the loss of the connection is known. */
async function reconnected(connected: () => Promise<void>): Promise<void> {
  await new Promise((resolve) => void setImmediate(resolve))
  await connected()
}
