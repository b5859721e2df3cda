// The stream over the web's WebSocket: what that class lacks, and how it ends.

import { expect, it } from 'vitest'
import { VirtualClock } from '../../src/testing/index.ts'
import {
  WebSocketTransport,
  type WebSocketTransportOptions,
} from '../../src/web/websocket-transport.ts'
import { FakeWebSocket } from './fake-websocket.ts'

it('sends chunks as one message, and one chunk without copying it [MQTT-6.0.0-1]', () => {
  const { transport, webSocket } = open()
  const chunk = bytes(1, 2, 3).subarray(1)
  expect(transport.write([chunk])).toBe(true)
  expect(transport.write([bytes(4), bytes(), bytes(5, 6)])).toBe(true)
  expect(transport.write([])).toBe(true)
  expect(transport.write([bytes()])).toBe(true)
  const shared = new Uint8Array(new SharedArrayBuffer(1))
  expect(transport.write([shared])).toBe(true)
  expect(webSocket.sent).toEqual([bytes(2, 3), bytes(4, 5, 6), bytes(0)])
  expect(webSocket.sent[0]?.buffer).toBe(chunk.buffer)
  expect(webSocket.sent[2]?.buffer).toBeInstanceOf(ArrayBuffer)
})

it('passes on what comes as a stream, whatever the messages [MQTT-6.0.0-2]', () => {
  const { webSocket, seen } = open()
  webSocket.message(bytes(1).buffer)
  webSocket.message(bytes(2, 3).buffer)
  expect(seen).toEqual([[1], [2, 3]])
})

it('keeps what arrives before onData is assigned, or while paused, in its order', () => {
  const clock = new VirtualClock()
  const webSocket = new FakeWebSocket('ws://x', ['mqtt'])
  webSocket.opened()
  const transport = new WebSocketTransport(webSocket, new URL('ws://x'), { clock })
  const seen: number[] = []
  webSocket.message(bytes(1).buffer)
  transport.onData = ([byte]) => {
    seen.push(byte ?? 0)
    if (byte === 2) transport.pause()
  }
  webSocket.message(bytes(2).buffer)
  webSocket.message(bytes(3).buffer)
  expect(seen).toEqual([])
  clock.settle()
  expect(seen).toEqual([1, 2])
  webSocket.message(bytes(4).buffer)
  transport.resume()
  transport.pause()
  clock.settle()
  expect(seen).toEqual([1, 2])
  transport.resume()
  webSocket.message(bytes(5).buffer)
  clock.settle()
  webSocket.message(bytes(6).buffer)
  expect(seen).toEqual([1, 2, 3, 4, 5, 6])
})

it('ends a connection that brings too much while reading is paused', () => {
  const { clock, transport, webSocket, seen, closes } = open({ heldBytesMax: 5 })
  transport.pause()
  webSocket.message(bytes(1, 2, 3).buffer)
  webSocket.message(bytes(4, 5).buffer)
  expect(webSocket.closes).toEqual([])
  webSocket.message(bytes(6).buffer)
  expect(webSocket.closes).toEqual([[4009, 'Came faster than it was read']])
  transport.resume()
  clock.settle()
  webSocket.closed({ code: 4009 })
  expect(seen).toEqual([])
  expect(closes).toMatchObject([{ message: expect.stringContaining('6 bytes came from broker') }])
})

it('says false when the peer is slow, looks at the buffer, and drains when it is empty', () => {
  const { clock, transport, webSocket } = open()
  let drains = 0
  transport.onDrain = () => drains++
  webSocket.bufferedAmount = 65_536
  expect(transport.write([bytes(1)])).toBe(false)
  expect(transport.write([bytes(2)])).toBe(false)
  expect(transport.bufferedBytes).toBe(65_536)
  clock.advance(1_000)
  webSocket.bufferedAmount = 1
  clock.advance(1_000)
  expect(drains).toBe(0)
  webSocket.bufferedAmount = 0
  clock.advance(4)
  clock.advance(1_000)
  expect(drains).toBe(1)
  expect(transport.write([bytes(3)])).toBe(true)
})

it('drains at the end of the turn if the network has taken it all by then', () => {
  const { clock, transport, webSocket } = open()
  let drains = 0
  transport.onDrain = () => drains++
  webSocket.bufferedAmount = 65_536
  expect(transport.write([bytes(1)])).toBe(false)
  webSocket.bufferedAmount = 0
  expect(drains).toBe(0)
  clock.settle()
  expect(drains).toBe(1)
})

it('drains once more after the buffer was full once more, and not after close', () => {
  const { clock, transport, webSocket } = open()
  let drains = 0
  transport.onDrain = () => drains++
  webSocket.bufferedAmount = 65_536
  transport.write([bytes(1)])
  clock.advance(4)
  webSocket.bufferedAmount = 0
  clock.advance(4)
  webSocket.bufferedAmount = 65_536
  transport.write([bytes(1)])
  transport.close()
  webSocket.bufferedAmount = 0
  clock.advance(100)
  expect(drains).toBe(1)
})

