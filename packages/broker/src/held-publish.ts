/** A PUBLISH of QoS 2 that waits until its Packet Identifier is stored. */
import type { PacketIdentifier } from '@godwit/codec'
import type { Delivery } from './delivery.ts'
import type { Waiting } from './journal-batch.ts'
import type { Link } from './link.ts'
import type { Tally } from './tally.ts'

/** Whose it is. */
export interface Linked {
  /** The way to the client, if it is connected. */
  readonly link: Link | undefined
  readonly tally: Tally
  /** The instant of this turn. */
  readonly now: number
}

/** One of them. */
export class HeldPublish implements Waiting {
  readonly #linked: Linked
  readonly #link: Link | undefined
  readonly #packetId: PacketIdentifier
  readonly #delivery: Delivery

  constructor(linked: Linked, packetId: PacketIdentifier, delivery: Delivery) {
    this.#linked = linked
    this.#link = linked.link
    this.#packetId = packetId
    this.#delivery = delivery
  }

  /** Sends it, if its connection is still there; a later one sends it again. */
  durable(): void {
    const { link, tally, now } = this.#linked
    const { message, terms, retain } = this.#delivery
    if (link === undefined || link !== this.#link || message === undefined) return
    const layout = link.layout(message, terms, true)
    if (layout === undefined) return
    link.put(message, layout, 2, retain, false, this.#packetId, now)
    tally.sent()
  }
}
