// Bytes that break the specification (§4.13): they close their own connection, with the code that
// fits where the version has one, and nothing else happens.

import { ReasonCode } from '@godwit/codec'
import { bytesOf, PACKET_VECTORS, REFUSAL_VECTORS } from '@godwit/codec/testing'
import { byteByByte } from '@godwit/transport/testing'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connect, disconnect, openWorld, PINGREQ, PINGRESP } from './peer.ts'
import { publish, subscribe, VERSIONS } from './peer.ts'
import type { World } from './peer.ts'

/** The same for version 5 and 4: name, bytes of a CONNECT, and the code for CONNACK of 5.0. */
const BAD_CONNECTS = [
  ['the reserved connect flag', '100d 0004 4d515454 05 03 0000 00 0000', 0x81],
  ['a Will QoS of 3', '100d 0004 4d515454 05 1e 0000 00 0000', 0x81],
  ['a Client Identifier beyond the end', '100d 0004 4d515454 05 02 0000 00 00ff', 0x81],
  ['a Client Identifier that is not UTF-8', '100e 0004 4d515454 05 02 0000 00 0001 ff', 0x81],
  ['bytes behind the end', '100e 0004 4d515454 05 02 0000 00 0000 00', 0x81],
  ['a property of another packet', '100f 0004 4d515454 05 02 0000 02 2401 0000', 0x81],
  ['a property twice', '1013 0004 4d515454 05 02 0000 06 210001 210001 0000', 0x82],
  ['a Receive Maximum of 0', '1010 0004 4d515454 05 02 0000 03 210000 0000', 0x82],
] as const

describe('a CONNECT with', () => {
  it.each(BAD_CONNECTS)('%s is answered with CONNACK in MQTT 5.0', async (_, hex, reasonCode) => {
    const { dial, seen, broker } = await openWorld()
    const peer = dial(5)
    peer.write(hex)
    expect(peer.take()).toMatchObject([{ type: 'connack', sessionPresent: false, reasonCode }])
    expect(peer.closed).toBe('in order')
    expect(seen).toEqual([`refused memory 0x${reasonCode.toString(16)}`])
    expect(broker.stats().connections).toBe(0)
  })

  it.each([
    ['the reserved connect flag', '100c 0004 4d515454 04 03 0000 0000'],
    ['a password without a user name', '100c 0004 4d515454 04 42 0000 0000'],
    ['no Client Identifier', '100a 0004 4d515454 04 02 0000'],
  ])('%s closes without CONNACK in MQTT 3.1.1 [MQTT311-3.1.4-1]', async (_, hex) => {
    const { dial } = await openWorld()
    const peer = dial(4)
    peer.write(hex)
    expect(peer.take()).toEqual([])
    expect(peer.closed).toBe('in order')
  })

  it.each([
    ['MQTT, level 6', '100c 0004 4d515454 06 02 0000 0000'],
    ['MQTT, level 3', '100c 0004 4d515454 03 02 0000 0000'],
    ['MQIsdp, level 4', '100e 0006 4d5149736470 04 02 0000 0000'],
  ])('%s gets return code 1 [MQTT-3.1.2-2]', async (_, hex) => {
    const { dial } = await openWorld()
    const peer = dial(4)
    peer.write(hex)
    expect(peer.take()).toEqual([{ type: 'connack', sessionPresent: false, reasonCode: 0x84 }])
    expect(peer.closed).toBe('in order')
  })

  it('another protocol name is closed without a word [MQTT-3.1.2-1]', async () => {
    const { dial } = await openWorld()
    const peer = dial(4)
    peer.write('100c 0004 4d515458 04 02 0000 0000')
    expect(peer.take()).toEqual([])
    expect(peer.closed).toBe('in order')
  })
})

describe('before CONNECT', () => {
  it.each([
    ['PINGREQ', 'c000'],
    ['PUBLISH', '3003 0001 61'],
    ['SUBSCRIBE', '8206 0001 0001 61 00'],
    ['DISCONNECT', 'e000'],
    ['AUTH', 'f000'],
    ['the packet type 0', '0000'],
    ['HTTP', '47455420 2f20485454502f312e31'],
    ['TLS', '160301 0200 0100 01fc 0303'],
    ['a Remaining Length of five bytes', '10ffffffff01'],
    ['a CONNECT larger than allowed', '10ffff7f'],
  ])('%s closes the connection without a word [MQTT-3.1.0-1]', async (_, hex) => {
    const { dial, broker } = await openWorld()
    const peer = dial(5)
    peer.write(hex)
    expect(peer.take()).toEqual([])
    expect(peer.closed).toBe('in order')
    expect(broker.stats().connections).toBe(0)
  })
})

