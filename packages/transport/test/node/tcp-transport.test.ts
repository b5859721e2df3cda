// The stream over TCP: order, back-pressure, closing and breaking, on real sockets.

import { once } from 'node:events'
import { expect, it, onTestFinished, vi } from 'vitest'
import { dialTcp } from '../../src/node/index.ts'
import { VirtualClock } from '../../src/testing/index.ts'
import {
  closing,
  collect,
  collectSocket,
  connection,
  echoOnce,
  listening,
  portOf,
  text,
  textOf,
  written,
} from './sockets.ts'

it('carries bytes in order both ways [MQTT-4.2-1]', async () => {
  const { url, accepted } = await listening()
  const client = await dialTcp({ host: '127.0.0.1', port: portOf(url) })
  onTestFinished(() => client.destroy())
  const server = await accepted
  expect(server.remoteAddress).toBe('127.0.0.1')
  expect(client.remoteAddress).toBe('127.0.0.1')
  const numbers = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251)
  const chunks = [numbers.subarray(0, 7), numbers.subarray(7, 8), numbers.subarray(8)]
  server.onData = (chunk) => server.write([chunk])
  const echoed = collect(client, numbers.length)
  expect(client.write([])).toBe(true)
  client.write(chunks)
  expect(Buffer.compare(await echoed, numbers)).toBe(0)
})

it('gives one chunk to the socket in one write, and several in one vectored write', async () => {
  const { server, serverSocket } = await connection()
  const write = vi.spyOn(serverSocket, 'write')
  const cork = vi.spyOn(serverSocket, 'cork')
  const writev = vi.spyOn(serverSocket, '_writev' as 'write')
  const chunk = text('one')
  server.write([chunk])
  expect(write.mock.calls).toEqual([[chunk]])
  expect(cork).not.toHaveBeenCalled()
  server.write([text('two'), text('three')])
  expect(cork).toHaveBeenCalledTimes(1)
  expect(writev).toHaveBeenCalledTimes(1)
})

it('says false when the peer stops reading, and drains when it goes on', async () => {
  const { server, peer } = await connection()
  peer.pause()
  const chunk = new Uint8Array(65_536)
  let written = 0
  let accepted = true
  while (accepted) {
    accepted = server.write([chunk])
    written += chunk.length
  }
  expect(server.bufferedBytes).toBeGreaterThanOrEqual(65_536)
  const drained = new Promise<void>((resolve) => (server.onDrain = resolve))
  let read = 0
  const everything = new Promise<void>((resolve) => {
    peer.on('data', (bytes) => (read += bytes.length) === written && resolve())
  })
  peer.resume()
  await Promise.all([drained, everything])
  expect(server.bufferedBytes).toBe(0)
  expect(server.write([chunk])).toBe(true)
})

it('stops reading while paused', async () => {
  const { server, peer } = await connection()
  const seen: string[] = []
  const more = new Promise<void>((resolve) => {
    server.onData = (chunk) => {
      seen.push(textOf(chunk))
      if (seen.length === 2) resolve()
      server.pause()
    }
  })
  await written(peer, 'first')
  await vi.waitFor(() => expect(seen).toEqual(['first']))
  await written(peer, 'second')
  // A second connection that is served after the second write shows that it was not read.
  await echoOnce()
  expect(seen).toEqual(['first'])
  server.resume()
  await more
  expect(seen).toEqual(['first', 'second'])
})

it('sends what was written before it closes, and drops what arrives after', async () => {
  const { server, peer } = await connection()
  const seen: string[] = []
  server.onData = (chunk) => seen.push(textOf(chunk))
  const closed = closing(server)
  const received = collectSocket(peer)
  server.write([new Uint8Array(500_000), text('the end')])
  peer.write('too late')
  server.close()
  server.close()
  expect(server.write([text('x')])).toBe(false)
  expect(closed.calls).toBe(0)
  const bytes = await received
  expect(bytes.length).toBe(500_007)
  expect(textOf(bytes.subarray(500_000))).toBe('the end')
  expect(await closed.error).toBeUndefined()
  expect(seen).toEqual([])
  expect(closed.calls).toBe(1)
})

it('cuts off a frozen peer when the bound on closing has passed', async () => {
  const clock = new VirtualClock()
  const { server, peer } = await connection({ clock, closeTimeoutMs: 3_000 })
  peer.pause()
  const closed = closing(server)
  while (server.write([new Uint8Array(1_000_000)]));
  server.close()
  clock.advance(2_999)
  await echoOnce()
  expect(closed.calls).toBe(0)
  clock.advance(1)
  expect((await closed.error)?.message).toMatch(/within 3000 ms and was cut off, [1-9]\d* bytes/)
  expect(server.bufferedBytes).toBe(0)
})

it('cuts off a half-open peer that takes nothing', async () => {
  const clock = new VirtualClock()
  const { server, peer } = await connection({ clock, closeTimeoutMs: 3_000 })
  peer.pause()
  const closed = closing(server)
  server.onData = () => {}
  while (server.write([new Uint8Array(1_000_000)]));
  peer.end()
  await vi.waitFor(() => expect(server.write([text('x')])).toBe(false))
  await vi.waitFor(() => {
    clock.advance(3_000)
    expect(closed.calls).toBe(1)
  })
  expect((await closed.error)?.message).toMatch(/was cut off/)
})

it('closes without an error when the peer ends its side', async () => {
  const { server, peer } = await connection()
  const closed = closing(server)
  const seen: string[] = []
  server.onData = (chunk) => seen.push(textOf(chunk))
  peer.end('bye')
  expect(await closed.error).toBeUndefined()
  expect(seen).toEqual(['bye'])
  expect(server.write([text('x')])).toBe(false)
})

it('gives a reset to onClose, once', async () => {
  const { server, peer } = await connection()
  const closed = closing(server)
  server.onData = () => {}
  peer.resetAndDestroy()
  expect(await closed.error).toMatchObject({ code: 'ECONNRESET' })
  server.write([text('x')])
  server.close()
  server.destroy()
  server.pause()
  server.resume()
  await echoOnce()
  expect(closed.calls).toBe(1)
})

it('survives a reset after close', async () => {
  const { server, peer } = await connection()
  const closed = closing(server)
  server.write([new Uint8Array(10_000_000)])
  server.close()
  peer.resetAndDestroy()
  expect(await closed.error).toMatchObject({ message: expect.stringMatching(/ECONNRESET|EPIPE/) })
  expect(closed.calls).toBe(1)
})

it('destroys at once: no data, no error, onClose later', async () => {
  const { server, peer } = await connection()
  const closed = closing(server)
  server.write([new Uint8Array(10_000_000)])
  const peerClosed = once(
    peer.resume().on('error', () => {}),
    'close',
  )
  server.destroy()
  expect(closed.calls).toBe(0)
  expect(await closed.error).toBeUndefined()
  await peerClosed
  expect(closed.calls).toBe(1)
})

it('keeps what arrives before onData is assigned', async () => {
  const { server, peer } = await connection()
  server.pause()
  server.resume()
  await written(peer, 'early')
  await echoOnce()
  const first = new Promise<Uint8Array>((resolve) => (server.onData = resolve))
  expect(textOf(await first)).toBe('early')
})
