// A server that breaks the rules while the client is connected: the violation is named, told to the
// server where its version has words for it, and the next connection is a new start.

import { Decoder, MqttError } from '@godwit/codec'
import type { Packet } from '@godwit/codec'
import { REFUSAL_VECTORS } from '@godwit/codec/testing'
import { describe, expect, it } from 'vitest'
import { ClientError } from '../src/errors.ts'
import { HostileWorld, rejectionsAreHandled, settledNow } from './hostile-world.ts'
import { ack, connack, disconnect, publish, suback, unsuback } from './server-packets.ts'

const FILTER = { filter: 'a', qos: 0, noLocal: false, retainAsPublished: false } as const

/** Each is sent to a client of MQTT 5.0 that has done nothing but connect. */
const ILLEGAL: [name: string, illegal: Packet | string, reasonCode: number, statement?: string][] =
  [
    ['a second CONNACK', connack(), 0x82, 'MQTT-3.2.0-2'],
    ['a CONNECT', '10 0e 0004 4d515454 05 02 003c 00 000161', 0x82],
    [
      'a SUBSCRIBE',
      { type: 'subscribe', packetId: 1, subscriptions: [{ ...FILTER, retainHandling: 0 }] },
      0x82,
    ],
    ['an UNSUBSCRIBE', { type: 'unsubscribe', packetId: 1, filters: ['a'] }, 0x82],
    ['a PINGREQ', { type: 'pingreq' }, 0x82],
    ['a SUBACK that answers nothing', suback(7, 0), 0x82, 'MQTT-3.8.4-2'],
    ['an UNSUBACK that answers nothing', unsuback(7, 0), 0x82, 'MQTT-3.10.4-5'],
    ['an AUTH out of turn', 'f0 00', 0x82, 'MQTT-4.12.0-6'],
    ['a DISCONNECT that only clients send', 'e0 01 04', 0x82, 'MQTT-3.14.2-1'],
    [
      'a DISCONNECT with a Session Expiry Interval',
      'e0 07 00 05 11 00000001',
      0x82,
      'MQTT-3.14.2-2',
    ],
    ['a Topic Alias of 0', '30 06 0000 03 23 0000', 0x94],
    ['a Topic Alias above the Maximum', '30 07 0001 61 03 23 0021', 0x94, 'MQTT-3.3.2-11'],
    ['a Topic Alias that was never set', '30 06 0000 03 23 0001', 0x82],
    ['a PUBLISH with a wildcard in its Topic Name', '30 04 0001 23 00', 0x81, 'MQTT-3.3.2-2'],
    ['a PUBLISH of QoS 3', '36 06 0001 61 0001 00', 0x81, 'MQTT-3.3.1-4'],
    ['malformed UTF-8', '30 05 0002 c080 00', 0x81, 'MQTT-1.5.4-1'],
    ['flags that are reserved', '41 02 0001', 0x81, 'MQTT-2.1.3-1'],
    ['a packet above our Maximum Packet Size', '30 81 80 80 08', 0x95],
    ['the largest length there is', '30 ff ff ff 7f', 0x95],
    ['a length that does not end', '30 ff ff ff ff', 0x81],
    ['a packet of the reserved type', '00 00', 0x81],
  ]

describe('a server that breaks the rules of MQTT 5.0', () => {
  rejectionsAreHandled()

  it.each(ILLEGAL)(
    'is told, left and tried again: %s',
    async (_, illegal, reasonCode, statement) => {
      const world = await HostileWorld.begin()
      const { server } = world
      if (typeof illegal === 'string') server.sendBytes(illegal)
      else server.send(illegal)
      await world.clock.settled()
      expect(world.client.status).toMatchObject({ state: 'waiting', cause: { code: 'violation' } })
      const [failure] = world.failures
      expect(failure).toBeInstanceOf(ClientError)
      expect(failure).toMatchObject({
        reasonCode,
        remedy: 'retry',
        ...(statement && { statement }),
      })
      expect(failure?.message).toMatch(/^mqtt:\/\/server broke the rules of MQTT: /)
      expect(server.received('disconnect')).toMatchObject([{ reasonCode }])
      expect(server.latest.closed).toBe('in order')
      expect(await world.recovery()).toBe('recovered')
    },
  )

  it('is told of everything that the decoder knows to be wrong', async () => {
    const vectors = REFUSAL_VECTORS.filter(({ version }) => version === 5)
    expect(vectors.length).toBeGreaterThan(100)
    for (const { name, hex, reasonCode } of vectors) {
      const world = await HostileWorld.begin()
      world.server.sendBytes(hex)
      await world.clock.settled()
      expect([name, world.failures[0]?.code]).toEqual([name, 'violation'])
      const said = world.server.received('disconnect')[0]?.reasonCode
      // Of a packet that no server sends, nothing but its header is looked at.
      const expected = isOfClients(hex) && said === 0x82 ? 0x82 : reasonCode
      expect([name, said]).toEqual([name, expected])
      expect(await world.ending()).toBe('closed')
    }
  })
})

