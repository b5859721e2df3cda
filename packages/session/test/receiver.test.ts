// The receiving half of QoS 1 and QoS 2 (§4.3.2, §4.3.3, §4.6, §4.9): what is delivered, what is
// answered in which order, and how much a peer may leave unfinished.

import { describe, expect, it } from 'vitest'
import { Receiver } from '../src/index.ts'
import { connectedReceiver, received, Sink } from './exchange-ends.ts'

describe('a PUBLISH of QoS 1', () => {
  it('is answered with PUBACK and its identifier when it is settled [MQTT-4.3.2-4] [MQTT-2.2.1-5]', () => {
    const { receiver, sink } = connectedReceiver()
    expect(receiver.begin(1, 7, sink)).toBe('deliver')
    expect([receiver.unsettled, sink.taken]).toEqual([1, []])
    receiver.settle(7, 0x10, sink)
    expect([receiver.unsettled, sink.taken]).toEqual([0, ['puback 7 16']])
  })

  it('is a new one after that, and even before [MQTT-4.3.2-5]', () => {
    const { receiver, sink } = connectedReceiver()
    receiver.begin(1, 7, sink)
    expect(receiver.begin(1, 7, sink)).toBe('deliver')
    receiver.settle(7, 0x00, sink)
    receiver.settle(7, 0x87, sink)
    expect(receiver.begin(1, 7, sink)).toBe('deliver')
    receiver.settle(7, 0x97, sink)
    expect(sink.taken).toEqual(['puback 7 0', 'puback 7 135', 'puback 7 151'])
  })

  it('is a new one on a new connection, where the old one is not answered', () => {
    const { receiver, sink } = connectedReceiver()
    receiver.begin(1, 7, sink)
    receiver.resume(10)
    receiver.settle(7, 0, sink)
    expect([receiver.unsettled, sink.taken]).toEqual([0, []])
    expect(receiver.begin(1, 7, sink)).toBe('deliver')
    receiver.abandon(7, 0, sink)
    expect([receiver.unsettled, sink.taken]).toEqual([1, []])
  })

  it('has nothing to do with a message of QoS 2 that has its identifier', () => {
    const { receiver, sink } = connectedReceiver()
    received(receiver, 7)
    expect(receiver.begin(1, 7, sink)).toBe('deliver')
  })
})

describe('a PUBLISH of QoS 2', () => {
  it('is answered with PUBREC and its identifier when it is settled [MQTT-4.3.3-8] [MQTT-2.2.1-5]', () => {
    const { receiver, sink } = connectedReceiver()
    expect(receiver.begin(2, 7, sink)).toBe('deliver')
    expect([receiver.unsettled, sink.taken]).toEqual([1, []])
    receiver.settle(7, 0, sink)
    expect([receiver.unsettled, sink.taken]).toEqual([0, ['pubrec 7 0']])
  })

  it('is complete with its PUBREL [MQTT-4.3.3-11]', () => {
    const { receiver } = connectedReceiver()
    received(receiver, 7)
    expect(receiver.release(7)).toBe('complete')
    expect(receiver.release(7)).toBe('unknown')
  })

  it('is unreleased until then, on whatever connection', () => {
    const { receiver, sink } = connectedReceiver()
    receiver.begin(1, 6, sink)
    received(receiver, 7)
    expect(receiver.unreleased).toBe(1)
    receiver.suspend()
    expect(receiver.unreleased).toBe(1)
    receiver.release(7)
    expect(receiver.unreleased).toBe(0)
  })

  it('is a new one after its PUBREL [MQTT-4.3.3-12]', () => {
    const { receiver, sink } = connectedReceiver()
    received(receiver, 7)
    receiver.release(7)
    expect(receiver.begin(2, 7, sink)).toBe('deliver')
  })

  it('is a new one after it was refused [MQTT-4.3.3-9]', () => {
    const { receiver, sink } = connectedReceiver()
    receiver.begin(2, 7, sink)
    receiver.settle(7, 0x87, sink)
    expect(sink.taken).toEqual(['pubrec 7 135'])
    expect(receiver.release(7)).toBe('unknown')
    expect(receiver.begin(2, 7, sink)).toBe('deliver')
  })

  it('that comes again is answered again, and not delivered [MQTT-4.3.3-10]', () => {
    const { receiver, sink } = connectedReceiver()
    received(receiver, 7)
    expect(receiver.begin(2, 7, sink)).toBe('duplicate')
    expect(receiver.begin(2, 7, sink)).toBe('duplicate')
    expect(sink.taken).toEqual(['pubrec 7 0', 'pubrec 7 0'])
    expect(receiver.release(7)).toBe('complete')
  })

  it('that comes again before it is answered is answered once', () => {
    const { receiver, sink } = connectedReceiver()
    receiver.begin(2, 7, sink)
    expect(receiver.begin(2, 7, sink)).toBe('duplicate')
    expect([receiver.unsettled, sink.taken]).toEqual([1, []])
    receiver.settle(7, 0, sink)
    expect(sink.taken).toEqual(['pubrec 7 0'])
  })

  it('cannot be released before it is answered', () => {
    const { receiver, sink } = connectedReceiver()
    receiver.begin(2, 7, sink)
    expect(receiver.release(7)).toBe('unknown')
    receiver.settle(7, 0, sink)
    expect(receiver.release(7)).toBe('complete')
  })
})

