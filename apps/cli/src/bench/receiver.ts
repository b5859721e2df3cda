/** One subscribing client of a benchmark. */
import type { Client, Message, MessageStream } from '@godwit/client'
import type { QoS } from '@godwit/codec'

/** So many messages may wait for this program: it looks at them between two reads of the socket. */
const WAITING_MAX = 100_000

/** A subscription whose messages are counted. */
export class Receiver {
  readonly #stream: MessageStream
  /** Resolves when the stream has ended; rejects when it has failed. */
  readonly done: Promise<void>

  private constructor(stream: MessageStream, take: (message: Message) => void) {
    this.#stream = stream
    this.done = pump(stream, take)
    this.done.catch(() => {})
  }

  /** Subscribes. @throws {ClientError} if the server refuses it */
  static async subscribed(
    client: Client,
    { filter, qos }: { readonly filter: string; readonly qos: QoS },
    take: (message: Message) => void,
  ): Promise<Receiver> {
    const stream = await client.subscribe(filter, { qos, messagesMax: WAITING_MAX })
    return new Receiver(stream, take)
  }

  /** How many messages gave way because this program was too slow for them. */
  get dropped(): number {
    return this.#stream.dropped
  }
}

async function pump(stream: MessageStream, take: (message: Message) => void): Promise<void> {
  const messages = stream[Symbol.asyncIterator]()
  for (;;) {
    const { done, value } = await messages.next()
    if (done === true) return
    take(value)
  }
}
