/**
 * A proxy that overhears: it listens, connects each client to the server, and forwards what comes
 * from either as it came, whatever that is. A side that does not take its bytes stops the other
 * from being read, so that hardly more than two chunks wait. What is overheard is told after it
 * was forwarded, and trouble with the telling stops the telling and not the forwarding.
 */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { ProtocolVersion } from '@godwit/codec'
import { CliError } from '../exit.ts'
import { Conversation } from './conversation.ts'
import type { Sender } from './conversation.ts'
import type { Happening } from './happening.ts'
import { ProxiedConnection } from './proxied-connection.ts'

/** Where to listen. */
export interface ListenAddress {
  readonly host: string
  /** 0 lets the system pick one. */
  readonly port: number
}

/** What a proxy is told. */
export interface ProxyOptions {
  readonly listen: ListenAddress
  /** Connects to the server. */
  readonly dial: () => Socket
  /** The version where no CONNECT says it. */
  readonly version?: ProtocolVersion
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly tell: (happening: Happening) => void
}

/** More clients at a time than that are not let in. */
const CONNECTIONS_MAX = 1_024

/** Forwards and overhears. Disposing of it closes all connections. */
export class Proxy implements AsyncDisposable {
  readonly #options: ProxyOptions
  readonly #server: Server
  readonly #connections = new Set<ProxiedConnection>()
  #count = 0
  #closing: Promise<void> | undefined

  constructor(options: ProxyOptions) {
    this.#options = options
    // One end may be done with sending and still want to hear the other out.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true })
    this.#server.maxConnections = CONNECTIONS_MAX
    this.#server.on('connection', (socket) => this.#accept(socket))
  }

  /** How many clients came so far. */
  get count(): number {
    return this.#count
  }

  /** Begins to listen; gives the port. @throws {CliError} if it cannot. */
  async start(): Promise<number> {
    const { host, port } = this.#options.listen
    try {
      this.#server.listen({ host, port })
      await once(this.#server, 'listening')
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new CliError(`It cannot listen at ${host}, port ${port}: ${reason}`, { cause })
    }
    const address = this.#server.address()
    return isInternet(address) ? address.port : port
  }

  /** Closes everything; resolves when it is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const connection of this.#connections) connection.destroy()
    await closed
  }

  #accept(client: Socket): void {
    const { dial, version, now, tell } = this.#options
    const number = ++this.#count
    const conversation = new Conversation(version)
    const about = (sender?: Sender) => ({
      timeMs: now(),
      connection: number,
      ...(sender !== undefined && { sender }),
    })
    const connection = new ProxiedConnection(client, dial(), {
      heard: (sender, chunk) => {
        for (const sighting of conversation.receive(sender, chunk)) {
          tell({ ...about(sender), type: 'packet', sighting })
        }
      },
      ended: (sender) => {
        for (const sighting of conversation.end(sender)) {
          tell({ ...about(sender), type: 'packet', sighting })
        }
      },
      noted: (kind, text) => {
        tell({ ...about(), type: 'note', kind, text: `Connection ${number}: ${text}` })
      },
      closed: () => this.#connections.delete(connection),
    })
    this.#connections.add(connection)
    connection.start()
  }
}

function isInternet(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null
}
