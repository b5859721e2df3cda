// The sending half of QoS 1 and QoS 2 from one connection to the next (§4.4, §4.6): what is sent
// again, in which order, and what can be taken back in between.

import { describe, expect, it } from 'vitest'
import { Sender } from '../src/index.ts'
import { connectedSender, resent } from './exchange-ends.ts'

describe('a sender without a connection', () => {
  it('begins nothing', () => {
    const sender = new Sender<string>()
    expect([sender.hasRoom, sender.resending, sender.inFlight]).toEqual([false, false, 0])
    expect(sender.begin(1, 'a')).toBe(0)
  })

  it('begins nothing after its connection is gone', () => {
    const sender = connectedSender()
    sender.suspend()
    expect(sender.hasRoom).toBe(false)
    expect(sender.begin(2, 'a')).toBe(0)
  })

  it('has nothing to send again until the next one', () => {
    const sender = connectedSender()
    sender.begin(1, 'a')
    sender.suspend()
    expect(sender.resending).toBe(false)
    expect(resent(sender)).toEqual([])
    expect(sender.inFlight).toBe(1)
  })

  it('still learns what is acknowledged', () => {
    const sender = connectedSender()
    sender.begin(1, 'a')
    sender.suspend()
    expect(sender.receive('puback', 1, 0)).toBe('settled')
    sender.resume(1)
    expect([sender.resending, sender.hasRoom, sender.inFlight]).toEqual([false, true, 0])
  })
})

describe('on a new connection', () => {
  it('PUBLISHes are sent again in their first order, with their identifiers [MQTT-4.4.0-1] [MQTT-4.6.0-1]', () => {
    const sender = connectedSender()
    sender.begin(2, 'a')
    sender.begin(1, 'b')
    sender.begin(2, 'c')
    sender.resume(10)
    expect(resent(sender)).toEqual(['publish 1 2 a', 'publish 2 1 b', 'publish 3 2 c'])
    sender.resume(10)
    expect(resent(sender)).toEqual(['publish 1 2 a', 'publish 2 1 b', 'publish 3 2 c'])
  })

  it('PUBRELs go first, in the order of their PUBRECs [MQTT-4.4.0-1] [MQTT-4.6.0-4]', () => {
    const sender = connectedSender()
    for (const message of ['a', 'b', 'c', 'd']) sender.begin(2, message)
    sender.receive('pubrec', 4, 0)
    sender.receive('pubrec', 2, 0)
    sender.receive('pubrec', 4, 0)
    sender.resume(1)
    expect(resent(sender)).toEqual(['release 4', 'release 2', 'publish 1 2 a'])
  })

  it('nothing new begins before all of it was sent', () => {
    const sender = connectedSender()
    sender.begin(1, 'a')
    sender.resume(10)
    expect([sender.resending, sender.hasRoom, sender.begin(1, 'b')]).toEqual([true, false, 0])
    resent(sender)
    expect([sender.resending, sender.hasRoom, sender.begin(1, 'b')]).toEqual([false, true, 2])
  })

  it('PUBREL alone holds new messages back until it was sent', () => {
    const sender = connectedSender()
    sender.begin(2, 'a')
    sender.receive('pubrec', 1, 0)
    sender.resume(10)
    expect(sender.hasRoom).toBe(false)
    resent(sender)
    expect(sender.hasRoom).toBe(true)
  })

  it('goes on where the output had no room', () => {
    const sender = connectedSender()
    for (const message of ['a', 'b', 'c']) sender.begin(1, message)
    sender.resume(10)
    expect(resent(sender, { b: 'wait' })).toEqual(['publish 1 1 a'])
    expect([sender.resending, sender.hasRoom]).toEqual([true, false])
    expect(resent(sender)).toEqual(['publish 2 1 b', 'publish 3 1 c'])
  })

  it('a PUBLISH of QoS 1 that is too large is over [MQTT-3.1.2-25]', () => {
    const sender = connectedSender()
    sender.begin(1, 'a')
    sender.begin(1, 'b')
    sender.resume(1)
    expect(resent(sender, { a: 'over' })).toEqual(['publish 2 1 b'])
    expect([sender.inFlight, sender.resending, sender.message(1)]).toEqual([1, false, undefined])
  })

  it('a PUBLISH of QoS 2 that is too large is released, as the peer may have it [MQTT-3.1.2-25]', () => {
    const sender = connectedSender()
    sender.begin(2, 'a')
    sender.begin(2, 'b')
    sender.resume(1)
    expect(resent(sender, { a: 'over' })).toEqual(['release 1', 'publish 2 2 b'])
    sender.resume(1)
    expect(resent(sender)).toEqual(['release 1', 'publish 2 2 b'])
    expect(sender.receive('pubcomp', 1, 0x92)).toBe('settled')
  })

  it('what is acknowledged before it was sent again is not sent again', () => {
    const sender = connectedSender()
    sender.begin(1, 'a')
    sender.begin(2, 'b')
    sender.begin(2, 'c')
    sender.begin(1, 'd')
    sender.receive('pubrec', 3, 0)
    sender.resume(1)
    expect(sender.receive('puback', 1, 0)).toBe('settled')
    expect(sender.receive('pubrec', 2, 0)).toBe('release')
    expect(sender.receive('pubcomp', 3, 0)).toBe('settled')
    expect(resent(sender)).toEqual(['publish 4 1 d'])
    expect(sender.hasRoom).toBe(false)
  })

  it('there is room when the last of it was acknowledged before it was sent again', () => {
    const sender = connectedSender()
    sender.begin(1, 'a')
    sender.resume(1)
    sender.receive('puback', 1, 0)
    expect([sender.resending, sender.hasRoom]).toEqual([false, true])
    expect(sender.begin(1, 'b')).toBe(2)
    expect(resent(sender)).toEqual([])
  })
})

describe('a message may be withdrawn', () => {
  it('for somebody else, if it is of QoS 1 [MQTT-4.8.2-4] [MQTT-4.8.2-5]', () => {
    const sender = connectedSender()
    sender.begin(1, 'mine 1')
    sender.begin(1, 'shared 2')
    sender.begin(2, 'shared 3')
    sender.begin(2, 'shared 4')
    sender.begin(1, 'shared 5')
    sender.receive('pubrec', 4, 0)
    sender.suspend()
    const shared = sender.withdraw((message) => message.startsWith('shared'))
    expect(shared).toEqual(['shared 2', 'shared 5'])
    expect([...sender.messages()]).toEqual(['mine 1', 'shared 3', 'shared 4'])
    sender.resume(10)
    expect(resent(sender)).toEqual(['release 4', 'publish 1 1 mine 1', 'publish 3 2 shared 3'])
  })

  it('but not on a connection, where its PUBACK may be on the way', () => {
    expect(() => connectedSender().withdraw(() => true)).toThrow('Call suspend before withdraw')
  })
})
