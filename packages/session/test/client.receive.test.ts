// PUBLISH to the client (§3.3, §4.3, §4.6): delivered once, acknowledged in order, within limits.

import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { ack, connecting, letIn, Output } from './client-protocol.ts'
import { at, faultOf, frame, OLDER, VERSIONS } from './protocol.ts'

describe('a PUBLISH', () => {
  it.each(VERSIONS)(
    'of QoS 0 is delivered in version %i and not acknowledged [MQTT-3.3.4-1]',
    (version) => {
      const client = letIn({ fields: { version } })
      const output = new Output(version)
      const packet = frame({}, version)
      expect(client.receivePublish(packet, at(0), output)).toBe('deliver')
      client.settle(packet, 0, output)
      expect(output.sent).toEqual([])
    },
  )

  it.each([
    [1, 'puback 7 0x00'],
    [2, 'pubrec 7 0x00'],
  ] as const)(
    'of QoS %i is answered with %s when it is settled, and not before [MQTT-4.3.2-4] [MQTT-4.3.3-8]',
    (qos, answer) => {
      const client = letIn()
      const output = new Output()
      const packet = frame({ qos, packetId: 7 })
      expect(client.receivePublish(packet, at(0), output)).toBe('deliver')
      expect(output.sent).toEqual([])
      client.settle(packet, 0, output)
      expect(output.sent).toEqual([answer])
    },
  )

  it('of QoS 2 is delivered once, until PUBREL [MQTT-4.3.3-10] [MQTT-4.3.3-11] [MQTT-4.3.3-12]', () => {
    const client = letIn()
    const output = new Output()
    const packet = frame({ qos: 2, packetId: 7 })
    client.receivePublish(packet, at(0), output)
    client.settle(packet, 0, output)
    expect(client.receivePublish(packet, at(0), output)).toBe('duplicate')
    expect(client.receiveAcknowledgement(ack('pubrel', 7), at(0), output)).toBeUndefined()
    expect(client.receivePublish(packet, at(0), output)).toBe('deliver')
    expect(output.sent).toEqual(['pubrec 7 0x00', 'pubrec 7 0x00', 'pubcomp 7 0x00'])
  })

  it('is acknowledged in the order of arrival [MQTT-4.6.0-2] [MQTT-4.6.0-3]', () => {
    const client = letIn()
    const output = new Output()
    const packets = [1, 2, 3].map((packetId) => frame({ qos: packetId === 2 ? 2 : 1, packetId }))
    for (const packet of packets) client.receivePublish(packet, at(0), output)
    for (const packet of packets.toReversed()) client.settle(packet, 0, output)
    expect(output.sent).toEqual(['puback 1 0x00', 'pubrec 2 0x00', 'puback 3 0x00'])
  })

  it('that is refused is acknowledged with the reason [MQTT-4.3.3-9]', () => {
    const client = letIn()
    const output = new Output()
    const packet = frame({ qos: 2, packetId: 7 })
    client.receivePublish(packet, at(0), output)
    client.settle(packet, ReasonCode.PayloadFormatInvalid, output)
    expect(output.sent).toEqual(['pubrec 7 0x99'])
    expect(client.receivePublish(packet, at(0), output)).toBe('deliver')
  })

  it.each([
    [1, 'puback 7 0x80'],
    [2, 'pubrec 7 0x80'],
  ] as const)(
    'of QoS %i has no code in its acknowledgement that is not for it [MQTT-3.4.2-1] [MQTT-3.5.2-1]',
    (qos, answer) => {
      const client = letIn()
      const output = new Output()
      const packet = frame({ qos, packetId: 7 })
      client.receivePublish(packet, at(0), output)
      client.settle(packet, ReasonCode.ServerBusy, output)
      expect(output.sent).toEqual([answer])
    },
  )

  it.each(OLDER)(
    'that is refused is acknowledged all the same in version %i [MQTT-4.5.0-2]',
    (version) => {
      const client = letIn({ fields: { version } })
      const output = new Output(version)
      const packet = frame({ qos: 1, packetId: 7 }, version)
      client.receivePublish(packet, at(0), output)
      client.settle(packet, ReasonCode.NotAuthorized, output)
      expect(output.sent).toEqual(['puback 7 0x00'])
    },
  )

  it('may not come before CONNACK [MQTT-3.2.0-1]', () => {
    const client = connecting()
    const output = new Output()
    expect(faultOf(() => client.receivePublish(frame(), at(0), output))).toEqual([
      0x82,
      'MQTT-3.2.0-1',
    ])
    expect(faultOf(() => client.receiveAcknowledgement(ack('puback', 1), at(0), output))).toEqual([
      0x82,
      'MQTT-3.2.0-1',
    ])
  })

  it('is passed over when the connection is closed', () => {
    const client = letIn()
    const output = new Output()
    client.lost('reset')
    expect(client.receivePublish(frame({ qos: 1, packetId: 1 }), at(0), output)).toBe('duplicate')
    expect(client.receiveAcknowledgement(ack('pubrel', 1), at(0), output)).toBeUndefined()
    expect(output.sent).toEqual([])
  })
})

