// PUBLISH at the server's end (§3.3): what a client may send, and what becomes of it.

import { describe, expect, it } from 'vitest'
import type { PublishVerdict, ServerProtocol } from '../src/index.ts'
import {
  Acknowledgements,
  at,
  connect,
  connected,
  faultOf,
  frame,
  newExchanges,
} from './protocol.ts'
import { OLDER, opened, send, VERSIONS } from './protocol.ts'

describe('a PUBLISH', () => {
  it.each(VERSIONS)('of QoS 0 is to be delivered in version %i', (version) => {
    const server = connected({ version }, { maximumQoS: 0 })
    expect(receive(server, frame({}, version))).toBe('deliver')
  })

  it('is no first packet [MQTT-3.1.0-1]', () => {
    expect(faultOf(() => receive(opened(), frame()))).toEqual([0x82, 'MQTT-3.1.0-1'])
  })

  it('does not come before the owner answered CONNECT, nor behind the end', () => {
    const server = opened()
    server.receive(connect(), at(0))
    expect(() => receive(server, frame())).toThrow(TypeError)
    server.lost('gone')
    expect(() => receive(server, frame())).toThrow(TypeError)
  })

  it.each(VERSIONS)('above the Maximum QoS is refused in version %i [MQTT-3.2.2-11]', (version) => {
    const server = connected({ version }, { maximumQoS: 1 })
    const once = frame({ qos: 2, packetId: 1 }, version)
    expect(faultOf(() => receive(server, once))).toEqual([0x9b, 'MQTT-3.2.2-11'])
    expect(receive(server, frame({ qos: 1, packetId: 1 }, version))).toBe('deliver')
  })

  it('with RETAIN is refused where nothing is retained [MQTT-3.2.2-14]', () => {
    const server = connected({}, { retainAvailable: false })
    const retained = frame({ retain: true })
    expect(faultOf(() => receive(server, retained))).toEqual([0x9a, 'MQTT-3.2.2-14'])
    expect(receive(connected(), retained)).toBe('deliver')
  })

  it.each(OLDER)('with RETAIN passes in version %i, which nobody warned', (version) => {
    const server = connected({ version }, { retainAvailable: false })
    expect(receive(server, frame({ retain: true }, version))).toBe('deliver')
  })

  it('with a Subscription Identifier is a Protocol Error [MQTT-3.3.4-6]', () => {
    const identified = frame({ properties: { subscriptionIdentifier: [7] } })
    expect(faultOf(() => receive(connected(), identified))).toEqual([0x82, 'MQTT-3.3.4-6'])
  })
})

describe('a PUBLISH with a Topic Alias', () => {
  it('is refused where the maximum is 0 [MQTT-3.2.2-18] [MQTT-3.3.2-9]', () => {
    const aliased = frame({ properties: { topicAlias: 1 } })
    expect(faultOf(() => receive(connected(), aliased))).toEqual([0x94, 'MQTT-3.3.2-9'])
  })

  it('is accepted from 1 to the maximum, and not above [MQTT-3.2.2-17] [MQTT-3.3.2-12]', () => {
    const server = connected({}, { topicAliasMaximum: 2 })
    const aliased = (topic: string, topicAlias: number) =>
      frame({ topic, properties: { topicAlias } })
    const topicsOf = (...frames: ReturnType<typeof frame>[]) =>
      frames.map((each) => {
        expect(receive(server, each)).toBe('deliver')
        return each.topic
      })
    expect(topicsOf(aliased('a', 1), aliased('b', 2), aliased('', 1), aliased('', 2))).toEqual([
      'a',
      'b',
      'a',
      'b',
    ])
    expect(faultOf(() => receive(server, aliased('c', 3)))).toEqual([0x94, 'MQTT-3.3.2-9'])
  })
})

describe('a PUBLISH of QoS 1', () => {
  it.each(VERSIONS)(
    'is acknowledged once it is settled in version %i [MQTT-3.3.4-1]',
    (version) => {
      const server = connected({ version })
      const sink = new Acknowledgements()
      expect(receive(server, frame({ qos: 1, packetId: 7 }, version), sink)).toBe('deliver')
      expect(sink.sent).toEqual([])
      expect(server.settle(7, 0x00, '', sink)).toEqual([])
      expect(sink.sent).toEqual(['puback 7 0x00'])
    },
  )

  it('is settled with the code of PUBACK that fits [MQTT-3.4.2-1]', () => {
    expect(settledWith(1, 0x10)).toEqual(['puback 7 0x10'])
    expect(settledWith(1, 0x97)).toEqual(['puback 7 0x97'])
    expect(settledWith(1, 0x9a)).toEqual(['puback 7 0x80'])
  })
})

