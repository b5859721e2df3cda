/** Where messages come in, whoever publishes them: kept if they are to be retained, and routed. */
import { ReasonCode } from '@godwit/codec'
import type { Message } from './message.ts'
import { publishedMessage } from './published-message.ts'
import type { Subscriber } from './route.ts'
import type { RouteOutcome } from './router.ts'
import type { Surroundings } from './surroundings.ts'

/** The rooms behind it. */
export type IntakeRooms = Pick<
  Surroundings,
  'router' | 'retained' | 'counters' | 'localCalls' | 'observers' | 'journal'
>

/** The one way in. */
export class Intake {
  readonly #rooms: IntakeRooms
  readonly #retains: boolean

  /** `retains` is whether messages are retained at all. */
  constructor(rooms: IntakeRooms, retains: boolean) {
    this.#rooms = rooms
    this.#retains = retains
  }

  /**
   * Takes a message. Success, No matching subscribers, or Quota exceeded: then it is not taken.
   * @throws {MqttError} 0x90 for a Topic Name beyond the limits.
   */
  take(message: Message, publisher: Subscriber | undefined): ReasonCode {
    const { router, localCalls, observers, journal } = this.#rooms
    if (journal?.isFull === true && this.#isToBeStored(message)) return ReasonCode.QuotaExceeded
    localCalls.hold()
    try {
      const code =
        message.retain && this.#retains
          ? this.#takeRetained(message, publisher)
          : CODES[router.route(message, publisher)]
      if (observers.published !== undefined && code !== ReasonCode.QuotaExceeded) {
        observers.published(publishedMessage(message))
      }
      return code
    } finally {
      localCalls.release()
    }
  }

  /** Whoever is connected has to do without it, too: its publisher will say it again. */
  #isToBeStored({ topic, qos, retain, payload }: Message): boolean {
    if (qos > 0 && this.#rooms.router.isDurable(topic)) return true
    return qos > 0 && retain && this.#retains && payload.length > 0
  }

  /** Nobody has a message that is refused: no subscriber, and not those who come later. */
  #takeRetained(message: Message, publisher: Subscriber | undefined): ReasonCode {
    const { topic, qos } = message
    const { router, retained, counters } = this.#rooms
    router.routes(topic) // Only what can be routed is kept.
    const fits = retained.fits(message)
    if (!fits) counters.messagesDropped['retained-full']++
    if (!fits && qos > 0) return ReasonCode.QuotaExceeded
    const code = CODES[router.route(message, publisher)]
    if (code === ReasonCode.QuotaExceeded) return code
    // [MQTT-3.3.1-5] [MQTT-3.3.1-6] [MQTT-3.3.1-8]
    if (fits) retained.put(message)
    // Its publisher is not told, and what was kept is not true any more. [MQTT-3.3.1-5]
    else retained.delete(topic)
    return code
  }
}

const CODES: Readonly<Record<RouteOutcome, ReasonCode>> = {
  none: ReasonCode.NoMatchingSubscribers,
  taken: ReasonCode.Success,
  refused: ReasonCode.QuotaExceeded,
}