describe('PUBACKs and PUBRECs', () => {
  it('go out in the order of the PUBLISHes [MQTT-4.6.0-2] [MQTT-4.6.0-3]', () => {
    const { receiver, sink } = connectedReceiver()
    receiver.begin(1, 1, sink)
    receiver.begin(2, 2, sink)
    receiver.begin(1, 3, sink)
    receiver.begin(2, 4, sink)
    receiver.settle(3, 0, sink)
    receiver.settle(2, 0x87, sink)
    expect([receiver.unsettled, sink.taken]).toEqual([2, []])
    receiver.settle(1, 0x10, sink)
    expect(sink.taken).toEqual(['puback 1 16', 'pubrec 2 135', 'puback 3 0'])
    receiver.begin(1, 5, sink)
    receiver.settle(4, 0, sink)
    receiver.settle(5, 0, sink)
    expect(sink.taken.slice(3)).toEqual(['pubrec 4 0', 'puback 5 0'])
  })

  it('do so even for what comes again [MQTT-4.6.0-3]', () => {
    const { receiver, sink } = connectedReceiver()
    received(receiver, 7)
    receiver.begin(1, 1, sink)
    expect(receiver.begin(2, 7, sink)).toBe('duplicate')
    expect(receiver.begin(2, 7, sink)).toBe('duplicate')
    expect([receiver.unsettled, sink.taken]).toEqual([1, []])
    receiver.settle(1, 0, sink)
    expect(sink.taken).toEqual(['puback 1 0', 'pubrec 7 0'])
  })

  it('of one message are not two, even if it comes again after a refusal that waits', () => {
    const { receiver, sink } = connectedReceiver()
    receiver.begin(1, 1, sink)
    receiver.begin(2, 7, sink)
    receiver.settle(7, 0x87, sink)
    expect(receiver.begin(2, 7, sink)).toBe('duplicate')
    receiver.settle(1, 0, sink)
    expect(sink.taken).toEqual(['puback 1 0', 'pubrec 7 135'])
  })
})

