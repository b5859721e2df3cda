// The server below a listener: bound to its address, or a sentence that says why that failed.

import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { Server } from 'node:net'
import { dirname } from 'node:path'

/** An address to listen at. */
export interface BindOptions {
  /** A name or address of this machine; `0.0.0.0` and `::` mean all of them. */
  readonly host: string
  /** 0 to 65,535; 0 lets the system choose a free one. */
  readonly port: number
  /** Told when accepting a connection failed, for want of descriptors say; the listener goes on. */
  readonly onError?: (error: Error) => void
}

/** A path of the file system to listen at. */
export interface BindPathOptions extends Pick<BindOptions, 'onError'> {
  readonly socketPath: string
}

/** Where a server listens. */
export type Place = BindOptions | BindPathOptions

/** Opens and closes one server at a time, of node:net, node:tls or node:http. */
export class ServerBinding {
  #server: Server | undefined
  #opening: Promise<void> = Promise.resolve()

  /**
   * Makes a server listen.
   *
   * @returns the bound address and port as a URL spells them, `127.0.0.1:1883` or `[::1]:1883`; the
   *   path if it is one.
   * @throws Error whose message says what to do and whose `cause` is the system's error; also if a
   *   server is open, or if `close` is called meanwhile.
   */
  async open(server: Server, options: Place): Promise<string> {
    if (this.#server) throw new Error('This listener already listens: make another one')
    this.#server = server
    this.#opening = listening(server, options)
    try {
      await this.#opening
    } catch (cause) {
      if (this.#server === server) this.#server = undefined
      throw new Error(bindFailure(cause, options), { cause })
    }
    if (this.#server !== server) throw new Error('This listener was closed while it opened')
    server.on('error', (error) => options.onError?.(error))
    return boundAddress(server, options)
  }

  /** Stops to accept and frees the address; connections stay open. */
  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    // A server that is closed while it opens would open all the same.
    await this.#opening.catch(() => {})
    // Its callback would wait for the connections, which are not the listener's to end.
    server?.close()
  }
}

async function listening(server: Server, place: Place): Promise<void> {
  const where =
    'socketPath' in place ? { path: place.socketPath } : { host: place.host, port: place.port }
  await once(server.listen(where), 'listening')
}

function boundAddress(server: Server, place: Place): string {
  if ('socketPath' in place) return place.socketPath
  const bound = server.address()
  if (bound === null || typeof bound === 'string') return `${place.host}:${place.port}`
  const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
  return `${host}:${bound.port}`
}

function bindFailure(cause: unknown, place: Place): string {
  return 'socketPath' in place ? pathFailure(cause, place.socketPath) : portFailure(cause, place)
}

function portFailure(cause: unknown, { host, port }: BindOptions): string {
  switch (codeOf(cause)) {
    case 'EADDRINUSE':
      return `Port ${port} at ${host} is in use: stop what uses it or choose another port`
    case 'EACCES':
      return `This user may not open port ${port} at ${host}: choose a port from 1024 up`
    case 'EADDRNOTAVAIL':
      return `${host} is not an address of this machine: choose one of its own, or 0.0.0.0 for all`
    case 'ENOTFOUND':
      return `The host name ${host} is not known: check its spelling, or give an address`
    default:
      return `Cannot listen at ${host}, port ${port}: ${String(cause)}`
  }
}

function pathFailure(cause: unknown, path: string): string {
  switch (codeOf(cause)) {
    case 'EADDRINUSE':
      return `${path} is in use, or is not a socket: stop what listens there or choose another path`
    // The code of Node for a folder that is not there, too.
    case 'EACCES':
      return existsSync(dirname(path))
        ? `This user may not make a socket at ${path}: choose another folder, or allow it there`
        : `The folder of ${path} is not there: make it first`
    case 'EINVAL':
    case 'ENAMETOOLONG':
      return `The path ${path} is too long for a socket: choose one of at most 107 bytes`
    default:
      return `Cannot listen at ${path}: ${String(cause)}`
  }
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : undefined
}
