// PUBLISH from the client (§3.3, §4.3): what may be sent, under which alias, and how it ends.

import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { ClientSession } from '../src/index.ts'
import type { OutgoingMessage } from '../src/index.ts'
import { ack, letIn, localFaultOf, message, Output } from './client-protocol.ts'
import { at, OLDER, VERSIONS } from './protocol.ts'

const LASTING = { properties: { sessionExpiryInterval: 60 } }

describe('a message', () => {
  it.each(VERSIONS)(
    'of QoS 0 is sent once in version %i, with DUP 0 [MQTT-4.3.1-1] [MQTT-3.3.1-2] [MQTT-2.2.1-2]',
    (version) => {
      const client = letIn({ fields: { version } })
      const output = new Output(version)
      expect(client.publish(message(), at(0), output)).toBe('sent')
      expect(output.sent).toEqual(['publish 0 a/b qos 0'])
    },
  )

  it.each(VERSIONS)(
    'of QoS 1 is over with PUBACK in version %i [MQTT-4.3.2-1] [MQTT-4.3.2-2] [MQTT-4.3.2-3]',
    (version) => {
      const client = letIn({ fields: { version } })
      const output = new Output(version)
      const published = message({ qos: 1 })
      expect(client.publish(published, at(0), output)).toBe('sent')
      expect(client.publish(message({ qos: 1 }), at(0), output)).toBe('sent')
      expect(output.take()).toEqual(['publish 1 a/b qos 1', 'publish 2 a/b qos 1'])
      expect(client.receiveAcknowledgement(ack('puback', 1), at(0), output)).toBe(published)
      expect(client.receiveAcknowledgement(ack('puback', 1), at(0), output)).toBeUndefined()
      expect(output.sent).toEqual([])
    },
  )

  it.each(VERSIONS)(
    'of QoS 2 is over with PUBCOMP in version %i [MQTT-4.3.3-1] [MQTT-4.3.3-2] [MQTT-4.3.3-3] [MQTT-4.3.3-4] [MQTT-4.3.3-5]',
    (version) => {
      const client = letIn({ fields: { version } })
      const output = new Output(version)
      const published = message({ qos: 2 })
      client.publish(published, at(0), output)
      expect(client.receiveAcknowledgement(ack('pubrec', 1), at(0), output)).toBeUndefined()
      expect(output.take()).toEqual(['publish 1 a/b qos 2', 'pubrel 1 0x00'])
      expect(client.receiveAcknowledgement(ack('pubcomp', 1), at(0), output)).toBe(published)
      expect(output.sent).toEqual([])
    },
  )

  it.each([
    [1, 'puback'],
    [2, 'pubrec'],
  ] as const)('of QoS %i is over with a %s that refuses it [MQTT-4.4.0-2]', (qos, type) => {
    const client = letIn()
    const published = message({ qos })
    client.publish(published, at(0), new Output())
    const refusal = ack(type, 1, ReasonCode.NotAuthorized)
    expect(client.receiveAcknowledgement(refusal, at(0), new Output())).toBe(published)
  })

  it('has its PUBRELs sent in the order of its PUBRECs [MQTT-4.6.0-4]', () => {
    const client = letIn()
    const output = new Output()
    client.publish(message({ qos: 2 }), at(0), output)
    client.publish(message({ qos: 2 }), at(0), output)
    output.take()
    client.receiveAcknowledgement(ack('pubrec', 2), at(0), output)
    client.receiveAcknowledgement(ack('pubrec', 1), at(0), output)
    expect(output.sent).toEqual(['pubrel 2 0x00', 'pubrel 1 0x00'])
  })
})