/** Name, bytes, and the code of DISCONNECT in 5.0. */
const BAD_PACKETS = [
  ['the packet type 0', '0000', 0x81],
  ['SUBSCRIBE with wrong flags', '8006 0001 00 0001 61 00', 0x81],
  ['SUBSCRIBE without a filter', '8203 0001 00', 0x82],
  ['SUBSCRIBE with the identifier 0', '8207 0000 00 0001 61 00', 0x81],
  ['SUBSCRIBE with QoS 3', '8207 0001 00 0001 61 03', 0x82],
  ['SUBSCRIBE with reserved options', '8207 0001 00 0001 61 40', 0x81],
  ['SUBSCRIBE with No Local of a share', '8210 0001 00 000a 2473686172652f732f61 04', 0x82],
  ['UNSUBSCRIBE without a filter', 'a203 0001 00', 0x82],
  ['PUBLISH of QoS 3', '3606 0001 61 0001 00', 0x81],
  ['PUBLISH of QoS 0 with DUP', '3804 0001 61 00', 0x81],
  ['PUBLISH of QoS 1 with the identifier 0', '3206 0001 61 0000 00', 0x81],
  ['PUBLISH of QoS 2 without an identifier', '3404 0001 61 00', 0x81],
  ['PUBLISH to a wildcard', '3004 0001 23 00', 0x81],
  ['PUBLISH without a topic', '3003 0000 00', 0x82],
  ['PUBLISH with a Topic Alias above the maximum', '3007 0001 61 03 230021', 0x94],
  ['PUBLISH with a Topic Alias that means nothing', '3006 0000 03 230001', 0x82],
  ['PUBLISH with the Topic Alias 0', '3007 0001 61 03 230000', 0x94],
  ['PUBLISH with a Subscription Identifier', '3006 0001 61 02 0b01', 0x82],
  ['PUBLISH with a topic beyond the end', '3004 00ff 61 00', 0x81],
  ['PINGREQ with flags', 'c100', 0x81],
  ['a packet larger than allowed', '30ffffff7f', 0x95],
  ['a Remaining Length with a byte too many', 'c08000', 0x81],
  ['DISCONNECT with a code of a server', 'e001 8b', 0x82],
  ['DISCONNECT with a late Session Expiry Interval', 'e007 00 05 1100000001', 0x82],
  ['a second CONNECT', '100d 0004 4d515454 05 02 0000 00 0000', 0x82],
  ['a second CONNECT, of version 4', '100c 0004 4d515454 04 02 0000 0000', 0x82],
  ['a second CONNECT, of version 9', '100c 0004 4d515454 09 02 0000 0000', 0x82],
  ['AUTH', 'f000', 0x82],
  ['CONNACK', '2003 00 00 00', 0x82],
  ['SUBACK', '9004 0001 00 00', 0x82],
  ['UNSUBACK', 'b004 0001 00 00', 0x82],
  ['PINGRESP', 'd000', 0x82],
] as const

describe('from a connected client', () => {
  it.each(BAD_PACKETS)('%s gets DISCONNECT in MQTT 5.0 [MQTT-4.13.1-1]', async (_, hex, code) => {
    const { client, broker, seen } = await openWorld()
    const peer = client('c')
    peer.write('c000', hex, 'c000')
    const [pong, said, ...more] = peer.take()
    expect(pong).toEqual(PINGRESP)
    expect(said).toMatchObject({ type: 'disconnect', reasonCode: code })
    expect(more).toEqual([])
    expect(peer.closed).toBe('in order')
    expect(seen).toEqual(['connected c v5', expect.stringMatching(/^disconnected c 0x[89]/)])
    expect(broker.stats()).toMatchObject({ connections: 0, sessions: 0 })
  })

  it.each([
    ['the packet type 0', '0000'],
    ['AUTH, which came with 5.0', 'f000'],
    ['DISCONNECT with a body', 'e001 00'],
    ['SUBSCRIBE with QoS 3', '8206 0001 0001 61 03'],
    ['PUBLISH of QoS 3', '3605 0001 61 0001'],
    ['PUBLISH of QoS 1 with the identifier 0', '3205 0001 61 0000'],
    ['SUBSCRIBE with wrong flags', '8006 0001 0001 61 00'],
    ['a second CONNECT', '100c 0004 4d515454 04 02 0000 0000'],
    ['a second CONNECT, of version 5', '100d 0004 4d515454 05 02 0000 00 0000'],
  ])('%s closes MQTT 3.1.1 silently [MQTT-3.1.0-2] [MQTT311-2.2.2-2]', async (_, hex) => {
    const { client, seen } = await openWorld()
    const peer = client('c', { version: 4 })
    peer.write('c000', hex, 'c000')
    expect(peer.take()).toEqual([PINGRESP])
    expect(peer.closed).toBe('in order')
    expect(seen.join()).not.toContain('fault')
  })

  it('what came before is carried out, and what comes behind is not', async () => {
    const { client } = await openWorld()
    const watcher = client('watcher')
    watcher.send(subscribe('#'))
    client('c').write('3004 0001 61 00', '3004 0001 62 00', '00', '3004 0001 63 00')
    const topics = watcher.take().map((packet) => ('topic' in packet ? packet.topic : packet.type))
    expect(topics).toEqual(['suback', 'a', 'b'])
  })

  it('an acknowledgement of nothing is answered or passed over, and harms nobody', async () => {
    const { client } = await openWorld()
    const peer = client('c')
    peer.write('4002 0007', '5002 0007', '6202 0007', '7002 0007')
    expect(peer.take()).toEqual([
      { type: 'pubrel', packetId: 7, reasonCode: ReasonCode.PacketIdentifierNotFound },
      { type: 'pubcomp', packetId: 7, reasonCode: ReasonCode.PacketIdentifierNotFound },
    ])
    expect(peer.closed).toBeUndefined()
  })
})

