/**
 * A WebSocket over any connection, made by hand: the client that the host has cannot be told whom
 * to trust, and shows no certificate.
 */
import { Duplex } from 'node:stream'

/** Asks for the upgrade at once. What is written goes as one binary message each. */
export class WebSocketLine extends Duplex {
  readonly #socket: Duplex
  #pending = Buffer.alloc(0)
  #isUpgraded = false

  constructor(socket: Duplex) {
    super()
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('close', () => this.destroy())
    socket.on('error', (error) => this.destroy(error))
    socket.write(`GET / HTTP/1.1\r\n${HEADERS.join('\r\n')}\r\n\r\n`)
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.write(frameOf(chunk), done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }

  #take(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk])
    if (!this.#isUpgraded) this.#upgrade()
    for (let payload; this.#isUpgraded && (payload = this.#frame()) !== undefined;) {
      this.push(payload)
    }
  }

  #upgrade(): void {
    const end = this.#pending.indexOf('\r\n\r\n')
    if (end === -1) return
    const [status = ''] = this.#pending.toString('latin1').split('\r\n', 1)
    this.#pending = this.#pending.subarray(end + 4)
    if (status.startsWith('HTTP/1.1 101 ')) this.#isUpgraded = true
    else this.destroy(Object.assign(new Error(status), { code: status }))
  }

  /** The payload of the next frame, if the whole of it is there. What ends it all has none. */
  #frame(): Buffer | undefined {
    const [first = 0, length = 0] = this.#pending
    const header = length < 126 ? 2 : 4
    if (this.#pending.length < header) return undefined
    const end = header + (length < 126 ? length : this.#pending.readUInt16BE(2))
    if (this.#pending.length < end) return undefined
    const payload = this.#pending.subarray(header, end)
    this.#pending = this.#pending.subarray(end)
    if (first === BINARY) return payload
    this.destroy()
    return undefined
  }
}

const HEADERS = [
  'Host: godwit.test',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: mqtt',
]

/** A whole binary message. */
const BINARY = 0x82

/** Masked with zeros, which changes nothing. */
function frameOf(payload: Buffer): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt8(BINARY)
  header.writeUInt8(0x80 | 126, 1)
  header.writeUInt16BE(payload.length, 2)
  return Buffer.concat([header, payload])
}
