/** Sends again what was not acknowledged (§4.4), which may have to be read from the log first. */
import type { PacketIdentifier } from '@godwit/codec'
import type { Resending, ResendOutcome } from '@godwit/session'
import type { Deliveries } from './deliveries.ts'
import type { Delivery } from './delivery.ts'

/** For one session. */
export class Resends implements Resending<Delivery> {
  readonly #deliveries: Deliveries

  constructor(deliveries: Deliveries) {
    this.#deliveries = deliveries
  }

  /** See {@link Resending}. */
  release(packetId: PacketIdentifier): void {
    this.#deliveries.link?.release(packetId)
  }

  /** See {@link Resending}. [MQTT-3.3.1-1] */
  publish(packetId: PacketIdentifier, qos: 1 | 2, delivery: Delivery): ResendOutcome {
    const { link, durability, now } = this.#deliveries
    if (link === undefined || !link.hasRoom) return 'wait'
    const { message, terms, retain } = delivery
    if (message === undefined && !delivery.missing) {
      durability?.loadInFlight()
      return 'wait'
    }
    const layout = message === undefined ? undefined : link.layout(message, terms, true)
    if (message === undefined || layout === undefined) {
      const isMissing = message === undefined
      this.#deliveries.turnAway(isMissing ? 'not-in-store' : 'too-large-for-receiver')
      if (qos === 1) durability?.letGo(delivery.entry)
      return 'over' // [MQTT-3.1.2-25]
    }
    link.put(message, layout, qos, retain, true, packetId, now)
    return 'sent'
  }
}
