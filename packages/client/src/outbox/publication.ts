/**
 * A message on its way out, with the promise that was given for it. It is in at most one list of
 * the outbox at a time; one that is in none is over.
 */
import type { QoS, ReasonCode } from '@godwit/codec'
import type { OutgoingMessage } from '@godwit/session'
import type { MessageProperties } from '../message.ts'
import type { OfflinePolicy } from '../options.ts'
import type { PublicationList } from './publication-list.ts'

/** What was accepted and is not over. */
export class Publication implements OutgoingMessage {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: QoS
  readonly retain: boolean
  declare properties?: MessageProperties
  /** Whether the server has said that it has the message, at QoS 2. */
  received = false
  /** With which code of success it has said so. */
  receivedWith: ReasonCode = 0

  /** What it counts for in the outbox. */
  bytes = 0
  /** What becomes of it while the client is not connected, unless it was `attempted`. */
  offline: OfflinePolicy = 'wait'
  /** Whether it may be sent: it is in the store, or there is none. */
  isReady = true
  /** Whether it was sent before, on a session that is gone. */
  attempted = false
  /** Whether its publisher has given it up when it was in flight. */
  withdrawn = false
  /** Its place in the store; 0 while it has none. */
  sequence = 0
  /** When it began to wait, in milliseconds of the client's clock. */
  acceptedAt = 0
  /** Until when it may wait to be sent for the first time; on the same clock. */
  waitsUntil: number = Infinity
  /** When its Message Expiry Interval is over; on the same clock. */
  expiresAt: number = Infinity

  /** Its place in a list, which is the list's to set. */
  list: PublicationList | undefined = undefined
  previous: Publication | undefined = undefined
  next: Publication | undefined = undefined

  #promise: Promise<ReasonCode> | undefined = undefined
  #resolve: ((reasonCode: ReasonCode) => void) | undefined = undefined
  #reject: ((reason: unknown) => void) | undefined = undefined
  #signal: AbortSignal | undefined = undefined
  #abort: (() => void) | undefined = undefined

  constructor(topic: string, payload: Uint8Array, qos: QoS, retain: boolean) {
    this.topic = topic
    this.payload = payload
    this.qos = qos
    this.retain = retain
  }

  /** The promise for it. One that an earlier life of the program accepted is never asked for it. */
  get outcome(): Promise<ReasonCode> {
    return (this.#promise ??= new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    }))
  }

  /** Calls `withdraw` when the signal is aborted before the outcome is known. */
  follow(signal: AbortSignal, withdraw: () => void): void {
    this.#signal = signal
    this.#abort = withdraw
    signal.addEventListener('abort', withdraw, { once: true })
  }

  /** It came to a good end. */
  resolve(reasonCode: ReasonCode): void {
    this.#unfollow()
    this.#resolve?.(reasonCode)
  }

  /** It came to a bad end. */
  reject(reason: unknown): void {
    this.#unfollow()
    this.#reject?.(reason)
  }

  /** It came to the end that its publisher has chosen: nobody has to listen. */
  drop(reason: unknown): void {
    this.#promise?.catch(ignore)
    this.reject(reason)
  }

  #unfollow(): void {
    if (this.#signal === undefined || this.#abort === undefined) return
    this.#signal.removeEventListener('abort', this.#abort)
    this.#signal = this.#abort = undefined
  }
}

/** A promise that is rejected with what its publisher has chosen: nobody has to listen. */
export function dropped(reason: unknown): Promise<never> {
  const promise = Promise.reject(reason)
  promise.catch(ignore)
  return promise
}

function ignore(): void {}
