/** Where messages come in, whoever publishes them: kept if they are to be retained, and routed. */
import { ReasonCode } from '@godwit/codec'
import type { Message } from './message.ts'
import type { Retained } from './retained.ts'
import type { Subscriber } from './route.ts'
import type { Router } from './router.ts'
import type { Counters } from './stats.ts'

/** The one way in. */
export class Intake {
  readonly #router: Router
  readonly #retained: Retained
  readonly #counters: Counters
  readonly #retains: boolean

  /** `retains` is whether messages are retained at all. */
  constructor(router: Router, retained: Retained, counters: Counters, retains: boolean) {
    this.#router = router
    this.#retained = retained
    this.#counters = counters
    this.#retains = retains
  }

  /**
   * Takes a message. Success, No matching subscribers, or Quota exceeded: then it is not taken.
   * @throws {MqttError} 0x90 for a Topic Name beyond the limits.
   */
  take(message: Message, publisher: Subscriber | undefined): ReasonCode {
    if (message.retain && this.#retains && !this.#retain(message) && message.qos > 0) {
      return ReasonCode.QuotaExceeded
    }
    const outcome = this.#router.route(message, publisher)
    if (outcome === 'taken') return ReasonCode.Success
    return outcome === 'none' ? ReasonCode.NoMatchingSubscribers : ReasonCode.QuotaExceeded
  }

  /** [MQTT-3.3.1-5] [MQTT-3.3.1-6] [MQTT-3.3.1-8] */
  #retain(message: Message): boolean {
    this.#router.routes(message.topic) // Only what can be routed is kept.
    if (this.#retained.put(message) !== 'full') return true
    this.#counters.messagesDropped['retained-full']++
    // Its publisher is not told, and what was kept is not true any more. [MQTT-3.3.1-5]
    if (message.qos === 0) this.#retained.delete(message.topic)
    return false
  }
}
