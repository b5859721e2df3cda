/** A PUBLISH above QoS 0 that is acknowledged once it is durable. */
import type { PublishFrame, ReasonCode } from '@godwit/codec'
import type { Waiting } from './journal-batch.ts'
import type { Message } from './message.ts'
import type { BrokerSession } from './session.ts'

/** What is to be settled, and how. */
export interface ToSettle {
  readonly frame: PublishFrame
  readonly message: Message
  /** Whose it is. */
  readonly session: BrokerSession
  readonly code: ReasonCode
}

/** Settles it. */
export interface Settling {
  /** It is durable. */
  settled(one: ToSettle): void
  /** There was no room for it. */
  notStored(one: ToSettle): void
}

/** One of them. */
export class Settlement implements Waiting {
  readonly #settling: Settling
  readonly #one: ToSettle

  constructor(settling: Settling, one: ToSettle) {
    this.#settling = settling
    this.#one = one
  }

  /** See {@link Waiting}. */
  durable(): void {
    this.#settling.settled(this.#one)
  }

  /** See {@link Waiting}. */
  full(): void {
    this.#settling.notStored(this.#one)
  }
}
