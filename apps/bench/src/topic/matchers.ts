/** The two matchers behind one face: `TopicTrie`, and qlobber as aedes uses it, without a cache. */
import { TopicTrie } from '@godwit/topic'
import { Qlobber } from 'qlobber'
import { sink } from '../sink.ts'

/** Filters with a number for each. */
export interface Matcher {
  add(filter: string, value: number): void
  remove(filter: string, value: number): void
  /** Adds every match to the sink. */
  match(topic: string): void
  /** Returns every match. */
  matches(topic: string): number[]
}

/** The names of the matchers, ours first. */
export const SUBJECTS = ['@godwit/topic', 'qlobber'] as const

/** One of the matchers. */
export type Subject = (typeof SUBJECTS)[number]

/** An empty matcher. */
export function newMatcher(subject: Subject): Matcher {
  return subject === 'qlobber' ? new QlobberMatcher() : new TrieMatcher()
}

class TrieMatcher implements Matcher {
  readonly #trie = new TopicTrie<number>()

  add(filter: string, value: number): void {
    this.#trie.set(filter, value)
  }

  remove(filter: string): void {
    this.#trie.delete(filter)
  }

  match(topic: string): void {
    this.#trie.match(topic, visit)
  }

  matches(topic: string): number[] {
    const found: number[] = []
    this.#trie.match(topic, (value) => found.push(value))
    return found
  }
}

function visit(value: number): void {
  sink.sum = (sink.sum + value) | 0
}

class QlobberMatcher implements Matcher {
  readonly #qlobber = new Qlobber<number>({
    separator: '/',
    wildcard_one: '+',
    wildcard_some: '#',
    match_empty_levels: true,
  })

  add(filter: string, value: number): void {
    this.#qlobber.add(filter, value)
  }

  remove(filter: string, value: number): void {
    this.#qlobber.remove(filter, value)
  }

  match(topic: string): void {
    for (const value of this.#qlobber.match(topic)) sink.sum = (sink.sum + value) | 0
  }

  matches(topic: string): number[] {
    return this.#qlobber.match(topic)
  }
}