describe('what the server may not be sent', () => {
  it('is a QoS above its Maximum QoS [MQTT-3.2.2-11]', () => {
    const client = letIn({ terms: { maximumQoS: 1 } })
    const output = new Output()
    const fault = localFaultOf(() => client.publish(message({ qos: 2 }), at(0), output))
    expect(fault).toEqual([0x9b, 'MQTT-3.2.2-11'])
    expect(output.sent).toEqual([])
    expect(client.publish(message({ qos: 1 }), at(0), output)).toBe('sent')
  })

  it('is a QoS that there is not [MQTT-3.3.1-4]', () => {
    const impossible = { ...message(), qos: 3 as 2 }
    const call = () => letIn().publish(impossible, at(0), new Output())
    expect(localFaultOf(call)).toEqual([0x9b, 'MQTT-3.2.2-11'])
    expect(call).toThrow('A QoS is 0, 1 or 2')
  })

  it('is RETAIN where it retains nothing [MQTT-3.2.2-14]', () => {
    const client = letIn({ terms: { retainAvailable: 0 } })
    const fault = localFaultOf(() => client.publish(message({ retain: true }), at(0), new Output()))
    expect(fault).toEqual([0x9a, 'MQTT-3.2.2-14'])
    expect(letIn().publish(message({ retain: true }), at(0), new Output())).toBe('sent')
  })

  it('is a Subscription Identifier [MQTT-3.3.4-6]', () => {
    const properties = { subscriptionIdentifier: [1] }
    const untyped = { ...message(), properties } as OutgoingMessage
    const fault = localFaultOf(() => letIn().publish(untyped, at(0), new Output()))
    expect(fault).toEqual([0x82, 'MQTT-3.3.4-6'])
  })

  it('is a Topic Alias that the client has not given itself [MQTT-3.2.2-17]', () => {
    const untyped = { ...message(), properties: { topicAlias: 1 } } as OutgoingMessage
    const fault = localFaultOf(() => letIn().publish(untyped, at(0), new Output()))
    expect(fault).toEqual([0x94, 'MQTT-3.2.2-17'])
  })

  it('is a packet above its Maximum Packet Size [MQTT-3.2.2-15]', () => {
    const client = letIn({ terms: { maximumPacketSize: 20 } })
    const output = new Output()
    // Two bytes of header, a topic of five with its length, two of identifier, one of properties.
    const fits = message({ qos: 1, payload: new Uint8Array(10) })
    const large = message({ qos: 1, payload: new Uint8Array(11) })
    expect(localFaultOf(() => client.publish(large, at(0), output))).toEqual([
      0x95,
      'MQTT-3.2.2-15',
    ])
    expect(client.publish(fits, at(0), output)).toBe('sent')
    expect(output.sent).toEqual(['publish 2 a/b qos 1'])
  })

  it.each([1, 2] as const)('leaves no exchange of QoS %i behind', (qos) => {
    const session = new ClientSession<OutgoingMessage>()
    const client = letIn({ session })
    const wild = message({ qos, topic: 'a/+' })
    const fault = localFaultOf(() => client.publish(wild, at(0), new Output()))
    expect(fault).toEqual([0x83, 'MQTT-3.3.2-2'])
    expect(session.sender.inFlight).toBe(0)
  })

  it.each(OLDER)('are properties in version %i', (version) => {
    const client = letIn({ fields: { version } })
    const typed = message({ properties: { contentType: 'text/plain' } })
    expect(() => client.publish(typed, at(0), new Output())).toThrow('Only MQTT 5.0 has properties')
  })
})

describe('the Receive Maximum of the server', () => {
  it('is not exceeded by QoS 1 and 2 [MQTT-3.3.4-7] [MQTT-4.9.0-1] [MQTT-4.9.0-2]', () => {
    const client = letIn({ terms: { receiveMaximum: 2 } })
    const output = new Output()
    expect(client.hasRoom).toBe(true)
    client.publish(message({ qos: 1 }), at(0), output)
    client.publish(message({ qos: 2 }), at(0), output)
    expect(client.hasRoom).toBe(false)
    expect(client.publish(message({ qos: 1 }), at(0), output)).toBe('wait')
    client.receiveAcknowledgement(ack('puback', 1), at(0), output)
    expect(client.publish(message({ qos: 1 }), at(0), output)).toBe('sent')
  })

  it('holds back nothing else [MQTT-3.3.4-8] [MQTT-4.9.0-3]', () => {
    const client = letIn({ terms: { receiveMaximum: 1 } })
    const output = new Output()
    client.publish(message({ qos: 2 }), at(0), output)
    expect(client.publish(message(), at(0), output)).toBe('sent')
    expect(client.unsubscribe(['a'], at(0))).toMatchObject([{ packet: { type: 'unsubscribe' } }])
    client.receiveAcknowledgement(ack('pubrec', 1), at(0), output)
    expect(output.sent).toEqual(['publish 1 a/b qos 2', 'publish 0 a/b qos 0', 'pubrel 1 0x00'])
  })

  it.each([
    [5, 3],
    [4, 2],
    [3, 2],
  ] as const)('is not used up in version %i by a client that wants %i', (version, count) => {
    const limits = { inFlightMax: 3, inFlightMaxV3: 2 }
    const client = letIn({ fields: { version }, limits })
    const output = new Output(version)
    for (let index = 0; index < count; index++) {
      expect(client.publish(message({ qos: 1 }), at(0), output)).toBe('sent')
    }
    expect(client.publish(message({ qos: 1 }), at(0), output)).toBe('wait')
  })
})

