// What the router ought to do, by looking at every subscription: no trie, no cache, no ring.

import { naiveMatches } from '@godwit/topic/testing'
import * as fc from 'fast-check'
import type { HeldSubscription, RouteTerms } from '../src/route.ts'
import type { RouteOutcome } from '../src/router.ts'
import type { ShareMember, ShareStrategy } from '../src/share-group.ts'
import type { RecordingMember } from './recording-member.ts'

/** Something that happens to a router or to one of its members. */
export type Step =
  | {
      readonly do: 'subscribe' | 'unsubscribe'
      readonly member: number
      readonly subscription: HeldSubscription
    }
  | {
      readonly do: 'change'
      readonly member: number
      readonly state: Pick<RecordingMember, 'readiness' | 'inFlight' | 'takes' | 'isGone'>
    }
  | {
      readonly do: 'route'
      readonly member: number
      /** By the member, by an earlier session of the same client, or by the program. */
      readonly published: 'by-member' | 'by-former' | 'by-program'
      readonly topic: string
      readonly qos: 0 | 1 | 2
    }

/** What became of a message, in a form that can be compared. */
export interface Handling {
  readonly outcome: RouteOutcome
  /** The copies of ordinary subscriptions, by name. */
  readonly copies: readonly PlainCopy[]
  /** The groups, by filter. */
  readonly groups: readonly PlainGroup[]
}

/** A copy that a member was offered, with the numbers of the subscriptions that it is for. */
interface PlainCopy {
  readonly to: string
  readonly qos: number
  readonly retainAsPublished: boolean
  readonly identifiers: readonly number[]
}

/** How a group did. Who takes the message is its own choice among equals. */
interface PlainGroup {
  readonly filter: string
  /** How many of its members took the message. */
  readonly takers: number
  /** How many were offered it more than once. */
  readonly repeated: number
  /** How good the one that took it was. */
  readonly rank: number
  /** How many messages that one had in flight, where the strategy cares. */
  readonly inFlight: number
}

interface Held {
  readonly member: RecordingMember
  readonly subscription: HeldSubscription
}

/** The subscriptions as a list. */
export class RouterModel {
  readonly #members: readonly RecordingMember[]
  readonly #strategy: ShareStrategy
  #held: readonly Held[] = []

  constructor(members: readonly RecordingMember[], strategy: ShareStrategy) {
    this.#members = members
    this.#strategy = strategy
  }

  subscribe(member: RecordingMember, subscription: HeldSubscription): void {
    this.unsubscribe(member, subscription.filter)
    this.#held = [...this.#held, { member, subscription }]
  }

  unsubscribe(member: RecordingMember, filter: string): void {
    this.#held = this.#held.filter((one) => {
      return one.member !== member || one.subscription.filter !== filter
    })
  }

  /**
   * What is to become of a message, published by a client of this name; the members forget what
   * they were offered before.
   */
  wanted(topic: string, qos: number, publisher: string | undefined): Handling {
    for (const member of this.#members) member.takeTopics()
    const matching = this.#held.filter(({ member, subscription }) => {
      return !member.isGone && naiveMatches(partsOf(subscription.filter).inner, topic)
    })
    const heard = matching.filter(({ member, subscription }) => {
      const shared = partsOf(subscription.filter).shared
      return !shared && !(subscription.noLocal && member.name === publisher)
    })
    const receivers = this.#members.filter((member) => heard.some((one) => one.member === member))
    const copies = receivers.map((member) => {
      const its = heard.filter((one) => one.member === member)
      return copyOf(member, mergedTerms(its.map(({ subscription }) => subscription)))
    })
    const groups = groupedByFilter(
      matching.filter((one) => partsOf(one.subscription.filter).shared),
    )
    const takers = receivers.filter((member, at) => takes(member, qos, copies[at]!.qos))
    const plain = groups.map(([filter, held]) => this.#wantedOf(filter, held, qos))
    const taken = takers.length > 0 || plain.some((group) => group.takers > 0)
    const anybody = copies.length > 0 || plain.length > 0
    const outcome = taken ? 'taken' : anybody ? 'refused' : 'none'
    return { outcome, copies: sortedBy(copies, 'to'), groups: sortedBy(plain, 'filter') }
  }

  /** What has become of it: call `wanted` before the message is routed, and this after. */
  observed(outcome: RouteOutcome, qos: number): Handling {
    const offered = this.#members.flatMap((member) => {
      return member.offered.map((copy) => ({ member, copy }))
    })
    const copies = offered.flatMap(({ member, copy: { terms } }) => {
      return terms.share === undefined ? [copyOf(member, terms)] : []
    })
    const held = offered.flatMap(({ copy: { terms } }) => {
      return terms.share === undefined ? [] : [this.#heldBy(terms)]
    })
    const groups = groupedByFilter(held).map(([filter, asked]) => {
      const takers = asked.filter(({ member, subscription }) => {
        return takes(member, qos, subscription.qos)
      })
      const repeated = asked.length - new Set(asked).size
      return { filter, takers: takers.length, repeated, ...this.#bestOf(takers, qos) }
    })
    return { outcome, copies: sortedBy(copies, 'to'), groups: sortedBy(groups, 'filter') }
  }

  #wantedOf(filter: string, held: readonly Held[], qos: number): PlainGroup {
    const able = held.filter((one) => takes(one.member, qos, one.subscription.qos))
    return { filter, takers: Math.min(able.length, 1), repeated: 0, ...this.#bestOf(able, qos) }
  }

  /** The rank of the best of them, and the fewest messages that those have in flight. */
  #bestOf(held: readonly Held[], qos: number): Pick<PlainGroup, 'rank' | 'inFlight'> {
    const rankOf = ({ member, subscription }: Held): number => {
      if (member.readiness === 'away') return Math.min(qos, subscription.qos) > 0 ? 2 : 3
      return this.#slowIsReady || member.readiness === 'ready' ? 0 : 1
    }
    const rank = Math.min(...held.map(rankOf))
    const best = held.filter((one) => rankOf(one) === rank).map(({ member }) => member.inFlight)
    return { rank, inFlight: this.#strategy === 'least-in-flight' ? Math.min(...best) : 0 }
  }

  get #slowIsReady(): boolean {
    return this.#strategy === 'sticky' || this.#strategy === 'hash-topic'
  }

  /** The subscription by its number, which no other has. */
  #heldBy({ subscriptionIdentifiers = [] }: RouteTerms): Held {
    const [number] = subscriptionIdentifiers
    return this.#held.find(({ subscription }) => subscription.identifier === number)!
  }
}