describe('the Receive Maximum', () => {
  it('is kept by whoever has not been told one', () => {
    expect(new Receiver().begin(1, 1, new Sink())).toBe('quota-exceeded')
  })

  it('counts QoS 1 until it is answered', () => {
    const { receiver, sink } = connectedReceiver(2)
    receiver.begin(1, 1, sink)
    receiver.begin(1, 2, sink)
    receiver.settle(2, 0, sink)
    expect(receiver.begin(1, 3, sink)).toBe('quota-exceeded')
    receiver.settle(1, 0, sink)
    expect(receiver.begin(1, 3, sink)).toBe('deliver')
    expect(receiver.begin(1, 4, sink)).toBe('deliver')
    expect(receiver.begin(1, 5, sink)).toBe('quota-exceeded')
  })

  it('counts QoS 2 until it is released', () => {
    const { receiver, sink } = connectedReceiver(1)
    received(receiver, 7)
    expect(receiver.begin(2, 8, sink)).toBe('quota-exceeded')
    expect(receiver.begin(1, 8, sink)).toBe('quota-exceeded')
    receiver.release(7)
    expect(receiver.begin(2, 8, sink)).toBe('deliver')
  })

  it('counts QoS 2 until it is refused', () => {
    const { receiver, sink } = connectedReceiver(2)
    receiver.begin(1, 1, sink)
    receiver.begin(2, 7, sink)
    receiver.settle(7, 0x87, sink)
    expect(receiver.begin(2, 8, sink)).toBe('quota-exceeded')
    receiver.settle(1, 0, sink)
    expect(receiver.begin(2, 8, sink)).toBe('deliver')
    expect(receiver.begin(2, 9, sink)).toBe('deliver')
    expect(receiver.begin(2, 10, sink)).toBe('quota-exceeded')
  })

  it('changes nothing where it is exceeded', () => {
    const { receiver, sink } = connectedReceiver(1)
    receiver.begin(1, 1, sink)
    expect(receiver.begin(2, 7, sink)).toBe('quota-exceeded')
    expect(receiver.release(7)).toBe('unknown')
    expect(receiver.unsettled).toBe(1)
  })

  it('does not count a repetition twice', () => {
    const { receiver, sink } = connectedReceiver(1)
    received(receiver, 7)
    expect(receiver.begin(2, 7, sink)).toBe('duplicate')
    receiver.release(7)
    expect(receiver.begin(2, 8, sink)).toBe('deliver')
  })

  it('counts what came on this connection only', () => {
    const { receiver, sink } = connectedReceiver(2)
    received(receiver, 7)
    received(receiver, 8)
    receiver.resume(1)
    expect(receiver.begin(2, 9, sink)).toBe('deliver')
    expect(receiver.release(7)).toBe('complete')
    expect(receiver.begin(1, 1, sink)).toBe('quota-exceeded')
  })

  it('counts what comes again on this connection', () => {
    const { receiver, sink } = connectedReceiver(2)
    received(receiver, 7)
    received(receiver, 8)
    receiver.resume(1)
    expect(receiver.begin(2, 7, sink)).toBe('duplicate')
    expect(receiver.begin(2, 8, sink)).toBe('quota-exceeded')
    expect(receiver.begin(2, 7, sink)).toBe('duplicate')
    receiver.release(7)
    expect(receiver.begin(2, 8, sink)).toBe('duplicate')
  })

  it('stops the reading while it is used up and something can be settled', () => {
    const { receiver, sink } = connectedReceiver(2)
    expect(receiver.mustWait).toBe(false)
    receiver.begin(1, 1, sink)
    expect(receiver.mustWait).toBe(false)
    receiver.begin(2, 2, sink)
    expect(receiver.mustWait).toBe(true)
    receiver.settle(1, 0, sink)
    expect(receiver.mustWait).toBe(false)
  })

  it('does not stop the reading of the PUBREL that everything waits for', () => {
    const { receiver, sink } = connectedReceiver(1)
    receiver.begin(2, 1, sink)
    expect(receiver.mustWait).toBe(true)
    receiver.settle(1, 0, sink)
    expect(receiver.mustWait).toBe(false)
  })
})

it('remembers 60,000 messages of QoS 2', () => {
  const { receiver, sink } = connectedReceiver(65_535)
  for (let id = 1; id <= 60_000; id++) {
    receiver.begin(2, id, sink)
    receiver.settle(id, 0, sink)
  }
  receiver.resume(65_535)
  expect(receiver.begin(2, 60_000, sink)).toBe('duplicate')
  expect(receiver.begin(2, 60_001, sink)).toBe('deliver')
  for (let id = 1; id < 60_000; id++) receiver.release(id)
  expect([receiver.release(60_000), receiver.release(1)]).toEqual(['complete', 'unknown'])
})
