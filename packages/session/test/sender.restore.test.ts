// The sending half of QoS 1 and QoS 2 over the end of the process: what an earlier life had begun
// is taken up, and goes on as after a lost connection.

import { expect, it } from 'vitest'
import { Sender } from '../src/index.ts'
import { connectedSender, resent } from './exchange-ends.ts'

it('what an earlier life had begun is sent again, with its identifiers [MQTT-4.4.0-1]', () => {
  const sender = new Sender<string>()
  sender.restore(7, 1, 'a', false)
  sender.restore(9, 2, 'b', false)
  expect([sender.inFlight, sender.hasRoom, sender.resending]).toEqual([2, false, false])
  sender.resume(10)
  expect(resent(sender)).toEqual(['publish 7 1 a', 'publish 9 2 b'])
  expect(sender.receive('puback', 7, 0)).toBe('settled')
  expect(sender.receive('pubrec', 9, 0)).toBe('release')
  expect(sender.receive('pubcomp', 9, 0)).toBe('settled')
  expect(sender.inFlight).toBe(0)
})

it('what was released goes on with PUBREL, and never with PUBLISH [MQTT-4.3.3-6]', () => {
  const sender = new Sender<string>()
  sender.restore(1, 2, 'a', true)
  sender.restore(2, 1, 'b', false)
  sender.restore(3, 2, 'c', true)
  sender.resume(10)
  expect(resent(sender)).toEqual(['release 1', 'release 3', 'publish 2 1 b'])
  expect(sender.receive('pubrec', 1, 0)).toBe('release')
  expect(sender.receive('pubcomp', 1, 0)).toBe('settled')
})

it('what was begun counts against the Receive Maximum once it was sent again', () => {
  const sender = new Sender<string>()
  for (const packetId of [1, 2, 3]) sender.restore(packetId, 1, String(packetId), false)
  sender.resume(2)
  expect(resent(sender)).toEqual(['publish 1 1 1', 'publish 2 1 2'])
  sender.receive('puback', 1, 0)
  expect(resent(sender)).toEqual(['publish 3 1 3'])
  expect(sender.hasRoom).toBe(false)
})

it('new exchanges get identifiers behind those of an earlier life, and no one of them', () => {
  const sender = new Sender<string>()
  for (const packetId of [1, 65_534]) sender.restore(packetId, 2, 'old', false)
  sender.resume(10)
  resent(sender)
  expect([1, 2].map(() => sender.begin(1, 'new'))).toEqual([65_535, 2])
})

it('QoS 1 of an earlier life may be withdrawn, QoS 2 may not [MQTT-4.8.2-4]', () => {
  const sender = new Sender<string>()
  sender.restore(1, 1, 'a', false)
  sender.restore(2, 2, 'b', false)
  expect(sender.withdraw(() => true)).toEqual(['a'])
})

it('every exchange can be looked at: whether it awaits PUBCOMP, with its identifier', () => {
  const sender = connectedSender()
  for (const [qos, message] of [
    [1, 'a'],
    [2, 'b'],
    [2, 'c'],
  ] as const) {
    sender.begin(qos, message)
  }
  sender.receive('pubrec', 2, 0)
  expect(seen(sender)).toEqual(['2 b released', '1 a', '3 c'])
  sender.receive('puback', 1, 0)
  expect(seen(sender)).toEqual(['2 b released', '3 c'])
})

it('what is restored as it was seen keeps the order of its PUBRELs [MQTT-4.6.0-4]', () => {
  const former = connectedSender()
  for (const message of ['a', 'b', 'c', 'd']) former.begin(2, message)
  former.receive('pubrec', 3, 0)
  former.receive('pubrec', 1, 0)
  const sender = new Sender<string>()
  former.forEach((packetId, message, released) => sender.restore(packetId, 2, message, released))
  sender.resume(10)
  expect(resent(sender)).toEqual(['release 3', 'release 1', 'publish 2 2 b', 'publish 4 2 d'])
})

function seen(sender: Sender<string>): readonly string[] {
  const lines: string[] = []
  sender.forEach((packetId, message, released) =>
    lines.push(`${packetId} ${message}${released ? ' released' : ''}`),
  )
  return lines
}
