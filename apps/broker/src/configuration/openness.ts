/** What is open to whom, in words: for `check` and for the banner. */
import { isLocal } from './addresses.ts'
import type { AuthorizationConfiguration, Configuration } from './configuration.ts'
import { waysIn } from './exposure.ts'

/** Who gets in by a listener. */
export interface Openness {
  readonly name: string
  readonly url: string
  /** Whether only programs on this machine reach it. */
  readonly isLocal: boolean
  /** Whether clients come in that show nothing. */
  readonly anonymous: boolean
  /** What else lets them in, such as `a password`. */
  readonly ways: readonly string[]
  /** Whether what they do is looked at. */
  readonly isRuled: boolean
  /** Whether others on the way can read everything. */
  readonly isEncrypted: boolean
}

/** Who gets in by each listener. */
export function opennessOf({ listeners }: Configuration): readonly Openness[] {
  return listeners.map((listener) => ({
    name: listener.name,
    url: listener.url,
    isLocal: isLocal(listener.url),
    anonymous: listener.authentication.anonymous,
    ways: waysIn(listener.authentication, listener.tls),
    isRuled: isRuled(listener.authorization),
    isEncrypted: listener.tls !== undefined,
  }))
}

function isRuled({ aclFile, rules, http }: AuthorizationConfiguration): boolean {
  return aclFile !== undefined || rules.length > 0 || http !== undefined
}

/** The same as a sentence: whom it lets in, with what, and what they may do. */
export function opennessText(openness: Openness): string {
  const { isLocal: isNear, anonymous, ways, isRuled, isEncrypted, url } = openness
  const page = /^wss?:/.test(url) ? ' and web page' : ''
  const who = isNear ? `every program${page} on this machine` : 'everybody who reaches it'
  const loud = anonymous && !isNear ? who.toUpperCase() : who
  const how = anonymous
    ? `without a password${ways.length === 0 ? '' : `, or with ${ways.join(' or ')}`}`
    : `with ${ways.join(' or ')}`
  const what = isRuled ? '' : '; everything is allowed'
  const seen = isNear || isEncrypted ? '' : '; not encrypted'
  return `${loud}, ${how}${what}${seen}`
}
