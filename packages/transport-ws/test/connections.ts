// What the tests of this package share: a listener, clients of it, and ways to wait.

import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Transport } from '@godwit/transport'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { WebSocketListener, type WebSocketListenerOptions } from '../src/index.ts'

export interface Listening {
  readonly listener: WebSocketListener
  readonly url: string
  readonly accepted: readonly Transport[]
}

export interface Connection {
  readonly listener: WebSocketListener
  readonly url: string
  readonly client: WebSocket
  readonly server: Transport
}

/** How often onClose was called, and with what first. */
export interface Closing {
  calls: number
  readonly error: Promise<Error | undefined>
}

export async function listening(
  options: Partial<WebSocketListenerOptions> = {},
): Promise<Listening> {
  const listener = new WebSocketListener({ host: '127.0.0.1', port: 0, ...options })
  onTestFinished(() => listener[Symbol.asyncDispose]())
  const accepted: Transport[] = []
  const { url } = await listener.listen((transport) => {
    onTestFinished(() => transport.destroy())
    accepted.push(transport)
  })
  return { listener, url, accepted }
}

export async function connection(
  options: Partial<WebSocketListenerOptions> = {},
): Promise<Connection> {
  const { listener, url, accepted } = await listening(options)
  const client = new WebSocket(url, 'mqtt')
  onTestFinished(() => client.terminate())
  await once(client, 'open')
  return { listener, url, client, server: accepted[0]! }
}

/** Everything that was ready before it has been handled after it. */
export async function roundTrip(): Promise<void> {
  const { client, server } = await connection()
  server.onData = (chunk) => server.write([chunk])
  client.send(text('x'))
  await once(client, 'message')
}

export async function roundTripTo(url: string): Promise<void> {
  await answer(url, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
}

export async function plainSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  socket.on('error', () => {}).resume()
  return socket
}

export async function answer(url: string, bytes: string): Promise<string> {
  const socket = await plainSocket(url)
  let received = ''
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()))
  socket.write(bytes, 'latin1')
  await once(socket, 'close')
  return received
}

export function closing(transport: Transport): Closing {
  let resolve: (error?: Error) => void = () => {}
  const closed = {
    calls: 0,
    error: new Promise<Error | undefined>((fulfil) => (resolve = fulfil)),
  }
  transport.onClose = (error) => {
    closed.calls++
    resolve(error)
  }
  return closed
}

export function collect(transport: Transport, length: number): Promise<string> {
  const chunks: string[] = []
  let got = 0
  return new Promise((resolve) => {
    transport.onData = (chunk) => {
      chunks.push(textOf(chunk))
      if ((got += chunk.length) >= length) resolve(chunks.join(''))
    }
  })
}

export async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** Makes what is sent inside arrive in one read. */
export function corked(client: WebSocket, send: () => void): void {
  const socket = socketOf(client)
  socket.cork()
  send()
  socket.uncork()
}

export function socketOf(client: WebSocket): Socket {
  return (client as unknown as { _socket: Socket })._socket
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
