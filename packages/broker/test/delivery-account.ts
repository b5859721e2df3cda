// What a broker promises from publishers to subscribers (§4.3, §4.6, §4.8.2, §3.3.1.3): what was
// published against what arrived, by subscriptions that were there from the beginning to the end.

import type { PublishFrame, Subscription } from '@godwit/codec'
import type { OutgoingMessage } from '@godwit/session'
import { naiveMatches } from '@godwit/topic/testing'

/** A message that is known by its number, which its payload begins with. */
export interface NumberedMessage extends OutgoingMessage {
  readonly number: number
}

/** What is said of a message where it is published. */
export type Wording = Pick<OutgoingMessage, 'topic' | 'qos' | 'retain'> & {
  /** How many bytes follow the number. */
  readonly padding: number
}

/** Throws if a rule does not hold. @throws {Error} that quotes the rule. */
export function demand(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Error(`Broken: ${rule}`)
}

/** Keeps account of all messages. */
export class DeliveryAccount {
  readonly #entries: Entry[] = []
  /** By Client Identifier. */
  readonly #receivers = new Map<string, Receiver>()
  /** Counts what happens, so that one can tell what came before what. */
  #events = 0

  /** Somebody wants this; it is promised nothing until it has `subscribed`. */
  join(clientId: string, subscriptions: readonly Subscription[]): void {
    const arrivals: Arrival[] = []
    this.#receivers.set(clientId, { clientId, subscriptions, arrivals, since: Infinity })
  }

  /** Its session has its subscriptions. */
  subscribed(clientId: string): void {
    this.#receiver(clientId).since = this.#entries.length
  }

  /** Its session has ended, and whatever waited there is lost. */
  endedSession(clientId: string): void {
    this.#receiver(clientId).since = Infinity
  }

  /** A publisher has given a message up with its session. */
  discarded({ number }: NumberedMessage): void {
    this.#entry(number).isDiscarded = true
  }

  /** A client is about to publish. */
  published(publisher: string, wording: Wording): NumberedMessage {
    const { padding, ...rest } = wording
    const number = this.#entries.length
    const payload = new TextEncoder().encode(`${number} ${'.'.repeat(padding)}`)
    const message = { ...rest, payload, number }
    const begunAt = this.#events++
    const entry = { message, publisher, begunAt, acknowledgedAt: undefined, isDiscarded: false }
    this.#entries.push(entry)
    return message
  }

  /** Its publisher was told that the broker has it. */
  acknowledged({ number }: NumberedMessage): void {
    this.#entry(number).acknowledgedAt = this.#events++
  }

  /** A subscriber is given a message. */
  arrived(clientId: string, { topic, qos, retain, payload }: PublishFrame): void {
    const receiver = this.#receiver(clientId)
    const entry = this.#entry(Number.parseInt(new TextDecoder().decode(payload), 10))
    const { message, publisher } = entry
    demand(Buffer.compare(payload, message.payload) === 0, 'a payload arrives as it was published')
    demand(topic === message.topic, 'a message arrives on its topic')
    const wanted = matching(receiver, entry)
    demand(wanted.length > 0, 'what arrives was asked for')
    const asPublished = message.retain && wanted.some(({ retainAsPublished }) => retainAsPublished)
    if (retain && receiver.since > 0 && !asPublished) return // It came for a new subscription.
    demand(retain === asPublished, 'RETAIN is kept where that is asked for [MQTT-3.3.1-13]')
    const most = maximum(wanted.map(({ qos }) => qos))
    demand(qos === Math.min(message.qos, most), 'QoS is the lower of the two [MQTT-3.8.4-8]')
    const isShared = wanted.some(({ filter }) => filter.startsWith('$share/'))
    receiver.arrivals.push({ entry, stream: `${publisher} ${topic} ${message.qos}`, isShared, qos })
  }

  /** All is settled: whether everybody has what was promised. @throws {Error} */
  settle(): void {
    for (const { message, acknowledgedAt, isDiscarded } of this.#entries) {
      const isOver = message.qos === 0 || acknowledgedAt !== undefined || isDiscarded
      demand(isOver, 'all is acknowledged')
    }
    for (const receiver of this.#receivers.values()) {
      demandOrder(receiver)
      for (const entry of this.#entries) demandCopies(receiver, entry)
    }
    for (const entry of this.#entries) this.#demandShares(entry)
  }

  /** What a late subscriber to everything was sent as retained, in texts. @throws {Error} */
  settleRetained(topics: readonly string[], texts: readonly string[]): void {
    const found = texts.map((text) => this.#entry(Number.parseInt(text, 10)))
    for (const topic of topics) {
      const kept = found.filter(({ message }) => message.topic === topic)
      demand(kept.length <= 1, 'one message is retained for a topic [MQTT-3.3.1-5]')
      const all = this.#entries.filter(({ message }) => message.retain && message.topic === topic)
      const candidates = all.filter((one) => !all.some((other) => isSurelyLater(other, one)))
      const [one] = kept
      const mustBe = candidates.some(({ acknowledgedAt }) => acknowledgedAt !== undefined)
      demand(one !== undefined || !mustBe, 'what was acknowledged is retained')
      demand(one === undefined || candidates.includes(one), 'the last message is the retained one')
    }
  }

  #demandShares(entry: Entry): void {
    const { topic, qos } = entry.message
    const members = [...this.#receivers.values()].filter(
      (receiver) => groupsOf(receiver, topic).length > 0,
    )
    if (members.length === 0) return
    const copies = members.reduce((sum, member) => sum + copiesOf(member, entry), 0)
    const granted = members.flatMap((member) => groupsOf(member, topic)).map(({ qos }) => qos)
    const least = Math.min(qos, ...granted)
    const detail = `: ${entry.message.number} came ${copies} times`
    if (qos !== 1 && (qos === least || granted.every((one) => one === 0))) {
      demand(
        copies <= 1,
        `one member of a group gets a message [MQTT-4.8.2-4] [MQTT-4.8.2-5]${detail}`,
      )
    }
    const mayLack = least === 0 || members.some((member) => mayBeLost(member, entry))
    demand(mayLack || copies >= 1, `a group gets every message${detail}`)
  }

  #receiver(clientId: string): Receiver {
    const receiver = this.#receivers.get(clientId)
    demand(receiver !== undefined, 'only who subscribed is sent messages')
    return receiver
  }

  #entry(number: number): Entry {
    const entry = this.#entries[number]
    demand(entry !== undefined, 'what arrives was published')
    return entry
  }
}

