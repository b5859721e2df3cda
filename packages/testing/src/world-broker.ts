/** The broker of a world, as a test talks to it. */
import { Broker } from '@godwit/broker'
import type { BrokerOptions, BrokerStats, Dismissal, PublishedMessage } from '@godwit/broker'
import { ReasonCode } from '@godwit/codec'
import type { PropertiesOf, QoS } from '@godwit/codec'
import type { Listener } from '@godwit/transport'
import { Inbox } from './inbox.ts'
import { TestMessage } from './test-message.ts'
import type { WorldClock } from './world-clock.ts'

/** What a test may choose about the broker. */
export type WorldBrokerOptions = Omit<BrokerOptions, 'listeners' | 'clock'>

/** How the test itself publishes. */
export interface TestPublishOptions {
  /** 0 if absent. */
  readonly qos?: QoS
  readonly retain?: boolean
  readonly properties?: PropertiesOf<'publish'>
}

/** How long to wait. */
export interface WaitOptions {
  /** Milliseconds on the wall, for time in the world stands still: 1,000 if absent. */
  readonly withinMs?: number
}

/** A real broker, and an eye on what it takes. */
export class WorldBroker {
  readonly #clock: WorldClock
  readonly #options: WorldBrokerOptions
  readonly #inbox = new Inbox()
  readonly #faults: unknown[] = []
  #clientIds = 0
  #broker: Broker | undefined

  constructor(clock: WorldClock, options: WorldBrokerOptions) {
    this.#clock = clock
    this.#options = options
  }

  /**
   * Resolves with the oldest message on a matching topic that no earlier call was given, as soon as
   * there is one, whoever published it. Rejects if none comes.
   *
   * @throws {RangeError} for a Topic Filter that is none.
   */
  received(filter: string, { withinMs = WITHIN_MS }: WaitOptions = {}): Promise<TestMessage> {
    return this.#inbox.take(filter, withinMs)
  }

  /** All messages that the broker took, the oldest first; only those that match, with a filter. */
  messages(filter?: string): readonly TestMessage[] {
    return this.#inbox.all(filter)
  }

  /** Publishes a message. Returns Success, No matching subscribers, or Quota exceeded. */
  publish(
    topic: string,
    payload: string | Uint8Array = '',
    options: TestPublishOptions = {},
  ): ReasonCode {
    const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload
    return this.engine.publish({ topic, payload: bytes, ...options })
  }

  /** Sends a client away, with Administrative action by default. False if it is not there. */
  disconnect(clientId: string, dismissal: Partial<Dismissal> = {}): boolean {
    const { AdministrativeAction: reasonCode } = ReasonCode
    return this.engine.disconnect(clientId, { reasonCode, cause: 'The test', ...dismissal })
  }

  /** How it stands, and what it did. */
  stats(): BrokerStats {
    return this.engine.stats()
  }

  /** The broker itself, for all that is not here. Another one after `world.restart`. */
  get engine(): Broker {
    if (this.#broker === undefined) throw new Error('The broker has not been started')
    return this.#broker
  }

  /** Starts a broker that knows nothing. For the world. */
  async start(listeners: readonly Listener[]): Promise<readonly string[]> {
    const { observers = {} } = this.#options
    const isCurrent = (): boolean => this.#broker === broker
    const broker: Broker = new Broker({
      newClientId: () => `assigned-${++this.#clientIds}`,
      systemTopicsEveryMs: 0,
      ...this.#options,
      listeners,
      clock: this.#clock,
      observers: {
        connected: (...of) => observers.connected?.(...of),
        disconnected: (...of) => observers.disconnected?.(...of),
        refused: (...of) => observers.refused?.(...of),
        dropped: (...of) => observers.dropped?.(...of),
        published: (message: PublishedMessage) => {
          if (!isCurrent()) return
          this.#inbox.add(new TestMessage(message, this.#clock.now()))
          observers.published?.(message)
        },
        fault: (error) => {
          if (observers.fault === undefined) this.#faults.push(error)
          else observers.fault(error)
        },
      },
    })
    this.#broker = broker
    return broker.start()
  }

  /** Forgets the broker, which nobody hears of any more, and returns it. For the world. */
  retire(): Broker {
    const { engine } = this
    this.#broker = undefined
    return engine
  }

  /** Closes the broker. @throws {AggregateError} of the faults that no observer was told of. */
  async close(): Promise<void> {
    this.#inbox.close()
    await this.#broker?.close()
    if (this.#faults.length === 0) return
    const faults = this.#faults.splice(0)
    throw new AggregateError(faults, `The broker reported: ${faults.map(String).join('; ')}`)
  }
}

const WITHIN_MS = 1_000
