// What a broker that is killed promises: what was said by whom, what came, and whether that is
// right. Whoever breaks a rule is told with all that was said before.

import type { Subscription } from '@godwit/codec'
import { naiveMatches } from '@godwit/topic/testing'
import type { WorldPlan } from './durable-crash-plan.ts'

/** A message, which is known by its number. */
export interface Said {
  readonly number: number
  readonly publisher: string
  readonly topic: string
  readonly qos: 1 | 2
  readonly retain: boolean
  readonly isEmpty: boolean
  /** When it was said for the first time. */
  readonly at: number
  /** When its publisher learnt that the broker has it. */
  acknowledgedAt: number | undefined
  /** Its publisher has lost its session: it may be there or not. */
  isGivenUp: boolean
  /** For wills: how often it is to come. */
  will: 'never' | 'once' | 'perhaps' | undefined
}

/** A subscription of one client, as long as it is not given up. */
export interface Held extends Subscription {
  readonly askedAt: number
  grantedAt: number
  /** The client asked to give it up, or began anew. */
  endedAt: number
  /** It was told that it has. */
  goneAt: number
}

/** What one client got. */
interface Arrival {
  readonly number: number
  readonly qos: number
  readonly isShared: boolean
  readonly era: number
}

/** The account of one world. */
export class CrashAccount {
  readonly trace: string[] = []
  /** Nothing is stored at present, and everything before was. */
  isHeld = false
  /** A crash has left the beginning of a commit. */
  wasTorn = false
  readonly #plan: WorldPlan
  readonly #said: Said[] = []
  readonly #held = new Map<string, Held[]>()
  readonly #arrivals = new Map<string, Arrival[]>()
  #events = 0

  constructor(plan: WorldPlan) {
    this.#plan = plan
    for (const { id } of plan.clients) {
      this.#held.set(id, [])
      this.#arrivals.set(id, [])
    }
  }

  /** Counts what happens. */
  event(): number {
    return ++this.#events
  }

  /** Writes a line of the trace. */
  note(line: string): void {
    this.trace.push(line)
  }

  /** @throws {Error} with the trace, if a rule does not hold. */
  demand(holds: boolean, rule: string): asserts holds {
    if (!holds) throw new Error(`Broken: ${rule}\n  ${this.trace.join('\n  ')}`)
  }

  /** All messages. */
  get said(): readonly Said[] {
    return this.#said
  }

  /** A client is about to publish, or leaves a will with the broker. */
  say(said: Pick<Said, 'publisher' | 'topic' | 'qos' | 'retain' | 'isEmpty' | 'will'>): Said {
    const one = {
      ...said,
      number: this.#said.length,
      at: this.event(),
      acknowledgedAt: undefined,
      isGivenUp: false,
    }
    this.#said.push(one)
    return one
  }

  /** Its publisher was told that the broker has it. */
  acknowledged(said: Said): void {
    said.acknowledgedAt ??= this.event()
    const isEarly = this.isHeld && this.isStored(said)
    this.demand(!isEarly, `${said.number} is not acknowledged before it is stored`)
  }

  /** Whether the broker has to store it. */
  isStored(said: Said): boolean {
    const isKept = this.#plan.anchored && this.#isKept('c0', said)
    return isKept || (said.retain && !said.isEmpty)
  }

