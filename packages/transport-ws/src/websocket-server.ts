// How `ws` is used: it upgrades what it is given, and bounds what it gathers.

import { WebSocketServer } from 'ws'
import { chooseSubprotocol } from './subprotocol.ts'

/**
 * Makes a server for messages of at most `maxPayload` bytes.
 *
 * @throws RangeError if that is not a whole number from 1 to 2^31 - 1.
 */
export function webSocketServer(maxPayload: number, closeTimeout: number): WebSocketServer {
  // `ws` would read 0 and anything above as no limit at all.
  if (!(Number.isInteger(maxPayload) && maxPayload > 0 && maxPayload < 2 ** 31)) {
    throw new RangeError(`maxPayloadBytes is a number of bytes from 1, not ${maxPayload}`)
  }
  const options = {
    noServer: true,
    clientTracking: false,
    // An extension that is offered is declined, and a compressed frame then ends the connection.
    perMessageDeflate: false,
    skipUTF8Validation: true,
    maxPayload,
    maxFragments: parts(maxPayload, FRAGMENT_BYTES_MIN),
    maxBufferedChunks: parts(maxPayload, READ_BYTES_MIN),
    closeTimeout,
    // [MQTT-6.0.0-4]
    handleProtocols: (offered: Set<string>) => chooseSubprotocol(offered) ?? false,
  }
  return new WebSocketServer(options)
}

/** How many parts a message may have of which each brings so many bytes; 256 in any case. */
function parts(maxPayload: number, bytesMin: number): number {
  return Math.max(256, Math.ceil(maxPayload / bytesMin))
}

// Each fragment costs an object of 120 bytes, whatever it brings, and no client makes them small.
const FRAGMENT_BYTES_MIN = 4_096

// Each read costs a buffer and what that keeps alive, and a slow network makes them small.
const READ_BYTES_MIN = 256
