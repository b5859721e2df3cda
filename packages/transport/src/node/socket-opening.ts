// Reads the first bytes of a socket without taking them from whoever reads it next.

import type { Handshake } from './handshakes.ts'
import { readProxyHeader, type ProxyReading } from './proxy-header.ts'

/**
 * Waits until a connection has begun in earnest, and leaves what it has sent in the socket. Until
 * then it costs no more than its socket and these bytes: a TLS engine (70 KiB) or a parser of HTTP
 * is made for those who have said what they want, and not for those who say a byte a second.
 *
 * @param isBegun looks at the first bytes; `bytesMax` of them are enough in any case.
 */
export function begun(
  handshake: Handshake,
  { isBegun, bytesMax }: Beginning,
  then: (bytes: Uint8Array) => void,
): void {
  const look = (bytes: Buffer): Taken<Uint8Array> | undefined =>
    bytes.length >= bytesMax || isBegun(bytes) ? { used: 0, value: bytes } : undefined
  gather(handshake, look, then)
}

/** What makes a beginning. */
export interface Beginning {
  readonly isBegun: (bytes: Uint8Array) => boolean
  readonly bytesMax: number
}

/** Takes the header of the PROXY protocol from the socket, and its address into the handshake. */
export function takeProxyHeader(handshake: Handshake, then: () => void): void {
  handshake.await('the header of the PROXY protocol')
  gather(handshake, takeHeader, (reading) => {
    if (typeof reading === 'string') return
    if ('malformed' in reading) return handshake.refuse(reading.malformed)
    if (reading.source !== undefined) {
      handshake.proxyAddress = handshake.remoteAddress
      handshake.remoteAddress = reading.source
    }
    then()
  })
}

function takeHeader(bytes: Uint8Array): Taken<ProxyReading> | undefined {
  const reading = readProxyHeader(bytes)
  if (reading === 'incomplete') return undefined
  return { used: 'length' in reading ? reading.length : 0, value: reading }
}

/** What `look` has found, and how many bytes of it are not for the next reader. */
interface Taken<Value> {
  readonly used: number
  readonly value: Value
}

/** Gathers bytes until `look` has found what it wants in them. */
function gather<Value>(
  handshake: Handshake,
  look: (bytes: Buffer) => Taken<Value> | undefined,
  then: (value: Value) => void,
): void {
  const { socket } = handshake
  let gathered: Buffer = Buffer.alloc(0)
  const read = (): void => {
    const chunk: unknown = socket.read()
    if (!(chunk instanceof Buffer)) return
    gathered = Buffer.concat([gathered, chunk])
    const taken = look(gathered)
    if (taken === undefined) return
    socket.off('readable', read)
    if (taken.used < gathered.length) socket.unshift(gathered.subarray(taken.used))
    // A stream forgets that it was read in this way at the end of the tick; before that it would
    // take a `pause` of its next reader for its own.
    process.nextTick(() => handshake.isOver || then(taken.value))
  }
  socket.on('readable', read)
}
