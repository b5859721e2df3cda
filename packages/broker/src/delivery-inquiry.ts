/**
 * Asks about the messages of a durable session, once the rights of its client have changed: each
 * when it is to be sent, for until then it is in the log. One at a time, so they keep their order.
 */
import { ReasonCode } from '@godwit/codec'
import type { Delivery } from './delivery.ts'
import type { Guarding } from './guarding.ts'
import type { ClientInfo } from './observers.ts'

/** Whose messages they are. */
export interface Inquired {
  readonly client: ClientInfo
  /** It was decided. */
  pump(): void
}

/** The questions about one session. */
export class DeliveryInquiry {
  readonly #inquired: Inquired
  readonly #guarding: Pick<Guarding, 'authorize'>
  #asked: Delivery | undefined
  #answer: ReasonCode | undefined

  constructor(inquired: Inquired, guarding: Pick<Guarding, 'authorize'>) {
    this.#inquired = inquired
    this.#guarding = guarding
  }

  /** The rights have changed again: what was answered about a message counts no longer. */
  renew(): void {
    this.#asked = undefined
    this.#answer = undefined
  }

  /** The decision about a message that was read; `undefined` until there is one. */
  decisionOn(delivery: Delivery): ReasonCode | undefined {
    const { message, qos, retain } = delivery
    if (this.#asked === delivery) return this.#answer
    if (message === undefined) return ReasonCode.Success // It is not in the log: nobody gets it.
    const action = { type: 'deliver', topic: message.topic, qos, retain } as const
    const decision = this.#guarding.authorize(action, this.#inquired.client)
    if (!(decision instanceof Promise)) return decision
    this.#asked = delivery
    this.#answer = undefined
    void this.#hear(delivery, decision)
    return undefined
  }

  async #hear(delivery: Delivery, decision: Promise<ReasonCode>): Promise<void> {
    const answer = await decision
    if (this.#asked !== delivery) return
    this.#answer = answer
    this.#inquired.pump()
  }
}
