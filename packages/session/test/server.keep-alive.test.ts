// Keep Alive (§3.1.2.10), PINGREQ (§3.12) and the time for CONNECT. Time is an argument.

import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { acceptance, Acknowledgements, at, close, closeWithWill, connect } from './protocol.ts'
import { connected, frame, opened, seconds, send, VERSIONS } from './protocol.ts'

const SILENCE = 'Nothing came for 1.5 times the Keep Alive'

describe('a client with a Keep Alive', () => {
  it('is closed after 1.5 times that long without a packet [MQTT-3.1.2-22]', () => {
    const server = connected({ keepAlive: 60 })
    expect(server.deadline).toBe(at(seconds(90)))
    expect(server.timeout(at(seconds(90) - 1))).toEqual([])
    expect(server.timeout(at(seconds(90)))).toEqual([
      send({ type: 'disconnect', reasonCode: 0x8d, properties: { reasonString: SILENCE } }),
      closeWithWill(0x8d, SILENCE),
    ])
    expect(server.deadline).toBe(Infinity)
    expect(server.timeout(at(seconds(1000)))).toEqual([])
  })

  it.each([3, 4] as const)('is closed in version %i without a word', (version) => {
    const server = connected({ version, keepAlive: 60 })
    expect(server.timeout(at(seconds(90)))).toEqual([closeWithWill(0x8d, SILENCE)])
  })

  it('is heard by any packet', () => {
    const server = connected({ keepAlive: 60 })
    server.receive({ type: 'pingreq' }, at(seconds(40)))
    expect(server.deadline).toBe(at(seconds(130)))
    server.receivePublish(frame(), at(seconds(80)), new Acknowledgements())
    expect(server.deadline).toBe(at(seconds(170)))
    const puback = { type: 'puback', packetId: 1, reasonCode: ReasonCode.Success } as const
    server.receiveAcknowledgement(puback, at(seconds(90)), new Acknowledgements())
    expect(server.deadline).toBe(at(seconds(180)))
    expect(server.timeout(at(seconds(130)))).toEqual([])
  })

  it('of 0 may be silent for ever, in MQTT 5.0 too', () => {
    expect(connected({ keepAlive: 0 }).deadline).toBe(Infinity)
    expect(connected({ version: 4, keepAlive: 0 }).deadline).toBe(Infinity)
  })

  it('goes by its own value where it was told no other [MQTT-3.2.2-22]', () => {
    expect(connected({ keepAlive: 1200 }).deadline).toBe(at(seconds(1800)))
    expect(connected({ version: 4, keepAlive: 65_535 }).deadline).toBe(at(seconds(98_302.5)))
  })

  it('goes by Server Keep Alive where it was told so [MQTT-3.2.2-21]', () => {
    expect(connected({ keepAlive: 65_535 }).deadline).toBe(at(seconds(1800)))
    expect(connected({ keepAlive: 65_535 }).keepAliveSeconds).toBe(1200)
    expect(connected({ keepAlive: 0 }).keepAliveSeconds).toBe(0)
    expect(opened().keepAliveSeconds).toBe(0)
  })
})

describe('a client that has not said CONNECT', () => {
  it('has so much time, and not more by sending bytes', () => {
    const server = opened({ connectTimeoutMs: 10_000 })
    expect(server.deadline).toBe(at(10_000))
    expect(server.timeout(at(9_999))).toEqual([])
    expect(server.timeout(at(10_000))).toEqual([close(0x8d, 'The CONNECT exchange took too long')])
  })

  it('has that time for the whole exchange, the decision included', () => {
    const server = opened({ connectTimeoutMs: 10_000 })
    server.receive(connect({ keepAlive: 60 }), at(5_000))
    expect(server.deadline).toBe(at(10_000))
    expect(server.timeout(at(10_000))).toEqual([close(0x8d, 'The CONNECT exchange took too long')])
    expect(server.accept(acceptance(), at(10_001))).toEqual([])
  })

  it('has its Keep Alive counted from the moment it is let in', () => {
    const server = opened()
    server.receive(connect({ keepAlive: 10 }), at(seconds(3)))
    server.accept(acceptance(), at(seconds(5)))
    expect(server.deadline).toBe(at(seconds(20)))
  })
})

it.each(VERSIONS)('answers PINGREQ with PINGRESP in version %i [MQTT-3.12.4-1]', (version) => {
  const effects = connected({ version }).receive({ type: 'pingreq' }, at(0))
  expect(effects).toEqual([send({ type: 'pingresp' })])
})
