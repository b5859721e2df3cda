/**
 * What a client may do, as a token or a hook says it in JSON; one of
 *
 *     [{ "deny": ["publish"], "topics": ["lamps/%c/secret"] },      in order, the first that
 *      { "allow": ["publish", "subscribe"], "topics": ["lamps/%c/#"] }]           matches decides
 *
 *     { "pub": ["lamps/%c/#"], "sub": ["news/#"], "all": [] }       as EMQX has it, all allowed
 *
 * `%c`, or `${clientid}`, is the Client Identifier and `%u`, or `${username}`, the user name; see
 * `FilterTemplate` for what cannot be put there. Whatever has another form is refused as a whole.
 */
import { isTopicFilter, parseSharedFilter } from '@godwit/topic'
import { quoted } from './operator-file.ts'
import { READ, RuleBook, WRITE } from './rule-book.ts'
import type { Rule } from './rule-book.ts'
import { FilterTemplate } from './rule-template.ts'
import type { Decision } from './rule-template.ts'

/** Reads rules; a sentence about what is wrong with them. `what` is their place, such as `acl`. */
export function readClaimRules(value: unknown, what: string): RuleBook | string {
  try {
    return new RuleBook(Array.isArray(value) ? ordered(value, what) : listed(value, what))
  } catch (error) {
    if (error instanceof RuleFault) return error.message
    throw error
  }
}

class RuleFault extends Error {}

function ordered(value: readonly unknown[], what: string): readonly Rule[] {
  return value.flatMap((item, at) => {
    const place = `${what}[${at}]`
    const { allow, deny, topics } = membersOf(item, place, ['allow', 'deny', 'topics'])
    if ((allow === undefined) === (deny === undefined)) {
      throw new RuleFault(`${place} has to have either "allow" or "deny"`)
    }
    const verbs = textsOf(allow ?? deny, place).map((verb) => accessOf(verb, place))
    const access = verbs.reduce((all, one) => all | one, 0)
    const decision = allow === undefined ? 'deny' : 'allow'
    return rulesOf(decision, access, topics, `${place}.topics`)
  })
}

function listed(value: unknown, what: string): readonly Rule[] {
  const { pub = [], sub = [], all = [] } = membersOf(value, what, ['pub', 'sub', 'all'])
  return [
    ...rulesOf('allow', WRITE, pub, `${what}.pub`),
    ...rulesOf('allow', READ, sub, `${what}.sub`),
    ...rulesOf('allow', READ | WRITE, all, `${what}.all`),
  ]
}

function rulesOf(
  decision: 'allow' | 'deny',
  access: number,
  topics: unknown,
  place: string,
): readonly Rule[] {
  return textsOf(topics, place).map((topic) => {
    const because = `${place}: ${decision} ${quoted(topic)}`
    return { decision, access, template: templateOf(topic, decision, place), because }
  })
}

/** The members of an object, and no others than these: what is misspelt must not be left out. */
function membersOf<K extends string>(
  value: unknown,
  place: string,
  names: readonly K[],
): Partial<Record<K, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RuleFault(`${place} is no object`)
  }
  const members: Partial<Record<K, unknown>> = {}
  for (const [name, member] of Object.entries(value)) {
    const known = names.find((one) => one === name)
    if (known === undefined) throw new RuleFault(`${place} has an unknown member ${quoted(name)}`)
    members[known] = member
  }
  return members
}

function textsOf(value: unknown, place: string): readonly string[] {
  if (!Array.isArray(value)) throw new RuleFault(`${place} has no list of texts`)
  return value.map((text: unknown) => {
    if (typeof text !== 'string') throw new RuleFault(`${place} has no list of texts`)
    return text
  })
}

function accessOf(verb: string, place: string): number {
  if (verb === 'publish') return WRITE
  if (verb === 'subscribe') return READ
  throw new RuleFault(`${place} says ${quoted(verb)}, which is neither publish nor subscribe`)
}

function templateOf(topic: string, decision: Decision, place: string): FilterTemplate {
  const written = topic.replaceAll('${clientid}', '%c').replaceAll('${username}', '%u')
  if (!isTopicFilter(written) || parseSharedFilter(written) !== undefined) {
    throw new RuleFault(`${place} has ${quoted(topic)}, which is no Topic Filter`)
  }
  return new FilterTemplate(written, decision, true)
}
