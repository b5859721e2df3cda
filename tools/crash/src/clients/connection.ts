/** A Network Connection: a socket and a codec, and nothing that knows better. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { Decoder, encode } from '@godwit/codec'
import type { DecodedPacket, Packet, ProtocolVersion } from '@godwit/codec'

/** Who is told what comes over a connection. */
export interface Listener {
  /** The connection is there. */
  opened(): void
  /** A packet came. What is a frame is borrowed until this returns. */
  received(packet: DecodedPacket): void
  /** The connection is gone; `error` if the bytes that came were no MQTT. Said once. */
  closed(error: Error | undefined): void
}

/** One connection, from its opening to its end. */
export class Connection {
  readonly #socket: Socket
  readonly #version: ProtocolVersion
  readonly #decoder: Decoder
  readonly #listener: Listener
  #error: Error | undefined

  constructor(port: number, version: ProtocolVersion, listener: Listener) {
    this.#version = version
    this.#listener = listener
    this.#decoder = new Decoder({ version })
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true })
      .on('connect', () => listener.opened())
      .on('data', (chunk) => this.#take(chunk))
      .on('error', () => {})
      .on('close', () => listener.closed(this.#error))
  }

  /** The port at this end; `undefined` while there is none. */
  get localPort(): number | undefined {
    return this.#socket.localPort
  }

  /** Sends a packet, or forgets it if the connection is closing. */
  send(packet: Packet): void {
    if (this.#socket.writable) this.#socket.write(encode(packet, this.#version))
  }

  /** Closes when all is sent. */
  end(): void {
    this.#socket.end()
  }

  /** Closes at once. */
  destroy(): void {
    this.#socket.destroy()
  }

  #take(chunk: Uint8Array): void {
    try {
      this.#decoder.push(chunk)
      for (let packet; (packet = this.#decoder.next()) !== undefined;) {
        this.#listener.received(packet)
      }
    } catch (error) {
      this.#error = error instanceof Error ? error : new Error(String(error))
      this.destroy()
    }
  }
}
