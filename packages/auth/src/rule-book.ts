/**
 * Rules in an order, of which the first that is about a topic decides. They are found by a trie of
 * their outlines, so that a topic is compared with the few that it may be about, however many there
 * are; a question that was asked before is answered from memory (`rule-authorizer.ts`).
 */
import type { Action, ClientInfo } from '@godwit/broker'
import { matches, TopicTrie } from '@godwit/topic'
import type { Ruling } from './authorizer.ts'
import { covers, levelsOf, overlaps } from './rule-filter.ts'
import type { Levels } from './rule-filter.ts'
import { ALL } from './rule-template.ts'
import type { FilterTemplate } from './rule-template.ts'

/** Subscribing and being delivered to. */
export const READ = 1
/** Publishing, and leaving a will behind. */
export const WRITE = 2

/** One rule about one filter; it is its own ruling. */
export interface Rule extends Ruling {
  readonly decision: 'allow' | 'deny'
  readonly template: FilterTemplate
  /** {@link READ}, {@link WRITE} or both. */
  readonly access: number
  /** Of which QoS; of every where absent. */
  readonly qos?: readonly number[]
  /** Of messages with RETAIN, or without; of all where absent. */
  readonly retain?: boolean
}

/** A question about one message. */
export type MessageAction = Exclude<Action, { type: 'subscribe' }>
/** A question about one subscription. */
export type SubscribeAction = Extract<Action, { type: 'subscribe' }>

/** Rules in an order. */
export class RuleBook {
  readonly rules: readonly Rule[]
  /** Whether it says the same to every client. */
  readonly isFixed: boolean
  /** Whether it says the same whatever the QoS and RETAIN of a message. */
  readonly isPlain: boolean
  readonly #trie = new TopicTrie<number[]>()
  /** Of rules that may be about any topic. */
  readonly #anywhere: number[] = []
  /** Of each rule that is the same for everybody. */
  readonly #levels: readonly (Levels | undefined)[]
  #best = 0
  #action: MessageAction | undefined
  #client: ClientInfo | undefined

  constructor(rules: readonly Rule[]) {
    this.rules = rules
    this.isFixed = rules.every(({ template }) => template.isFixed)
    this.isPlain = rules.every(({ qos, retain }) => qos === undefined && retain === undefined)
    this.#levels = rules.map(({ template }) =>
      template.isFixed ? levelsOf(template.written) : undefined,
    )
    for (const [at, { template }] of rules.entries()) this.#listOf(template.outline).push(at)
  }

  /** The first rule about a message. */
  find(action: MessageAction, client: ClientInfo): Rule | undefined {
    this.#best = this.rules.length
    this.#action = action
    this.#client = client
    this.#visit(this.#anywhere)
    this.#trie.match(action.topic, this.#visit)
    this.#action = undefined
    this.#client = undefined
    return this.rules[this.#best]
  }

  /** What the rules say to a subscription, in their order. */
  judge(asked: Levels, qos: number, client: ClientInfo, judgement: Judgement): void {
    for (const [at, rule] of this.rules.entries()) {
      if (judgement.final !== undefined) return
      if ((rule.access & READ) === 0 || rule.qos?.includes(qos) === false) continue
      const levels = this.#levels[at] ?? levelsFor(rule, client, asked)
      if (levels !== undefined) judgement.hear(rule, levels, asked)
    }
  }

  #listOf(outline: string | undefined): number[] {
    if (outline === undefined) return this.#anywhere
    const there = this.#trie.get(outline)
    if (there !== undefined) return there
    const list: number[] = []
    this.#trie.set(outline, list)
    return list
  }

  readonly #visit = (indexes: readonly number[]): void => {
    for (const at of indexes) {
      if (at >= this.#best) return
      const rule = this.rules[at]
      if (rule !== undefined && this.#isAbout(rule)) this.#best = at
    }
  }

  #isAbout(rule: Rule): boolean {
    const action = this.#action
    const client = this.#client
    if (action === undefined || client === undefined) return false
    const access = action.type === 'deliver' ? READ : WRITE
    if ((rule.access & access) === 0) return false
    if (rule.retain !== undefined && rule.retain !== action.retain) return false
    return isOfQoS(rule, action) && isForClient(rule, action.topic, client)
  }
}

/** What was heard of the rules about a subscription so far. */
export class Judgement {
  /** The rule that decides about all that is left; then nothing more is to be heard. */
  final: Rule | undefined
  /** The first rules that are about a part of it. */
  allowing: Rule | undefined
  denying: Rule | undefined

  /** Takes the next rule into account. */
  hear(rule: Rule, levels: Levels, asked: Levels): void {
    if (rule.retain === undefined && covers(levels, asked)) this.final = rule
    else if (!overlaps(levels, asked)) return
    else if (rule.decision === 'allow') this.allowing ??= rule
    else this.denying ??= rule
  }

  /** What follows from it; `otherwise` is about what no rule is about. */
  ruling(otherwise: Ruling | undefined): Ruling | undefined {
    const { allowing, denying, final = otherwise } = this
    if (final?.decision !== 'deny' && denying !== undefined) {
      return { decision: 'partly', because: `${denying.because} (about a part of it)` }
    }
    if (final?.decision !== 'allow' && allowing !== undefined) {
      return { decision: 'partly', because: `${allowing.because} (about a part of it)` }
    }
    return final
  }
}

/**
 * A message that is delivered has the QoS of the subscription or a lower one, so what allows the
 * subscription allows those too.
 */
function isOfQoS({ qos, decision }: Rule, action: MessageAction): boolean {
  if (qos === undefined || qos.includes(action.qos)) return true
  return action.type === 'deliver' && decision === 'allow' && action.qos <= Math.max(...qos)
}

function isForClient({ template }: Rule, topic: string, client: ClientInfo): boolean {
  if (template.isFixed) return true
  const filter = template.filterFor(client)
  return filter === ALL || (filter !== undefined && matches(filter, topic))
}

function levelsFor({ template }: Rule, client: ClientInfo, asked: Levels): Levels | undefined {
  const filter = template.filterFor(client)
  if (filter !== ALL) return filter === undefined ? undefined : levelsOf(filter)
  // What may be about any topic is about all that is asked for.
  return template.outline === undefined ? asked : levelsOf(template.outline)
}