/** Anything that may happen; what matches is likely, and so are members in common. */
export function steps(): fc.Arbitrary<Step> {
  const member = fc.nat({ max: 3 })
  const change = fc.record({
    do: fc.constantFrom('subscribe' as const, 'subscribe' as const, 'unsubscribe' as const),
    member,
    subscription: subscriptions(),
  })
  const state = fc
    .record({
      readiness: fc.constantFrom<ShareMember['readiness'][]>('ready', 'slow', 'away'),
      inFlight: fc.nat({ max: 3 }),
      takes: fc.constantFrom(true, true, false),
      mayBeGone: fc.boolean(),
    })
    .map(({ mayBeGone, ...rest }) => ({ ...rest, isGone: mayBeGone && rest.readiness === 'away' }))
  const message = fc.record({
    do: fc.constant('route' as const),
    member,
    published: fc.constantFrom('by-member' as const, 'by-former' as const, 'by-program' as const),
    topic: levels('a', 'b', '', '$x').filter((topic) => topic !== ''),
    qos: fc.constantFrom<(0 | 1 | 2)[]>(0, 1, 2),
  })
  return fc.oneof(
    { weight: 3, arbitrary: change },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('change' as const), member, state }) },
    { weight: 2, arbitrary: message },
  )
}

function subscriptions(): fc.Arbitrary<HeldSubscription> {
  const end = fc.constantFrom('', '/#')
  const plain = fc
    .tuple(levels('a', 'b', '', '$x', '+', '+'), end)
    .map(([start, last]) => start + last)
    .filter((filter) => filter !== '')
  const share = fc.constantFrom('', '', '$share/g/', '$share/h/')
  return fc.record({
    filter: fc
      .tuple(share, fc.oneof(plain, fc.constantFrom('#', 'a')))
      .map(([prefix, filter]) => prefix + filter),
    qos: fc.constantFrom<(0 | 1 | 2)[]>(0, 1, 2),
    noLocal: fc.boolean(),
    retainAsPublished: fc.boolean(),
    retainHandling: fc.constant(0),
  })
}

function levels(...stock: readonly string[]): fc.Arbitrary<string> {
  const level = fc.constantFrom(...stock)
  return fc.array(level, { minLength: 1, maxLength: 3 }).map((chosen) => chosen.join('/'))
}

/** The filter that names are matched with. */
function partsOf(filter: string): { readonly shared: boolean; readonly inner: string } {
  const shared = filter.startsWith('$share/')
  return { shared, inner: shared ? filter.split('/').slice(2).join('/') : filter }
}

/** Whether a member takes a copy, if only to lose it. */
function takes(member: RecordingMember, published: number, granted: number): boolean {
  return member.takes || (member.readiness === 'away' && Math.min(published, granted) === 0)
}

function mergedTerms(its: readonly HeldSubscription[]): Omit<RouteTerms, 'share'> {
  const granted = its.map(({ qos }) => qos)
  return {
    qos: granted.includes(2) ? 2 : granted.includes(1) ? 1 : 0,
    retainAsPublished: its.some(({ retainAsPublished }) => retainAsPublished),
    subscriptionIdentifiers: its.flatMap(({ identifier = [] }) => identifier),
  }
}

function copyOf(member: RecordingMember, terms: Omit<RouteTerms, 'share'>): PlainCopy {
  const { qos, retainAsPublished, subscriptionIdentifiers = [] } = terms
  const identifiers = subscriptionIdentifiers.toSorted((one, other) => one - other)
  return { to: member.name, qos, retainAsPublished, identifiers }
}

function groupedByFilter(held: readonly Held[]): readonly (readonly [string, readonly Held[]])[] {
  const filters = new Set(held.map(({ subscription }) => subscription.filter))
  return [...filters].map((filter) => {
    return [filter, held.filter(({ subscription }) => subscription.filter === filter)]
  })
}

function sortedBy<K extends string, T extends Readonly<Record<K, string>>>(
  items: readonly T[],
  key: K,
): readonly T[] {
  return items.toSorted((one, other) => (one[key] < other[key] ? -1 : 1))
}
