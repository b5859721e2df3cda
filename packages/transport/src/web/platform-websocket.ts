// The part of the web's WebSocket that is used here, so that the types of no platform are needed,
// and any class that behaves like it will do.

/** A WebSocket as browsers, Node, Deno, Bun and the `ws` package have it. */
export interface PlatformWebSocket {
  readonly readyState: number
  /** Bytes that were sent and have not been handed to the network. */
  readonly bufferedAmount: number
  binaryType: string
  addEventListener(type: 'open', listener: () => void): void
  addEventListener(type: 'message', listener: (event: MessageDetails) => void): void
  addEventListener(type: 'error', listener: (event: object) => void): void
  addEventListener(type: 'close', listener: (event: CloseDetails) => void): void
  send(message: Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
}

/** Makes one, which then connects. */
export type PlatformWebSocketConstructor = new (
  url: string,
  protocols: string[],
) => PlatformWebSocket

/** What a message event says, once `binaryType` is `arraybuffer`: text or bytes. */
export interface MessageDetails {
  readonly data: string | ArrayBuffer
}

/** What a close event says. */
export interface CloseDetails {
  readonly code: number
  readonly reason: string
  /** Whether both ends have said that it is over. */
  readonly wasClean: boolean
}
