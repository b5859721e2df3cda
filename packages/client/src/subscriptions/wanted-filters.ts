/**
 * The Topic Filters of a client, found by what a PUBLISH says: by its Subscription Identifiers, or
 * by its Topic Name.
 *
 * A client has few filters with wildcards, and gets messages of few topics: so filters are tried
 * one after the other (10 ns each), and what was found is remembered. A trie would be faster where
 * both are many, and would make a tenth of the whole client.
 *
 * Filters that were given up stay for a while: messages that were on their way for them are not
 * for anybody else, and must not wait for somebody to claim them.
 */
import { VARIABLE_BYTE_INTEGER_MAX } from '@godwit/codec'
import { matches } from '@godwit/topic'
import type { SharedTerms } from './subscription-request.ts'
import { WantedFilter } from './wanted-filter.ts'

/** How many filters are remembered that nobody wants any more. */
const GIVEN_UP_MAX = 256
/** How many SUBSCRIBEs for one filter are remembered: messages that waited may be of old ones. */
const GENERATIONS_MAX = 16
/** For how many Topic Names it is remembered what was found. */
const TOPICS_MAX = 1024
/** Longer ones are rare, and would fill memory. */
const TOPIC_LENGTH_MAX = 256

/** All filters that are or were wanted. */
export class WantedFilters implements Iterable<WantedFilter> {
  readonly #byFilter = new Map<string, WantedFilter>()
  readonly #byIdentifier = new Map<number, WantedFilter>()
  /** Those without wildcards, by the one Topic Name that they match. */
  readonly #exact = new Map<string, WantedFilter[]>()
  readonly #wildcards = new Set<WantedFilter>()
  /** What was found lately, by Topic Name, until a filter comes or goes. */
  readonly #matching = new Map<string, readonly WantedFilter[]>()
  /** The first was given up first. */
  readonly #givenUp = new Set<WantedFilter>()
  #generation = 0

  /** The one with this filter, if there is one. */
  get(filter: string): WantedFilter | undefined {
    return this.#byFilter.get(filter)
  }

  /** The one with this filter, for somebody who wants it. */
  obtain(filter: string, terms: SharedTerms): WantedFilter {
    const known = this.#byFilter.get(filter)
    if (known !== undefined) {
      this.#givenUp.delete(known)
      return known
    }
    const wanted = new WantedFilter(filter, terms)
    this.#byFilter.set(filter, wanted)
    this.#index(wanted)
    return wanted
  }

  /** Nobody wants it, and the server does not have it. */
  giveUp(wanted: WantedFilter): void {
    if (this.#byFilter.get(wanted.filter) !== wanted) return
    if (wanted.generation === 0) {
      this.remove(wanted)
      return
    }
    this.#givenUp.add(wanted)
    if (this.#givenUp.size <= GIVEN_UP_MAX) return
    const [oldest] = this.#givenUp
    if (oldest !== undefined) this.remove(oldest)
  }

  /** Forgets one for good. */
  remove(wanted: WantedFilter): void {
    this.#matching.clear()
    this.#givenUp.delete(wanted)
    this.#byFilter.delete(wanted.filter)
    for (const identifier of wanted.identifiers) this.#byIdentifier.delete(identifier)
    const { matched } = wanted
    if (hasWildcard(matched)) {
      this.#wildcards.delete(wanted)
      return
    }
    const others = this.#exact.get(matched)?.filter((other) => other !== wanted) ?? []
    if (others.length === 0) this.#exact.delete(matched)
    else this.#exact.set(matched, others)
  }

  /** Numbers a SUBSCRIBE; as an identifier the number is never one that is in use. */
  number(wanted: WantedFilter, isIdentifier: boolean): number {
    do {
      this.#generation = (this.#generation % VARIABLE_BYTE_INTEGER_MAX) + 1
    } while (this.#byIdentifier.has(this.#generation))
    const generation = this.#generation
    if (isIdentifier) {
      this.#byIdentifier.set(generation, wanted)
      wanted.identifiers.push(generation)
      if (wanted.identifiers.length > GENERATIONS_MAX) {
        this.#byIdentifier.delete(wanted.identifiers.shift() ?? 0)
      }
    }
    return generation
  }

  /** The one that a Subscription Identifier stands for. */
  identified(identifier: number): WantedFilter | undefined {
    return this.#byIdentifier.get(identifier)
  }

  /** The ones that match a Topic Name, in no particular order. */
  matching(topic: string): readonly WantedFilter[] {
    return this.#matching.get(topic) ?? this.#match(topic)
  }

  /** The session is gone: nothing is on its way for anybody. */
  forgetSession(): void {
    this.#byIdentifier.clear()
    for (const wanted of this.#byFilter.values()) wanted.forgetSession()
    for (const wanted of this.#givenUp) this.remove(wanted)
  }

  /** All of them; they may come and go meanwhile. */
  [Symbol.iterator](): IterableIterator<WantedFilter> {
    return this.#byFilter.values()
  }

  #match(topic: string): readonly WantedFilter[] {
    const found = [...(this.#exact.get(topic) ?? [])]
    for (const wanted of this.#wildcards) if (matches(wanted.matched, topic)) found.push(wanted)
    if (topic.length > TOPIC_LENGTH_MAX) return found
    if (this.#matching.size === TOPICS_MAX) this.#matching.clear()
    this.#matching.set(topic, found)
    return found
  }

  #index(wanted: WantedFilter): void {
    this.#matching.clear()
    const { matched } = wanted
    if (hasWildcard(matched)) {
      this.#wildcards.add(wanted)
      return
    }
    const others = this.#exact.get(matched)
    if (others === undefined) this.#exact.set(matched, [wanted])
    else others.push(wanted)
  }
}

/** Whether a filter matches a Topic Name. */
export function isMatch({ matched }: WantedFilter, topic: string): boolean {
  return matched === topic || matches(matched, topic)
}

function hasWildcard(filter: string): boolean {
  return filter.includes('+') || filter.includes('#')
}
