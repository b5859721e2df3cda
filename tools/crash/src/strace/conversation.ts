/** A client that asks one thing after the other, each when the former was answered. */
import type { ConnectPacket, DecodedPacket, Packet } from '@godwit/codec'
import { Connection } from '../clients/connection.ts'

/** One connection, on which one answer is awaited at a time. */
export class Conversation {
  readonly #connection: Connection
  #awaited: Awaited | undefined
  #closed: () => void = () => {}
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void> = new Promise((resolve) => (this.#closed = resolve))

  private constructor(port: number, connect: ConnectPacket) {
    this.#connection = new Connection(port, connect.version, {
      opened: () => this.#connection.send(connect),
      received: ({ type }) => {
        if (type === this.#awaited?.type) this.#awaited.resolve()
      },
      closed: () => {
        this.#awaited?.reject(new Error(`The broker closed the connection of ${connect.clientId}`))
        this.#closed()
      },
    })
  }

  /** Connects, and is let in. @throws {Error} if the connection is closed. */
  static async begin(port: number, connect: ConnectPacket): Promise<Conversation> {
    const conversation = new Conversation(port, connect)
    await conversation.#answer('connack')
    return conversation
  }

  /** Sends a packet and waits for the answer. @throws {Error} if it does not come. */
  async ask(packet: Packet, answer: DecodedPacket['type']): Promise<void> {
    const answered = this.#answer(answer)
    this.#connection.send(packet)
    await answered
  }

  /** Leaves in order. */
  async end(): Promise<void> {
    this.#connection.send({ type: 'disconnect', reasonCode: 0 })
    this.#connection.end()
    await this.closed
  }

  #answer(type: DecodedPacket['type']): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new Error(`There was no ${type} within ${PATIENCE_MS} ms`))
      const timer = setTimeout(late, PATIENCE_MS)
      this.#awaited = {
        type,
        resolve: () => (clearTimeout(timer), resolve()),
        reject: (error) => (clearTimeout(timer), reject(error)),
      }
    })
  }
}

interface Awaited {
  readonly type: DecodedPacket['type']
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

const PATIENCE_MS = 20_000
