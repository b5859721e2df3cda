/**
 * Requests and their answers (§4.10), from the side of who answers.
 *
 * Requests are answered as they come, up to `concurrency` at a time; each answer leaves when it is
 * there, for its Correlation Data says whose it is. With a concurrency of 1 they are answered in
 * the order in which they came. A request above QoS 0 is acknowledged when its answer is published,
 * and refused with Implementation specific error (0x83) if there will be none: it is not lost
 * because this program was, and not asked for ever.
 *
 * One request that cannot be answered stops nothing. Its error goes to `onError`; where there is
 * none, it is kept, and `done` is rejected with it at the end. Requests without a Response Topic
 * expect no answer: they are acknowledged and not looked at. Neither are retained ones asked for:
 * they would be answered anew with each subscription.
 */
import { ReasonCode } from '@godwit/codec'
import { abortable } from '../abortable.ts'
import type { Awaitable } from '../authentication.ts'
import type { Message, MessageProperties } from '../message.ts'
import type { MessageStream } from '../subscriptions/message-stream.ts'
import { misuse } from '../misuse.ts'
import type { RespondOptions } from '../options.ts'
import { quietWhenClosed } from '../quiet.ts'
import { requireVersion5 } from './response-topic.ts'
import type { RequestsParts } from './requests.ts'

/** What is answered, with properties beside it. */
export interface Answer {
  readonly payload: string | Uint8Array
  readonly properties?: MessageProperties
}

/** Makes an answer; `undefined` for none. It may throw, which is an answer to nobody. */
export type Answerer = (request: Message) => Awaitable<string | Uint8Array | Answer | undefined>

/** Answers requests until it is closed, or the client is. */
export interface Responder extends AsyncDisposable {
  /**
   * Resolves when it has ended, and what it had begun to answer is answered. Rejects with what
   * ended it; or, without `onError`, with an `AggregateError` of what could not be answered.
   */
  readonly done: Promise<void>
  /** Unsubscribes. What was begun is still answered. */
  close(): Promise<void>
}

/** What it takes to answer. */
export type RespondParts = Pick<RequestsParts, 'subscriptions' | 'publish'>

/** What is answered, and how. */
export interface Service {
  readonly filter: string
  readonly answer: Answerer
  readonly options: RespondOptions
}

/**
 * Subscribes to requests, and answers them from then on.
 * @throws {TypeError} for misuse; {ClientError} `not-allowed` before MQTT 5.0, what subscribing may
 * reject with; what the signal says.
 */
export function respond(parts: RespondParts, service: Service): Promise<Responder> {
  return quietWhenClosed(begin(parts, service))
}

/** More than one program does at once that is worth its while, and less than what fills memory. */
const CONCURRENCY = 100
/** How many errors are kept for the end. */
const FAILURES_MAX = 100

async function begin(parts: RespondParts, service: Service): Promise<Responder> {
  const { filter, answer, options } = service
  const { qos = 0, concurrency = CONCURRENCY, signal } = options
  if (typeof answer !== 'function') throw misuse('An answerer is a function', answer)
  if (!(concurrency >= 1)) throw misuse('concurrency is a number from 1 on', concurrency)
  requireVersion5(await abortable(parts.subscriptions.connection(), signal), 'To respond')
  const stream = await parts.subscriptions.subscribe(filter, {
    qos,
    retainHandling: 2,
    acknowledge: 'manual',
    ...(signal !== undefined && { signal }),
  })
  return new RunningResponder(parts, service, stream)
}

class RunningResponder implements Responder {
  readonly done: Promise<void>
  readonly #parts: RespondParts
  readonly #service: Service
  readonly #stream: MessageStream
  #inProgress = 0
  /** Goes on when a request is done with, or the client is closed. */
  #wake: () => void = () => {}
  /** The first that could not be answered, and that nobody took note of. */
  readonly #failures: unknown[] = []
  #failed = 0

  constructor(parts: RespondParts, service: Service, stream: MessageStream) {
    this.#parts = parts
    this.#service = service
    this.#stream = stream
    this.done = this.#run()
    this.done.catch(() => {}) // It is for those who ask.
    void parts.subscriptions.ended.then(() => this.#wake())
  }

  close(): Promise<void> {
    return this.#stream.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stream.close()
  }

  async #run(): Promise<void> {
    const { concurrency = CONCURRENCY } = this.#service.options
    try {
      for await (const request of this.#stream) {
        void this.#handle(request)
        await this.#until(concurrency - 1)
      }
    } finally {
      await this.#until(0)
    }
    if (this.#failed > 0) throw new AggregateError(this.#failures, failuresOf(this.#failed))
  }

  /** Waits until no more requests than that are in progress, or nobody could be answered. */
  async #until(inProgressMax: number): Promise<void> {
    const { subscriptions } = this.#parts
    while (this.#inProgress > inProgressMax && subscriptions.closure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async #handle(request: Message): Promise<void> {
    this.#inProgress++
    try {
      await this.#answer(request)
      request.acknowledge()
    } catch (error) {
      request.acknowledge(ReasonCode.ImplementationSpecificError)
      if (this.#parts.subscriptions.closure === undefined) this.#report(error, request)
    }
    this.#inProgress--
    this.#wake()
  }

  async #answer(request: Message): Promise<void> {
    const { responseTopic, correlationData } = request.properties
    if (responseTopic === undefined) return
    const { answer, options } = this.#service
    const answered = await answer(request)
    if (answered === undefined) return
    const isBare = typeof answered === 'string' || answered instanceof Uint8Array
    const { payload, properties = {} }: Answer = isBare ? { payload: answered } : answered
    await this.#parts.publish(responseTopic, payload, {
      qos: options.qos ?? 0,
      properties: { ...properties, ...(correlationData !== undefined && { correlationData }) },
    })
  }

  #report(error: unknown, request: Message): void {
    const { onError } = this.#service.options
    try {
      if (onError === undefined) this.#keep(error)
      else onError(error, request)
    } catch (another) {
      this.#keep(another)
    }
  }

  #keep(error: unknown): void {
    this.#failed++
    if (this.#failures.length < FAILURES_MAX) this.#failures.push(error)
  }
}

function failuresOf(count: number): string {
  return count === 1 ? 'A request could not be answered' : `${count} requests could not be answered`
}
