// Opens a TCP connection.

import { connect, type Socket } from 'node:net'
import { TcpTransport, type TcpTransportOptions } from './tcp-transport.ts'

/** Whom to connect to, and until when to try. */
export interface DialTcpOptions extends TcpTransportOptions {
  /** A host name or address. */
  readonly host: string
  /** 1 to 65,535. */
  readonly port: number
  /** Gives up when it aborts, such as `AbortSignal.timeout(10_000)`; no meaning once connected. */
  readonly signal?: AbortSignal
}

/**
 * Connects to a TCP port. The transport's callbacks are best assigned in the turn in which the
 * promise resolves, so that an early end is not missed.
 *
 * @throws an Error that names host and port, with the system's error as `cause`; the signal's
 *   reason if it aborts first.
 */
export async function dialTcp(options: DialTcpOptions): Promise<TcpTransport> {
  options.signal?.throwIfAborted()
  const socket = connect({ host: options.host, port: options.port })
  await connected(socket, options)
  return new TcpTransport(socket, options)
}

function connected(socket: Socket, { host, port, signal }: DialTcpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      signal?.removeEventListener('abort', abort)
      socket.off('connect', succeed).off('error', fail)
    }
    const succeed = (): void => {
      settle()
      resolve()
    }
    const fail = (cause: Error): void => {
      settle()
      reject(new Error(`Cannot connect to ${host}, port ${port}: ${cause.message}`, { cause }))
    }
    const abort = (): void => {
      settle()
      socket.on('error', () => {}).destroy()
      reject(abortReason(signal))
    }
    signal?.addEventListener('abort', abort)
    socket.once('connect', succeed).once('error', fail)
  })
}

function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason
  return reason instanceof Error ? reason : new Error('Connecting was aborted', { cause: reason })
}
