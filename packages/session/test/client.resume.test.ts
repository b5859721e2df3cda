// A session on its next connection (§4.4): what is sent again, what not, and what ends with it.

import { describe, expect, it } from 'vitest'
import { ClientSession } from '../src/index.ts'
import type { OutgoingMessage } from '../src/index.ts'
import { ack, connack, connecting, letIn, message, Output } from './client-protocol.ts'
import type { Client, Welcome } from './client-protocol.ts'
import { at, frame } from './protocol.ts'

const LASTING = { cleanStart: false, properties: { sessionExpiryInterval: 60 } }

describe('a resumed session', () => {
  it('sends PUBREL and then PUBLISH again, with the first identifiers, in order [MQTT-4.4.0-1] [MQTT-4.6.0-1] [MQTT-3.3.1-1]', () => {
    const { session, output } = interrupted('a', 'b', 'c')
    const client = resumed(session)
    expect(client.resending).toBe(true)
    expect(client.publish(message({ qos: 1 }), at(0), output)).toBe('wait')
    client.resend(output)
    expect(output.sent).toEqual(['pubrel 2 0x00', 'publish 1 a qos 2 dup', 'publish 3 c qos 2 dup'])
    expect(client.resending).toBe(false)
    client.resend(output)
    expect(output.sent).toHaveLength(3)
  })

  it('sends no PUBLISH again that is released [MQTT-4.3.3-6]', () => {
    const { session, output } = interrupted('a', 'b')
    resumed(session).resend(output)
    expect(output.sent).not.toContain('publish 2 b qos 2 dup')
  })

  it('sends a message again that has expired since [MQTT-4.3.3-7]', () => {
    const session = new ClientSession<OutgoingMessage>()
    const output = new Output()
    const first = letIn({ session, fields: LASTING })
    const properties = { messageExpiryInterval: 1 }
    first.publish(message({ qos: 2, properties }), at(0), output)
    first.lost('reset')
    output.take()
    resumed(session).resend(output)
    expect(output.sent).toEqual(['publish 1 a/b qos 2 dup'])
  })

  it('waits for the output to have room', () => {
    const { session, output } = interrupted('a', 'b')
    const client = resumed(session)
    output.hasRoom = false
    client.resend(output)
    expect(output.take()).toEqual(['pubrel 2 0x00'])
    expect(client.resending).toBe(true)
    output.hasRoom = true
    client.resend(output)
    expect(output.sent).toEqual(['publish 1 a qos 2 dup'])
  })

  it('goes on as acknowledgements make room [MQTT-3.3.4-7]', () => {
    const { session, output } = interrupted('a', 'b', 'c')
    const client = resumed(session, { terms: { receiveMaximum: 1 } })
    client.resend(output)
    expect(output.take()).toEqual(['pubrel 2 0x00', 'publish 1 a qos 2 dup'])
    client.receiveAcknowledgement(ack('pubrec', 1), at(0), output)
    client.receiveAcknowledgement(ack('pubcomp', 1), at(0), output)
    expect(output.sent).toEqual(['pubrel 1 0x00', 'publish 3 c qos 2 dup'])
  })

  it('gives up what this server may not be sent, and says which [MQTT-3.2.2-11]', () => {
    const { session, output, messages } = interrupted('a', 'b', 'c')
    const client = resumed(session, { terms: { maximumQoS: 1 } })
    client.resend(output)
    // The server may have them: it was not heard whether it has.
    expect(output.sent).toEqual(['pubrel 2 0x00', 'pubrel 1 0x00', 'pubrel 3 0x00'])
    expect(output.refused).toEqual([
      [messages[0], 'MQTT-3.2.2-11'],
      [messages[2], 'MQTT-3.2.2-11'],
    ])
    const completion = client.receiveAcknowledgement(ack('pubcomp', 1), at(0), output)
    expect(completion).toBe(messages[0])
  })

  it('gives up what has become too large [MQTT-3.2.2-15]', () => {
    const { session, output, messages } = interrupted('a', 'b')
    resumed(session, { terms: { maximumPacketSize: 7 } }).resend(output)
    expect(output.refused).toEqual([[messages[0], 'MQTT-3.2.2-15']])
  })

  it('lets the mistakes of the output through', () => {
    const { session, output } = interrupted('a')
    output.publish = () => {
      throw new RangeError('Out of memory')
    }
    expect(() => resumed(session).resend(output)).toThrow(RangeError)
  })
})

