/** A PUBLISH of QoS 2 that waits until its Packet Identifier is stored. */
import type { PacketIdentifier } from '@godwit/codec'
import type { Delivery } from './delivery.ts'
import type { Waiting } from './journal-batch.ts'
import type { Link } from './link.ts'
import type { Surroundings } from './surroundings.ts'

/** Whose it is. */
export interface Linked {
  /** The way to the client, if it is connected. */
  readonly link: Link | undefined
}

/** One of them. */
export class HeldPublish implements Waiting {
  readonly #linked: Linked
  readonly #link: Link | undefined
  readonly #surroundings: Surroundings
  readonly #packetId: PacketIdentifier
  readonly #delivery: Delivery

  constructor(
    linked: Linked,
    surroundings: Surroundings,
    packetId: PacketIdentifier,
    delivery: Delivery,
  ) {
    this.#linked = linked
    this.#link = linked.link
    this.#surroundings = surroundings
    this.#packetId = packetId
    this.#delivery = delivery
  }

  /** Sends it, if its connection is still there; a later one sends it again. */
  durable(): void {
    const link = this.#linked.link
    const { message, terms, retain } = this.#delivery
    if (link === undefined || link !== this.#link || message === undefined) return
    const layout = link.layout(message, terms, true)
    if (layout === undefined) return
    const { turn, counters } = this.#surroundings
    link.put(message, layout, 2, retain, false, this.#packetId, turn.now)
    counters.messagesOut++
  }
}
