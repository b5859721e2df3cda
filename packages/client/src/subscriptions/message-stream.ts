/**
 * The messages of one call of `subscribe`, for one reader: a queue with a promise for whoever is
 * faster than the messages.
 *
 *     joining --granted--> open --close, end, fail--> ended
 *        |                                              ^
 *        +--refused, aborted, closed--------------------+
 *
 * `next` takes what was handed out before it was called: a message is acknowledged when its reader
 * comes back for more. Nothing here knows of the server; the owner subscribes and unsubscribes.
 */
import type { PublishFrame, QoS, ReasonCode } from '@godwit/codec'
import type { Claim } from './claims.ts'
import { ClientError } from '../errors.ts'
import { MessageQueue } from './message-queue.ts'
import type { Message } from '../message.ts'
import { ReceivedMessage } from './received-message.ts'
import { Ring } from '../ring.ts'
import type { SubscriptionRequest } from './subscription-request.ts'
import type { Member } from './wanted-filter.ts'

/** The messages of a subscription, for `for await`; to leave the loop is to unsubscribe. */
export interface MessageStream extends AsyncIterable<Message>, AsyncDisposable {
  /** What was granted, filter by filter, in order. */
  readonly granted: readonly { readonly filter: string; readonly qos: QoS }[]
  /** What was not, if some may be refused. */
  readonly refused: readonly { readonly filter: string; readonly reasonCode: ReasonCode }[]
  /** Messages that gave way because the stream was full: of QoS 0, or of a session that is gone. */
  readonly dropped: number
  /**
   * Unsubscribes and ends the iteration; `for await` calls it when it is left. What was not read is
   * acknowledged when the server has let go. Resolves then, or when that cannot come any more, or
   * after 10 seconds. @throws {ClientError} `unsubscribe-refused`; the stream is over all the same.
   */
  close(): Promise<void>
}

/** Who subscribes and unsubscribes for a stream. */
export interface StreamOwner {
  /** The stream wants no more. What it has not read is to be acknowledged. */
  leave(stream: SubscriptionStream, unread: readonly ReceivedMessage[]): Promise<void>
  /** So many messages have given way. */
  dropped(messages: number): void
  /** The stream is to be told when the turn is over. */
  borrows(stream: SubscriptionStream): void
}

type Result = IteratorResult<Message, undefined>
type Answer = (result: Result | Promise<Result>) => void

/** A stream as its owner sees it. */
export class SubscriptionStream implements MessageStream, AsyncIterator<Message, undefined> {
  readonly request: SubscriptionRequest
  /** What it wants, filter by filter, in order. */
  members: readonly Member[] = []
  /** The number of the last message that it was considered for. */
  considered = 0
  readonly #owner: StreamOwner
  readonly #queue: MessageQueue
  /** The readers that wait, mostly one or none. */
  readonly #readers = new Ring<Answer>()
  /** What was handed out and is not acknowledged, mostly one message or none. */
  readonly #inHand: ReceivedMessage[] = []
  /** How many of those that gave way the owner knows of. */
  #counted = 0
  #isEnded = false
  /** What the reader is told when nothing waits any more. */
  #failure: { readonly error: unknown } | undefined
  #closing: Promise<void> | undefined

  constructor(request: SubscriptionRequest, owner: StreamOwner) {
    this.request = request
    this.#owner = owner
    this.#queue = new MessageQueue(request, request.givingWay)
  }

  /** The highest QoS that it wants. */
  get qos(): QoS {
    return this.request.qos
  }

  /** See {@link MessageStream}. */
  get granted(): MessageStream['granted'] {
    return this.members.flatMap(({ wanted: { filter }, answer }) =>
      answer === undefined || answer instanceof ClientError ? [] : [{ filter, qos: answer }],
    )
  }

  /** See {@link MessageStream}. */
  get refused(): MessageStream['refused'] {
    return this.members.flatMap(({ wanted: { filter }, answer }) =>
      answer instanceof ClientError
        ? [{ filter, reasonCode: answer.reasonCode ?? UNSPECIFIED_ERROR }]
        : [],
    )
  }

