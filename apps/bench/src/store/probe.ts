/**
 * How long others wait for a broker: a client sends itself a message of QoS 0 every millisecond,
 * and notes how long each was on its way. While a broker does one thing in one go, nothing returns.
 */
import { Link } from './link.ts'

/** A client that does so until it is stopped. */
export class Probe {
  readonly #link: Link
  readonly #trips: RoundTrips
  readonly #timer: NodeJS.Timeout

  private constructor(link: Link, trips: RoundTrips) {
    this.#link = link
    this.#trips = trips
    this.#timer = setInterval(() => this.#send(), 1)
  }

  /** Starts one. */
  static async start(port: number): Promise<Probe> {
    const trips = new RoundTrips()
    const hear = ({ payload }: { payload: Uint8Array }): void => trips.end(payload)
    const link = await Link.open({ port, clientId: 'probe', clean: true, hear })
    await link.subscribe(TOPIC, 0)
    return new Probe(link, trips)
  }

  /** The longest that one was on its way, in milliseconds, since this was last asked. */
  takeLongestMs(): number {
    const { longestMs } = this.#trips
    this.#trips.longestMs = 0
    return longestMs
  }

  /** Ends it. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#link.leave()
  }

  #send(): void {
    this.#link.say({ ...MESSAGE, payload: this.#trips.begin() })
  }
}

/** Messages that carry when they were sent. */
class RoundTrips {
  longestMs = 0

  begin(): Uint8Array {
    const payload = new Uint8Array(8)
    new DataView(payload.buffer).setFloat64(0, performance.now())
    return payload
  }

  end({ buffer, byteOffset, byteLength }: Uint8Array): void {
    const sentAt = new DataView(buffer, byteOffset, byteLength).getFloat64(0)
    this.longestMs = Math.max(this.longestMs, performance.now() - sentAt)
  }
}

const TOPIC = 'bench/probe'

const MESSAGE = {
  type: 'publish',
  topic: TOPIC,
  qos: 0,
  packetId: 0,
  retain: false,
  dup: false,
} as const
