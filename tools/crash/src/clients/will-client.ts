/**
 * A client that does nothing but hold a Will, a new one with each connection. One whose Will is
 * delayed stays away until somebody got it, for coming back would take it away (§3.1.3.2.2).
 */
import type { ConnackPacket, ConnectPacket } from '@godwit/codec'
import { keyOf } from '../history.ts'
import type { History, Will } from '../history.ts'
import { encodePayload } from '../payload.ts'
import type { WillPlan } from '../plan.ts'
import { connectPacketOf } from './connect-packet.ts'
import { Link } from './link.ts'
import type { LinkOwner, Whereabouts } from './link.ts'

/** One client with its Wills. */
export class WillClient implements LinkOwner {
  readonly #plan: WillPlan
  readonly #history: History
  readonly #link: Link
  #will: Will | undefined
  #count = 0
  #timer: NodeJS.Timeout | undefined
  #leaving = false

  constructor(plan: WillPlan, broker: Whereabouts, history: History) {
    this.#plan = plan
    this.#history = history
    this.#link = new Link(broker, history, this)
  }

  /** Whether it is connected. */
  get isUp(): boolean {
    return this.#link.isUp
  }

  /** Connects. */
  come(): void {
    this.#link.open()
  }

  /** Drops the connection, which makes the Will due, and comes back. */
  drop(): void {
    if (!this.isUp) return
    this.#link.close('abruptly')
    this.#comeBack()
  }

  /** Goes away in order, without the Will. */
  leave(): void {
    this.#leaving = true
    clearInterval(this.#timer)
    if (this.isUp && this.#will !== undefined) this.#will.forgone = true
    this.#link.close('in order')
  }

  connectPacket(): ConnectPacket {
    const { clientId, version, topic, qos, lasting, delayS } = this.#plan
    const mark = { publisher: clientId, topic, sequence: ++this.#count }
    this.#will = this.#history.offered(mark, qos)
    const payload = encodePayload(mark)
    const delay = delayS === 0 ? {} : { properties: { willDelayInterval: delayS } }
    return connectPacketOf({
      clientId,
      version,
      lasting,
      will: { topic, payload, qos, retain: false, ...delay },
    })
  }

  connected(_connack: ConnackPacket): void {
    if (this.#will !== undefined) this.#history.passed(this.#will, 'heldAt')
  }

  received(): void {
    // DISCONNECT of a broker that closes; the connection ends by itself.
  }

  lost(): void {
    if (this.#will === undefined || this.#will.forgone) return
    this.#history.passed(this.#will, 'lostAt')
    if (this.#plan.delayS === 0 || this.#leaving) return
    this.#link.close('abruptly')
    this.#comeBack()
  }

  #comeBack(): void {
    const will = this.#will
    clearInterval(this.#timer)
    this.#timer = setInterval(() => {
      const isOut = will === undefined || this.#history.receiversOf(keyOf(will)).length > 0
      if (this.#plan.delayS > 0 && !isOut) return
      clearInterval(this.#timer)
      this.#link.open()
    }, LOOK_MS)
  }
}

const LOOK_MS = 100