describe.each([3, 4] as const)('a server that breaks the rules of version %i', (version) => {
  rejectionsAreHandled()

  it('is left without a word, for there is none', async () => {
    const vectors = REFUSAL_VECTORS.filter((vector) => vector.version === version)
    expect(vectors.length).toBeGreaterThan(50)
    for (const { name, hex } of vectors) {
      const world = await HostileWorld.begin({ versions: [version] })
      world.server.take()
      world.server.sendBytes(hex)
      await world.clock.settled()
      expect([name, world.failures[0]?.code]).toEqual([name, 'violation'])
      expect([name, world.server.take()]).toEqual([name, []])
      expect(world.server.latest.closed).toBe('in order')
      expect(await world.ending()).toBe('closed')
    }
  })

  it('is tried again', async () => {
    const world = await HostileWorld.begin({ versions: [version] })
    world.server.sendBytes('f0 00')
    await world.clock.settled()
    expect(world.failures).toMatchObject([{ code: 'violation', remedy: 'retry' }])
    expect(await world.recovery()).toBe('recovered')
  })
})

describe('acknowledgements of what was never sent', () => {
  rejectionsAreHandled()

  it('are answered where an answer is due, and change nothing', async () => {
    const world = await HostileWorld.begin()
    const { server } = world
    server.take()
    for (const packetId of [1, 2, 65_535]) {
      server.send(ack('puback', packetId), ack('pubcomp', packetId))
      server.send(ack('pubrec', packetId), ack('pubrel', packetId))
    }
    await world.clock.settled()
    expect(server.take()).toEqual(
      [1, 2, 65_535].flatMap((packetId) => [
        ack('pubrel', packetId, 0x92),
        ack('pubcomp', packetId, 0x92),
      ]),
    )
    expect(world.client.status.state).toBe('connected')
    expect(await world.recovery()).toBe('recovered')
  })

  it('do not end the exchange of another QoS', async () => {
    const world = await HostileWorld.begin({}, { silent: ['publish', 'pubrel'] })
    const { server, client } = world
    const once = client.publish('a', '1', { qos: 1 })
    const exactly = client.publish('a', '2', { qos: 2 })
    await world.clock.settled()
    const [first, second] = server.received('publish').map(({ packetId }) => packetId)
    server.send(ack('pubcomp', first!), ack('puback', second!), ack('pubcomp', second!))
    await world.clock.settled()
    expect(await settledNow(once)).toBe('pending')
    expect(await settledNow(exactly)).toBe('pending')
    server.send(ack('puback', first!, 0x10), ack('puback', first!), ack('pubrec', second!))
    await world.clock.settled()
    expect(await settledNow(once)).toBe(0x10)
    server.send(ack('pubrec', second!), ack('pubcomp', second!), ack('pubcomp', second!))
    await world.clock.settled()
    expect(await settledNow(exactly)).toBe(0)
    server.befriend('publish', 'pubrel')
    expect(await world.recovery()).toBe('recovered')
  })
})

