// PUBLISH and its handshakes (§3.3 to §3.7) at a server that may lack QoS 1, QoS 2 and RETAIN.

import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { at, connect, connected, faultOf, frame, opened, send, VERSIONS } from './protocol.ts'

describe('a PUBLISH', () => {
  it.each(VERSIONS)('of QoS 0 is to be routed in version %i', (version) => {
    const server = connected({ version }, { maximumQoS: 0 })
    expect(server.receivePublish(frame({}, version), at(0))).toBe('route')
  })

  it('is no first packet [MQTT-3.1.0-1]', () => {
    expect(faultOf(() => opened().receivePublish(frame(), at(0)))).toEqual([0x82, 'MQTT-3.1.0-1'])
    const server = opened()
    server.receive(connect(), at(0))
    expect(faultOf(() => server.receivePublish(frame(), at(0)))).toEqual([0x82, 'MQTT-3.1.0-1'])
  })

  it.each(VERSIONS)('above the Maximum QoS is refused in version %i [MQTT-3.2.2-11]', (version) => {
    const server = connected({ version }, { maximumQoS: 1 })
    const once = frame({ qos: 2, packetId: 1 }, version)
    expect(faultOf(() => server.receivePublish(once, at(0)))).toEqual([0x9b, 'MQTT-3.2.2-11'])
    expect(server.receivePublish(frame({ qos: 1, packetId: 1 }, version), at(0))).toBe('route')
  })

  it('with RETAIN is refused where nothing is retained [MQTT-3.2.2-14]', () => {
    const server = connected({}, { retainAvailable: false })
    const retained = frame({ retain: true })
    expect(faultOf(() => server.receivePublish(retained, at(0)))).toEqual([0x9a, 'MQTT-3.2.2-14'])
    expect(connected().receivePublish(retained, at(0))).toBe('route')
  })

  it.each([3, 4] as const)('with RETAIN passes in version %i, which nobody warned', (version) => {
    const server = connected({ version }, { retainAvailable: false })
    expect(server.receivePublish(frame({ retain: true }, version), at(0))).toBe('route')
  })

  it('with a Topic Alias is refused, for the maximum is 0 [MQTT-3.3.2-9]', () => {
    const aliased = frame({ properties: { topicAlias: 1 } })
    expect(faultOf(() => connected().receivePublish(aliased, at(0)))).toEqual([
      0x94,
      'MQTT-3.3.2-9',
    ])
  })

  it('with a Subscription Identifier is a Protocol Error [MQTT-3.3.4-6]', () => {
    const identified = frame({ properties: { subscriptionIdentifier: [7] } })
    expect(faultOf(() => connected().receivePublish(identified, at(0)))).toEqual([
      0x82,
      'MQTT-3.3.4-6',
    ])
  })
})

describe('an acknowledgement of something that was never sent', () => {
  it.each([
    ['pubrec', 'pubrel'],
    ['pubrel', 'pubcomp'],
  ] as const)('%s is answered with %s 0x92 and its identifier [MQTT-2.2.1-5]', (type, answer) => {
    const packet = { type, packetId: 7, reasonCode: ReasonCode.Success } as const
    expect(connected().receive(packet, at(0))).toEqual([
      send({ type: answer, packetId: 7, reasonCode: 0x92 }),
    ])
  })

  it.each([3, 4] as const)('has an answer without a code in version %i', (version) => {
    const packet = { type: 'pubrel', packetId: 7, reasonCode: ReasonCode.Success } as const
    expect(connected({ version }).receive(packet, at(0))).toEqual([
      send({ type: 'pubcomp', packetId: 7, reasonCode: 0 }),
    ])
  })

  it('is passed over where it ends the exchange', () => {
    const packetId = 7
    const refused = { type: 'pubrec', packetId, reasonCode: ReasonCode.NotAuthorized } as const
    const puback = { type: 'puback', packetId, reasonCode: ReasonCode.Success } as const
    const pubcomp = { type: 'pubcomp', packetId, reasonCode: ReasonCode.Success } as const
    for (const packet of [refused, puback, pubcomp]) {
      expect(connected().receive(packet, at(0))).toEqual([])
    }
  })
})
