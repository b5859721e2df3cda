/** The client: a door to its rooms, and no more. */
import type { ReasonCode } from '@godwit/codec'
import type { Abortable, Client } from './client.ts'
import type { Message } from './message.ts'
import type { MessageStream } from './subscriptions/message-stream.ts'
import type {
  CloseOptions,
  PublishOptions,
  RequestOptions,
  RespondOptions,
  SubscribeOptions,
} from './options.ts'
import { Outbox } from './outbox/outbox.ts'
import { dropped } from './outbox/publication.ts'
import { quietWhenClosed } from './quiet.ts'
import { Requests } from './requests/requests.ts'
import type { RequestsParts } from './requests/requests.ts'
import { respond } from './requests/responder.ts'
import type { Answerer, Responder } from './requests/responder.ts'
import type { Settings } from './settings.ts'
import { Counters } from './statistics.ts'
import type { ClientStatistics } from './statistics.ts'
import type { ConnectionStatus } from './status.ts'
import { Subscriptions } from './subscriptions/subscriptions.ts'
import { Supervisor } from './connection/supervisor.ts'

/** See {@link Client}. */
export class GodwitClient implements Client {
  /** Resolves when it is let in for the first time. */
  readonly started: Promise<void>
  readonly #counters = new Counters()
  readonly #outbox: Outbox
  readonly #subscriptions: Subscriptions
  readonly #supervisor: Supervisor
  /** What requests and responders are made with. */
  readonly #exchange: RequestsParts
  readonly #requests: Requests

  /** With patience it goes on after a first attempt that fails. @throws {RangeError} */
  constructor(settings: Settings, isPatient: boolean) {
    const { options, clock } = settings
    const counters = this.#counters
    this.#outbox = new Outbox({ options: options.outbox, clock, statistics: counters })
    this.#subscriptions = new Subscriptions({
      unclaimed: options.unclaimed ?? (options.cleanStart === false ? 'hold' : 'drop'),
      clock,
      statistics: counters,
    })
    this.#exchange = {
      subscriptions: this.#subscriptions,
      publish: (topic, payload, published) => this.#outbox.publish(topic, payload, published),
      clock,
    }
    this.#requests = new Requests(this.#exchange)
    const rooms = { settings, outbox: this.#outbox, subscriptions: this.#subscriptions, counters }
    this.#supervisor = new Supervisor(rooms, isPatient)
    this.started = this.#supervisor.start()
  }

  get clientId(): string {
    return this.#supervisor.clientId
  }

  get status(): ConnectionStatus {
    return this.#supervisor.feed.status
  }

  get statistics(): ClientStatistics {
    return this.#counters.read()
  }

  statusChanges({ signal }: Abortable = {}): AsyncIterable<ConnectionStatus> {
    return this.#supervisor.feed.changes(signal)
  }

  connected({ signal }: Abortable = {}): Promise<void> {
    return quietWhenClosed(this.#supervisor.connected(signal))
  }

  publish(
    topic: string,
    payload: string | Uint8Array,
    options?: PublishOptions,
  ): Promise<ReasonCode> {
    const { closure } = this.#supervisor
    if (closure !== undefined) return dropped(closure)
    return this.#outbox.publish(topic, payload, options)
  }

  subscribe(
    filters: string | readonly string[],
    options?: SubscribeOptions,
  ): Promise<MessageStream> {
    const { closure } = this.#supervisor
    if (closure !== undefined) return dropped(closure)
    return this.#subscriptions.subscribe(filters, options)
  }

  request(topic: string, payload: string | Uint8Array, options?: RequestOptions): Promise<Message> {
    const { closure } = this.#supervisor
    if (closure !== undefined) return dropped(closure)
    return this.#requests.request(topic, payload, options)
  }

  respond(filter: string, answer: Answerer, options: RespondOptions = {}): Promise<Responder> {
    const { closure } = this.#supervisor
    if (closure !== undefined) return dropped(closure)
    return respond(this.#exchange, { filter, answer, options })
  }

  reauthenticate({ signal }: Abortable = {}): Promise<void> {
    return quietWhenClosed(this.#supervisor.reauthenticate(signal))
  }

  close(options?: CloseOptions): Promise<void> {
    return this.#supervisor.close(options)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#supervisor.close()
  }
}
