/** Two clients that behave well, and so tell whether a broker still serves such. */
import { publishPacket, RawClient } from './raw-client.ts'

/** Two clients, one of which publishes what the other has subscribed to. */
export class Exchange implements Disposable {
  readonly #publisher: RawClient
  readonly #subscriber: RawClient
  #count = 0

  private constructor(publisher: RawClient, subscriber: RawClient) {
    this.#publisher = publisher
    this.#subscriber = subscriber
  }

  static async of(port: number): Promise<Exchange> {
    const subscriber = await RawClient.connected(port)
    await subscriber.subscribe('exchange/+')
    return new Exchange(await RawClient.connected(port), subscriber)
  }

  /** Publishes a message and waits for it. */
  async exchange(): Promise<void> {
    const topic = `exchange/${this.#count++}`
    const { received } = this.#subscriber
    this.#publisher.send(publishPacket(topic, new Uint8Array(64)))
    await this.#subscriber.until(() =>
      received.some((packet) => packet.type === 'publish' && packet.topic === topic),
    )
  }

  [Symbol.dispose](): void {
    this.#publisher.socket.destroy()
    this.#subscriber.socket.destroy()
  }
}
