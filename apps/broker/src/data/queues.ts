/**
 * Who is still to get which message of the log. The log does not say it: an entry is for whoever
 * subscribed, and each session knows how far it has read. So a queue is found by matching again,
 * as a broker does when it starts.
 *
 *     position    1   2   3   4   5   6   7
 *     session                 | next          reads on from here
 *     subscription                | since     and wants only what came after it was made
 *     queue                       5   6   7   those of them that its filter matches
 *
 * What was sent and not answered is not in it: that lies before `next`, and is noted by itself.
 */
import type { QoS, Subscription } from '@godwit/codec'
import type { Audience } from '@godwit/broker/stored'
import { TopicTrie } from '@godwit/topic'

/** A subscription, as far as it decides about queues. */
export interface QueueFilter extends Pick<
  Subscription,
  'filter' | 'qos' | 'noLocal' | 'retainAsPublished'
> {
  readonly identifier?: number
  /** From which place on it is valid, one for each shard. */
  readonly since: readonly number[]
}

/** A session, as far as it has a queue. */
export interface QueueHolder {
  readonly clientId: string
  readonly number: number
  /** From which place on it reads, one for each shard. */
  readonly next: readonly number[]
  readonly filters: readonly QueueFilter[]
}

/** A message of the log, without its payload. */
export interface QueuedMessage {
  /** Its position, or another number that grows likewise. `place % shards` is its shard. */
  readonly place: number
  readonly topic: string
  readonly qos: QoS
  /** As it was published. */
  readonly retain: boolean
  readonly publisher: string | undefined
  readonly audience: Audience
}

/** How a session is to get a message. */
export interface QueueTerms {
  readonly qos: 1 | 2
  readonly retain: boolean
  /** Of the subscriptions that it matched, in ascending order; `undefined` if none has one. */
  readonly subscriptionIdentifiers: readonly number[] | undefined
  /** The filter of the Shared Subscription through which it comes. */
  readonly share: string | undefined
}

/** A session that is to get a message. */
export interface QueueReceiver {
  readonly holder: QueueHolder
  readonly terms: QueueTerms
}

/** The queues of all sessions over one log. */
export class Queues {
  readonly #shards: number
  readonly #holders = new Map<number, QueueHolder>()
  readonly #subscribers = new TopicTrie<Subscriber[]>()

  /** `shards` is how many the log has. @throws {RangeError} for a filter that is none. */
  constructor(holders: Iterable<QueueHolder>, shards: number) {
    this.#shards = shards
    for (const holder of holders) {
      this.#holders.set(holder.number, holder)
      for (const held of holder.filters) this.#add(holder, held)
    }
  }

  /**
   * The sessions that are still to get a message, in the order of their numbers; one twice that
   * gets it for itself and for a share.
   */
  receiversOf(message: QueuedMessage): readonly QueueReceiver[] {
    const { audience } = message
    if (message.qos === 0) return []
    if (audience.type === 'session') return this.#addressee(message, audience)
    return [...this.#subscribed(message), ...this.#chosen(message, audience.chosen)].toSorted(
      (one, other) => one.holder.number - other.holder.number,
    )
  }

  #add(holder: QueueHolder, held: QueueFilter): void {
    if (isShared(held.filter)) return // Its messages name whom they are for.
    const others = this.#subscribers.get(held.filter)
    if (others === undefined) this.#subscribers.set(held.filter, [{ holder, held }])
    else others.push({ holder, held })
  }

  #addressee(message: QueuedMessage, audience: AddressedTo): readonly QueueReceiver[] {
    const holder = this.#holders.get(audience.number)
    if (holder === undefined || !this.#isReached(holder.next, message)) return []
    const { qos, retain, subscriptionIdentifiers } = audience
    const terms = { qos, retain, share: undefined }
    return [
      { holder, terms: { ...terms, subscriptionIdentifiers: sorted(subscriptionIdentifiers) } },
    ]
  }

  #subscribed(message: QueuedMessage): readonly QueueReceiver[] {
    const found = new Map<QueueHolder, QueueFilter[]>()
    this.#subscribers.match(message.topic, (subscribers) => {
      for (const { holder, held } of subscribers) {
        if (!this.#isFor(holder, held, message)) continue
        const others = found.get(holder)
        if (others === undefined) found.set(holder, [held])
        else others.push(held)
      }
    })
    return [...found].flatMap(([holder, held]) => {
      const terms = termsOf(message, held, undefined)
      return terms === undefined ? [] : [{ holder, terms }]
    })
  }

  /** Who was chosen for a share gets it even after having given its subscription up. */
  #chosen(message: QueuedMessage, chosen: Chosen): readonly QueueReceiver[] {
    return chosen.flatMap(({ filter, number }) => {
      const holder = this.#holders.get(number)
      if (holder === undefined || !this.#isReached(holder.next, message)) return []
      const held = holder.filters.find((one) => one.filter === filter) ?? FORMER
      const terms = termsOf(message, [held], filter)
      return terms === undefined ? [] : [{ holder, terms }]
    })
  }

  #isFor(holder: QueueHolder, held: QueueFilter, message: QueuedMessage): boolean {
    // [MQTT-3.8.3-3]
    if (held.noLocal && message.publisher === holder.clientId) return false
    return this.#isReached(holder.next, message) && this.#isReached(held.since, message)
  }

  #isReached(from: readonly number[], { place }: QueuedMessage): boolean {
    return place >= (from[place % this.#shards] ?? 0)
  }
}

/** Whether a filter is that of a Shared Subscription. */
function isShared(filter: string): boolean {
  return filter.startsWith('$share/')
}

interface Subscriber {
  readonly holder: QueueHolder
  readonly held: QueueFilter
}

type AddressedTo = Extract<Audience, { type: 'session' }>
type Chosen = Extract<Audience, { type: 'subscribers' }>['chosen']

const FORMER = { qos: 2, retainAsPublished: false } as const

type TermsPart = Pick<QueueFilter, 'qos' | 'retainAsPublished' | 'identifier'>

/** What overlapping subscriptions come to together (§3.3.4); `undefined` at QoS 0. */
function termsOf(
  message: QueuedMessage,
  held: readonly TermsPart[],
  share: string | undefined,
): QueueTerms | undefined {
  const qos = lesser(message.qos, greatest(held.map((one) => one.qos)))
  if (qos === 0) return undefined
  const retain = message.retain && held.some(({ retainAsPublished }) => retainAsPublished)
  const identifiers = held.flatMap(({ identifier = [] }) => identifier)
  const subscriptionIdentifiers = identifiers.length === 0 ? undefined : sorted(identifiers)
  return { qos, retain, subscriptionIdentifiers, share }
}

function sorted(identifiers: readonly number[] | undefined): readonly number[] | undefined {
  return identifiers?.toSorted((one, other) => one - other)
}

function lesser(one: QoS, other: QoS): QoS {
  return one < other ? one : other
}

function greatest(many: readonly QoS[]): QoS {
  return many.reduce<QoS>((greatest, one) => (one > greatest ? one : greatest), 0)
}
