// The stream: frames, back-pressure, closing. Real sockets, with the client of `ws` as the peer.

import { once } from 'node:events'
import { VirtualClock } from '@godwit/transport/testing'
import { expect, it, vi } from 'vitest'
import {
  closing,
  collect,
  connection,
  corked,
  roundTrip,
  socketOf,
  text,
  textOf,
} from './connections.ts'

it('sends one binary message for each write, of any size [MQTT-6.0.0-1]', async () => {
  const { client, server } = await connection()
  const sizes = [1, 125, 126, 65_535, 65_536, 200_000]
  for (const size of sizes) {
    const bytes = new Uint8Array(size).fill(7)
    const message = once(client, 'message')
    expect(server.write([bytes.subarray(0, 1), bytes.subarray(1)])).toBe(true)
    const [data, isBinary] = (await message) as [Buffer, boolean]
    expect(isBinary).toBe(true)
    expect(Buffer.compare(data, bytes)).toBe(0)
  }
})

it('sends nothing for a write without bytes', async () => {
  const { client, server } = await connection()
  const messages: unknown[] = []
  client.on('message', (data: Buffer) => messages.push(data.toString()))
  server.write([])
  server.write([new Uint8Array(0)])
  server.write([text('x')])
  await once(client, 'message')
  expect(messages).toEqual(['x'])
})

it('takes a message as a piece of the stream, fragmented or not [MQTT-6.0.0-2]', async () => {
  const { client, server } = await connection()
  const received = collect(server, 12)
  client.send(text('ab'))
  client.send(text('cd'), { fin: false })
  client.send(text('ef'), { fin: false })
  client.send(new Uint8Array(0), { fin: false })
  client.send(text('gh'), { fin: true })
  client.ping()
  client.send(text('ijkl'))
  expect(await received).toBe('abcdefghijkl')
})

it('closes the connection on a text frame [MQTT-6.0.0-1]', async () => {
  const { client, server } = await connection()
  const closed = closing(server)
  const seen: string[] = []
  server.onData = (chunk) => seen.push(textOf(chunk))
  client.send(text('before'))
  client.send('words')
  client.send(text('after'))
  const [code, reason] = (await once(client, 'close')) as [number, Buffer]
  expect([code, reason.toString()]).toEqual([1003, 'MQTT travels in binary frames only'])
  expect((await closed.error)?.message).toBe(
    'The peer 127.0.0.1 sent a text frame: MQTT travels in binary frames only',
  )
  expect(seen).toEqual(['before'])
  expect(closed.calls).toBe(1)
})

