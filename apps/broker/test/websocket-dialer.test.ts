// The WebSocket of the web, as Node has it, against our own listener.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Transport } from '@godwit/transport'
import { dialWebSocket } from '@godwit/transport/web'
import { WebSocketListener } from '@godwit/transport-ws'
import { expect, it, onTestFinished } from 'vitest'

it('carries bytes in order both ways, whatever the messages [MQTT-4.2-1] [MQTT-6.0.0-2]', async () => {
  const { client, server } = await connection()
  server.admitted?.()
  const numbers = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251)
  server.onData = (chunk) => server.write([chunk])
  const echoed = collect(client, numbers.length)
  expect(client.write([])).toBe(true)
  client.write([numbers.subarray(0, 7), numbers.subarray(7, 8)])
  client.write([numbers.subarray(8)])
  expect(Buffer.compare(await echoed, numbers)).toBe(0)
})

it('closes in order from either side, with what was written before', async () => {
  for (const end of ['client', 'server'] as const) {
    const connected = await connection()
    const { [end]: near } = connected
    const far = end === 'client' ? connected.server : connected.client
    const received = collect(far, 7)
    const ends = [closing(near), closing(far)]
    near.onData = () => {}
    near.write([new TextEncoder().encode('the end')])
    near.close()
    expect((await received).toString()).toBe('the end')
    expect(await Promise.all(ends)).toEqual([undefined, undefined])
  }
})

it('says that a server broke off without a word', async () => {
  const { client, server } = await connection()
  const closed = closing(client)
  client.onData = () => {}
  server.destroy()
  expect(await closed).toMatchObject({ message: 'The WebSocket broke without a Close frame' })
})

it('is gone for the server when it is destroyed', async () => {
  const { client, server } = await connection()
  const ends = Promise.all([closing(client), closing(server)])
  server.onData = () => {}
  client.onData = () => {}
  client.destroy()
  expect(await ends).toHaveLength(2)
})

it('says false when the server stops reading, and drains when it goes on', async () => {
  const { client, server } = await connection()
  server.pause()
  const chunk = new Uint8Array(65_536)
  let written = 0
  while (client.bufferedBytes < 1_000_000) {
    client.write([chunk])
    written += chunk.length
    // Lets the platform hand over what it can.
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(client.write([chunk])).toBe(false)
  written += chunk.length
  const drained = new Promise<void>((resolve) => (client.onDrain = resolve))
  const everything = collect(server, written)
  server.resume()
  await drained
  expect(client.bufferedBytes).toBe(0)
  expect((await everything).length).toBe(written)
})

it('keeps what the server says before anybody listens', async () => {
  const { client, server } = await connection()
  server.write([new TextEncoder().encode('early')])
  await roundTrip()
  expect((await collect(client, 5)).toString()).toBe('early')
})

it('says that nobody listens, or that nobody there speaks WebSocket', async () => {
  const page = createServer((_request, response) => response.writeHead(404).end())
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve))
  const url = new URL(`ws://127.0.0.1:${(page.address() as AddressInfo).port}/mqtt?token=secret`)
  const where = `Cannot connect to ws://${url.host}/mqtt: `
  await expect(dialWebSocket(url)).rejects.toThrow(where)
  await new Promise((resolve) => page.close(resolve))
  await expect(dialWebSocket(url)).rejects.toThrow(where)
  await expect(dialWebSocket(url)).rejects.not.toThrow('secret')
})

it('gives up when the signal aborts in the middle of the handshake', async () => {
  const silent = createServer()
  const asked = new Promise<void>((resolve) => silent.on('upgrade', () => resolve()))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    silent.closeAllConnections()
    silent.close()
  })
  const controller = new AbortController()
  const url = new URL(`ws://127.0.0.1:${(silent.address() as AddressInfo).port}`)
  const dialled = dialWebSocket(url, { signal: controller.signal })
  await asked
  const reason = new Error('took too long')
  controller.abort(reason)
  await expect(dialled).rejects.toBe(reason)
})

interface Connection {
  readonly client: Transport
  readonly server: Transport
}

async function connection(): Promise<Connection> {
  const listener = new WebSocketListener({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => listener.close())
  let accepted: (transport: Transport) => void = () => {}
  const accepting = new Promise<Transport>((resolve) => (accepted = resolve))
  const { url } = await listener.listen((transport) => accepted(transport))
  const [client, server] = await Promise.all([dialWebSocket(new URL(url)), accepting])
  onTestFinished(() => {
    client.destroy()
    server.destroy()
  })
  return { client, server }
}

/** Everything that was ready before it has been handled after it. */
async function roundTrip(): Promise<void> {
  const { client, server } = await connection()
  server.onData = (chunk) => server.write([chunk])
  const echoed = collect(client, 1)
  client.write([new Uint8Array(1)])
  await echoed
}

function collect(transport: Transport, length: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let got = 0
  return new Promise((resolve) => {
    transport.onData = (chunk) => {
      chunks.push(chunk)
      if ((got += chunk.length) >= length) resolve(Buffer.concat(chunks))
    }
  })
}

function closing(transport: Transport): Promise<Error | undefined> {
  return new Promise((resolve) => (transport.onClose = resolve))
}
