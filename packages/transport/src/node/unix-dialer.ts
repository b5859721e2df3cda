// Opens a connection to a Unix domain socket.

import { connect } from 'node:net'
import { dialled, type DialOptions } from './socket-dialer.ts'
import type { TcpTransport } from './tcp-transport.ts'

/**
 * Connects to the Unix domain socket at a path, or to a named pipe of Windows. Its `remoteAddress`
 * is `unknown`. For the rest see `dialTcp`.
 *
 * @throws an Error that names the path, with the system's error as `cause`; the signal's reason if
 *   it aborts first.
 */
export async function dialUnix(path: string, options: DialOptions = {}): Promise<TcpTransport> {
  options.signal?.throwIfAborted()
  return await dialled({ socket: connect({ path }), event: 'connect', where: path }, options)
}
