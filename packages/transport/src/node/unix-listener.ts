// Accepts connections to a Unix domain socket.

import { once } from 'node:events'
import { chmodSync, lstatSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { BoundAddress, Listener } from '../listener.ts'
import type { Transport } from '../transport.ts'
import { ServerBinding } from './server-binding.ts'
import { TcpTransport, type TcpTransportOptions } from './tcp-transport.ts'

/** Where to accept connections of this machine, and whose. */
export interface UnixListenerOptions extends TcpTransportOptions {
  /** Where the socket is made, such as `/run/godwit.sock`; at most 107 bytes on Linux. */
  readonly path: string
  /** Who may connect, as the bits of `chmod`: those who may write; 0o660 if absent. */
  readonly mode?: number
  /** Told when accepting a connection failed, for want of descriptors say; the listener goes on. */
  readonly onError?: (error: Error) => void
}

/**
 * A Unix domain socket. Its url is `mqtt+unix:///path`, and the address of every peer is `unix`. A
 * socket file that nobody listens at any more is replaced; its own goes away with `close`.
 */
export class UnixListener implements Listener {
  readonly #options: UnixListenerOptions
  readonly #path: string
  readonly #binding = new ServerBinding()

  constructor(options: UnixListenerOptions) {
    this.#options = options
    this.#path = resolve(options.path)
  }

  async listen(accept: (transport: Transport) => void): Promise<BoundAddress> {
    await removeStale(this.#path)
    const server = createServer((socket) => {
      accept(new TcpTransport(socket, { ...this.#options, remoteAddress: 'unix' }))
    })
    restrict(server, this.#path, this.#options.mode ?? MODE)
    await this.#binding.open(server, { ...this.#options, socketPath: this.#path })
    return { url: `mqtt+unix://${pathToFileURL(this.#path).pathname}` }
  }

  close(): Promise<void> {
    return this.#binding.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

const MODE = 0o660

/** In the turn in which the socket was made: nobody has been accepted yet. */
function restrict(server: Server, path: string, mode: number): void {
  server.once('listening', () => chmodSync(path, mode))
}

/** A process that was killed leaves its socket file behind, at which nobody else can listen. */
async function removeStale(path: string): Promise<void> {
  const isSocket = lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true
  if (isSocket && !(await isAnswered(path))) rmSync(path, { force: true })
}

async function isAnswered(path: string): Promise<boolean> {
  const socket = connect({ path })
  try {
    await once(socket, 'connect')
    return true
  } catch (error) {
    // Whatever else is wrong with it, it is not known to be left behind.
    return !(error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED')
  } finally {
    socket.destroy()
  }
}
