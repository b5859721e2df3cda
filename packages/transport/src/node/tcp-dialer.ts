// Opens a TCP connection.

import { connect } from 'node:net'
import { dialled, type DialOptions } from './socket-dialer.ts'
import type { TcpTransport } from './tcp-transport.ts'

/** Whom to connect to, and until when to try. */
export interface DialTcpOptions extends DialOptions {
  /** A host name or address. */
  readonly host: string
  /** 1 to 65,535. */
  readonly port: number
}

/**
 * Connects to a TCP port. The transport's callbacks are best assigned in the turn in which the
 * promise resolves, so that an early end is not missed.
 *
 * @throws an Error that names host and port, with the system's error as `cause`; the signal's
 *   reason if it aborts first.
 */
export async function dialTcp(options: DialTcpOptions): Promise<TcpTransport> {
  const { host, port } = options
  options.signal?.throwIfAborted()
  const socket = connect({ host, port })
  return await dialled({ socket, event: 'connect', where: `${host}, port ${port}` }, options)
}
