/** How much an outbox holds, and may hold. */
import type { ClientError } from '../errors.ts'
import type { OutboxOptions } from '../options.ts'
import { full } from './outbox-refusals.ts'
import type { Publication } from './publication.ts'
import type { Counters } from '../statistics.ts'

const MESSAGES_MAX = 100_000
const BYTES_MAX = 64 * 1024 * 1024

/** Counts all that was accepted and is not over: what waits, and what is in flight. */
export class OutboxBounds {
  readonly #messagesMax: number
  readonly #bytesMax: number
  readonly #held: Pick<Counters, 'outboxMessages' | 'outboxBytes'>

  /** Counts in the statistics. @throws {RangeError} for a bound that is none. */
  constructor(
    { messagesMax = MESSAGES_MAX, bytesMax = BYTES_MAX }: OutboxOptions,
    statistics: Pick<Counters, 'outboxMessages' | 'outboxBytes'>,
  ) {
    this.#messagesMax = checked('messagesMax', messagesMax)
    this.#bytesMax = checked('bytesMax', bytesMax)
    this.#held = statistics
  }

  /** Why there is no room for it, in the place of another if there is one that would go. */
  refusal({ topic, bytes }: Publication, instead?: Publication): ClientError | undefined {
    const { outboxMessages, outboxBytes } = this.#held
    const messages = instead === undefined ? outboxMessages : outboxMessages - 1
    if (messages >= this.#messagesMax) {
      return full(topic, `the outbox holds ${messages} messages and may hold ${this.#messagesMax}`)
    }
    const others = outboxBytes - (instead?.bytes ?? 0)
    if (others + bytes <= this.#bytesMax) return undefined
    const holding = `the outbox holds ${others} bytes and may hold ${this.#bytesMax}`
    return full(topic, `it takes ${bytes} bytes, ${holding}`)
  }

  /** It was accepted. */
  add({ bytes }: Publication): void {
    this.#held.outboxMessages++
    this.#held.outboxBytes += bytes
  }

  /** It is over. */
  subtract({ bytes }: Publication): void {
    this.#held.outboxMessages--
    this.#held.outboxBytes -= bytes
  }
}

function checked(name: string, bound: number): number {
  if (bound > 0) return bound
  throw new RangeError(`outbox.${name} is a number above 0, got ${bound}`)
}
