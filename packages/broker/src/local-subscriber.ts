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

/**
 * Called for each message, as soon as that has gone to everybody. It may not wait; what it throws
 * is reported. What it publishes comes behind that message, for all.
 */
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
    const { counters, localCalls } = this.#surroundings
    counters.messagesOut++
    const received = this.#received(message.own(), deliveredQoS(message, terms), retain)
    localCalls.call(() => this.#handle(received))
  }

  #received(message: Message, qos: QoS, retain: boolean): ReceivedMessage {
    const { topic, payload } = message
    const properties = propertiesOf(message, this.#surroundings.turn.now)
    // A Buffer's slice would be no copy.
    return { topic, payload: new Uint8Array(payload), qos, retain, properties }
  }

  #handle(message: ReceivedMessage): void {
    if (this.#disposed) return
    const { observers } = this.#surroundings
    try {
      const result: unknown = this.#handler(message)
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
