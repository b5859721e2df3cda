// What all dialers over sockets share: waiting until one is connected, and saying why it is not.

import type { Socket } from 'node:net'
import { abortReason } from '../abort-reason.ts'
import { TcpTransport, type TcpTransportOptions } from './tcp-transport.ts'

/** How long to try, and what may be set for the connection. */
export interface DialOptions extends TcpTransportOptions {
  /** Gives up when it aborts, such as `AbortSignal.timeout(10_000)`; no meaning once connected. */
  readonly signal?: AbortSignal
}

/** A socket that connects. */
export interface Dialling {
  readonly socket: Socket
  /** The event that says that it is connected. */
  readonly event: 'connect' | 'secureConnect'
  /** Where to, as the error says it. */
  readonly where: string
}

/**
 * Waits until a socket is connected and makes a transport of it.
 *
 * @throws an Error that says where to and why not, with the system's error as `cause`; the signal's
 *   reason if it aborts first.
 */
export async function dialled(dialling: Dialling, options: DialOptions): Promise<TcpTransport> {
  await connected(dialling, options.signal)
  return new TcpTransport(dialling.socket, options)
}

function connected({ socket, event, where }: Dialling, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      signal?.removeEventListener('abort', abort)
      socket.off(event, succeed).off('error', fail)
    }
    const succeed = (): void => {
      settle()
      resolve()
    }
    const fail = (cause: Error): void => {
      settle()
      reject(new Error(`Cannot connect to ${where}: ${sentence(cause)}`, { cause }))
    }
    const abort = (): void => {
      settle()
      socket.on('error', () => {}).destroy()
      if (signal) reject(abortReason(signal))
    }
    signal?.addEventListener('abort', abort)
    socket.once(event, succeed).once('error', fail)
  })
}

/** A name with several addresses fails with an error for each, and no message of its own. */
function sentence(cause: Error): string {
  const errors: readonly unknown[] = cause instanceof AggregateError ? cause.errors : [cause]
  const messages = errors.map((error) => (error instanceof Error ? error.message : String(error)))
  const advice = ADVICE.get('code' in cause ? cause.code : undefined)
  return messages.join(', ') + (advice === undefined ? '' : ` (${advice})`)
}

const UNTRUSTED = 'if it is to be trusted, give its certificate authority as `ca`'

const ADVICE: ReadonlyMap<unknown, string> = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNTRUSTED],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNTRUSTED],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNTRUSTED],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'connect by a name of the certificate, or set `servername`'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'is this a port without TLS?'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'is this a port without TLS?'],
])