describe('a SUBACK', () => {
  rejectionsAreHandled()

  it.each<[string, (id: number) => Packet[] | string]>([
    ['too many codes', (id) => [suback(id, 0, 0)]],
    ['a code that does not exist', (id) => `90 04 ${hex(id)} 00 03`],
    ['no codes at all', (id) => `90 03 ${hex(id)} 00`],
    ['the Packet Identifier of nobody', (id) => [suback(id + 100, 0)]],
    ['the Packet Identifier 0', () => '90 04 0000 00 00'],
  ])('with %s ends the connection, and SUBSCRIBE is sent again', async (_, answer) => {
    const world = await HostileWorld.begin({}, { silent: ['subscribe'] })
    const { server, client } = world
    const subscribed = client.subscribe('a', { qos: 1 })
    await world.clock.settled()
    const said = answer(server.received('subscribe')[0]!.packetId)
    if (typeof said === 'string') server.sendBytes(said)
    else server.send(...said)
    await world.clock.settled()
    expect(world.failures).toMatchObject([{ code: 'violation' }])
    expect(await settledNow(subscribed)).toBe('pending')
    server.befriend('subscribe')
    await world.pass(10_000)
    const stream = await subscribed
    expect(stream.granted).toMatchObject([{ filter: 'a', qos: 1 }])
    expect(await world.recovery()).toBe('recovered')
  })

  it('that grants more than was asked for grants what was asked for', async () => {
    const world = await HostileWorld.begin()
    world.server.answer('subscribe', ({ packetId }) => suback(packetId, 2))
    const subscribed = world.client.subscribe('a', { qos: 0 })
    await world.clock.settled()
    expect((await subscribed).granted).toMatchObject([{ filter: 'a', qos: 0 }])
    expect(await world.recovery()).toBe('recovered')
  })
})

describe('an UNSUBACK', () => {
  rejectionsAreHandled()

  it('without codes ends the connection, and the stream is over all the same', async () => {
    const world = await HostileWorld.begin()
    const { server, client } = world
    const subscribed = client.subscribe('a')
    await world.clock.settled()
    server.answer('unsubscribe', ({ packetId }) => {
      server.sendBytes(`b0 03 ${hex(packetId)} 00`)
      return undefined
    })
    const closed = (await subscribed).close().then(() => 'over')
    await world.clock.settled()
    expect(world.failures).toMatchObject([{ code: 'violation', statement: 'MQTT-3.11.3-1' }])
    server.befriend('unsubscribe')
    await world.pass(10_000)
    expect(await settledNow(closed)).toBe('over')
    expect(await world.recovery()).toBe('recovered')
  })
})

describe('a DISCONNECT', () => {
  rejectionsAreHandled()
  const codes = Array.from({ length: 0x100 }, (_, code) => code)

  it('is classified, whatever its code', async () => {
    for (const code of codes) {
      const world = await HostileWorld.begin()
      world.server.sendBytes(`e0 01 ${code.toString(16).padStart(2, '0')}`)
      await world.clock.settled()
      const [failure] = world.failures
      const legal = isLegal(code)
      expect([code, failure?.code]).toEqual([code, legal ? 'connection-lost' : 'violation'])
      expect(legal ? failure?.reasonCode : code).toBe(code)
      const isRetried = failure?.remedy === 'retry'
      expect(await (isRetried ? world.recovery() : world.ending())).toMatch(/^(recovered|closed)$/)
    }
  })

  it('before MQTT 5.0 is a violation', async () => {
    const world = await HostileWorld.begin({ versions: [4] })
    world.server.sendBytes('e0 00')
    await world.clock.settled()
    expect(world.failures).toMatchObject([{ code: 'violation' }])
    expect(await world.recovery()).toBe('recovered')
  })

  it('is the last word: what comes behind it is not read', async () => {
    const world = await HostileWorld.begin()
    const { server } = world
    server.take()
    server.send(disconnect(0x8b), publish('a', '1', { qos: 1, packetId: 1 }))
    await world.clock.settled()
    expect(server.take()).toEqual([])
    expect(world.failures).toMatchObject([{ code: 'connection-lost', reasonCode: 0x8b }])
    expect(await world.recovery()).toBe('recovered')
  })
})

/** CONNECT, SUBSCRIBE, UNSUBSCRIBE or PINGREQ, with the flags that it has to have. */
function isOfClients(hex: string): boolean {
  return ['10', '82', 'a2', 'c0'].includes(hex.slice(0, 2))
}

function isLegal(code: number): boolean {
  const decoder = new Decoder({ version: 5 })
  decoder.push(Uint8Array.of(0xe0, 1, code))
  try {
    decoder.next()
    return code !== 0x04
  } catch (error) {
    if (error instanceof MqttError) return false
    throw error
  }
}

function hex(packetId: number): string {
  return packetId.toString(16).padStart(4, '0')
}
