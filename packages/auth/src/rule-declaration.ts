/**
 * Our own rules as they are declared: what is allowed or denied, on which topics, and to whom. What
 * is left out makes no difference; what is there must all be so.
 */
import { BlockList, isIP } from 'node:net'
import type { ClientInfo } from '@godwit/broker'
import type { QoS } from '@godwit/codec'
import { topicFilterFault } from '@godwit/topic'
import { hasControlCharacter, quoted } from './operator-file.ts'
import { READ, WRITE } from './rule-book.ts'
import type { Rule } from './rule-book.ts'
import { FilterTemplate, isAnonymous } from './rule-template.ts'
import type { Decision } from './rule-template.ts'

/** `publish`: messages and wills. `subscribe`: subscriptions, and what is delivered for them. */
export type RuleAction = 'publish' | 'subscribe'

/** A rule: either `allow` or `deny`, and on which topics. */
export interface RuleDeclaration {
  readonly allow?: readonly RuleAction[]
  readonly deny?: readonly RuleAction[]
  /** Topic Filters; in them `%c` stands for the Client Identifier and `%u` for the user name. */
  readonly topics: readonly string[]
  /** Only for these user names, as they are written. */
  readonly users?: readonly string[]
  /** Only for these Client Identifiers, as they are written. Clients choose them as they like. */
  readonly clients?: readonly string[]
  /** Only for clients at these addresses: `10.0.0.0/8`, `fd00::/8`, `192.168.1.7`. */
  readonly addresses?: readonly string[]
  /** Only for clients without a user name, or only for those with one. */
  readonly anonymous?: boolean
  /** Only messages with these QoS, and subscriptions that ask for them. */
  readonly qos?: readonly QoS[]
  /** Only messages with RETAIN, or only those without. */
  readonly retain?: boolean
}

/** A declaration that was understood. */
export interface UnderstoodRule {
  readonly number: number
  /** One for each topic. */
  readonly rules: readonly Rule[]
  /** Whether it is for a client. */
  isFor(client: ClientInfo): boolean
}

/**
 * Understands a declaration; `number` is its place among the others, counted from 1.
 *
 * @throws {RangeError} if it cannot be meant so; the message begins with its number.
 */
export function understood(declaration: RuleDeclaration, number: number): UnderstoodRule {
  try {
    const rules = rulesOf(declaration, number)
    return { number, rules, isFor: whoOf(declaration) }
  } catch (error) {
    if (!(error instanceof RuleFault)) throw error
    throw new RangeError(`rule ${number}: ${error.message}`, { cause: error })
  }
}

class RuleFault extends Error {}

function rulesOf(declaration: RuleDeclaration, number: number): readonly Rule[] {
  const { allow, deny, topics, qos, retain } = declaration
  if ((allow === undefined) === (deny === undefined)) {
    throw new RuleFault('a rule has either allow or deny, such as allow: [publish]')
  }
  const access = accessOf(listed(allow ?? deny, 'actions', 'publish, subscribe or both'))
  const decision = allow === undefined ? 'deny' : 'allow'
  const only = inWords(declaration)
  if (qos !== undefined) requireQoS(listed(qos, 'qos', '0, 1 or 2'))
  return listed(topics, 'topics', 'filters such as home/#').map((filter) => ({
    decision,
    because: `rule ${number}: ${decision} ${(allow ?? deny ?? []).join(', ')} ${filter}${only}`,
    template: templateOf(filter, decision),
    access,
    ...(qos !== undefined && { qos }),
    ...(retain !== undefined && { retain }),
  }))
}

/** A list that is empty holds for nobody and nothing, which nobody means. */
function listed<T>(list: readonly T[] | undefined, name: string, allowed: string): readonly T[] {
  if (list !== undefined && list.length > 0) return list
  throw new RuleFault(`${name} is an empty list: write ${allowed}, or take the rule away`)
}

function accessOf(actions: readonly string[]): number {
  let access = 0
  for (const action of actions) {
    if (action === 'publish') access |= WRITE
    else if (action === 'subscribe') access |= READ
    else throw new RuleFault(`an action is publish or subscribe, got ${quoted(action)}`)
  }
  return access
}

