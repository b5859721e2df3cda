/**
 * A client of SOCKS version 5 (RFC 1928), which resolves the names of hosts itself, with no
 * authentication or with a name and password (RFC 1929).
 */
import type { Socket } from 'node:net'
import { CliError, misuse } from '../exit.ts'
import { abortReason } from './abort-reason.ts'

/** A proxy. */
export interface Proxy {
  readonly host: string
  readonly port: number
  readonly username?: string
  readonly password?: string
}

const DEFAULT_PORT = 1080

/** Reads `socks5h://[username[:password]@]host[:port]`. @throws {CliError} for what is none. */
export function proxyOf(text: string): Proxy {
  const url = /^socks5h:\/\//i.test(text) ? parsed(text) : undefined
  if (url === undefined || url.hostname === '') {
    throw misuse('--proxy is no SOCKS proxy', 'write socks5h://[user[:password]@]host[:port]')
  }
  const username = decodeURIComponent(url.username)
  const password = decodeURIComponent(url.password)
  if (Buffer.byteLength(username) > 255 || Buffer.byteLength(password) > 255) {
    throw misuse('the name and the password for a proxy have at most 255 bytes')
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    ...(username !== '' && { username, password }),
  }
}

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

/** Whom the proxy is to connect to. */
export interface ProxyTarget {
  readonly host: string
  readonly port: number
  readonly signal: AbortSignal
}

const VERSION = 5
const NO_AUTHENTICATION = 0
const USERNAME_PASSWORD = 2
const CONNECT = 1
const DOMAIN_NAME = 3

/** Has the proxy at the other end of a socket connect to a target. Leaves the socket paused. */
export async function throughProxy(
  socket: Socket,
  { username, password = '' }: Proxy,
  target: ProxyTarget,
): Promise<void> {
  const reader = new ExactReader(socket, target.signal)
  const method = username === undefined ? NO_AUTHENTICATION : USERNAME_PASSWORD
  socket.write(Uint8Array.of(VERSION, 1, method))
  const [version, chosen] = await reader.read(2)
  if (version !== VERSION) throw refused('it does not speak SOCKS 5')
  if (chosen !== method) throw refused('it wants another authentication than it was given')
  if (username !== undefined) {
    socket.write(Buffer.concat([Uint8Array.of(1), counted(username), counted(password)]))
    const [, status] = await reader.read(2)
    if (status !== 0) throw refused('it does not accept the name and password')
  }
  const { host, port } = target
  const head = Uint8Array.of(VERSION, CONNECT, 0, DOMAIN_NAME)
  socket.write(Buffer.concat([head, counted(host), Uint8Array.of(port >> 8, port & 0xff)]))
  const [, reply = 1, , kind] = await reader.read(4)
  if (reply !== 0) throw refused(`${REPLIES.get(reply) ?? `reply ${reply}`}, ${host}:${port}`)
  await reader.read(await boundAddressLength(kind, reader))
  reader.release()
}

/** The address that follows, with its port: IPv4, IPv6, or a name after its length. */
async function boundAddressLength(kind: number | undefined, reader: ExactReader): Promise<number> {
  if (kind === 1) return 4 + 2
  if (kind === 4) return 16 + 2
  const [length = 0] = await reader.read(1)
  return length + 2
}

const REPLIES: ReadonlyMap<number, string> = new Map([
  [1, 'it has failed'],
  [2, 'its rules do not allow it'],
  [3, 'the network is unreachable'],
  [4, 'the host is unreachable'],
  [5, 'the connection was refused'],
  [6, 'it took too long'],
  [7, 'it does not know how to connect'],
  [8, 'it does not know this kind of address'],
])

function refused(why: string): CliError {
  return new CliError(`The proxy does not connect: ${why}`)
}

function counted(text: string): Uint8Array {
  const bytes = Buffer.from(text)
  return Buffer.concat([Uint8Array.of(bytes.length), bytes])
}

/** Reads so many bytes at a time, and gives back what is left for the next owner. */
class ExactReader {
  readonly #socket: Socket
  readonly #signal: AbortSignal
  #read = Buffer.alloc(0)

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket
    this.#signal = signal
  }

  async read(count: number): Promise<Uint8Array> {
    while (this.#read.length < count) {
      // All there is: asked for more than that, a socket says again and again that it is readable.
      const chunk: unknown = this.#socket.read()
      if (chunk instanceof Uint8Array) this.#read = Buffer.concat([this.#read, chunk])
      else if (this.#socket.readableEnded || this.#socket.destroyed) {
        throw refused('it has ended the connection')
      } else await this.#more()
    }
    const bytes = this.#read.subarray(0, count)
    this.#read = this.#read.subarray(count)
    return bytes
  }

  /** Leaves the socket as if no more had been read than was asked for. */
  release(): void {
    if (this.#read.length > 0) this.#socket.unshift(this.#read)
  }

  #more(): Promise<void> {
    const socket = this.#socket
    const signal = this.#signal
    return new Promise((resolve, reject) => {
      const end = (error?: Error): void => {
        socket.off('readable', wake).off('end', wake).off('error', end).off('close', wake)
        signal.removeEventListener('abort', abort)
        if (error === undefined) resolve()
        else reject(error)
      }
      const wake = (): void => end()
      const abort = (): void => end(abortReason(signal))
      socket.on('readable', wake).on('end', wake).on('error', end).on('close', wake)
      signal.addEventListener('abort', abort)
      if (signal.aborted) abort()
    })
  }
}