describe('the end of a connection', () => {
  it('keeps a session that is to outlive it [MQTT-3.1.2-23] [MQTT311-3.1.2-4]', () => {
    const session = new ClientSession<OutgoingMessage>()
    const client = letIn({ session, fields: { version: 4, cleanStart: false } })
    client.publish(message({ qos: 1 }), at(0), new Output(4))
    expect(client.lost('reset')).toMatchObject([{ type: 'close', discarded: [] }])
    expect(session.exists).toBe(true)
    expect(session.sender.inFlight).toBe(1)
    expect(session.sender.hasRoom).toBe(false)
  })

  it.each([4, 5] as const)(
    'of version %i ends a session that is not [MQTT311-3.1.2-6]',
    (version) => {
      const session = new ClientSession<OutgoingMessage>()
      const client = letIn({ session, fields: { version } })
      const lost = message({ qos: 1 })
      client.publish(lost, at(0), new Output(version))
      expect(session.exists).toBe(true)
      expect(client.lost('reset')).toMatchObject([{ type: 'close', discarded: [lost] }])
      expect(session.exists).toBe(false)
      expect(session.sender.inFlight).toBe(0)
    },
  )

  it('leaves a PUBLISH of QoS 2 to be settled late, and not to be delivered twice [MQTT-4.3.3-10]', () => {
    const session = new ClientSession<OutgoingMessage>()
    const output = new Output()
    const first = letIn({ session, fields: LASTING })
    const exactlyOnce = frame({ qos: 2, packetId: 5 })
    const atLeastOnce = frame({ qos: 1, packetId: 6 })
    expect(first.receivePublish(exactlyOnce, at(0), output)).toBe('deliver')
    expect(first.receivePublish(atLeastOnce, at(0), output)).toBe('deliver')
    first.lost('reset')
    const second = resumed(session)
    expect(second.receivePublish(exactlyOnce, at(0), output)).toBe('duplicate')
    expect(second.receivePublish(atLeastOnce, at(0), output)).toBe('deliver')
    first.settle(atLeastOnce, 0, output)
    expect(output.sent).toEqual([])
    first.settle(exactlyOnce, 0, output)
    expect(output.sent).toEqual(['pubrec 5 0x00'])
  })

  it('leaves nothing to be answered before the server has sent it on the next one', () => {
    const session = new ClientSession<OutgoingMessage>()
    const output = new Output()
    const first = letIn({ session, fields: LASTING })
    const exactlyOnce = frame({ qos: 2, packetId: 5 })
    const atLeastOnce = frame({ qos: 1, packetId: 6 })
    first.receivePublish(exactlyOnce, at(0), output)
    first.lost('reset')
    const second = resumed(session)
    second.receivePublish(exactlyOnce, at(0), output)
    second.receivePublish(atLeastOnce, at(0), output)
    second.settle(atLeastOnce, 0, output)
    second.lost('reset')
    const third = connecting(LASTING, {}, session)
    first.settle(exactlyOnce, 0, output)
    expect(output.sent).toEqual([])
    third.receive(connack({ sessionPresent: true }), at(0))
    expect(third.receivePublish(exactlyOnce, at(0), output)).toBe('duplicate')
    expect(third.receivePublish(atLeastOnce, at(0), output)).toBe('deliver')
    third.settle(atLeastOnce, 0, output)
    expect(output.sent).toEqual(['pubrec 5 0x00', 'puback 6 0x00'])
  })

  it("makes a PUBLISH of QoS 1 nothing to be settled, whose identifier is another's by now", () => {
    const session = new ClientSession<OutgoingMessage>()
    const output = new Output()
    const first = letIn({ session, fields: LASTING })
    const atLeastOnce = frame({ qos: 1, packetId: 5 })
    const exactlyOnce = frame({ qos: 2, packetId: 5 })
    first.receivePublish(atLeastOnce, at(0), output)
    first.lost('reset')
    const second = resumed(session)
    second.receivePublish(exactlyOnce, at(0), output)
    first.settle(atLeastOnce, 0, output)
    second.lost('reset')
    const third = resumed(session)
    expect(third.receivePublish(exactlyOnce, at(0), output)).toBe('duplicate')
    expect(output.sent).toEqual([])
    second.settle(exactlyOnce, 0, output)
    expect(output.sent).toEqual(['pubrec 5 0x00'])
  })
})

/**
 * A session that lost its connection while messages of QoS 2 to these topics were unfinished, the
 * second of them released.
 */
function interrupted(...topics: readonly string[]): {
  session: ClientSession<OutgoingMessage>
  output: Output
  messages: readonly OutgoingMessage[]
} {
  const session = new ClientSession<OutgoingMessage>()
  const output = new Output()
  const client = letIn({ session, fields: LASTING })
  const messages = topics.map((topic) => message({ topic, qos: 2 }))
  for (const one of messages) client.publish(one, at(0), output)
  client.receiveAcknowledgement(ack('pubrec', 2), at(0), output)
  client.lost('reset')
  output.take()
  return { session, output, messages }
}

function resumed(session: ClientSession<OutgoingMessage>, welcome: Welcome = {}): Client {
  return letIn({ session, fields: LASTING, sessionPresent: true, ...welcome })
}