  /** See {@link MessageStream}. */
  get dropped(): number {
    return this.#queue.dropped
  }

  /** Whether it takes no more messages. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /** How many messages wait to be read. */
  get waiting(): number {
    return this.#queue.length
  }

  /** A message came that one of its filters asked for; the claim is for a stream above QoS 0. */
  receive(frame: PublishFrame, claim: Claim | undefined): void {
    const { qos, isManual } = this.request
    const counted = frame.qos < qos ? frame.qos : qos
    const message = new ReceivedMessage(frame, counted, claim, isManual)
    const reader = this.#readers.shift()
    if (reader !== undefined) {
      reader(this.#hand(message))
      return
    }
    if (!this.#queue.isBorrowing) this.#owner.borrows(this)
    this.#queue.push(message)
  }

  /** The turn is over: what is too much gives way, and what waits gets memory of its own. */
  keep(): void {
    this.#queue.keep()
    this.#countDropped()
  }

  /** See `AsyncIterator`: the next message, after taking those that were handed out before. */
  next(): Promise<Result> {
    if (this.#inHand.length > 0) this.#takeInHand()
    const message = this.#queue.shift()
    if (message !== undefined) return Promise.resolve(this.#hand(message))
    if (!this.#isEnded) return new Promise(this.#wait)
    const failure = this.#failure
    if (failure === undefined) return Promise.resolve(END)
    this.#failure = undefined
    return Promise.reject(failure.error)
  }

  /** See `AsyncIterator`: the reader leaves. */
  async return(): Promise<Result> {
    await this.close()
    return END
  }

  /** See `AsyncIterator`: the reader leaves, with an error of its own. */
  async throw(error: unknown): Promise<Result> {
    await this.close()
    throw error
  }

  /** See `AsyncIterable`: there is one reader, however often this is called. */
  [Symbol.asyncIterator](): this {
    return this
  }

  /** See {@link MessageStream}. */
  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing
    this.#takeInHand()
    if (this.#isEnded) {
      this.#failure = undefined
      for (const message of this.#queue.drain()) ReceivedMessage.take(message, 0)
      return (this.#closing = Promise.resolve())
    }
    this.#end()
    return (this.#closing = this.#owner.leave(this, this.#queue.drain()))
  }

  /** See `AsyncDisposable`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** There will be no more messages; the reader gets those that wait, and then the error. */
  fail(error: unknown): void {
    if (this.#isEnded) return
    this.#failure = { error }
    this.#end()
  }

  /** The same, but the reader gets nothing more. Returns what it has not read. */
  end(failure?: { readonly error: unknown }): readonly ReceivedMessage[] {
    const unread = this.#queue.drain()
    if (this.#isEnded) return unread
    this.#failure = failure
    this.#end()
    return unread
  }

  /** Some sessions are gone, and who waits for acknowledgements with them. */
  loosen(): void {
    this.#queue.loosen()
    this.#countDropped()
  }

  /** Made once for all readers that wait. */
  readonly #wait = (resolve: Answer): void => {
    this.#readers.push(resolve)
  }

  #countDropped(): void {
    const { dropped } = this.#queue
    if (dropped === this.#counted) return
    this.#owner.dropped(dropped - this.#counted)
    this.#counted = dropped
  }

  #hand(message: ReceivedMessage): Result {
    if (!this.request.isManual && ReceivedMessage.claimOf(message) !== undefined) {
      this.#inHand.push(message)
    }
    return { done: false, value: message }
  }

  #takeInHand(): void {
    const inHand = this.#inHand
    for (let at = 0; at < inHand.length; at++) {
      const message = inHand[at]
      if (message !== undefined) ReceivedMessage.take(message, 0)
    }
    inHand.length = 0
  }

  /** Those who wait are told: of a failure the first of them. */
  #end(): void {
    this.#isEnded = true
    for (const reader of this.#readers.drain()) {
      const failure = this.#failure
      this.#failure = undefined
      reader(failure === undefined ? END : Promise.reject(failure.error))
    }
  }
}

const UNSPECIFIED_ERROR = 0x80
const END: Result = Object.freeze({ done: true, value: undefined })
