// Those who do not mean well, or are not known yet: what they can make the listener hold or do.

import { once } from 'node:events'
import { expect, it } from 'vitest'
import { closing, collect, connection, listening, text } from './connections.ts'
import { Handmade, upgraded } from './handmade.ts'

it('takes a CONNECT of 64 KiB of a stranger', async () => {
  const { client, server } = await connection()
  const received = collect(server, 65_540)
  client.send(new Uint8Array(65_540).fill(0x61))
  expect((await received).length).toBe(65_540)
})

it('cuts a stranger off who sends more without a whole message', async () => {
  const { client, server } = await connection({ strangerBytesMax: 1_000 })
  const closed = closing(server)
  server.onData = () => {}
  client.send(new Uint8Array(1_500), { fin: false })
  const [code, reason] = (await once(client, 'close')) as [number, Buffer]
  expect([code, reason.toString()]).toEqual([1009, 'Too long for somebody who is not let in yet'])
  expect((await closed.error)?.message).toBe(
    'The peer 127.0.0.1 sent 1000 bytes without a whole message before it was let in',
  )
  expect(closed.calls).toBe(1)
})

it('holds no more than that of him, however much he goes on to send', async () => {
  const { url, accepted } = await listening({ strangerBytesMax: 100_000 })
  const stranger = await upgraded(url)
  const server = accepted[0]!
  const closed = closing(server)
  let passedOn = 0
  server.onData = (chunk) => (passedOn += chunk.length)
  stranger.send(Handmade.header(0x82, 1_000_000))
  // The Close frame comes long before the end of what was claimed.
  const answer = once(stranger.socket, 'data') as Promise<[Buffer]>
  stranger.send(Buffer.alloc(200_000))
  const [[frame]] = [await answer]
  expect([frame[0], frame.readUInt16BE(2)]).toEqual([0x88, 1009])
  stranger.send(Buffer.alloc(700_000))
  stranger.socket.end()
  expect((await closed.error)?.message).toContain('without a whole message')
  expect(passedOn).toBe(0)
})

it('counts what came since the last message, and no longer once the client is let in', async () => {
  const { client, server } = await connection({ strangerBytesMax: 1_000 })
  const received = collect(server, 4_500)
  for (let sent = 0; sent < 5; sent++) client.send(new Uint8Array(900))
  expect((await received).length).toBe(4_500)
  server.admitted?.()
  const later = collect(server, 100_000)
  client.send(new Uint8Array(50_000), { fin: false })
  client.send(new Uint8Array(50_000), { fin: true })
  expect((await later).length).toBe(100_000)
})

it('counts a read of one byte for what it costs', async () => {
  const { url, accepted } = await listening({ strangerBytesMax: 2_560 })
  const stranger = await upgraded(url)
  const closed = closing(accepted[0]!)
  accepted[0]!.onData = () => {}
  stranger.send(Handmade.header(0x82, 2_000))
  stranger.socket.setNoDelay(true)
  const answer = once(stranger.socket, 'data')
  await stranger.trickle(answer)
  stranger.socket.end()
  expect((await closed.error)?.message).toContain('without a whole message')
})

it('refuses a frame that is longer than the largest message at its header', async () => {
  const { url, accepted } = await listening({ maxPayloadBytes: 1_000 })
  const stranger = await upgraded(url)
  const closed = closing(accepted[0]!)
  accepted[0]!.onData = () => {}
  // 256 MiB, of which not one byte follows.
  stranger.send(Handmade.header(0x82, 268_435_456))
  const [frame] = (await once(stranger.socket, 'data')) as [Buffer]
  expect([frame[0], frame.readUInt16BE(2)]).toEqual([0x88, 1009])
  stranger.socket.end()
  expect(await closed.error).toMatchObject({ code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' })
})

it.each([
  ['compressed', 0xc2, 1002],
  ['with another reserved bit', 0xa2, 1002],
  ['of an unknown kind', 0x83, 1002],
  ['that continues nothing', 0x80, 1002],
])('closes on a frame %s', async (_what, first, code) => {
  const { url, accepted } = await listening()
  const stranger = await upgraded(url)
  const closed = closing(accepted[0]!)
  accepted[0]!.onData = () => {}
  stranger.send(Handmade.frame(first, text('x')))
  const [frame] = (await once(stranger.socket, 'data')) as [Buffer]
  expect([frame[0], frame.readUInt16BE(2)]).toEqual([0x88, code])
  stranger.socket.end()
  expect(await closed.error).toBeInstanceOf(Error)
})

it('closes on a frame without a mask', async () => {
  const { url, accepted } = await listening()
  const stranger = await upgraded(url)
  accepted[0]!.onData = () => {}
  stranger.send(Uint8Array.of(0x82, 1, 0x78))
  const [frame] = (await once(stranger.socket, 'data')) as [Buffer]
  expect(frame.readUInt16BE(2)).toBe(1002)
})

it.each([
  'permessage-deflate',
  'permessage-deflate; client_max_window_bits; server_no_context_takeover',
  `permessage-deflate${'; server_max_window_bits=8'.repeat(50)}`,
  `${'x, '.repeat(500)}permessage-deflate`,
])('declines to compress, however it is offered: %#', async (offer) => {
  const { url } = await listening()
  const { response } = await upgraded(url, { 'Sec-WebSocket-Extensions': offer })
  expect(response).toContain('HTTP/1.1 101 ')
  expect(response.toLowerCase()).not.toContain('sec-websocket-extensions')
})

it('answers a flood of pings of somebody who does not read with an end', async () => {
  const { url, accepted } = await listening()
  const stranger = await upgraded(url)
  const server = accepted[0]!
  server.admitted?.()
  server.onData = () => {}
  stranger.socket.pause()
  const closed = closing(server)
  while (server.write([new Uint8Array(1_000_000)]));
  const held = server.bufferedBytes
  const ping = Handmade.frame(0x89, new Uint8Array(125))
  stranger.send(Buffer.concat(Array.from({ length: 2_000 }, () => ping)))
  await closed.error
  expect(server.bufferedBytes).toBeLessThan(held + 100_000)
})