it('closes in order: nothing is read or written after, onClose comes once', () => {
  const { clock, transport, webSocket, seen, closes } = open()
  transport.write([bytes(1)])
  transport.close()
  transport.close()
  expect(webSocket.closes).toEqual([[1000]])
  expect(transport.write([bytes(2)])).toBe(false)
  webSocket.message(bytes(3).buffer)
  webSocket.message('text')
  expect(closes).toEqual([])
  webSocket.closed()
  clock.advance(10_000)
  transport.destroy()
  clock.settle()
  expect(closes).toEqual([undefined])
  expect(seen).toEqual([])
  expect(webSocket.sent).toEqual([bytes(1)])
})

it('gives up a peer that does not answer the end within the bound', () => {
  const { clock, transport, webSocket, closes } = open({ closeTimeoutMs: 3_000 })
  webSocket.bufferedAmount = 17
  transport.close()
  clock.advance(2_999)
  expect(closes).toEqual([])
  clock.advance(1)
  webSocket.closed()
  expect(closes).toMatchObject([
    {
      message:
        'The server broker.test did not end the connection within 3000 ms and was given up, ' +
        '17 bytes untaken',
    },
  ])
  expect(transport.bufferedBytes).toBe(0)
})

it('destroys at once: no data, no error, onClose later', () => {
  const { clock, transport, webSocket, seen, closes } = open()
  transport.pause()
  webSocket.message(bytes(1).buffer)
  transport.resume()
  transport.destroy()
  transport.destroy()
  expect(closes).toEqual([])
  webSocket.closed({ code: 1006, wasClean: false })
  clock.advance(10_000)
  expect(closes).toEqual([undefined])
  expect(seen).toEqual([])
  expect(transport.write([bytes(2)])).toBe(false)
})

it('writes nothing more when the peer has begun to close', () => {
  const { transport, webSocket } = open()
  webSocket.readyState = 2
  expect(transport.write([bytes(1)])).toBe(false)
  expect(webSocket.sent).toEqual([])
})

it.each([1000, 1001, 1005])('takes the close code %i for an orderly end', (code) => {
  const { webSocket, closes } = open()
  webSocket.closed({ code })
  expect(closes).toEqual([undefined])
})

it.each([
  [{ code: 1009, reason: 'too big' }, 'The server closed the WebSocket with code 1009, "too big"'],
  [{ code: 1011 }, 'The server closed the WebSocket with code 1011'],
  [{ code: 1006, wasClean: false }, 'The WebSocket broke without a Close frame'],
])('gives what is known about %j to onClose', (details, message) => {
  const { webSocket, closes } = open()
  webSocket.closed(details)
  expect(closes).toMatchObject([{ message }])
})

it('keeps the error of the platform as the cause', () => {
  const { webSocket, closes } = open()
  const cause = new Error('Invalid frame')
  webSocket.failed({ error: cause })
  webSocket.failed()
  webSocket.closed({ code: 1006, wasClean: false })
  expect(closes).toMatchObject([{ message: 'The WebSocket broke without a Close frame', cause }])
})

it('ends within the bound after an error, even if the platform says no more', () => {
  const { clock, transport, webSocket, closes } = open()
  webSocket.failed()
  expect(transport.write([bytes(1)])).toBe(false)
  clock.advance(5_000)
  expect(closes).toMatchObject([{ message: 'The WebSocket broke without a Close frame' }])
})

it('ends the connection at a text frame [MQTT-6.0.0-1]', () => {
  const { webSocket, seen, closes } = open()
  webSocket.message('CONNACK')
  webSocket.message(bytes(1).buffer)
  expect(webSocket.closes).toEqual([[4003, 'MQTT travels in binary frames only']])
  webSocket.closed({ code: 4003 })
  expect(seen).toEqual([])
  expect(closes).toMatchObject([
    {
      message: 'The server broker.test sent a text frame: MQTT travels in binary frames only',
    },
  ])
})

it('does without callbacks', () => {
  const clock = new VirtualClock()
  const webSocket = new FakeWebSocket('ws://x', ['mqtt'])
  const transport = new WebSocketTransport(webSocket, new URL('ws://x'), { clock })
  transport.onData(bytes(1))
  transport.onDrain()
  webSocket.closed()
  expect(transport.bufferedBytes).toBe(0)
})

function open(options: WebSocketTransportOptions = {}) {
  const clock = new VirtualClock()
  const webSocket = new FakeWebSocket('ws://broker.test/mqtt', ['mqtt'])
  webSocket.opened()
  const url = new URL(webSocket.url)
  const transport = new WebSocketTransport(webSocket, url, { clock, ...options })
  const seen: number[][] = []
  const closes: (Error | undefined)[] = []
  transport.onClose = (error) => closes.push(error)
  transport.onData = (chunk) => seen.push([...chunk])
  return { clock, transport, webSocket, seen, closes }
}

function bytes(...values: number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(values)
}