describe('the corpus of packets', () => {
  it.each(VERSIONS)('never harms another client, version %i', async (version) => {
    const world = await openWorld()
    const { witness, ask } = withWitness(world)
    for (const { hex } of [...PACKET_VECTORS, ...REFUSAL_VECTORS]) {
      for (const peer of [world.dial(version), world.client('c', { version })]) {
        peer.deafen()
        peer.write(hex)
      }
      expect(ask()).toBe(true)
    }
    expect(witness.closed).toBeUndefined()
    expect(world.seen.filter((line) => line.startsWith('fault'))).toEqual([])
  })
})

describe('segments', () => {
  it.each(VERSIONS)('of single bytes mean the same in version %i', async (version) => {
    const { dial } = await openWorld()
    const [whole, cut] = [dial(version), dial(version, { segment: byteByByte })]
    for (const peer of [whole, cut]) {
      const clientId = peer === whole ? 'whole' : 'cut'
      const topic = `${clientId.length}`
      peer.send(connect({ version, clientId }), subscribe(topic), publish(topic, 'x'), PINGREQ)
      peer.send(publish(topic, 'y'), disconnect())
    }
    const taken = whole.take()
    expect(taken).toHaveLength(5)
    const renamed = cut.take().map((packet) => ({ ...packet, ...('topic' in packet && TOPIC) }))
    expect(renamed).toEqual(taken)
    expect(cut.closed).toBe('in order')
  })
})

describe('any bytes at all', () => {
  it('end in nothing worse than the end of their connection', async () => {
    const world = await openWorld({ limits: { sessionExpirySecondsMax: 1 } })
    const { ask } = withWitness(world)
    const stages = fc.constantFrom(undefined, ...VERSIONS)
    const chunks = fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), mutatedPackets()), {
      maxLength: 6,
    })
    fc.assert(
      fc.property(stages, chunks, (stage, chunks) => {
        const peer = stage === undefined ? world.dial() : world.client('c', { version: stage })
        peer.deafen()
        for (const chunk of chunks) {
          peer.write(chunk)
          world.clock.settle()
        }
        peer.transport.cut()
        expect(ask()).toBe(true)
        expect(world.broker.stats()).toMatchObject({ connections: 1, clients: 1 })
      }),
      { numRuns: 300 },
    )
    expect(world.seen.filter((line) => line.startsWith('fault'))).toEqual([])
    // Some of the bytes are a CONNECT for a session that is kept.
    world.clock.advance(2_000)
    expect(world.broker.stats()).toMatchObject({ connections: 1, sessions: 1 })
  })
})

const TOPIC = { topic: '5' }

/** Packets of the corpus with one byte changed. */
function mutatedPackets(): fc.Arbitrary<Uint8Array> {
  const at = fc.nat({ max: 60 })
  return fc.tuple(fc.constantFrom(...PACKET_VECTORS), at, fc.nat({ max: 255 })).map(mutated)
}

function mutated([{ hex }, at, byte]: readonly [{ hex: string }, number, number]): Uint8Array {
  const bytes = bytesOf(hex)
  bytes[at % bytes.length] = byte
  return bytes
}

/** A client that must go on being served. */
function withWitness({ client }: World): {
  witness: ReturnType<World['client']>
  ask: () => boolean
} {
  const witness = client('witness')
  const ask = (): boolean => {
    witness.send(PINGREQ)
    return witness.take().some(({ type }) => type === 'pingresp')
  }
  return { witness, ask }
}
