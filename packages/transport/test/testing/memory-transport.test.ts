// The network in memory: order, segments, back-pressure, closing and breaking.

import { expect, it } from 'vitest'
import type { Transport } from '../../src/index.ts'
import {
  byteByByte,
  MemoryListener,
  memoryPair,
  VirtualClock,
  type MemoryOptions,
} from '../../src/testing/index.ts'

it('delivers from the clock and never from inside write [MQTT-4.2-1]', () => {
  const { clock, near, far, seen } = pair()
  near.write([text('he'), text('llo')])
  expect(seen).toEqual([])
  expect(near.bufferedBytes).toBe(5)
  clock.settle()
  expect(seen).toEqual(['far: hello'])
  expect(near.bufferedBytes).toBe(0)
  far.write([text('yes')])
  clock.settle()
  expect(seen).toEqual(['far: hello', 'near: yes'])
})

it('keeps the order of writes across connections', () => {
  const clock = new VirtualClock()
  const seen: string[] = []
  const ends = [1, 2].map((number) => {
    const [near, far] = memoryPair(clock)
    far.onData = (chunk) => seen.push(`${number}: ${textOf(chunk)}`)
    return near
  })
  ends[0]!.write([text('a')])
  ends[1]!.write([text('b')])
  ends[0]!.write([text('c')])
  clock.settle()
  expect(seen).toEqual(['1: a', '2: b', '1: c'])
})

it('cuts a write into the segments it is told to', () => {
  const { clock, near, seen } = pair({ segment: () => [1, 3] })
  near.write([text('hello'), text('world')])
  near.write([text('xy')])
  clock.settle()
  expect(seen).toEqual(['far: h', 'far: ell', 'far: oworld', 'far: x', 'far: y'])
})

it('delivers byte by byte', () => {
  const { clock, near, seen } = pair({ segment: byteByByte })
  near.write([text('abc')])
  clock.settle()
  expect(seen).toEqual(['far: a', 'far: b', 'far: c'])
})

it('refuses a segment without bytes', () => {
  const { clock, near } = pair({ segment: () => [0] })
  near.write([text('abc')])
  expect(() => clock.settle()).toThrow('A segment has 1 byte or more, not 0')
})

it('shows up a writer that changes bytes it has given away', () => {
  const { clock, near, seen } = pair()
  const bytes = text('good')
  near.write([bytes])
  bytes.set(text('evil'))
  clock.settle()
  expect(seen).toEqual(['far: evil'])
})

it('does not share what it delivers with the writer or the next reader', () => {
  const { clock, near, far } = pair()
  const bytes = text('good')
  far.onData = (chunk) => chunk.fill(0)
  near.write([bytes])
  clock.settle()
  expect(textOf(bytes)).toBe('good')
})

it('keeps what arrives before onData is assigned', () => {
  const clock = new VirtualClock()
  const [near, far] = memoryPair(clock)
  const seen: string[] = []
  near.write([text('early')])
  near.close()
  clock.settle()
  far.onClose = () => seen.push('closed')
  far.onData = (chunk) => seen.push(textOf(chunk))
  clock.settle()
  expect(seen).toEqual(['early', 'closed'])
})

it('stops in the middle of a write when paused, and goes on from there', () => {
  const { clock, near, far, seen } = pair({ segment: byteByByte })
  far.onData = (chunk) => {
    seen.push(textOf(chunk))
    if (textOf(chunk) === 'b') far.pause()
  }
  near.write([text('abc')])
  near.write([text('d')])
  clock.settle()
  expect(seen).toEqual(['a', 'b'])
  far.resume()
  expect(seen).toEqual(['a', 'b'])
  clock.settle()
  expect(seen).toEqual(['a', 'b', 'c', 'd'])
})

it('counts what a frozen reader leaves, says false at the mark, and drains when thawed', () => {
  const { clock, near, far, seen } = pair({ highWaterMarkBytes: 8 })
  near.onDrain = () => seen.push(`drained, ${near.bufferedBytes} left`)
  far.freeze()
  expect(near.write([text('four')])).toBe(true)
  expect(near.write([text('more')])).toBe(false)
  clock.advance(60_000)
  expect(seen).toEqual([])
  expect(near.bufferedBytes).toBe(8)
  far.thaw()
  clock.settle()
  expect(seen).toEqual(['far: four', 'far: more', 'drained, 0 left'])
})

