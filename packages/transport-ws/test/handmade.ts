// A WebSocket client made by hand: it sends what a decent one cannot be made to send.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** The connection of such a client, and the answer to its upgrade. */
export class Handmade {
  readonly socket: Socket
  readonly response: string

  constructor(socket: Socket, response: string) {
    this.socket = socket
    this.response = response
  }

  /** A frame, masked with zeros. */
  static frame(first: number, payload: Uint8Array): Buffer {
    return Buffer.concat([Handmade.header(first, payload.length), payload])
  }

  /** The header of a frame, with a mask of zeros. */
  static header(first: number, length: number): Buffer {
    const bytes = Buffer.alloc(14)
    bytes[0] = first
    if (length <= 125) {
      bytes[1] = 0x80 + length
      return bytes.subarray(0, 6)
    }
    if (length <= 0xffff) {
      bytes[1] = 0x80 + 126
      bytes.writeUInt16BE(length, 2)
      return bytes.subarray(0, 8)
    }
    bytes[1] = 0x80 + 127
    bytes.writeUIntBE(length, 4, 6)
    return bytes
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes)
  }

  /** Sends byte after byte, each alone, until something has happened. */
  async trickle(until: Promise<unknown>): Promise<void> {
    const over = until.then(() => true)
    const next = (): Promise<false> => new Promise((resolve) => setImmediate(resolve, false))
    do this.send(Uint8Array.of(0))
    while (!(await Promise.race([over, next()])))
  }
}

/** Upgrades a connection to WebSocket, with other headers too. */
export async function upgraded(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Handmade> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  socket.write(upgradeRequest(headers))
  const [response] = (await once(socket, 'data')) as [Buffer]
  return new Handmade(socket, response.toString())
}

/** A request for an upgrade. */
export function upgradeRequest(headers: Readonly<Record<string, string>> = {}): string {
  const all = {
    Host: 'broker.test:8083',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol': 'mqtt',
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET / HTTP/1.1\r\n${lines.join('')}\r\n`
}
