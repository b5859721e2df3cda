/**
 * Answers questions by rule books, and remembers the answers. A client has a profile, which is
 * found by the very object that the broker knows it as; a profile has answers by topic, its own
 * or, where its books say the same to everybody, those of all clients with the same books. All of
 * it is bounded together: when there is too much, everything is forgotten at once.
 */
import type { Action, ClientInfo } from '@godwit/broker'
import { parseSharedFilter } from '@godwit/topic'
import type { Authorizer, Ruling } from './authorizer.ts'
import { Judgement } from './rule-book.ts'
import type { MessageAction, RuleBook, SubscribeAction } from './rule-book.ts'
import { levelsOf } from './rule-filter.ts'

/** Which rules are for whom. */
export interface RuleSource {
  /**
   * The books for a client, which are asked in order. The same books are the same array, so that
   * what they say is remembered once.
   */
  booksFor(client: ClientInfo): readonly RuleBook[]
  /** What holds if no rule says anything; `undefined`: the next authorizer is asked. */
  readonly otherwise: Ruling | undefined
}

/** An authorizer by rules. */
export class RuleAuthorizer implements Authorizer {
  readonly name: string
  readonly #memoryBytesMax: number
  #source: RuleSource
  #profiles = new WeakMap<ClientInfo, Profile>()
  #shared = new WeakMap<readonly RuleBook[], Answers>()
  #memoryBytes = 0

  constructor(name: string, source: RuleSource, memoryBytesMax: number = MEMORY_BYTES_MAX) {
    this.name = name
    this.#source = source
    this.#memoryBytesMax = memoryBytesMax
  }

  /** Takes other rules, at once. */
  replaceSource(source: RuleSource): void {
    this.#source = source
    this.#forget()
  }

  /** The rule that decides. Allocates nothing for what was asked before. */
  authorize(action: Action, client: ClientInfo): Ruling | undefined {
    if (action.type === 'subscribe') return this.#judge(action, client)
    const profile = this.#profiles.get(client) ?? this.#newProfile(client)
    const answers = profile.answers.of(action, profile.isPlain)
    const known = answers.get(action.topic)
    if (known !== undefined) return known === NOTHING ? undefined : known
    return this.#decide(action, client, profile.books, answers)
  }

  #decide(
    action: MessageAction,
    client: ClientInfo,
    books: readonly RuleBook[],
    answers: Map<string, Ruling>,
  ): Ruling | undefined {
    let ruling = this.#source.otherwise
    for (const book of books) {
      const rule = book.find(action, client)
      if (rule === undefined) continue
      ruling = rule
      break
    }
    answers.set(action.topic, ruling ?? NOTHING)
    this.#account(ENTRY_BYTES + action.topic.length * 2)
    return ruling
  }

  #judge({ filter, qos }: SubscribeAction, client: ClientInfo): Ruling | undefined {
    const asked = levelsOf(parseSharedFilter(filter)?.filter ?? filter)
    const judgement = new Judgement()
    const { books } = this.#profiles.get(client) ?? this.#newProfile(client)
    for (const book of books) book.judge(asked, qos, client, judgement)
    return judgement.ruling(this.#source.otherwise)
  }

  #newProfile(client: ClientInfo): Profile {
    const books = this.#source.booksFor(client)
    const answers = books.every(({ isFixed }) => isFixed) ? this.#sharedBy(books) : new Answers()
    const profile = { books, answers, isPlain: books.every(({ isPlain }) => isPlain) }
    this.#profiles.set(client, profile)
    this.#account(PROFILE_BYTES)
    return profile
  }

  #sharedBy(books: readonly RuleBook[]): Answers {
    const there = this.#shared.get(books)
    if (there !== undefined) return there
    const answers = new Answers()
    this.#shared.set(books, answers)
    return answers
  }

  #account(bytes: number): void {
    this.#memoryBytes += bytes
    if (this.#memoryBytes > this.#memoryBytesMax) this.#forget()
  }

  #forget(): void {
    this.#profiles = new WeakMap()
    this.#shared = new WeakMap()
    this.#memoryBytes = 0
  }
}

/** Some 200,000 answers. */
const MEMORY_BYTES_MAX = 32 * 1024 * 1024

/** What an entry of a Map costs beside its text, and what a client costs beside its answers. */
const ENTRY_BYTES = 64
const PROFILE_BYTES = 256

/** What is remembered where the rules say nothing. */
const NOTHING: Ruling = { decision: 'deny', because: '' }

interface Profile {
  readonly books: readonly RuleBook[]
  readonly answers: Answers
  readonly isPlain: boolean
}

/** Answers by topic, for each way to ask that makes a difference; made when they are needed. */
class Answers {
  readonly #maps: (Map<string, Ruling> | undefined)[] = []

  of(action: MessageAction, isPlain: boolean): Map<string, Ruling> {
    const access = action.type === 'deliver' ? 1 : 0
    const at = isPlain ? access : access + 2 * (action.qos + (action.retain ? 3 : 0))
    return (this.#maps[at] ??= new Map())
  }
}
