/** A PUBREL or PUBCOMP that waits until what it says is stored. */
import type { PacketIdentifier } from '@godwit/codec'
import type { Waiting } from './journal-batch.ts'

/** Sends it. */
export interface HeldAnswerSender {
  /** It is stored: send it, if the client is still there. */
  sendHeld(type: 'pubrel' | 'pubcomp', packetId: PacketIdentifier): void
}

/** One of them. */
export class HeldAnswer implements Waiting {
  readonly #sender: HeldAnswerSender
  readonly #type: 'pubrel' | 'pubcomp'
  readonly #packetId: PacketIdentifier

  constructor(sender: HeldAnswerSender, type: 'pubrel' | 'pubcomp', packetId: PacketIdentifier) {
    this.#sender = sender
    this.#type = type
    this.#packetId = packetId
  }

  /** See {@link Waiting}. */
  durable(): void {
    this.#sender.sendHeld(this.#type, this.#packetId)
  }
}
