// A server that misbehaves before it has let the client in.

import { REASON_CODES } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { connect } from '../src/index.ts'
import { HostileWorld, rejectionsAreHandled, settledNow } from './hostile-world.ts'
import { ack, connack, disconnect, publish, suback } from './server-packets.ts'

describe('before CONNACK', () => {
  rejectionsAreHandled()

  it.each([
    ['a PUBLISH', [publish('a', '1')]],
    ['a PUBLISH of QoS 1 and a CONNACK', [publish('a', '1', { qos: 1, packetId: 1 }), connack()]],
    ['a PUBACK', [ack('puback', 1)]],
    ['a PUBREL', [ack('pubrel', 1)]],
    ['a SUBACK', [suback(1, 0)]],
    ['a PINGRESP', [{ type: 'pingresp' }]],
    ['a DISCONNECT', [disconnect(0x8b)]],
    ['an AUTH', [{ type: 'auth', reasonCode: 0x18, properties: { authenticationMethod: 'x' } }]],
  ] as const)('%s is a violation', async (_, packets) => {
    const world = await HostileWorld.begin({}, { silent: ['connect'] })
    world.server.send(...packets)
    await world.clock.settled()
    expect(world.failures).toMatchObject([{ code: 'violation', remedy: 'retry' }])
    expect(world.server.received('puback')).toEqual([])
    world.server.befriend('connect')
    expect(await world.recovery()).toBe('recovered')
  })

  it.each([
    ['bytes that are no MQTT', '485454502f312e3120343030'],
    ['a CONNACK with reserved flags', '20 03 80 00 00'],
    ['a CONNACK of another version', '20 02 00 00'],
    ['a refusal that has a session', '20 03 01 87 00'],
    ['a Receive Maximum of 0', '20 06 00 00 03 21 0000'],
    ['two CONNACKs', '20 03 00 00 00 20 03 00 00 00'],
    ['a packet that is too large', '20 81 80 80 08'],
  ])('%s: a violation', async (_, bytes) => {
    const world = await HostileWorld.begin({}, { silent: ['connect'] })
    world.server.sendBytes(bytes)
    await world.clock.settled()
    expect(world.failures).toMatchObject([{ code: 'violation' }])
    world.server.befriend('connect')
    expect(await world.recovery()).toBe('recovered')
  })

  it('a session is present that the client has not asked for: a violation', async () => {
    const world = await HostileWorld.begin({}, { connack: { sessionPresent: true } })
    expect(world.failures).toMatchObject([{ code: 'violation', statement: 'MQTT-3.2.2-2' }])
    world.server.connack = {}
    expect(await world.recovery()).toBe('recovered')
  })

  it('no Client Identifier is assigned to a client without one: a violation', async () => {
    const world = await HostileWorld.begin({ clientId: '' })
    expect(world.failures).toMatchObject([{ code: 'violation', statement: 'MQTT-3.2.2-16' }])
    world.server.connack = { properties: { assignedClientIdentifier: 'auto' } }
    expect(await world.recovery()).toBe('recovered')
  })

  it('a session comes back that the client has lost: it begins anew', async () => {
    const world = await HostileWorld.begin({ cleanStart: false, clientId: 'c' })
    world.server.answer('connect', ({ cleanStart }) => connack({ sessionPresent: !cleanStart }))
    world.server.cut()
    await world.pass(5000)
    expect(world.client.status).toMatchObject({ state: 'connected', sessionPresent: true })
    expect(await world.recovery()).toBe('recovered')
  })
})

const REFUSALS = Object.values(REASON_CODES)
  .filter(({ code, in: carriers }) => code >= 0x80 && carriers.some((type) => type === 'connack'))
  .map(({ code }) => code)

describe('a CONNACK', () => {
  rejectionsAreHandled()

  it.each(REFUSALS)('that refuses with %i is classified', async (code) => {
    const world = await HostileWorld.begin({}, { connack: { reasonCode: code } })
    const [failure] = world.failures
    expect(failure).toMatchObject({ code: 'connect-refused', reasonCode: code })
    expect(failure?.message).toContain(`0x${code.toString(16)}`)
    world.server.connack = {}
    const isRetried = failure?.remedy === 'retry'
    expect(await (isRetried ? world.recovery() : world.ending())).toMatch(/^(recovered|closed)$/)
  })

  it('whose terms are absurd is obeyed', async () => {
    const properties = {
      receiveMaximum: 1,
      maximumQoS: 0,
      retainAvailable: 0,
      maximumPacketSize: 20,
      wildcardSubscriptionAvailable: 0,
      subscriptionIdentifierAvailable: 0,
      sharedSubscriptionAvailable: 0,
      serverKeepAlive: 1,
      sessionExpiryInterval: 0,
    } as const
    const world = await HostileWorld.begin({}, { connack: { properties } })
    const { client } = world
    const refused = [
      client.publish('a', '1', { qos: 1 }),
      client.publish('a', '1', { retain: true }),
      client.publish('a', 'x'.repeat(20)),
      client.subscribe('a/#'),
      client.subscribe('$share/g/a'),
      client.subscribe('a/long/filter/of/20/bytes'),
    ].map((promise) => promise.catch((error: unknown) => error))
    const published = client.publish('a', '1')
    await world.pass(5000)
    for (const each of refused)
      expect(await settledNow(each)).toMatchObject({ code: 'not-allowed' })
    expect(await settledNow(published)).toBe(0)
    expect(client.status.state).toBe('connected')
    expect(world.server.received('pingreq').length).toBeGreaterThanOrEqual(4)
    expect(await world.ending()).toBe('closed')
  })

  it('that refuses the first attempt is what `connect` rejects with, and nothing is left', async () => {
    const world = await HostileWorld.begin({}, { connack: { reasonCode: 0x87 } })
    const { clock, server } = world
    const connected = connect('mqtt://server', { clock, dial: server.dial })
    const outcome = connected.catch((error: unknown) => error)
    await clock.settled()
    expect(await settledNow(outcome)).toMatchObject({ code: 'connect-refused', reasonCode: 0x87 })
    expect(await world.ending()).toBe('closed')
  })
})
