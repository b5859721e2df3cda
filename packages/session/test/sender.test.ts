// The sending half of QoS 1 and QoS 2 (§4.3.2, §4.3.3, §4.9): identifiers, acknowledgements and
// quota on a connection.

import { describe, expect, it } from 'vitest'
import { Sender } from '../src/index.ts'
import { connectedSender, resent } from './exchange-ends.ts'

describe('a Packet Identifier', () => {
  it('is not 0 and not in use [MQTT-2.2.1-3] [MQTT-2.2.1-4] [MQTT-4.3.2-1] [MQTT-4.3.3-1]', () => {
    const sender = connectedSender()
    expect([sender.begin(1, 'a'), sender.begin(2, 'b'), sender.begin(1, 'c')]).toEqual([1, 2, 3])
  })

  it('is not used again at once', () => {
    const sender = connectedSender()
    sender.begin(1, 'a')
    sender.receive('puback', 1, 0)
    expect(sender.begin(1, 'b')).toBe(2)
  })

  it('is 1 again after 65,535, and steps over those in use [MQTT-2.2.1-4]', () => {
    const sender = connectedSender()
    sender.begin(1, 'kept')
    for (let id = 2; id <= 65_535; id++) {
      expect(sender.begin(1, 'passing')).toBe(id)
      sender.receive('puback', id, 0)
    }
    expect(sender.begin(1, 'next')).toBe(2)
    expect(sender.message(1)).toBe('kept')
  })

  it('is not to be had when all 65,535 are in use', () => {
    const sender = connectedSender(65_535)
    for (let id = 1; id <= 65_535; id++) sender.begin(1, 'a')
    expect([sender.inFlight, sender.hasRoom]).toEqual([65_535, false])
    expect(sender.begin(1, 'b')).toBe(0)
    sender.receive('puback', 777, 0)
    expect(sender.begin(1, 'b')).toBe(777)
  })

  it('stays in use on a new connection, whose quota is not all that counts', () => {
    const sender = connectedSender(65_535)
    for (let id = 1; id <= 65_535; id++) {
      sender.begin(2, 'a')
      sender.receive('pubrec', id, 0)
    }
    sender.resume(65_535)
    expect(resent(sender)).toHaveLength(65_535)
    expect([sender.resending, sender.hasRoom]).toEqual([false, false])
  })
})

describe('a Packet Identifier that is reserved', () => {
  it('is in use by no message until it is given back [MQTT-2.2.1-3]', () => {
    const sender = connectedSender()
    expect([sender.reserve(), sender.begin(1, 'a'), sender.reserve()]).toEqual([1, 2, 3])
    for (let id = 4; id <= 65_535; id++) {
      sender.begin(1, 'passing')
      sender.receive('puback', id, 0)
    }
    expect(sender.begin(1, 'b')).toBe(4)
    sender.free(3)
    for (let id = 5; id <= 65_535; id++) {
      sender.begin(1, 'passing')
      sender.receive('puback', id, 0)
    }
    expect(sender.begin(1, 'c')).toBe(3)
  })

  it('needs no connection and counts against no quota', () => {
    const sender = new Sender<string>()
    expect([sender.reserve(), sender.reserve(), sender.inFlight]).toEqual([1, 2, 0])
    sender.resume(1)
    expect([sender.hasRoom, sender.begin(1, 'a')]).toEqual([true, 3])
  })

  it('is one of 65,535', () => {
    const sender = connectedSender()
    sender.begin(1, 'a')
    for (let id = 2; id <= 65_535; id++) sender.reserve()
    expect([sender.reserve(), sender.hasRoom, sender.begin(1, 'b')]).toEqual([0, false, 0])
    sender.free(700)
    expect(sender.begin(1, 'b')).toBe(700)
  })

  it('may be given back unused', () => {
    const sender = connectedSender()
    sender.free(1)
    expect(sender.begin(1, 'a')).toBe(1)
  })
})

