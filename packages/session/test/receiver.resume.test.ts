// The receiving half of QoS 2 from one connection to the next: what came is not delivered again,
// and what was not settled yet is answered when it is.

import { describe, expect, it } from 'vitest'
import { connectedReceiver, received } from './exchange-ends.ts'

describe('on a new connection', () => {
  it('what was received is not delivered again [MQTT-4.3.3-10]', () => {
    const { receiver, sink } = connectedReceiver()
    received(receiver, 7)
    receiver.resume(10)
    expect(receiver.begin(2, 7, sink)).toBe('duplicate')
    expect(sink.taken).toEqual(['pubrec 7 0'])
  })

  it('what was received can be released [MQTT-4.3.3-11]', () => {
    const { receiver } = connectedReceiver()
    received(receiver, 7)
    receiver.resume(10)
    expect(receiver.release(7)).toBe('complete')
  })

  it('what was settled and not answered is answered when it comes again', () => {
    const { receiver, sink } = connectedReceiver()
    receiver.begin(1, 1, sink)
    receiver.begin(2, 7, sink)
    receiver.begin(2, 8, sink)
    receiver.settle(7, 0, sink)
    receiver.settle(8, 0x87, sink)
    receiver.resume(10)
    expect(receiver.begin(2, 7, sink)).toBe('duplicate')
    expect(receiver.begin(2, 8, sink)).toBe('deliver')
    expect(sink.taken).toEqual(['pubrec 7 0'])
  })

  it('what is not settled is answered when it is', () => {
    const { receiver, sink } = connectedReceiver()
    receiver.begin(2, 7, sink)
    receiver.resume(10)
    expect(receiver.unsettled).toBe(0)
    expect(receiver.begin(2, 7, sink)).toBe('duplicate')
    expect(receiver.begin(2, 7, sink)).toBe('duplicate')
    expect([receiver.unsettled, sink.taken]).toEqual([1, []])
    receiver.settle(7, 0, sink)
    expect([receiver.unsettled, sink.taken]).toEqual([0, ['pubrec 7 0']])
  })

  it('what is not settled can be lost once more', () => {
    const { receiver, sink } = connectedReceiver()
    receiver.begin(2, 7, sink)
    receiver.resume(10)
    receiver.begin(2, 7, sink)
    receiver.resume(10)
    expect(receiver.begin(2, 7, sink)).toBe('duplicate')
    receiver.settle(7, 0x87, sink)
    expect(sink.taken).toEqual(['pubrec 7 135'])
    expect(receiver.begin(2, 7, sink)).toBe('deliver')
  })

  it('what is not settled can be released by a peer that gives it up', () => {
    const { receiver, sink } = connectedReceiver()
    receiver.begin(2, 7, sink)
    receiver.resume(10)
    expect(receiver.release(7)).toBe('complete')
    receiver.abandon(7, 0x87)
    receiver.settle(7, 0, sink)
    expect(sink.taken).toEqual([])
    expect(receiver.begin(2, 7, sink)).toBe('deliver')
  })
})

describe('what is abandoned', () => {
  it('is received, and answered when it comes again', () => {
    const { receiver, sink } = connectedReceiver()
    receiver.begin(2, 7, sink)
    receiver.resume(10)
    receiver.abandon(7, 0, sink)
    expect(sink.taken).toEqual([])
    expect(receiver.begin(2, 7, sink)).toBe('duplicate')
    expect(sink.taken).toEqual(['pubrec 7 0'])
  })

  it('is a new message if it was refused [MQTT-4.3.3-9]', () => {
    const { receiver, sink } = connectedReceiver()
    receiver.begin(2, 7, sink)
    receiver.resume(10)
    receiver.abandon(7, 0x87)
    expect(receiver.begin(2, 7, sink)).toBe('deliver')
    expect(receiver.begin(2, 8, sink)).toBe('deliver')
    receiver.settle(7, 0, sink)
    receiver.settle(8, 0, sink)
    expect(receiver.release(7)).toBe('complete')
  })

  it('may be so before there is a new connection', () => {
    const { receiver, sink } = connectedReceiver()
    receiver.begin(2, 7, sink)
    receiver.begin(2, 8, sink)
    receiver.abandon(7, 0)
    receiver.abandon(8, 0x87)
    receiver.resume(10)
    expect([receiver.unsettled, sink.taken]).toEqual([0, []])
    expect(receiver.begin(2, 7, sink)).toBe('duplicate')
    expect(receiver.begin(2, 8, sink)).toBe('deliver')
    expect(sink.taken).toEqual(['pubrec 7 0'])
  })

  it('is answered at once if it has come again', () => {
    const { receiver, sink } = connectedReceiver()
    receiver.begin(2, 7, sink)
    receiver.resume(10)
    receiver.begin(2, 7, sink)
    receiver.abandon(7, 0x87, sink)
    expect([receiver.unsettled, sink.taken]).toEqual([0, ['pubrec 7 135']])
  })

  it('is answered with what is settled next if nothing takes the answer', () => {
    const { receiver, sink } = connectedReceiver()
    receiver.begin(2, 7, sink)
    receiver.resume(10)
    receiver.begin(2, 7, sink)
    receiver.abandon(7, 0)
    receiver.begin(1, 1, sink)
    receiver.settle(1, 0, sink)
    expect(sink.taken).toEqual(['pubrec 7 0', 'puback 1 0'])
  })

  it('does not let out what comes after it on the same connection', () => {
    const { receiver, sink } = connectedReceiver()
    receiver.begin(2, 7, sink)
    receiver.begin(1, 1, sink)
    receiver.abandon(7, 0x87)
    receiver.settle(1, 0, sink)
    expect(sink.taken).toEqual([])
  })

  it('is nothing to a new message that has its identifier', () => {
    const { receiver, sink } = connectedReceiver()
    receiver.begin(1, 7, sink)
    receiver.resume(10)
    receiver.begin(2, 7, sink)
    receiver.abandon(7, 0x87)
    receiver.settle(7, 0, sink)
    expect(sink.taken).toEqual(['pubrec 7 0'])
    expect(receiver.release(7)).toBe('complete')
  })

  it('may be unknown', () => {
    const { receiver, sink } = connectedReceiver()
    received(receiver, 7)
    receiver.abandon(7, 0x87)
    receiver.abandon(8, 0x87)
    expect(receiver.begin(2, 7, sink)).toBe('duplicate')
    expect(receiver.begin(2, 8, sink)).toBe('deliver')
  })
})
