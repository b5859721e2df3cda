/**
 * The right to use a file, which one process has at a time: a local socket that listens beside it.
 * The kernel knows whether somebody listens there, which a number of a process in a file does not
 * tell: it may belong to another process by now, or count in another container. A socket that was
 * left behind answers nobody, and is taken over at once.
 *
 * It holds on one machine: that of another one, on a network file system, answers nobody either.
 */
import { createHash } from 'node:crypto'
import { lstat, rm, stat } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The name of a local socket is at most that long, on the strictest of systems. */
const ADDRESS_BYTES_MAX = 103
/** What file systems without sockets say. */
const NO_SOCKETS = ['ENOTSUP', 'EOPNOTSUPP', 'EINVAL']
const ATTEMPTS_MAX = 3

/** Held by one process, and one part of it. */
export class FileLock {
  readonly #path: string
  readonly #address: string
  readonly #server: Server
  readonly #identity: string

  private constructor(path: string, address: string, server: Server, identity: string) {
    this.#path = path
    this.#address = address
    this.#server = server
    this.#identity = identity
  }

  /** Takes the lock of a file. @throws {Error} with a sentence for people, if it is taken. */
  static async take(path: string): Promise<FileLock> {
    for (const address of addressesFor(path)) {
      const server = await listenAlone(path, address)
      if (server !== undefined) {
        return new FileLock(path, address, server, await identityOf(address))
      }
    }
    throw new Error(`The lock of ${path} cannot be made: its file system has no sockets`)
  }

  /**
   * Two processes that take over the same lock at the same moment may both succeed; only the later
   * one finds its own socket there. @throws {Error} for the other.
   */
  async check(): Promise<void> {
    if ((await identityOf(this.#address)) === this.#identity) return
    throw new Error(`The lock of ${this.#path} was taken away by another process`)
  }

  /** Gives it back. */
  async release(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
  }
}

function addressesFor(path: string): readonly string[] {
  const name = `godwit-${createHash('sha256').update(path).digest('hex').slice(0, 32)}.lock`
  if (process.platform === 'win32') return [`\\\\.\\pipe\\${name}`]
  const beside = `${path}.lock`
  const elsewhere = join(tmpdir(), name)
  return Buffer.byteLength(beside) > ADDRESS_BYTES_MAX ? [elsewhere] : [beside, elsewhere]
}

/** Nothing if sockets are not to be had there. */
async function listenAlone(path: string, address: string): Promise<Server | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const server = await listening(address)
    if (server instanceof Error) {
      if (NO_SOCKETS.includes(codeOf(server))) return undefined
      if (codeOf(server) !== 'EADDRINUSE') throw server
      if (await isAnswered(address)) throw inUse(path)
      await removeSocket(address)
    } else {
      return server
    }
  }
  throw inUse(path)
}

function listening(address: string): Promise<Server | Error> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.on('error', resolve)
    // `exclusive`, for otherwise the workers of a cluster share one socket.
    server.listen({ path: address, exclusive: true }, () => resolve(server))
    server.unref()
  })
}

/** Whether somebody listens there: nobody does if it is refused, or the name is free. */
function isAnswered(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error) => resolve(!['ECONNREFUSED', 'ENOENT'].includes(codeOf(error))))
  })
}

async function removeSocket(address: string): Promise<void> {
  const found = await lstat(address).catch(() => undefined)
  if (found !== undefined && !found.isSocket()) {
    throw new Error(`${address} is needed for a lock, and something else has that name`)
  }
  await rm(address, { force: true })
}

/** Which socket has the name now; a pipe of Windows is the only one as long as it is there. */
async function identityOf(address: string): Promise<string> {
  if (process.platform === 'win32') return address
  const found = await stat(address, { bigint: true }).catch(() => undefined)
  return found === undefined ? '' : `${found.dev}:${found.ino}`
}

function inUse(path: string): Error {
  const advice = 'Give each client a file of its own, or close the other client first.'
  return new Error(`The outbox file ${path} is in use, by this or another process. ${advice}`)
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
