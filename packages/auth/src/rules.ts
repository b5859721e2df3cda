/**
 * Our own rules: in an order, each allows or denies, and the first that is about a message decides.
 * Which rules are for a client is found out once, when it is first heard of.
 */
import type { Action, ClientInfo } from '@godwit/broker'
import type { Authorizer, Ruling } from './authorizer.ts'
import { RuleAuthorizer } from './rule-authorizer.ts'
import type { RuleSource } from './rule-authorizer.ts'
import { RuleBook } from './rule-book.ts'
import { understood } from './rule-declaration.ts'
import type { RuleDeclaration, UnderstoodRule } from './rule-declaration.ts'

/** The rules, and what holds where none is about something. */
export interface RuleOptions {
  readonly rules: readonly RuleDeclaration[]
  /** Where left out nothing is said, and the next authorizer is asked. */
  readonly otherwise?: 'allow' | 'deny'
  /** For logs; `rules` where left out. */
  readonly name?: string
}

/** An authorizer by rules, which can be replaced. */
export interface Rules extends Authorizer {
  authorize(action: Action, client: ClientInfo): Ruling | undefined
  /**
   * Takes other rules, at once and as a whole; call the broker's `rightsChanged` behind it.
   *
   * @throws {RangeError} if a rule cannot be meant so; then the rules stay what they were.
   */
  replace(options: Omit<RuleOptions, 'name'>): void
}

/**
 * Makes an authorizer of rules.
 *
 * @throws {RangeError} if a rule cannot be meant so; the message begins with its number.
 */
export function rules(options: RuleOptions): Rules {
  return new OrderedRules(options)
}

class OrderedRules extends RuleAuthorizer implements Rules {
  constructor(options: RuleOptions) {
    super(options.name ?? 'rules', sourceOf(options))
  }

  replace(options: Omit<RuleOptions, 'name'>): void {
    this.replaceSource(sourceOf(options))
  }
}

/** The ways to be meant by some rules and not by others that are kept ready. */
const BOOKS_MAX = 1_000

function sourceOf({ rules, otherwise }: Omit<RuleOptions, 'name'>): RuleSource {
  const all = rules.map((rule, index) => understood(rule, index + 1))
  const booksByRules = new Map<string, readonly RuleBook[]>()
  return {
    booksFor(client) {
      const those = all.filter((rule) => rule.isFor(client))
      const key = those.map(({ number }) => number).join(' ')
      const there = booksByRules.get(key)
      if (there !== undefined) return there
      const books = bookOf(those)
      if (booksByRules.size >= BOOKS_MAX) booksByRules.clear()
      booksByRules.set(key, books)
      return books
    },
    otherwise: otherwise === undefined ? undefined : OTHERWISE[otherwise],
  }
}

function bookOf(those: readonly UnderstoodRule[]): readonly RuleBook[] {
  return those.length === 0 ? [] : [new RuleBook(those.flatMap((rule) => rule.rules))]
}

const OTHERWISE: Readonly<Record<'allow' | 'deny', Ruling>> = {
  allow: { decision: 'allow', because: 'no rule is about it, and otherwise is allow' },
  deny: { decision: 'deny', because: 'no rule is about it, and otherwise is deny' },
}
