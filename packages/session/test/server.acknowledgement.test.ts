// PUBACK, PUBREC, PUBREL and PUBCOMP at the server's end (§3.4 to §3.7): what each is answered.

import type { AcknowledgementPacket, AcknowledgementType, ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import type { ServerProtocol } from '../src/index.ts'
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

describe('an exchange that the server began', () => {
  it.each(VERSIONS)('of QoS 1 is over with PUBACK in version %i [MQTT-2.2.1-5]', (version) => {
    const { server, sender, receive } = serving({ version })
    const packetId = sender.begin(1, 'm')
    expect(receive('puback', packetId)).toEqual(['settled'])
    expect(sender.inFlight).toBe(0)
    expect(server.state).toBe('connected')
  })

  it.each(VERSIONS)(
    'of QoS 2 has PUBREC answered with PUBREL in version %i [MQTT-4.3.3-4] [MQTT-2.2.1-5]',
    (version) => {
      const { sender, receive } = serving({ version })
      const packetId = sender.begin(2, 'm')
      expect(receive('pubrec', packetId)).toEqual(['pending', `pubrel ${packetId} 0x00`])
      expect(receive('pubcomp', packetId)).toEqual(['settled'])
      expect(sender.inFlight).toBe(0)
    },
  )

  it('is over where the client refuses the message [MQTT-4.4.0-2]', () => {
    const { sender, receive } = serving()
    const once = sender.begin(1, 'm')
    const twice = sender.begin(2, 'm')
    expect(receive('puback', once, 0x97)).toEqual(['settled'])
    expect(receive('pubrec', twice, 0x83)).toEqual(['settled'])
    expect(sender.inFlight).toBe(0)
  })
})

describe('an exchange that the client began', () => {
  it.each(VERSIONS)('has PUBREL answered with PUBCOMP in version %i [MQTT-4.3.3-11]', (version) => {
    const { server, receive, sink } = serving({ version })
    server.receivePublish(frame({ qos: 2, packetId: 7 }, version), at(0), sink)
    server.settle(7, 0x00, '', sink)
    expect(receive('pubrel', 7)).toEqual(['none', 'pubcomp 7 0x00'])
  })

  it.each(VERSIONS)(
    'leaves its identifier for new messages in version %i [MQTT-4.3.3-12]',
    (version) => {
      const { server, receive, sink } = serving({ version })
      const publish = () =>
        server.receivePublish(frame({ qos: 2, packetId: 7 }, version), at(0), sink)
      publish()
      server.settle(7, 0x00, '', sink)
      expect(publish()).toBe('duplicate')
      receive('pubrel', 7)
      expect(publish()).toBe('deliver')
    },
  )
})

describe('an acknowledgement of what is not known', () => {
  it.each([
    ['pubrec', 'pubrel 7 0x92'],
    ['pubrel', 'pubcomp 7 0x92'],
  ] as const)(
    '%s is answered with %s in MQTT 5.0 [MQTT-2.2.1-5] [MQTT-3.6.2-1] [MQTT-3.7.2-1]',
    (type, answer) => {
      expect(serving().receive(type, 7)).toEqual(['none', answer])
    },
  )

  it.each(OLDER)('is answered without a code in version %i', (version) => {
    expect(serving({ version }).receive('pubrec', 7)).toEqual(['none', 'pubrel 7 0x00'])
    expect(serving({ version }).receive('pubrel', 7)).toEqual(['none', 'pubcomp 7 0x00'])
  })

  it('is passed over where it ends the exchange', () => {
    const { receive } = serving()
    expect(receive('pubrec', 7, 0x87)).toEqual(['none'])
    expect(receive('puback', 7)).toEqual(['none'])
    expect(receive('pubcomp', 7, 0x92)).toEqual(['none'])
  })

  it('is no first packet [MQTT-3.1.0-1]', () => {
    const early = () => receiveAt(opened(), 'puback', 7)
    expect(faultOf(early)).toEqual([0x82, 'MQTT-3.1.0-1'])
    const server = opened()
    server.receive(connect(), at(0))
    expect(() => receiveAt(server, 'puback', 7)).toThrow(TypeError)
  })
})

describe('the Receive Maximum of the client', () => {
  it('bounds what the server leaves unacknowledged [MQTT-3.3.4-9] [MQTT-4.9.0-2]', () => {
    const { sender, receive } = serving({ properties: { receiveMaximum: 1 } })
    const packetId = sender.begin(1, 'm')
    expect(sender.hasRoom).toBe(false)
    receive('puback', packetId)
    expect(sender.hasRoom).toBe(true)
  })

  it('holds back no other packet of the server [MQTT-3.3.4-10] [MQTT-4.9.0-3]', () => {
    const { server, sender, receive, sink } = serving({ properties: { receiveMaximum: 1 } })
    sender.begin(2, 'm')
    expect(sender.hasRoom).toBe(false)
    expect(server.receive({ type: 'pingreq' }, at(0))).toEqual([send({ type: 'pingresp' })])
    expect(server.subscribed(9, [0])).toHaveLength(1)
    server.receivePublish(frame({ qos: 1, packetId: 7 }), at(0), sink)
    server.settle(7, 0x00, '', sink)
    expect(sink.sent).toEqual(['puback 7 0x00'])
    expect(receive('pubrel', 8)).toEqual(['none', 'pubcomp 8 0x92'])
  })
})

function serving(fields: Parameters<typeof connected>[0] = {}) {
  const exchanges = newExchanges()
  const server = connected(fields, {}, exchanges)
  const receive = (type: AcknowledgementType, packetId: number, reasonCode: ReasonCode = 0) =>
    receiveAt(server, type, packetId, reasonCode)
  return { server, receive, sender: exchanges.sender, sink: new Acknowledgements() }
}

/** The verdict, and behind it what was sent. */
function receiveAt(
  server: ServerProtocol,
  type: AcknowledgementType,
  packetId: number,
  reasonCode: ReasonCode = 0,
): readonly string[] {
  const sink = new Acknowledgements()
  const packet: AcknowledgementPacket = { type, packetId, reasonCode }
  return [server.receiveAcknowledgement(packet, at(0), sink), ...sink.sent]
}
