/**
 * What becomes of messages that no stream has asked for: such as those for subscriptions that an
 * earlier life of the program has made, in a session that goes on.
 */
import { ReasonCode } from '@godwit/codec'
import type { Clock } from '@godwit/transport'
import { MessageQueue } from './message-queue.ts'
import type { SubscriptionStream } from './message-stream.ts'
import type { Unclaimed } from '../options.ts'
import { ReceivedMessage } from './received-message.ts'
import type { Counters } from '../statistics.ts'
import type { WantedFilter } from './wanted-filter.ts'
import { isMatch } from './wanted-filters.ts'

/** How much is held of messages that no server would send again; the others it limits itself. */
const HELD_VOID = { messagesMax: 1000, bytesMax: 64 * 1024 * 1024 }
/**
 * How long a message is held at least, and no more than twice as long. A program subscribes when it
 * begins; messages of subscriptions that it has given up without saying so would else keep the
 * server from sending any others, for it waits for their acknowledgements.
 */
const HELD_MS = 60_000

/** Carries out the policy of a client. */
export class UnclaimedMessages {
  readonly #policy: Unclaimed
  readonly #counters: Pick<Counters, 'messagesUnclaimed'>
  readonly #clock: Clock
  readonly #held = new MessageQueue(HELD_VOID, 'drop-oldest')
  /** How many of those that gave way are counted. */
  #counted = 0
  /** Those that were held when the timer rang last. */
  #older: ReadonlySet<ReceivedMessage> = new Set()
  #timer: Disposable | undefined

  constructor(policy: Unclaimed, counters: Pick<Counters, 'messagesUnclaimed'>, clock: Clock) {
    this.#policy = policy
    this.#counters = counters
    this.#clock = clock
  }

  /** Takes a message that nobody has asked for. */
  take(message: ReceivedMessage): void {
    const policy = this.#policy
    if (policy === 'hold' && message.qos > 0) {
      this.#held.push(message)
      this.#held.keep()
      this.#count()
      this.#watch()
      return
    }
    this.#counters.messagesUnclaimed++
    if (typeof policy === 'function') void this.#hand(message, policy)
    else ReceivedMessage.take(message, ReasonCode.Success)
  }

  /** Takes a message from a stream that did not come about, unless others have it, too. */
  disown(message: ReceivedMessage): void {
    const claim = ReceivedMessage.claimOf(message)
    if (claim?.isShared === true) ReceivedMessage.take(message, ReasonCode.Success)
    else this.take(new ReceivedMessage(ReceivedMessage.frameOf(message), message.qos, claim, false))
  }

  /** Somebody asks for what a filter matches, and is handed what is held of it, in order. */
  release(wanted: WantedFilter, stream: SubscriptionStream): void {
    if (this.#held.length === 0) return
    for (const message of this.#held.drain()) {
      if (!isMatch(wanted, message.topic)) {
        this.#held.push(message)
      } else if (stream.qos > 0) {
        stream.receive(ReceivedMessage.frameOf(message), ReceivedMessage.claimOf(message))
      } else {
        stream.receive(ReceivedMessage.frameOf(message), undefined)
        ReceivedMessage.take(message, ReasonCode.Success)
      }
    }
    this.#held.keep()
  }

  /** Some sessions are gone: what is held of them is bounded from now on. */
  loosen(): void {
    this.#held.loosen()
    this.#count()
  }

  /** Nothing is held for anybody any more. */
  close(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
  }

  #watch(): void {
    if (this.#held.length > 0) this.#timer ??= this.#clock.after(HELD_MS, this.#expire)
  }

  /** What nobody has asked for in all that time is dropped. */
  readonly #expire = (): void => {
    const younger = new Set<ReceivedMessage>()
    for (const message of this.#held.drain()) {
      if (this.#older.has(message)) {
        this.#counters.messagesUnclaimed++
        ReceivedMessage.take(message, ReasonCode.Success)
      } else {
        younger.add(message)
        this.#held.push(message)
      }
    }
    this.#held.keep()
    this.#older = younger
    this.#timer = undefined
    this.#watch()
  }

  #count(): void {
    this.#counters.messagesUnclaimed += this.#held.dropped - this.#counted
    this.#counted = this.#held.dropped
  }

  /**
   * A function that throws has not taken the message: it is refused, and the error goes where
   * errors go that nobody catches.
   */
  async #hand(
    message: ReceivedMessage,
    policy: (message: ReceivedMessage) => void | Promise<void>,
  ): Promise<void> {
    let reasonCode: ReasonCode = ReasonCode.ImplementationSpecificError
    try {
      await policy(message)
      reasonCode = ReasonCode.Success
    } finally {
      ReceivedMessage.take(message, reasonCode)
    }
  }
}