it('lets other connections go on while one reader is frozen', () => {
  const clock = new VirtualClock()
  const [toFrozen, frozen] = memoryPair(clock, { highWaterMarkBytes: 100 })
  const [toAwake, awake] = memoryPair(clock, { highWaterMarkBytes: 100 })
  let received = 0
  frozen.onData = () => {}
  awake.onData = (chunk) => (received += chunk.length)
  frozen.freeze()
  let accepted = true
  for (let count = 0; count < 1_000; count++) {
    if (accepted) accepted = toFrozen.write([text('message')])
    expect(toAwake.write([text('message')])).toBe(true)
    clock.settle()
  }
  expect(received).toBe(7_000)
  expect(toFrozen.bufferedBytes).toBe(105)
})

it('sends what was written before it closes, and tells both ends once, without an error', () => {
  const { clock, near, far, seen } = pair()
  near.write([text('last')])
  near.close()
  near.close()
  far.write([text('too late')])
  expect(near.write([text('dropped')])).toBe(false)
  expect(seen).toEqual([])
  clock.advance(60_000)
  expect(seen).toEqual(['far: last', 'far closed: undefined', 'near closed: undefined'])
})

it('cuts off a frozen peer that holds up the close beyond the bound', () => {
  const { clock, near, far, seen } = pair({ closeTimeoutMs: 2_000 })
  far.freeze()
  near.write([text('last')])
  near.close()
  clock.advance(1_999)
  expect(seen).toEqual([])
  clock.advance(1)
  expect(seen).toEqual([
    'near closed: The peer memory did not end the connection within 2000 ms ' +
      'and was cut off, 4 bytes untaken',
    'far closed: undefined',
  ])
  expect(near.bufferedBytes).toBe(0)
})

it('loses what is under way when destroyed, and says so later', () => {
  const { clock, near, seen } = pair()
  near.write([text('lost')])
  near.destroy()
  near.destroy()
  expect(seen).toEqual([])
  clock.settle()
  expect(seen).toEqual(['near closed: undefined', 'far closed: undefined'])
})

it('shows a cut to both ends as an error', () => {
  const { clock, near, seen } = pair()
  near.write([text('lost')])
  near.cut()
  clock.settle()
  expect(seen).toEqual([
    'near closed: The memory network was cut',
    'far closed: The memory network was cut',
  ])
  expect(near.write([text('x')])).toBe(false)
})

it('brings no data after destroy, although more segments were there', () => {
  const { clock, near, far, seen } = pair({ segment: byteByByte })
  far.onData = (chunk) => {
    seen.push(textOf(chunk))
    far.destroy()
  }
  near.write([text('abc')])
  clock.settle()
  expect(seen).toEqual(['a', 'far closed: undefined', 'near closed: undefined'])
})

it('accepts what a test dials, in the next turn', async () => {
  const clock = new VirtualClock()
  await using listener = new MemoryListener(clock, { remoteAddress: '192.0.2.1' })
  expect(() => listener.dial()).toThrow('call listen first')
  const accepted: Transport[] = []
  expect(await listener.listen((transport) => accepted.push(transport))).toEqual({ url: 'memory:' })
  await expect(listener.listen(() => {})).rejects.toThrow('already listens')
  listener.dial()
  const client = listener.dial({ remoteAddress: '192.0.2.2' })
  client.write([text('hello')])
  expect(accepted).toEqual([])
  clock.settle()
  expect(accepted.map(({ remoteAddress }) => remoteAddress)).toEqual(['192.0.2.1', '192.0.2.2'])
  const seen: string[] = []
  accepted[1]!.onData = (chunk) => seen.push(textOf(chunk))
  clock.settle()
  expect(seen).toEqual(['hello'])
  await listener.close()
  expect(() => listener.dial()).toThrow('call listen first')
})

function pair(options: MemoryOptions = {}) {
  const clock = new VirtualClock()
  const seen: string[] = []
  const [near, far] = memoryPair(clock, options)
  for (const [name, end] of Object.entries({ near, far })) {
    end.onClose = (error) => seen.push(`${name} closed: ${error?.message}`)
    end.onData = (chunk) => seen.push(`${name}: ${textOf(chunk)}`)
  }
  return { clock, near, far, seen }
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