describe('a PUBLISH of QoS 2', () => {
  it.each(VERSIONS)(
    'is acknowledged once it is settled in version %i [MQTT-3.3.4-1]',
    (version) => {
      const server = connected({ version })
      const sink = new Acknowledgements()
      expect(receive(server, frame({ qos: 2, packetId: 7 }, version), sink)).toBe('deliver')
      expect(server.settle(7, 0x00, '', sink)).toEqual([])
      expect(sink.sent).toEqual(['pubrec 7 0x00'])
    },
  )

  it.each(VERSIONS)(
    'is delivered once, answered each time, in version %i [MQTT-4.3.3-10]',
    (version) => {
      const server = connected({ version })
      const sink = new Acknowledgements()
      receive(server, frame({ qos: 2, packetId: 7 }, version), sink)
      server.settle(7, 0x00, '', sink)
      const again = frame({ qos: 2, packetId: 7, dup: true }, version)
      expect(receive(server, again, sink)).toBe('duplicate')
      expect(sink.sent).toEqual(['pubrec 7 0x00', 'pubrec 7 0x00'])
    },
  )

  it('is known to the session on its next connection [MQTT-4.3.3-10]', () => {
    const exchanges = newExchanges()
    const sink = new Acknowledgements()
    const first = connected({}, {}, exchanges)
    receive(first, frame({ qos: 2, packetId: 7 }), sink)
    first.settle(7, 0x00, '', sink)
    const second = connected({ cleanStart: false }, {}, exchanges)
    expect(receive(second, frame({ qos: 2, packetId: 7, dup: true }), sink)).toBe('duplicate')
  })

  it('is settled with the code of PUBREC that fits [MQTT-3.5.2-1]', () => {
    expect(settledWith(2, 0x10)).toEqual(['pubrec 7 0x10'])
    expect(settledWith(2, 0x87)).toEqual(['pubrec 7 0x87'])
    expect(settledWith(2, 0x8f)).toEqual(['pubrec 7 0x80'])
  })
})

describe('a PUBLISH that is refused', () => {
  it.each(OLDER)(
    'as not authorized is acknowledged all the same in version %i [MQTT311-3.3.5-2]',
    (version) => {
      expect(settledWith(1, 0x87, version)).toEqual(['puback 7 0x00'])
      expect(settledWith(2, 0x87, version)).toEqual(['pubrec 7 0x00'])
    },
  )

  it.each(OLDER)('for any other reason ends version %i, which has no words', (version) => {
    const exchanges = newExchanges()
    const sink = new Acknowledgements()
    const server = connected({ version }, {}, exchanges)
    receive(server, frame({ qos: 2, packetId: 7 }, version), sink)
    expect(server.settle(7, 0x97, 'The store is full', sink)).toEqual([
      { type: 'close', reasonCode: 0x97, publishWill: true, cause: 'The store is full' },
    ])
    expect(sink.sent).toEqual([])
    const next = connected({ version, cleanStart: false }, {}, exchanges)
    const again = frame({ qos: 2, packetId: 7, dup: true }, version)
    expect(receive(next, again, sink)).toBe('deliver')
  })

  it('is not answered once the connection is closed', () => {
    const server = connected()
    const sink = new Acknowledgements()
    receive(server, frame({ qos: 1, packetId: 7 }), sink)
    server.lost('gone')
    expect(server.settle(7, 0x00, '', sink)).toEqual([])
    expect(sink.sent).toEqual([])
  })
})

describe('the Receive Maximum of the server', () => {
  it('may not be exceeded [MQTT-3.3.4-7]', () => {
    const server = connected({}, { receiveMaximum: 2 })
    const sink = new Acknowledgements()
    receive(server, frame({ qos: 1, packetId: 1 }), sink)
    receive(server, frame({ qos: 2, packetId: 2 }), sink)
    const third = frame({ qos: 1, packetId: 3 })
    expect(faultOf(() => receive(server, third, sink))).toEqual([0x93, 'MQTT-3.3.4-7'])
    server.settle(1, 0x00, '', sink)
    expect(receive(server, third, sink)).toBe('deliver')
  })

  it('holds back nothing else [MQTT-3.3.4-8] [MQTT-4.9.0-3]', () => {
    const server = connected({}, { receiveMaximum: 1 })
    receive(server, frame({ qos: 1, packetId: 1 }))
    expect(receive(server, frame())).toBe('deliver')
    expect(server.receive({ type: 'pingreq' }, at(0))).toEqual([send({ type: 'pingresp' })])
    const unsubscribe = { type: 'unsubscribe', packetId: 2, filters: ['a'] } as const
    expect(server.receive(unsubscribe, at(0))).toHaveLength(1)
  })
})

function receive(
  server: ServerProtocol,
  publish: ReturnType<typeof frame>,
  sink = new Acknowledgements(),
): PublishVerdict {
  return server.receivePublish(publish, at(0), sink)
}

/** What a PUBLISH with the identifier 7 is answered that is settled with this code. */
function settledWith(
  qos: 1 | 2,
  reasonCode: Parameters<ServerProtocol['settle']>[1],
  version: 3 | 4 | 5 = 5,
): readonly string[] {
  const server = connected({ version })
  const sink = new Acknowledgements()
  receive(server, frame({ qos, packetId: 7 }, version), sink)
  expect(server.settle(7, reasonCode, 'It is refused', sink)).toEqual([])
  return sink.sent
}
