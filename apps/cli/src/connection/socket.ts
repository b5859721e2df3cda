/** A socket of Node that goes from a given address, or by a proxy. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { abortReason } from './abort-reason.ts'
import { throughProxy } from './socks.ts'
import type { Proxy } from './socks.ts'

/** The way to the server. */
export interface Route {
  /** The address of this machine to connect from. */
  readonly bind: string | undefined
  readonly proxy: Proxy | undefined
}

/** Whom to connect to. */
export interface SocketTarget {
  readonly host: string
  readonly port: number
  readonly signal: AbortSignal
}

/** Connects. @throws {Error} that says where to and why not. */
export async function openSocket(target: SocketTarget, { bind, proxy }: Route): Promise<Socket> {
  const { host, port } = proxy ?? target
  const socket = connect({ host, port, ...(bind !== undefined && { localAddress: bind }) })
  const where = `${proxy === undefined ? '' : 'the proxy '}${host}, port ${port}`
  await settled(socket, { event: 'connect', where, signal: target.signal })
  if (proxy === undefined) return socket
  try {
    await throughProxy(socket, proxy, target)
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** What a socket is waited for. */
export interface Settling {
  readonly event: 'connect' | 'secureConnect'
  /** As the error says it. */
  readonly where: string
  readonly signal: AbortSignal
}

/** Resolves when a socket has connected. A socket that has not is destroyed. */
export function settled(socket: Socket, { event, where, signal }: Settling): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: Error): void => {
      signal.removeEventListener('abort', abort)
      socket.off(event, succeed).off('error', fail)
      if (error === undefined) return resolve()
      socket.on('error', () => {}).destroy()
      reject(error)
    }
    const succeed = (): void => end()
    const fail = (cause: Error): void => {
      end(new Error(`Cannot connect to ${where}: ${messageOf(cause)}`, { cause }))
    }
    const abort = (): void => end(abortReason(signal))
    socket.on(event, succeed).on('error', fail)
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
  })
}

/** A name with several addresses fails with an error for each, and no message of its own. */
function messageOf(cause: Error): string {
  if (!(cause instanceof AggregateError)) return cause.message
  const errors: readonly unknown[] = cause.errors
  return errors.map((each) => (each instanceof Error ? each.message : String(each))).join(', ')
}
