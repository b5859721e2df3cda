// Judges a request for an upgrade before `ws` does: whether it is for this port, and from whom.

import type { IncomingMessage } from 'node:http'
import type { Origins } from './origins.ts'
import { chooseSubprotocol, offeredSubprotocols } from './subprotocol.ts'

/** What is asked of a request. */
export interface UpgradeTerms {
  /** The only path that is served; every path if absent. */
  readonly path: string | undefined
  readonly origins: Origins
}

/** The status and sentence of an answer. */
export type Refusal = readonly [status: number, sentence: string]

/** Why a request is refused; undefined if that is left to `ws`, which judges the rest. */
export function upgradeRefusal(request: IncomingMessage, terms: UpgradeTerms): Refusal | undefined {
  const { url, headers, rawHeaders } = request
  const { path, origins } = terms
  // Names and values are in one list.
  if (rawHeaders.length > 2 * HEADERS_MAX) {
    return [431, `This port takes requests of at most ${HEADERS_MAX} headers.`]
  }
  if (headers.upgrade?.toLowerCase() !== 'websocket') {
    return [400, 'This port speaks MQTT over WebSocket: the only upgrade it knows is websocket.']
  }
  if (path !== undefined && url?.split('?', 1)[0] !== path) {
    return [404, `MQTT over WebSocket is served at the path ${path} only.`]
  }
  if (!origins.allows(headers.origin)) {
    return [403, 'Pages of this origin may not connect: the operator of the server allows origins.']
  }
  if (!chooseSubprotocol(offeredSubprotocols(headers['sec-websocket-protocol']))) {
    // [MQTT-6.0.0-3]
    return [400, 'MQTT over WebSocket needs the subprotocol mqtt: offer it in the handshake.']
  }
  return undefined
}

const HEADERS_MAX = 100

/** The name by which the client knows the server: the Host header without its port. */
export function hostName({ headers }: IncomingMessage): string | undefined {
  const { host } = headers
  if (host === undefined || host === '') return undefined
  const colon = host.indexOf(':', host.lastIndexOf(']') + 1)
  return (colon === -1 ? host : host.slice(0, colon)).toLowerCase()
}
