// What the tests of TCP share: connections over the loopback address, and ways to wait.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Transport } from '../../src/index.ts'
import { TcpListener, TcpTransport, type TcpTransportOptions } from '../../src/node/index.ts'

export interface Listening {
  readonly listener: TcpListener
  readonly url: string
  readonly accepted: Promise<Transport>
}

export interface Connection {
  readonly server: TcpTransport
  readonly serverSocket: Socket
  readonly peer: Socket
}

/** How often onClose was called, and with what first. */
export interface Closing {
  calls: number
  readonly error: Promise<Error | undefined>
}

export async function listening(): Promise<Listening> {
  const listener = new TcpListener({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => listener.close())
  const { promise: accepted, resolve } = withResolvers<Transport>()
  const { url } = await listener.listen((transport) => {
    onTestFinished(() => transport.destroy())
    resolve(transport)
  })
  return { listener, url, accepted }
}

/** A transport, the socket below it, and a plain socket as its peer. */
export async function connection(options: TcpTransportOptions = {}): Promise<Connection> {
  const server = createServer()
  const accepted = once(server, 'connection') as Promise<[Socket]>
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as { port: number }
  const peer = connect({ host: '127.0.0.1', port })
  onTestFinished(() => void peer.destroy())
  const [[serverSocket]] = await Promise.all([accepted, once(peer, 'connect')])
  const transport = new TcpTransport(serverSocket, options)
  onTestFinished(() => transport.destroy())
  server.close()
  return { server: transport, serverSocket, peer }
}

/** One echo over another connection: everything ready before it has been handled after it. */
export async function echoOnce(): Promise<void> {
  const { server, peer } = await connection()
  server.onData = (chunk) => server.write([chunk])
  peer.write('echo')
  await once(peer, 'data')
  peer.destroy()
}

export function closing(transport: Transport): Closing {
  const { promise, resolve } = withResolvers<Error | undefined>()
  const closed = { calls: 0, error: promise }
  transport.onClose = (error) => {
    closed.calls++
    resolve(error)
  }
  return closed
}

export function collect(transport: Transport, length: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let got = 0
  return new Promise((resolve) => {
    transport.onData = (chunk) => {
      chunks.push(chunk)
      if ((got += chunk.length) >= length) resolve(Buffer.concat(chunks))
    }
  })
}

export async function collectSocket(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  await once(socket, 'end')
  return Buffer.concat(chunks)
}

function withResolvers<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {}
  const promise = new Promise<Value>((fulfil) => (resolve = fulfil))
  return { promise, resolve }
}

export function written(socket: Socket, value: string): Promise<void> {
  return new Promise((resolve) => socket.write(value, () => resolve()))
}

export function portOf(url: string): number {
  return Number(new URL(url).port)
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
