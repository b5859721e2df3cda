// The receiving half of QoS 2 over the end of the process: what an earlier life received, and was
// not told to release, is not delivered again.

import { expect, it } from 'vitest'
import { Receiver } from '../src/index.ts'
import { Sink } from './exchange-ends.ts'

it('what an earlier life received is answered, and not delivered again [MQTT-4.3.3-10]', () => {
  const { receiver, sink } = restored(7)
  expect(receiver.begin(2, 7, sink)).toBe('duplicate')
  expect(receiver.begin(2, 8, sink)).toBe('deliver')
  expect(sink.taken).toEqual(['pubrec 7 0'])
})

it('what an earlier life received is released once [MQTT-4.3.3-11]', () => {
  const { receiver, sink } = restored(7)
  expect(receiver.release(7)).toBe('complete')
  expect(receiver.release(7)).toBe('unknown')
  expect(receiver.begin(2, 7, sink)).toBe('deliver')
})

it('what an earlier life received counts against the Receive Maximum only once it has come again', () => {
  const { receiver, sink } = restored(7, 8)
  expect(receiver.begin(2, 1, sink)).toBe('deliver')
  expect(receiver.begin(2, 7, sink)).toBe('duplicate')
  receiver.settle(1, 0, sink)
  expect(receiver.begin(2, 8, sink)).toBe('quota-exceeded')
  expect(receiver.release(8)).toBe('complete')
  expect(receiver.begin(2, 2, sink)).toBe('quota-exceeded')
  expect(receiver.release(7)).toBe('complete')
  expect(receiver.begin(2, 2, sink)).toBe('deliver')
})

function restored(...packetIds: readonly number[]): { receiver: Receiver; sink: Sink } {
  const receiver = new Receiver()
  for (const packetId of packetIds) receiver.restore(packetId)
  receiver.resume(2)
  return { receiver, sink: new Sink() }
}
