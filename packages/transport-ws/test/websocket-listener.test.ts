// The door: handshake, subprotocol, path, and what is not an MQTT client. Over real sockets; the
// peer is the client of the `ws` package, or a plain socket for what that would not send.

import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { VirtualClock } from '@godwit/transport/testing'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { WebSocketListener } from '../src/index.ts'
import {
  answer,
  bodyOf,
  collect,
  connection,
  listening,
  plainSocket,
  roundTripTo,
  text,
} from './connections.ts'

it('selects the subprotocol mqtt and returns it [MQTT-6.0.0-3] [MQTT-6.0.0-4]', async () => {
  const { client, server } = await connection()
  expect(client.protocol).toBe('mqtt')
  expect(client.extensions).toBe('')
  expect(server.remoteAddress).toBe('127.0.0.1')
})

it('prefers mqtt among several, and takes mqttv3.1 too [MQTT-6.0.0-4]', async () => {
  const { url } = await listening()
  for (const [offered, selected] of [
    [['mqttv3.1', 'chat', 'mqtt'], 'mqtt'],
    [['mqttv3.1'], 'mqttv3.1'],
  ] as const) {
    const client = new WebSocket(url, [...offered])
    onTestFinished(() => client.terminate())
    await once(client, 'open')
    expect(client.protocol).toBe(selected)
  }
})

it('refuses a client that does not offer the subprotocol mqtt [MQTT-6.0.0-3]', async () => {
  const { url } = await listening()
  const sentence = 'MQTT over WebSocket needs the subprotocol mqtt: offer it in the handshake.\n'
  for (const offered of [[], ['chat'], ['MQTT']]) {
    const client = new WebSocket(url, offered)
    client.on('error', () => {})
    const [, response] = (await once(client, 'unexpected-response')) as [unknown, IncomingMessage]
    expect(response.statusCode).toBe(400)
    expect(await bodyOf(response)).toBe(sentence)
  }
})

it('refuses a limit that would mean none', () => {
  for (const maxPayloadBytes of [0, -1, 1.5, 2 ** 31]) {
    expect(() => new WebSocketListener({ host: '127.0.0.1', port: 0, maxPayloadBytes })).toThrow(
      RangeError,
    )
  }
})

it('tells a plain HTTP request what this port is', async () => {
  const { url } = await listening({ path: '/mqtt' })
  const [response] = (await once(request(url.replace('ws:', 'http:')).end(), 'response')) as [
    IncomingMessage,
  ]
  expect(response.statusCode).toBe(426)
  expect(response.headers).toMatchObject({ upgrade: 'websocket', connection: 'Upgrade, close' })
  expect(await bodyOf(response)).toBe(
    'This port speaks MQTT over WebSocket and serves no pages. ' +
      'Connect an MQTT client to it at the path /mqtt, with the subprotocol mqtt.\n',
  )
})

it('serves only its path, with any query', async () => {
  const { url } = await listening({ path: '/mqtt' })
  expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/mqtt$/)
  const client = new WebSocket(`${url}?token=1`, 'mqtt')
  onTestFinished(() => client.terminate())
  await once(client, 'open')
  const lost = new WebSocket(url.replace('/mqtt', '/other'), 'mqtt')
  lost.on('error', () => {})
  const [, response] = (await once(lost, 'unexpected-response')) as [unknown, IncomingMessage]
  expect(response.statusCode).toBe(404)
  expect(await bodyOf(response)).toBe('MQTT over WebSocket is served at the path /mqtt only.\n')
})

it('refuses an upgrade to something else, and bytes that are not HTTP', async () => {
  const { url } = await listening()
  const h2c = await answer(
    url,
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
  )
  expect(h2c).toMatch(/^HTTP\/1\.1 400 .*the only upgrade it knows is websocket\.\n$/s)
  const mqtt = await answer(url, '\x10\x0c\0\x04MQTT\x04\x02\0\x3c\0\0')
  expect(mqtt).toMatch(/^HTTP\/1\.1 400 /)
})

it('ends a handshake that takes longer than its bound', async () => {
  const clock = new VirtualClock()
  const { url } = await listening({ clock, handshakeTimeoutMs: 4_000 })
  const silent = await plainSocket(url)
  const slow = await plainSocket(url)
  slow.write('GET / HTTP/1.1\r\nHost: x\r\n')
  await roundTripTo(url)
  const ended = Promise.all([once(silent, 'close'), once(slow, 'close')])
  clock.advance(3_999)
  await roundTripTo(url)
  expect(silent.closed || slow.closed).toBe(false)
  clock.advance(1)
  await ended
})

it('does not end an open connection by the bound of its handshake', async () => {
  const clock = new VirtualClock()
  const { client, server } = await connection({ clock })
  clock.advance(60_000)
  const received = collect(server, 1)
  client.send(text('x'))
  expect(await received).toBe('x')
})

it('leaves open connections open when it stops to accept, and ends handshakes', async () => {
  const { client, server, listener, url } = await connection()
  const silent = await plainSocket(url)
  await roundTripTo(url)
  const ended = once(silent, 'close')
  await listener.close()
  await ended
  await expect(plainSocket(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  const received = collect(server, 5)
  client.send(text('still'))
  expect(await received).toBe('still')
})

it('says that a port is in use', async () => {
  const { url } = await listening()
  const second = new WebSocketListener({ host: '127.0.0.1', port: Number(new URL(url).port) })
  await expect(second.listen(() => {})).rejects.toMatchObject({
    message: expect.stringContaining('is in use'),
    cause: { code: 'EADDRINUSE' },
  })
})