describe('a message', () => {
  it('is known until its exchange is over', () => {
    const sender = connectedSender()
    sender.begin(2, 'a')
    sender.receive('pubrec', 1, 0)
    expect(sender.message(1)).toBe('a')
    sender.receive('pubcomp', 1, 0)
    expect(sender.message(1)).toBeUndefined()
  })

  it('is listed until its exchange is over, oldest first', () => {
    const sender = connectedSender()
    for (const message of ['a', 'b', 'c', 'd']) sender.begin(2, message)
    sender.receive('pubrec', 3, 0)
    sender.receive('pubrec', 2, 0x80)
    expect([...sender.messages()]).toEqual(['a', 'c', 'd'])
  })
})

describe('a PUBLISH of QoS 1', () => {
  it('is unacknowledged until its PUBACK [MQTT-4.3.2-3]', () => {
    const sender = connectedSender()
    sender.begin(1, 'a')
    expect(sender.inFlight).toBe(1)
    expect(sender.receive('puback', 1, 0)).toBe('settled')
    expect(sender.inFlight).toBe(0)
  })

  it('is over when it is refused [MQTT-4.4.0-2]', () => {
    const sender = connectedSender()
    sender.begin(1, 'a')
    expect(sender.receive('puback', 1, 0x97)).toBe('settled')
    sender.resume(10)
    expect(resent(sender)).toEqual([])
  })

  it.each(['pubrec', 'pubcomp'] as const)('is not acknowledged by a %s', (type) => {
    const sender = connectedSender()
    sender.begin(1, 'a')
    expect(sender.receive(type, 1, 0)).toBe('unknown')
    expect(sender.receive(type, 1, 0x80)).toBe('unknown')
    expect(sender.inFlight).toBe(1)
  })
})

describe('a PUBLISH of QoS 2', () => {
  it('is unacknowledged until its PUBREC, which PUBREL answers [MQTT-4.3.3-3] [MQTT-4.3.3-4]', () => {
    const sender = connectedSender()
    sender.begin(2, 'a')
    sender.resume(10)
    expect(resent(sender)).toEqual(['publish 1 2 a'])
    expect(sender.receive('pubrec', 1, 0x10)).toBe('release')
  })

  it('is followed by a PUBREL that is unacknowledged until its PUBCOMP [MQTT-4.3.3-5]', () => {
    const sender = connectedSender()
    sender.begin(2, 'a')
    sender.receive('pubrec', 1, 0)
    expect(sender.inFlight).toBe(1)
    expect(sender.receive('pubcomp', 1, 0)).toBe('settled')
    expect(sender.inFlight).toBe(0)
  })

  it('is over when its PUBREC refuses it [MQTT-4.4.0-2]', () => {
    const sender = connectedSender()
    sender.begin(2, 'a')
    expect(sender.receive('pubrec', 1, 0x80)).toBe('settled')
    expect(sender.receive('pubcomp', 1, 0)).toBe('unknown')
    sender.resume(10)
    expect(resent(sender)).toEqual([])
  })

  it('is not sent again once PUBREL was [MQTT-4.3.3-6]', () => {
    const sender = connectedSender()
    sender.begin(2, 'a')
    sender.receive('pubrec', 1, 0)
    sender.resume(10)
    expect(resent(sender)).toEqual(['release 1'])
  })

  it('whose PUBREC comes again is answered with PUBREL again', () => {
    const sender = connectedSender()
    sender.begin(2, 'a')
    expect(sender.receive('pubrec', 1, 0)).toBe('release')
    expect(sender.receive('pubrec', 1, 0)).toBe('release')
    expect(sender.receive('pubcomp', 1, 0)).toBe('settled')
  })

  it('is over when the peer refuses it after all', () => {
    const sender = connectedSender()
    sender.begin(2, 'a')
    sender.receive('pubrec', 1, 0)
    expect(sender.receive('pubrec', 1, 0x80)).toBe('settled')
    expect(sender.inFlight).toBe(0)
  })

  it('is over when the peer does not know its PUBREL', () => {
    const sender = connectedSender()
    sender.begin(2, 'a')
    sender.receive('pubrec', 1, 0)
    expect(sender.receive('pubcomp', 1, 0x92)).toBe('settled')
  })

  it('is not acknowledged by a PUBACK, nor by a PUBCOMP before its PUBREC', () => {
    const sender = connectedSender()
    sender.begin(2, 'a')
    expect(sender.receive('puback', 1, 0)).toBe('unknown')
    expect(sender.receive('pubcomp', 1, 0)).toBe('unknown')
    expect(sender.inFlight).toBe(1)
  })
})

