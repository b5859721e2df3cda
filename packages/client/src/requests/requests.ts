/**
 * Requests and their answers (§4.10), from the side of who asks. All requests of a client share one
 * Response Topic, which is subscribed to with the first of them and for good; an answer is found by
 * its Correlation Data, whatever order they come in.
 *
 * A request expires at the server when nobody waits for its answer any more: what was given up here
 * should not be done there an hour later.
 */
import { ReasonCode } from '@godwit/codec'
import type { PropertiesOf } from '@godwit/codec'
import { topicNameFault } from '@godwit/topic'
import type { Clock } from '@godwit/transport'
import { ClientError } from '../errors.ts'
import { closedFailure } from '../failures.ts'
import type { Message } from '../message.ts'
import type { MessageStream } from '../subscriptions/message-stream.ts'
import { misuse } from '../misuse.ts'
import type { PublishOptions, RequestOptions } from '../options.ts'
import { PendingRequest } from './pending-request.ts'
import { quietWhenClosed } from '../quiet.ts'
import { Correlation, requireVersion5, responseTopic } from './response-topic.ts'
import type { Subscriptions } from '../subscriptions/subscriptions.ts'

/** See `Client.publish`. */
export type Publish = (
  topic: string,
  payload: string | Uint8Array,
  options: PublishOptions,
) => Promise<ReasonCode>

/** What it takes to ask. */
export interface RequestsParts {
  readonly subscriptions: Subscriptions
  readonly publish: Publish
  readonly clock: Clock
}

/** The requests of one client. */
export class Requests {
  readonly #parts: RequestsParts
  readonly #pending = new Map<number, PendingRequest>()
  readonly #correlation = new Correlation()
  /** The Response Topic, as soon as it is subscribed to. */
  #topic: Promise<string> | undefined

  constructor(parts: RequestsParts) {
    this.#parts = parts
  }

  /**
   * Publishes a request and resolves with the answer.
   * @throws {TypeError} for misuse; {ClientError} `timeout`, `not-allowed` before MQTT 5.0, what
   * subscribing and publishing may reject with; what the signal says.
   */
  request(
    topic: string,
    payload: string | Uint8Array,
    options: RequestOptions = {},
  ): Promise<Message> {
    return quietWhenClosed(this.#request(topic, payload, options))
  }

  async #request(
    topic: string,
    payload: string | Uint8Array,
    options: RequestOptions,
  ): Promise<Message> {
    const { timeoutMs = TIMEOUT_MS, properties = {}, signal } = options
    checkTopic(topic)
    checkTimeout(timeoutMs)
    checkProperties(properties)
    signal?.throwIfAborted()
    const number = this.#correlation.next()
    const pending = new PendingRequest({ topic, timeoutMs, signal, clock: this.#parts.clock })
    this.#pending.set(number, pending)
    void this.#ask(number, pending, payload, options)
    try {
      return await pending.answer
    } finally {
      this.#pending.delete(number)
    }
  }

  async #ask(
    number: number,
    pending: PendingRequest,
    payload: string | Uint8Array,
    { qos = 0, properties = {}, signal }: RequestOptions,
  ): Promise<void> {
    try {
      const responseTopic = await (this.#topic ??= this.#open())
      if (pending.isOver) return
      pending.isListening = true
      const timeToLiveMs = pending.leftMs
      const messageExpiryInterval = Math.min(
        Math.max(Math.ceil(timeToLiveMs / 1000), 1),
        EXPIRY_MAX,
      )
      const correlationData = this.#correlation.dataOf(number)
      const reasonCode = await this.#parts.publish(pending.topic, payload, {
        qos,
        properties: { messageExpiryInterval, ...properties, responseTopic, correlationData },
        timeToLiveMs,
        ...(signal !== undefined && { signal }),
      })
      pending.isUnheard = reasonCode === ReasonCode.NoMatchingSubscribers
    } catch (error) {
      if (error instanceof ClientError && error.code === 'expired') pending.expire()
      else pending.fail(error)
    }
  }

  /** Subscribes to the Response Topic. If that fails, the next request tries again. */
  async #open(): Promise<string> {
    const { subscriptions } = this.#parts
    try {
      const link = await subscriptions.connection()
      requireVersion5(link, 'A request')
      const topic = responseTopic(link.terms)
      const stream = await subscriptions.subscribe(topic, { qos: 1, retainHandling: 2 })
      void this.#listen(stream)
      return topic
    } catch (error) {
      this.#topic = undefined
      throw error
    }
  }

  async #listen(stream: MessageStream): Promise<void> {
    let end: unknown
    try {
      for await (const message of stream) this.#take(message)
    } catch (error) {
      end = error
    }
    this.#topic = undefined
    const failure = end ?? this.#parts.subscriptions.closure ?? closedFailure()
    for (const pending of this.#pending.values()) if (pending.isListening) pending.fail(failure)
  }

  /** An answer; or one that comes too late, or that is none. */
  #take(message: Message): void {
    const number = this.#correlation.numberOf(message.properties.correlationData)
    if (number !== undefined) this.#pending.get(number)?.succeed(message)
  }
}

/** Longer than a person waits, and any program that answers. */
const TIMEOUT_MS = 10_000
const TIMEOUT_MS_MAX = 2_147_483_647
/** The longest Message Expiry Interval. */
const EXPIRY_MAX = 0xffff_ffff

function checkTopic(topic: unknown): void {
  if (typeof topic !== 'string') throw misuse('A Topic Name is a string', topic)
  const fault = topicNameFault(topic)
  if (fault !== undefined) throw misuse(`${fault.reason} [${fault.statement}]`, topic)
}

function checkTimeout(timeoutMs: number): void {
  if (timeoutMs > 0 && timeoutMs <= TIMEOUT_MS_MAX) return
  throw misuse(`timeoutMs is a number above 0, at most ${TIMEOUT_MS_MAX}`, timeoutMs)
}

function checkProperties(properties: PropertiesOf<'publish'>): void {
  const { responseTopic, correlationData } = properties
  if (responseTopic !== undefined)
    throw misuse('A request has its own responseTopic', responseTopic)
  if (correlationData === undefined) return
  throw misuse('A request has its own correlationData', correlationData)
}