describe('the Receive Maximum of the client', () => {
  it('may not be exceeded by the server [MQTT-3.3.4-9]', () => {
    const client = letIn({ limits: { receiveMaximum: 1 } })
    const output = new Output()
    client.receivePublish(frame({ qos: 1, packetId: 1 }), at(0), output)
    const second = frame({ qos: 2, packetId: 2 })
    expect(faultOf(() => client.receivePublish(second, at(0), output))).toEqual([
      0x93,
      'MQTT-3.3.4-9',
    ])
    expect(client.receivePublish(frame(), at(0), output)).toBe('deliver')
  })

  it.each(OLDER)('is unknown to a server of version %i', (version) => {
    const client = letIn({ fields: { version }, limits: { receiveMaximum: 1 } })
    const output = new Output(version)
    for (const packetId of [1, 2, 3]) {
      const packet = frame({ qos: 1, packetId }, version)
      expect(client.receivePublish(packet, at(0), output)).toBe('deliver')
    }
  })
})

describe('a Topic Alias of the server', () => {
  const limits = { topicAliasMaximum: 2, topicAliasBytesMax: 100 }

  it('stands for a Topic Name, up to the maximum of the client [MQTT-3.3.2-10]', () => {
    const client = letIn({ limits })
    const output = new Output()
    const explained = frame({ topic: 'a/b', properties: { topicAlias: 2 } })
    const aliased = frame({ topic: '', properties: { topicAlias: 2 } })
    expect(client.receivePublish(explained, at(0), output)).toBe('deliver')
    expect(client.receivePublish(aliased, at(0), output)).toBe('deliver')
    expect(aliased.topic).toBe('a/b')
  })

  it('may not be above that maximum [MQTT-3.3.2-11]', () => {
    const client = letIn({ limits })
    const above = frame({ properties: { topicAlias: 3 } })
    expect(faultOf(() => client.receivePublish(above, at(0), new Output()))).toEqual([
      0x94,
      'MQTT-3.3.2-11',
    ])
  })

  it('stands for nothing on another connection [MQTT-3.3.2-7]', () => {
    const explained = frame({ topic: 'a/b', properties: { topicAlias: 2 } })
    letIn({ limits }).receivePublish(explained, at(0), new Output())
    const aliased = frame({ topic: '', properties: { topicAlias: 2 } })
    const other = letIn({ limits })
    expect(faultOf(() => other.receivePublish(aliased, at(0), new Output()))[0]).toBe(0x82)
  })
})

describe('a PUBREL for something that was never received', () => {
  it.each([
    [5, 'pubcomp 7 0x92'],
    [4, 'pubcomp 7 0x00'],
    [3, 'pubcomp 7 0x00'],
  ] as const)('of version %i is answered with %s [MQTT-2.2.1-5]', (version, answer) => {
    const client = letIn({ fields: { version } })
    const output = new Output(version)
    client.receiveAcknowledgement(ack('pubrel', 7), at(0), output)
    expect(output.sent).toEqual([answer])
  })
})
