// A session that an earlier life of the program has begun: the peer may hold identifiers of QoS 2
// that nobody here remembers, and would take a message for a repetition of another (§4.3.3).

import { describe, expect, it } from 'vitest'
import { ClientSession, Sender } from '../src/index.ts'
import type { OutgoingMessage } from '../src/index.ts'
import { ack, letIn, message, Output } from './client-protocol.ts'
import type { Client } from './client-protocol.ts'
import { resent } from './exchange-ends.ts'
import { at } from './protocol.ts'

const CLAIMED = { cleanStart: false, properties: { sessionExpiryInterval: 60 } }

describe('a sender in doubt', () => {
  it('clears each identifier of QoS 2 before it is used for the first time [MQTT-4.3.3-12]', () => {
    const sender = doubtful()
    expect([sender.begin(2, 'a'), sender.clears(1)]).toEqual([1, true])
    expect(sender.receive('pubrec', 1, 0)).toBe('unknown')
    expect(sender.receive('puback', 1, 0)).toBe('unknown')
    expect(sender.receive('pubcomp', 1, 0x92)).toBe('unknown')
    expect([sender.clears(1), sender.resending, sender.hasRoom]).toEqual([false, true, false])
    expect(resent(sender)).toEqual(['publish 1 2 a first'])
    expect(sender.receive('pubrec', 1, 0)).toBe('release')
    expect(sender.receive('pubcomp', 1, 0)).toBe('settled')
    expect([sender.inFlight, sender.hasRoom]).toEqual([0, true])
  })

  it('sends QoS 1 at once, but behind what is being cleared', () => {
    const sender = doubtful()
    expect(sender.clears(sender.begin(1, 'a'))).toBe(false)
    expect(sender.clears(sender.begin(2, 'b'))).toBe(true)
    expect(sender.clears(sender.begin(1, 'c'))).toBe(true)
    for (const packetId of [2, 3]) sender.receive('pubcomp', packetId, 0x92)
    expect(resent(sender)).toEqual(['publish 2 2 b first', 'publish 3 1 c first'])
    expect(sender.receive('puback', 3, 0)).toBe('settled')
    expect(sender.clears(sender.begin(1, 'd'))).toBe(false)
  })

  it('clears again what was not cleared when the connection was lost, and sends again what was', () => {
    const sender = doubtful()
    for (const message of ['a', 'b', 'c']) sender.begin(2, message)
    sender.receive('pubcomp', 1, 0x92)
    resent(sender)
    sender.receive('pubcomp', 2, 0x92)
    sender.resume(10)
    expect(resent(sender)).toEqual(['publish 1 2 a', 'publish 2 2 b first', 'release 3'])
    sender.receive('pubcomp', 3, 0x92)
    expect(resent(sender)).toEqual(['publish 3 2 c first'])
  })

  it('counts what is being cleared against the quota, once [MQTT-3.3.4-7]', () => {
    const sender = doubtful(2)
    sender.begin(2, 'a')
    sender.begin(2, 'b')
    expect(sender.hasRoom).toBe(false)
    for (const packetId of [1, 2]) sender.receive('pubcomp', packetId, 0x92)
    resent(sender)
    expect(sender.hasRoom).toBe(false)
    for (const packetId of [1, 2]) sender.receive('pubrec', packetId, 0x80)
    expect([sender.hasRoom, sender.inFlight]).toEqual([true, 0])
    sender.begin(2, 'c')
    sender.resume(2)
    sender.suspend()
    sender.receive('pubcomp', 3, 0x92)
    sender.resume(2)
    expect(resent(sender)).toEqual(['publish 3 2 c first'])
  })

  it('uses few identifiers in turn, so that there are few to clear', () => {
    const sender = doubtful(65_535)
    const used = new Set<number>()
    for (let count = 0; count < 3000; count++) {
      const packetId = sender.begin(2, 'a')
      if (sender.clears(packetId)) sender.receive('pubcomp', packetId, 0x92)
      resent(sender)
      sender.receive('pubrec', packetId, 0x80)
      used.add(packetId)
    }
    expect(Math.max(...used)).toBe(1024)
    expect(sender.clears(sender.begin(2, 'a'))).toBe(false)
    for (let count = 0; count < 2000; count++) used.add(sender.begin(1, 'b'))
    expect(Math.max(...used)).toBeGreaterThan(1024)
  })
})

describe('a client that claims a session', () => {
  it('says PUBREL before its first PUBLISH of QoS 2, if the server has the session', () => {
    const { client, output } = claiming(true)
    client.publish(message({ qos: 2 }), at(0), output)
    expect(output.take()).toEqual(['pubrel 1 0x00'])
    client.receiveAcknowledgement(ack('pubcomp', 1, 0x92), at(0), output)
    expect(output.take()).toEqual(['publish 1 a/b qos 2'])
    client.receiveAcknowledgement(ack('pubrec', 1), at(0), output)
    expect(output.take()).toEqual(['pubrel 1 0x00'])
  })

  it('does not if the server has none', () => {
    const { client, output } = claiming(false)
    client.publish(message({ qos: 2 }), at(0), output)
    expect(output.take()).toEqual(['publish 1 a/b qos 2'])
  })

  it('is told what cannot be sent, though later [MQTT-3.2.2-15]', () => {
    const { client, output } = claiming(true)
    const large = message({ qos: 2, payload: new Uint8Array(100) })
    expect(client.publish(large, at(0), output)).toBe('sent')
    client.receiveAcknowledgement(ack('pubcomp', 1, 0x92), at(0), output)
    expect(output.refused).toEqual([[large, 'MQTT-3.2.2-15']])
  })
})

/** A sender in a session that it did not begin. */
function doubtful(receiveMaximum = 10): Sender<string> {
  const sender = new Sender<string>()
  sender.doubt()
  sender.resume(receiveMaximum)
  return sender
}

function claiming(sessionPresent: boolean): { client: Client; output: Output } {
  const session = new ClientSession<OutgoingMessage>(true)
  const terms = { maximumPacketSize: 50 }
  const client = letIn({ session, sessionPresent, fields: CLAIMED, terms })
  return { client, output: new Output() }
}
