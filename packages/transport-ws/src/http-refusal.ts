// Answers for what comes to a WebSocket port and is not an MQTT client: a browser, a health check,
// a client of something else. Each gets a sentence that says what this port is.

import { STATUS_CODES, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** Answers a request that did not ask for an upgrade with 426 and what to do instead. */
export function requireUpgrade(response: ServerResponse, path: string | undefined): void {
  response.writeHead(426, {
    ...HEADERS,
    // An answer 426 names what to upgrade to; RFC 9110, 15.5.22.
    Upgrade: 'websocket',
    Connection: 'Upgrade, close',
  })
  response.end(
    'This port speaks MQTT over WebSocket and serves no pages. Connect an MQTT client to it' +
      `${path === undefined ? '' : ` at the path ${path}`}, with the subprotocol mqtt.\n`,
  )
}

/** Answers a request for an upgrade with a status and a sentence, and ends the connection. */
export function refuseUpgrade(socket: Duplex, status: number, sentence: string): void {
  const body = `${sentence}\n`
  const headers = { ...HEADERS, Connection: 'close', 'Content-Length': Buffer.byteLength(body) }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`)
}

/** Answers a request that the parser gave up, if the connection is still there. */
export function refuseRequest(socket: Duplex, error: Error): void {
  if (!socket.writable) return void socket.destroy()
  const isTooLarge = 'code' in error && error.code === 'HPE_HEADER_OVERFLOW'
  if (isTooLarge) refuseUpgrade(socket, 431, 'The headers of a request are at most 8 KiB here.')
  else refuseUpgrade(socket, 400, 'This port speaks MQTT over WebSocket, which begins as HTTP.')
}

const HEADERS = { 'Content-Type': 'text/plain; charset=utf-8' }
