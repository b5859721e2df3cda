/** A subscriber inside the program: gets what a session would, as calls of a function. */
import type { PropertiesOf, QoS } from '@godwit/codec'
import { deliveredQoS } from './delivery.ts'
import type { Message } from './message.ts'
import { Replay } from './replay.ts'
import type { ReplayTarget } from './replay.ts'
import type { HeldSubscription, RouteTerms } from './route.ts'
import type { ShareMember } from './share-group.ts'
import type { Surroundings } from './surroundings.ts'

/** A message that came to the program. */
export interface ReceivedMessage {
  readonly topic: string
  /** The program's own to keep. */
  readonly payload: Uint8Array
  readonly qos: QoS
  readonly retain: boolean
  readonly properties: PropertiesOf<'publish'>
}

/** Called for each message, at once: it may not wait, and what it throws is reported. */
export type MessageHandler = (message: ReceivedMessage) => void

/** One subscription of the program. */
export class LocalSubscriber implements ShareMember, ReplayTarget, Disposable {
  readonly readiness = 'ready'
  readonly inFlight = 0
  readonly #surroundings: Surroundings
  readonly #filter: string
  readonly #handler: MessageHandler
  #replay: Replay | undefined
  #disposed = false

  constructor(surroundings: Surroundings, held: HeldSubscription, handler: MessageHandler) {
    const { router, retained, turn, chores } = surroundings
    this.#surroundings = surroundings
    this.#filter = held.filter
    this.#handler = handler
    const terms = router.subscribe(this, held)
    if (held.retainHandling === 2 || terms === undefined) return
    this.#replay = new Replay(this, retained, held.filter, terms, () => turn.now)
    chores.add(this.#replay)
  }

  /** See {@link ReplayTarget}. */
  get canReplay(): boolean {
    return !this.#disposed
  }

  /** See {@link Subscriber}. */
  deliver(message: Message, terms: RouteTerms): boolean {
    this.#call(message, terms, terms.retainAsPublished && message.retain)
    return true
  }

  /** See {@link ReplayTarget}. */
  deliverRetained(message: Message, terms: RouteTerms): void {
    this.#call(message, terms, true)
  }

  /** See {@link ReplayTarget}. */
  replayed(): void {
    this.#replay = undefined
  }

  /** Ends the subscription. */
  [Symbol.dispose](): void {
    if (this.#disposed) return
    this.#disposed = true
    this.#replay?.cancel()
    this.#surroundings.router.unsubscribe(this, this.#filter)
  }

  #call(message: Message, terms: RouteTerms, retain: boolean): void {
    if (this.#disposed) return
    const { topic, payload } = message.own()
    const { counters, observers, turn } = this.#surroundings
    const qos = deliveredQoS(message, terms)
    const properties = propertiesOf(message, turn.now)
    counters.messagesOut++
    try {
      const result: unknown = this.#handler({
        topic,
        payload: new Uint8Array(payload), // A Buffer's slice would be no copy.
        qos,
        retain,
        properties,
      })
      // A handler may be async by mistake; nobody waits for it, and its rejection ends no process.
      if (result instanceof Promise) result.catch((error: unknown) => observers.fault?.(error))
    } catch (error) {
      observers.fault?.(error)
    }
  }
}

/** As published, but for what belongs to a connection and the time that is left. [MQTT-3.3.2-6] */
function propertiesOf(message: Message, now: number): PropertiesOf<'publish'> {
  const { topicAlias: _, subscriptionIdentifier: __, ...kept } = message.source.properties ?? {}
  if (kept.messageExpiryInterval === undefined) return kept
  return { ...kept, messageExpiryInterval: message.secondsLeft(now) }
}
