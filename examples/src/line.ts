// A TCP connection that somebody looks at, and that can break where it hurts.

import type { Dial } from '@godwit/client'
import { Decoder } from '@godwit/codec'
import type { Packet } from '@godwit/codec'
import type { Transport } from '@godwit/transport'
import { dialTcp } from '@godwit/transport/node'

/** Sees a packet that a client says, or that it hears from the broker. */
export type Watch = (clientId: string, from: End, packet: Packet, isLost: boolean) => void

/** Who says something. */
export type End = 'client' | 'broker'

/** A dialler of such lines. The first of them breaks at a packet of the type that is to be lost. */
export function dialLine(watch: Watch, toLose?: string): Dial {
  let left = toLose
  return async (url, { signal }) => {
    const port = Number(url.port === '' ? 1883 : url.port)
    const line = new Line(await dialTcp({ host: url.hostname, port, signal }), watch, left)
    left = undefined
    return line
  }
}

class Line implements Transport {
  readonly #transport: Transport
  readonly #watch: Watch
  readonly #toLose: string | undefined
  readonly #said = new Decoder()
  readonly #heard = new Decoder()
  #clientId = ''

  constructor(transport: Transport, watch: Watch, toLose: string | undefined) {
    this.#transport = transport
    this.#watch = watch
    this.#toLose = toLose
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (chunks.every((chunk) => this.#passes('client', chunk))) return this.#transport.write(chunks)
    this.#transport.destroy()
    return false
  }

  set onData(handler: (chunk: Uint8Array) => void) {
    this.#transport.onData = (chunk) => {
      if (this.#passes('broker', chunk)) handler(chunk)
      else this.#transport.destroy()
    }
  }

  set onDrain(handler: () => void) {
    this.#transport.onDrain = handler
  }

  set onClose(handler: (error?: Error) => void) {
    this.#transport.onClose = handler
  }

  get remoteAddress(): string {
    return this.#transport.remoteAddress
  }

  get bufferedBytes(): number {
    return this.#transport.bufferedBytes
  }

  pause(): void {
    this.#transport.pause()
  }

  resume(): void {
    this.#transport.resume()
  }

  close(): void {
    this.#transport.close()
  }

  destroy(): void {
    this.#transport.destroy()
  }

  #passes(from: End, chunk: Uint8Array): boolean {
    const decoder = from === 'client' ? this.#said : this.#heard
    let passes = true
    decoder.push(chunk)
    for (let packet; (packet = decoder.next()) !== undefined;) {
      if (packet.type === 'connect') this.#heard.version = packet.version
      if (packet.type === 'connect') this.#clientId = packet.clientId
      const isLost = packet.type === this.#toLose
      if (isLost) passes = false
      this.#watch(this.#clientId, from, packet, isLost)
    }
    return passes
  }
}
