// A WebSocket class without a network: the test plays the platform and the server.

import type { CloseDetails, MessageDetails } from '../../src/web/platform-websocket.ts'

type Listener = (event: object) => void

/** Keeps what it is told, and tells what the test lets happen. */
export class FakeWebSocket {
  readonly url: string
  readonly protocols: readonly string[]
  readyState = 0
  bufferedAmount = 0
  binaryType = 'blob'
  readonly sent: Uint8Array[] = []
  readonly closes: (readonly [code?: number, reason?: string])[] = []
  readonly #listeners = new Map<string, Listener[]>()

  constructor(url: string, protocols: string[]) {
    this.url = url
    this.protocols = protocols
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    const listeners = this.#listeners.get(type) ?? []
    this.#listeners.set(type, [...listeners, listener as Listener])
  }

  send(message: Uint8Array): void {
    this.sent.push(message)
  }

  close(code?: number, reason?: string): void {
    this.readyState = Math.max(this.readyState, 2)
    this.closes.push(code === undefined ? [] : reason === undefined ? [code] : [code, reason])
  }

  opened(): void {
    this.readyState = 1
    this.#tell('open', {})
  }

  message(data: MessageDetails['data']): void {
    this.#tell('message', { data })
  }

  failed(details: object = {}): void {
    this.#tell('error', details)
  }

  closed(details: Partial<CloseDetails> = {}): void {
    this.readyState = 3
    this.#tell('close', { code: 1000, reason: '', wasClean: true, ...details })
  }

  #tell(type: string, event: object): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event)
  }
}