describe('a Topic Alias', () => {
  const topic = 'sensors/kitchen'

  it('stands for a topic that is used again [MQTT-3.2.2-17] [MQTT-3.3.2-9]', () => {
    const client = letIn({ terms: { topicAliasMaximum: 1 } })
    const output = new Output()
    const typed = message({ topic, properties: { contentType: 'x' } })
    client.publish(message({ topic }), at(0), output)
    client.publish(message({ topic }), at(0), output)
    client.publish(typed, at(0), output)
    expect(output.sent).toEqual([
      'publish 0 sensors/kitchen qos 0',
      'publish 0 sensors/kitchen qos 0 alias 1',
      'publish 0  qos 0 alias 1',
    ])
  })

  it('is not used unless the server allows it [MQTT-3.2.2-18]', () => {
    const client = letIn()
    const output = new Output()
    for (let index = 0; index < 3; index++) client.publish(message({ topic }), at(0), output)
    expect(output.sent).toEqual(Array.from({ length: 3 }, () => 'publish 0 sensors/kitchen qos 0'))
  })

  it('is explained again when the packet that explained it was too large', () => {
    const client = letIn({ terms: { topicAliasMaximum: 1, maximumPacketSize: 30 } })
    const output = new Output()
    const large = message({ topic, payload: new Uint8Array(30) })
    client.publish(message({ topic }), at(0), output)
    expect(() => client.publish(large, at(0), output)).toThrow('[MQTT-3.2.2-15]')
    client.publish(message({ topic }), at(0), output)
    expect(output.sent).toEqual([
      'publish 0 sensors/kitchen qos 0',
      'publish 0 sensors/kitchen qos 0 alias 1',
    ])
  })

  it('is left out where the message fits only without [MQTT-3.2.2-15]', () => {
    const client = letIn({ terms: { topicAliasMaximum: 1, maximumPacketSize: 30 } })
    const output = new Output()
    const tight = message({ topic, payload: new Uint8Array(30 - 2 - 2 - topic.length - 1) })
    for (let index = 0; index < 3; index++) client.publish(tight, at(0), output)
    expect(output.sent).toEqual(Array.from({ length: 3 }, () => 'publish 0 sensors/kitchen qos 0'))
  })

  it('does not outlive its connection [MQTT-3.3.2-7]', () => {
    const session = new ClientSession<OutgoingMessage>()
    const terms = { topicAliasMaximum: 1 }
    const first = letIn({ session, terms, fields: LASTING })
    const output = new Output()
    for (let index = 0; index < 3; index++) first.publish(message({ topic }), at(0), output)
    first.lost('reset')
    output.take()
    const fields = { ...LASTING, cleanStart: false }
    const second = letIn({ session, terms, fields, sessionPresent: true })
    second.publish(message({ topic }), at(0), output)
    expect(output.sent).toEqual(['publish 0 sensors/kitchen qos 0'])
  })
})

describe('an acknowledgement of something that was never published', () => {
  it.each([
    [5, 'pubrel 7 0x92'],
    [4, 'pubrel 7 0x00'],
  ] as const)('of version %i, a PUBREC, is answered with %s [MQTT-2.2.1-5]', (version, answer) => {
    const client = letIn({ fields: { version } })
    const output = new Output(version)
    expect(client.receiveAcknowledgement(ack('pubrec', 7), at(0), output)).toBeUndefined()
    expect(output.sent).toEqual([answer])
  })

  it('is passed over where it ends the exchange', () => {
    const client = letIn()
    const output = new Output()
    const refusal = ack('pubrec', 7, ReasonCode.NotAuthorized)
    for (const packet of [refusal, ack('puback', 7), ack('pubcomp', 7)]) {
      expect(client.receiveAcknowledgement(packet, at(0), output)).toBeUndefined()
    }
    expect(output.sent).toEqual([])
  })
})