  /** A client asks for a subscription. */
  asks(clientId: string, subscription: Subscription): Held {
    const present = this.#of(clientId).find(
      ({ filter, endedAt }) => filter === subscription.filter && endedAt === Infinity,
    )
    if (present !== undefined) return present
    const askedAt = this.event()
    const held = { grantedAt: Infinity, endedAt: Infinity, goneAt: Infinity }
    const one: Held = { ...subscription, askedAt, ...held }
    this.#of(clientId).push(one)
    return one
  }

  /** It is granted. */
  granted(held: Held): void {
    if (held.grantedAt === Infinity) held.grantedAt = this.event()
  }

  /** A client gives one up, or all of them. */
  gives(clientId: string, filter?: string): readonly Held[] {
    const given = this.#of(clientId).filter(
      (held) => filter === undefined || held.filter === filter,
    )
    for (const held of given) if (held.endedAt === Infinity) held.endedAt = this.event()
    return given
  }

  /** It was told that it has none of these any more. */
  given(given: readonly Held[]): void {
    for (const held of given) if (held.goneAt === Infinity) held.goneAt = this.event()
  }

  /** A client got a message. */
  arrived(
    clientId: string,
    message: { topic: string; text: string; qos: number; retain: boolean; isShared: boolean },
    era: number,
  ): void {
    const { topic, text, qos, retain, isShared } = message
    if (text === '') return
    const said = this.#said[Number(text)]
    this.demand(said !== undefined && said.topic === topic, 'what comes was published')
    this.demand(said.will !== 'never' || retain, `will ${text} is not to come`)
    const matching = this.#of(clientId).filter((held) => isFor(held, said, clientId))
    const mayBe = matching.filter(({ goneAt }) => goneAt > said.at || retain)
    this.demand(mayBe.length > 0, `${clientId} did not ask for ${text}`)
    if (retain) return
    const arrivals = this.#arrivals.get(clientId)
    arrivals?.push({ number: said.number, qos, isShared, era })
    const copies = arrivals?.filter((one) => one.number === said.number && one.era === era) ?? []
    const isTwice = copies.filter((one) => one.isShared === isShared).length > 1
    const mayBeTorn = said.will !== undefined && this.wasTorn
    const isOnce = said.qos === 2 && !mayBeTorn && matching.every((held) => held.qos === 2)
    const isWhole = this.#plan.engine.atomic !== 'key'
    this.demand(!isTwice || !isOnce || !isWhole, `${clientId} got ${text} of QoS 2 twice`)
  }

  /** Everything is settled. */
  settle(): void {
    for (const said of this.#said) {
      this.#settleShare(said)
      for (const { id } of this.#plan.clients) this.#settleCopies(id, said)
    }
    for (const { id } of this.#plan.clients) this.#settleOrder(id)
  }

  /** What a late subscriber to everything was sent as retained: texts by topic. */
  settleRetained(found: ReadonlyMap<string, string>, topics: readonly string[]): void {
    for (const topic of topics) {
      const all = this.#said.filter((one) => one.retain && one.topic === topic)
      const possible = all.filter((one) => !all.some((other) => isSurelyLater(other, one)))
      const text = found.get(topic)
      const numbers = possible.map(({ number, isEmpty }) => `${number}${isEmpty ? ' empty' : ''}`)
      const detail = `on ${topic}: ${text ?? 'nothing'}, and should be one of ${numbers.join(', ')}`
      const mustBe = possible.some(({ acknowledgedAt }) => acknowledgedAt !== undefined)
      const mayLack = !mustBe || possible.some(({ isEmpty }) => isEmpty)
      if (text === undefined) this.demand(mayLack, `what is retained ${detail}`)
      else {
        const isPossible = possible.some(({ number, isEmpty }) => !isEmpty && `${number}` === text)
        this.demand(isPossible, `what is retained ${detail}`)
      }
    }
  }

  /** Whether a client has a subscription for it from before it was said until now. */
  #isKept(clientId: string, said: Said): boolean {
    return this.#of(clientId).some(
      (held) =>
        isFor(held, said, clientId) && held.grantedAt < said.at && held.endedAt === Infinity,
    )
  }

  #settleCopies(clientId: string, said: Said): void {
    const copies = this.#copies(clientId, said, false)
    const detail = `${said.number} came ${copies} times to ${clientId}`
    if (said.will !== undefined) {
      const isDue = said.will === 'once' && this.#plan.anchored && clientId === 'c0'
      this.demand(!isDue || copies >= 1, `a will is published: ${detail}`)
      return
    }
    if (said.isEmpty || said.acknowledgedAt === undefined) return
    const isKept = this.#of(clientId).some(
      (held) =>
        !held.filter.startsWith('$share/') &&
        isFor(held, said, clientId) &&
        held.grantedAt < said.at &&
        held.endedAt === Infinity,
    )
    this.demand(!isKept || copies >= 1, `what is acknowledged comes: ${detail}`)
  }

  #settleShare(said: Said): void {
    if (said.isEmpty || said.acknowledgedAt === undefined || !said.topic.startsWith('s/')) return
    const ids = this.#plan.clients.map(({ id }) => id)
    const isKept = ids.some((id) =>
      this.#of(id).some((held) => held.filter.startsWith('$share/') && held.grantedAt < said.at),
    )
    const copies = ids.reduce((sum, id) => sum + this.#copies(id, said, true), 0)
    this.demand(!isKept || copies >= 1, `a share gets what is acknowledged: ${said.number}`)
    const isWhole = this.#plan.engine.atomic !== 'key'
    const isOnce = said.qos === 2 && isWhole
    this.demand(!isOnce || copies <= 1, `a share gets ${said.number} of QoS 2 ${copies} times`)
  }

  #settleOrder(clientId: string): void {
    const highest = new Map<string, number>()
    const known = new Set<number>()
    for (const { number, qos, isShared } of this.#arrivals.get(clientId) ?? []) {
      const said = this.#said[number]
      const isFree = said === undefined || isShared || said.will !== undefined
      if (isFree || known.has(number) || !this.#isKept(clientId, said)) continue
      known.add(number)
      const stream = `${said.publisher} ${said.topic} ${said.qos} ${qos}`
      const former = highest.get(stream) ?? -1
      this.demand(number > former, `${number} came to ${clientId} behind ${former}`)
      highest.set(stream, number)
    }
  }

  #copies(clientId: string, { number }: Said, isShared: boolean): number {
    const arrivals = this.#arrivals.get(clientId) ?? []
    return arrivals.filter((one) => one.number === number && one.isShared === isShared).length
  }

  #of(clientId: string): Held[] {
    return this.#held.get(clientId) ?? []
  }
}

function isFor({ filter, noLocal }: Subscription, said: Said, clientId: string): boolean {
  const inner = filter.replace(/^\$share\/[^/]*\//, '')
  return naiveMatches(inner, said.topic) && !(noLocal && said.publisher === clientId)
}

/** Whether a message was retained after another one for certain. */
function isSurelyLater(later: Said, former: Said): boolean {
  if (later.acknowledgedAt === undefined || later.number <= former.number) return false
  if (later.publisher === former.publisher && later.qos === former.qos) return true
  return former.acknowledgedAt !== undefined && former.acknowledgedAt < later.at
}