describe('an acknowledgement', () => {
  it.each(['puback', 'pubrec', 'pubcomp'] as const)('may be of nothing: %s', (type) => {
    const sender = connectedSender()
    sender.begin(1, 'a')
    expect(sender.receive(type, 2, 0)).toBe('unknown')
    expect(sender.inFlight).toBe(1)
  })
})

describe('the send quota', () => {
  it('allows the Receive Maximum [MQTT-3.3.4-7] [MQTT-3.3.4-9] [MQTT-4.9.0-1] [MQTT-4.9.0-2]', () => {
    const sender = connectedSender(2)
    expect([sender.begin(1, 'a'), sender.hasRoom]).toEqual([1, true])
    expect([sender.begin(2, 'b'), sender.hasRoom]).toEqual([2, false])
    expect(sender.begin(1, 'c')).toBe(0)
    expect(sender.inFlight).toBe(2)
  })

  it.each([
    ['a PUBACK', 1, [['puback', 0]]],
    ['a PUBACK that refuses', 1, [['puback', 0x87]]],
    ['a PUBREC that refuses', 2, [['pubrec', 0x87]]],
    [
      'a PUBCOMP',
      2,
      [
        ['pubrec', 0],
        ['pubcomp', 0],
      ],
    ],
  ] as const)('has room again after %s', (_, qos, acknowledgements) => {
    const sender = connectedSender(1)
    sender.begin(qos, 'a')
    for (const [type, reasonCode] of acknowledgements) {
      expect(sender.hasRoom).toBe(false)
      sender.receive(type, 1, reasonCode)
    }
    expect(sender.hasRoom).toBe(true)
  })

  it('grows by nothing that was not counted', () => {
    const sender = connectedSender(1)
    sender.begin(2, 'a')
    sender.receive('pubrec', 1, 0)
    sender.resume(1)
    resent(sender)
    sender.begin(1, 'b')
    expect(sender.receive('pubcomp', 1, 0)).toBe('settled')
    expect(sender.hasRoom).toBe(false)
  })

  it('begins anew on each connection [MQTT-4.9.0-1]', () => {
    const sender = connectedSender(1)
    sender.begin(2, 'a')
    sender.receive('pubrec', 1, 0)
    sender.resume(3)
    resent(sender)
    expect([sender.begin(1, 'b'), sender.begin(1, 'c'), sender.begin(1, 'd')]).toEqual([2, 3, 4])
    expect(sender.hasRoom).toBe(false)
  })

  it('counts what is sent again [MQTT-3.3.4-9]', () => {
    const sender = connectedSender(3)
    for (const message of ['a', 'b', 'c']) sender.begin(1, message)
    sender.resume(2)
    expect(resent(sender)).toEqual(['publish 1 1 a', 'publish 2 1 b'])
    expect(resent(sender)).toEqual([])
    expect([sender.resending, sender.hasRoom]).toEqual([true, false])
    sender.receive('puback', 2, 0)
    expect(resent(sender)).toEqual(['publish 3 1 c'])
    expect([sender.resending, sender.hasRoom]).toEqual([false, false])
    sender.receive('puback', 1, 0)
    expect(sender.hasRoom).toBe(true)
  })
})
