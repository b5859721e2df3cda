/**
 * The messages in memory that wait in one session. The same message may wait in thousands of them:
 * among the bytes that the broker holds it counts once, from the first that queues it to the last.
 */
import { Backlog } from './backlog.ts'
import type { Delivery } from './delivery.ts'
import { sizeOf } from './delivery.ts'
import type { Message } from './message.ts'

/** What waits in all sessions together. */
export class QueuedBytes {
  /** The memory of all messages that wait somewhere. */
  bytes = 0

  /** One more session queues it. */
  add(message: Message | undefined): void {
    if (message !== undefined && message.queues++ === 0) this.bytes += sizeOf(message)
  }

  /** One session less does. */
  remove(message: Message | undefined): void {
    if (message === undefined || message.queues === 0) return
    if (--message.queues === 0) this.bytes -= sizeOf(message)
  }
}

/** The backlog of one session. */
export class WaitingMessages extends Backlog<Delivery> {
  readonly #queued: QueuedBytes

  constructor(queued: QueuedBytes) {
    super()
    this.#queued = queued
  }

  override push(delivery: Delivery): void {
    super.push(delivery)
    this.#queued.add(delivery.message)
  }

  override shift(): Delivery | undefined {
    const delivery = super.shift()
    this.#queued.remove(delivery?.message)
    return delivery
  }

  override withdraw(choose: (delivery: Delivery) => boolean): readonly Delivery[] {
    const withdrawn = super.withdraw(choose)
    for (const { message } of withdrawn) this.#queued.remove(message)
    return withdrawn
  }

  /** Takes all out, for nobody or for somebody else. */
  release(): void {
    for (const { message } of this) this.#queued.remove(message)
  }
}