interface Entry {
  readonly message: NumberedMessage
  readonly publisher: string
  readonly begunAt: number
  acknowledgedAt: number | undefined
  isDiscarded: boolean
}

interface Receiver {
  readonly clientId: string
  readonly subscriptions: readonly Subscription[]
  readonly arrivals: Arrival[]
  /** The number of the first message that was published behind its latest subscribing. */
  since: number
}

interface Arrival {
  readonly entry: Entry
  /** What is kept in order. */
  readonly stream: string
  readonly isShared: boolean
  readonly qos: number
}

function matching(receiver: Receiver, { message, publisher }: Entry): readonly Subscription[] {
  return receiver.subscriptions.filter(
    ({ filter, noLocal }) =>
      naiveMatches(filter.replace(/^\$share\/[^/]*\//, ''), message.topic) &&
      !(noLocal && publisher === receiver.clientId),
  )
}

function groupsOf(receiver: Receiver, topic: string): readonly Subscription[] {
  return receiver.subscriptions.filter(
    ({ filter }) =>
      filter.startsWith('$share/') && naiveMatches(filter.split('/').slice(2).join('/'), topic),
  )
}

function copiesOf({ arrivals }: Receiver, entry: Entry): number {
  return arrivals.filter((arrival) => arrival.entry === entry).length
}

/** Whether it may have gone with a session: with the publisher's, or with the subscriber's. */
function mayBeLost({ since }: Receiver, { message, isDiscarded }: Entry): boolean {
  return isDiscarded || message.number < since
}

/** What ordinary subscriptions promise. */
function demandCopies(receiver: Receiver, entry: Entry): void {
  const { topic, qos, number } = entry.message
  if (groupsOf(receiver, topic).length > 0) return
  const copies = copiesOf(receiver, entry)
  const wanted = matching(receiver, entry).map(({ qos }) => qos)
  const least = wanted.length === 0 ? 0 : Math.min(qos, maximum(wanted))
  const detail = `: ${number} came ${copies} times to ${receiver.clientId}`
  demand(wanted.length > 0 || copies === 0, `nobody gets what he did not ask for${detail}`)
  const mayLack = least === 0 || mayBeLost(receiver, entry)
  demand(mayLack || copies >= 1, `QoS 1 and 2 arrive [MQTT-4.4.0-1]${detail}`)
  const isOnce = qos === 0 || (qos === 2 && least !== 1)
  demand(!isOnce || copies <= 1, `QoS 0 and 2 arrive no more than once [MQTT-4.3.3-10]${detail}`)
}

/** First arrivals; what a share passes on comes later than its order. */
function demandOrder(receiver: Receiver): void {
  const { arrivals, clientId } = receiver
  const highest = new Map<string, number>()
  const known = new Set<Entry>()
  for (const { entry, stream, isShared, qos } of arrivals) {
    // What is published again for want of a PUBACK may reach somebody who missed it at first.
    const mayBeMissed = qos === 0 || mayBeLost(receiver, entry)
    const isUnordered = isShared || (entry.message.qos === 1 && mayBeMissed)
    if (isUnordered || known.has(entry)) continue
    known.add(entry)
    const { number } = entry.message
    const former = highest.get(stream) ?? -1
    const detail = `: ${number} came to ${clientId} behind ${former}`
    demand(number > former, `messages come in order [MQTT-4.6.0-5]${detail}`)
    highest.set(stream, number)
  }
}

/** Whether a message was retained after another one for certain. */
function isSurelyLater(later: Entry, former: Entry): boolean {
  if (later.acknowledgedAt === undefined || later.message.number <= former.message.number)
    return false
  const { qos } = former.message
  const sameOrder = later.message.qos === qos || qos === 0
  if (later.publisher === former.publisher && sameOrder) return true
  return former.acknowledgedAt !== undefined && former.acknowledgedAt < later.begunAt
}

function maximum(values: readonly number[]): number {
  return Math.max(...values)
}
