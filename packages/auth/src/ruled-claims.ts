/** Rules that a client brings along: what its token says, or what a hook said when it came. */
import type { Action, ClientInfo } from '@godwit/broker'
import { claimsOf } from './admittance.ts'
import type { Authorizer, Ruling } from './authorizer.ts'
import { RuleAuthorizer } from './rule-authorizer.ts'
import type { RuleBook } from './rule-book.ts'

/** Claims that may have rules. */
export class RuledClaims {
  /** Asked in order. */
  readonly books: readonly RuleBook[]

  constructor(books: readonly RuleBook[]) {
    this.books = books
  }
}

/**
 * Goes by the rules that clients bring along, and says nothing about those that brought none.
 *
 * What a client brought is gone when the broker is started anew, until the client is back. Its
 * stored subscriptions stay for as long, for whether it may have a message is asked before each is
 * sent; a will of it that is due before that has nobody to speak for it.
 */
export class ClaimsAuthorizer implements Authorizer {
  readonly name: string
  readonly #rules: RuleAuthorizer
  readonly #lastWord: LastWord | undefined

  /** With a last word it needs no other authorizer beside it. */
  constructor(name = 'claims', lastWord?: LastWord) {
    this.name = name
    this.#rules = new RuleAuthorizer(name, { booksFor, otherwise: undefined })
    this.#lastWord = lastWord
  }

  /** See {@link Authorizer}. */
  authorize(action: Action, client: ClientInfo): Ruling | undefined {
    if (client.claims === undefined) return action.type === 'subscribe' ? NOT_BACK : undefined
    const ruling = this.#rules.authorize(action, client)
    if (ruling !== undefined || this.#lastWord === undefined) return ruling
    return booksFor(client).length > 0 ? NOT_BROUGHT : FREE
  }
}

/** Who brought rules may do what they allow, and who brought none, everything. */
export type LastWord = 'free-without-rules'

const NOT_BROUGHT: Ruling = {
  decision: 'deny',
  because: 'The client brought rules, and none of them allows it',
}

const FREE: Ruling = {
  decision: 'allow',
  because: 'The client brought no rules, and there are no others',
}

function booksFor(client: ClientInfo): readonly RuleBook[] {
  const claims = claimsOf(client)
  return claims instanceof RuledClaims ? claims.books : NO_BOOKS
}

const NO_BOOKS: readonly RuleBook[] = []

const NOT_BACK: Ruling = {
  decision: 'partly',
  because: 'What the client may read is known when it is back, and asked then',
}
