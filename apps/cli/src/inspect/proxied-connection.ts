/** One client of the proxy and its connection to the server: two sockets, and what passes. */
import type { Socket } from 'node:net'
import type { Sender } from './conversation.ts'
import { bytesCount } from './field-text.ts'
import type { NoteKind } from './happening.ts'

/** Who wants to know what passes. */
export interface Eavesdropper {
  /** Bytes were forwarded. */
  heard(sender: Sender, chunk: Uint8Array): void
  /** One end will send nothing more. */
  ended(sender: Sender): void
  noted(kind: NoteKind, text: string): void
  /** Both sockets are gone. */
  closed(): void
}

/** How long the server may take to answer. */
const CONNECT_TIMEOUT_MS = 10_000

/** Forwards between two sockets. */
export class ProxiedConnection {
  readonly #sockets: Readonly<Record<Sender, Socket>>
  readonly #eavesdropper: Eavesdropper
  readonly #bytes = { client: 0, server: 0 }
  #isListening = true
  #open = 2

  /** The server's socket is one that is about to connect; the client's is paused. */
  constructor(client: Socket, server: Socket, eavesdropper: Eavesdropper) {
    this.#sockets = { client, server }
    this.#eavesdropper = eavesdropper
  }

  /** Begins to forward. */
  start(): void {
    const { client, server } = this.#sockets
    const from = `${client.remoteAddress ?? ''}, port ${client.remotePort ?? ''}`
    this.#listen(() => this.#eavesdropper.noted('connection', `from ${from}`))
    this.#forward('client', 'server')
    this.#forward('server', 'client')
    server.setNoDelay(true)
    server.setTimeout(CONNECT_TIMEOUT_MS, () => {
      server.destroy(new Error(`no connection after ${CONNECT_TIMEOUT_MS / 1000} s`))
    })
    server.once(isSecure(server) ? 'secureConnect' : 'connect', () => {
      server.setTimeout(0)
      client.resume()
    })
  }

  /** Ends both sides at once. */
  destroy(): void {
    this.#sockets.client.destroy()
    this.#sockets.server.destroy()
  }

  #forward(sender: Sender, receiver: Sender): void {
    const from = this.#sockets[sender]
    const to = this.#sockets[receiver]
    from.on('data', (chunk) => {
      this.#bytes[sender] += chunk.length
      if (!to.write(chunk)) from.pause()
      this.#listen(() => this.#eavesdropper.heard(sender, chunk))
    })
    to.on('drain', () => from.resume())
    from.on('end', () => {
      to.end()
      this.#listen(() => this.#eavesdropper.ended(sender))
    })
    from.on('error', (error) => {
      this.#listen(() => this.#eavesdropper.noted('failure', `the ${sender}: ${error.message}`))
    })
    from.on('close', (broken) => this.#closed(receiver, broken || !from.readableEnded))
  }

  /** A side that broke takes the other one with it; one that ended lets the other finish. */
  #closed(other: Sender, broken: boolean): void {
    const socket = this.#sockets[other]
    // Not before it was sent what its peer had sent.
    if (broken) socket.destroySoon()
    if (--this.#open > 0) return
    const { client, server } = this.#bytes
    const bytes = `${bytesCount(client)} from the client, ${bytesCount(server)} from the server`
    this.#listen(() => this.#eavesdropper.noted('end', `over: ${bytes}`))
    this.#eavesdropper.closed()
  }

  /** What goes wrong in telling is said once, and is no business of the two ends. */
  #listen(tell: () => void): void {
    if (!this.#isListening) return
    try {
      tell()
    } catch (error) {
      this.#isListening = false
      const reason = error instanceof Error ? error.message : String(error)
      this.#eavesdropper.noted('failure', `it is forwarded, and told no more: ${reason}`)
    }
  }
}

function isSecure(socket: Socket): boolean {
  return 'encrypted' in socket
}