function requireQoS(list: readonly number[]): void {
  const wrong = list.find((qos) => ![0, 1, 2].includes(qos))
  if (wrong !== undefined) throw new RuleFault(`a QoS is 0, 1 or 2, got ${wrong}`)
}

function templateOf(filter: string, decision: Decision): FilterTemplate {
  const fault = topicFilterFault(filter)
  if (fault !== undefined || hasControlCharacter(filter)) {
    const reason = fault?.reason ?? 'it has a control character'
    throw new RuleFault(`${quoted(filter)} is no topic filter: ${reason}`)
  }
  if (filter.startsWith('$share/')) {
    const advice = 'write the filter behind the share'
    throw new RuleFault(`${quoted(filter)} is about a share, which no message is in: ${advice}`)
  }
  const [first = ''] = filter.split('/')
  if (first.startsWith('$') && (first.includes('%c') || first.includes('%u'))) {
    throw new RuleFault(`${quoted(filter)} has a name in a first level that starts with $`)
  }
  return new FilterTemplate(filter, decision, true)
}

function whoOf(declaration: RuleDeclaration): (client: ClientInfo) => boolean {
  const { users, clients, addresses, anonymous } = declaration
  const names = users && new Set(listed(users, 'users', 'user names'))
  const ids = clients && new Set(listed(clients, 'clients', 'Client Identifiers'))
  const nets = addresses && networksOf(listed(addresses, 'addresses', 'such as 10.0.0.0/8'))
  return ({ username, clientId, remoteAddress }) => {
    if (anonymous !== undefined && anonymous !== isAnonymous(username)) return false
    if (names !== undefined && (isAnonymous(username) || !names.has(username))) return false
    if (ids !== undefined && !ids.has(clientId)) return false
    return nets === undefined || isWithin(nets, remoteAddress)
  }
}

function networksOf(addresses: readonly string[]): BlockList {
  const networks = new BlockList()
  for (const written of addresses) {
    const [address = '', bits, more] = written.split('/')
    const version = isIP(address)
    const bitsMax = version === 4 ? 32 : 128
    const prefix = bits === undefined ? bitsMax : /^\d{1,3}$/.test(bits) ? Number(bits) : -1
    if (version === 0 || more !== undefined || prefix < 0 || prefix > bitsMax) {
      const allowed = 'is no address or network: write 192.168.1.7, 10.0.0.0/8 or fd00::/8'
      throw new RuleFault(`${quoted(written)} ${allowed}`)
    }
    networks.addSubnet(address, prefix, version === 4 ? 'ipv4' : 'ipv6')
  }
  return networks
}

/** Clients without an address of the internet, as those at a Unix socket, are in no network. */
function isWithin(networks: BlockList, remoteAddress: string): boolean {
  const version = isIP(remoteAddress)
  return version !== 0 && networks.check(remoteAddress, version === 4 ? 'ipv4' : 'ipv6')
}

function inWords(declaration: RuleDeclaration): string {
  const { users, clients, addresses, anonymous, qos, retain } = declaration
  const words = [
    ...(users === undefined ? [] : [`users ${some(users)}`]),
    ...(clients === undefined ? [] : [`clients ${some(clients)}`]),
    ...(addresses === undefined ? [] : [`addresses ${some(addresses)}`]),
    ...(anonymous === undefined ? [] : [anonymous ? 'anonymous' : 'not anonymous']),
    ...(qos === undefined ? [] : [`QoS ${qos.join(', ')}`]),
    ...(retain === undefined ? [] : [retain ? 'retained' : 'not retained']),
  ]
  return words.length === 0 ? '' : ` (${words.join('; ')})`
}

const SHOWN_MAX = 3

function some(list: readonly string[]): string {
  const shown = list.slice(0, SHOWN_MAX).map(quotedIfNeeded).join(', ')
  return list.length > SHOWN_MAX ? `${shown} and ${list.length - SHOWN_MAX} more` : shown
}

function quotedIfNeeded(name: string): string {
  const text = quoted(name)
  return text === `"${name}"` && !/[ ,;()]/.test(name) ? name : text
}