it('closes with 1009 on a message above the limit, also in fragments', async () => {
  const { client, server } = await connection({ maxPayloadBytes: 1_000 })
  const closed = closing(server)
  server.onData = () => {}
  client.send(new Uint8Array(600), { fin: false })
  client.send(new Uint8Array(600), { fin: true })
  const [code] = await once(client, 'close')
  expect(code).toBe(1009)
  expect(await closed.error).toMatchObject({ code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' })
})

it('takes 1 MiB in one message by default, of a client that was let in', async () => {
  const { client, server } = await connection()
  server.admitted?.()
  const received = collect(server, 1_048_576)
  client.send(new Uint8Array(1_048_576).fill(0x61))
  expect((await received).length).toBe(1_048_576)
})

it('says false when the peer stops reading, and drains when it goes on', async () => {
  const { client, server } = await connection()
  client.pause()
  const chunk = new Uint8Array(65_536)
  let written = 0
  for (let accepted = true; accepted; written++) accepted = server.write([chunk])
  expect(server.bufferedBytes).toBeGreaterThanOrEqual(65_536)
  const drained = new Promise<void>((resolve) => (server.onDrain = resolve))
  let read = 0
  const everything = new Promise<void>((resolve) => {
    client.on('message', () => ++read === written && resolve())
  })
  client.resume()
  await Promise.all([drained, everything])
  expect(server.bufferedBytes).toBe(0)
})

it('stops in the middle of a read when paused, and goes on from there', async () => {
  const { client, server } = await connection()
  const seen: string[] = []
  let paused: () => void = () => {}
  server.onData = (chunk) => {
    seen.push(textOf(chunk))
    server.pause()
    paused()
  }
  const nextPause = (): Promise<void> => new Promise((resolve) => (paused = resolve))
  const first = nextPause()
  corked(client, () => ['a', 'b', 'c'].forEach((value) => client.send(text(value))))
  await first
  await roundTrip()
  for (const expected of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
    expect(seen).toEqual(expected)
    if (expected.length === 3) break
    const next = nextPause()
    server.resume()
    await next
  }
  server.resume()
  const last = new Promise((resolve) => (server.onData = resolve))
  client.send(text('d'))
  expect(await last).toEqual(Buffer.from('d'))
})

it('keeps what arrives before onData is assigned', async () => {
  const { client, server } = await connection()
  server.pause()
  server.resume()
  client.send(text('early'))
  await roundTrip()
  expect(await collect(server, 5)).toBe('early')
})

it('sends what was written before it closes, and drops what arrives after', async () => {
  const { client, server } = await connection()
  const closed = closing(server)
  const seen: string[] = []
  server.onData = (chunk) => seen.push(textOf(chunk))
  const messages: number[] = []
  client.on('message', (data: Buffer) => messages.push(data.length))
  server.write([new Uint8Array(500_000)])
  server.write([new Uint8Array(3)])
  client.send(text('too late'))
  server.close()
  server.close()
  expect(server.write([text('x')])).toBe(false)
  expect(closed.calls).toBe(0)
  const [code] = await once(client, 'close')
  expect(code).toBe(1000)
  expect(messages).toEqual([500_000, 3])
  expect(await closed.error).toBeUndefined()
  expect(seen).toEqual([])
  expect(closed.calls).toBe(1)
})

it('closes without an error when the client closes', async () => {
  const { client, server } = await connection()
  const closed = closing(server)
  const received = collect(server, 3)
  client.send(text('bye'))
  client.close()
  expect(await received).toBe('bye')
  expect(await closed.error).toBeUndefined()
  expect(server.write([text('x')])).toBe(false)
})

it('cuts off a frozen peer when the bound on closing has passed', async () => {
  const clock = new VirtualClock()
  const { client, server } = await connection({ clock, closeTimeoutMs: 3_000 })
  client.pause()
  const closed = closing(server)
  while (server.write([new Uint8Array(1_000_000)]));
  server.close()
  clock.advance(2_999)
  await roundTrip()
  expect(closed.calls).toBe(0)
  clock.advance(1)
  expect((await closed.error)?.message).toMatch(/within 3000 ms and was cut off, [1-9]\d* bytes/)
})

it('gives a reset to onClose, once', async () => {
  const { client, server } = await connection()
  const closed = closing(server)
  server.onData = () => {}
  socketOf(client).resetAndDestroy()
  expect(await closed.error).toMatchObject({ code: 'ECONNRESET' })
  server.write([text('x')])
  server.pause()
  server.resume()
  server.close()
  server.destroy()
  await roundTrip()
  expect(closed.calls).toBe(1)
})

it('destroys at once, and says so later, without an error', async () => {
  const { client, server } = await connection()
  const closed = closing(server)
  const gone = once(client, 'close')
  server.destroy()
  expect(closed.calls).toBe(0)
  expect(await closed.error).toBeUndefined()
  expect((await gone)[0]).toBe(1006)
})

it('cuts off a frozen peer that ends its side without a Close frame', async () => {
  const clock = new VirtualClock()
  const { client, server } = await connection({ clock, closeTimeoutMs: 3_000 })
  client.pause()
  const closed = closing(server)
  server.onData = () => {}
  while (server.write([new Uint8Array(1_000_000)]));
  socketOf(client).end()
  await vi.waitFor(() => {
    clock.advance(3_000)
    expect(closed.calls).toBe(1)
  })
  expect((await closed.error)?.message).toMatch(/was cut off, [1-9]\d* bytes untaken/)
})

it('cuts off a frozen peer that closes and then takes nothing', async () => {
  const { client, server } = await connection({ closeTimeoutMs: 10 })
  client.pause()
  const closed = closing(server)
  server.onData = () => {}
  while (server.write([new Uint8Array(1_000_000)]));
  client.close()
  await closed.error
  expect(server.write([text('x')])).toBe(false)
})
