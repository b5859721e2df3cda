/**
 * Topic Filters with a place for the client: `%c` is its Client Identifier, `%u` its user name.
 * What is put there comes from strangers. Where something is allowed, it can never become more than
 * a part of one level: a name that is empty or has `+`, `#` or `/` in it is not put there, and none
 * leads to the topics that start with `$`. Where something is denied the name is put there as it
 * is, so that nobody escapes by an odd one; and with `+` or `#` in it, it stands for all names.
 *
 *     template   sensors/%c/state       a filter      sensors/lamp-7/state
 *     outline    sensors/+/state        where it denies, sensors/#
 */
import type { ClientInfo } from '@godwit/broker'

/** Whose names are put into templates. */
export type Named = Pick<ClientInfo, 'clientId' | 'username'>

/** What a template is for. */
export type Decision = 'allow' | 'deny'

/** A filter, or a template for one. */
export class FilterTemplate {
  readonly written: string
  /** A filter that matches what any filter made of it does; `undefined`: there is no such one. */
  readonly outline: string | undefined
  /** Whether it is the same filter for everybody. */
  readonly isFixed: boolean
  readonly #decision: Decision
  readonly #hasClientId: boolean
  readonly #hasUsername: boolean

  /** `hasPlaces`: whether `%c` and `%u` stand for names; else they are what they are. */
  constructor(written: string, decision: Decision, hasPlaces: boolean) {
    this.written = written
    this.#decision = decision
    this.#hasClientId = hasPlaces && written.includes('%c')
    this.#hasUsername = hasPlaces && written.includes('%u')
    this.isFixed = !this.#hasClientId && !this.#hasUsername
    this.outline = this.isFixed ? written : outlineOf(written, decision)
  }

  /**
   * Its filter for a client. `undefined`: it has nothing for this client; `all`: it denies whatever
   * its outline matches. Allocates unless it is fixed.
   */
  filterFor({ clientId, username }: Named): string | undefined | typeof ALL {
    if (this.isFixed) return this.written
    if (this.#hasUsername && isAnonymous(username)) return undefined
    const names = (this.#hasClientId ? clientId : '') + (this.#hasUsername ? username : '')
    if (hasWildcard(names)) return this.#decision === 'deny' ? ALL : undefined
    const filter = filled(this.written, clientId, username ?? '')
    return this.#decision === 'deny' || this.#isHarmless(filter, clientId, username)
      ? filter
      : undefined
  }

  #isHarmless(filter: string, clientId: string, username: string | undefined): boolean {
    if (this.#hasClientId && !isPartOfLevel(clientId)) return false
    if (this.#hasUsername && !isPartOfLevel(username ?? '')) return false
    return !filter.startsWith('$') || this.written.startsWith('$')
  }
}

/** Whether there is no user name; one of no characters is none, as Mosquitto has it. */
export function isAnonymous(username: string | undefined): username is '' | undefined {
  return username === undefined || username === ''
}

/** In the place of a filter: everything that could be made of the template. */
export const ALL: unique symbol = Symbol('all')

/** Whether a name has a character that is a wildcard in a filter. */
export function hasWildcard(name: string): boolean {
  return name.includes('+') || name.includes('#')
}

function isPartOfLevel(name: string): boolean {
  return name !== '' && !name.includes('/')
}

function outlineOf(written: string, decision: Decision): string | undefined {
  const levels = written.split('/')
  const hasPlace = (level: string): boolean => level.includes('%c') || level.includes('%u')
  if (decision === 'allow') return levels.map((each) => (hasPlace(each) ? '+' : each)).join('/')
  const first = levels.findIndex(hasPlace)
  return first === 0 ? undefined : [...levels.slice(0, first), '#'].join('/')
}

/** In one pass: what was put there is not looked at again. */
function filled(written: string, clientId: string, username: string): string {
  let text = ''
  let from = 0
  for (let at = written.indexOf('%'); at !== -1; at = written.indexOf('%', at + 1)) {
    const place = written[at + 1]
    if (place !== 'c' && place !== 'u') continue
    text += written.slice(from, at) + (place === 'c' ? clientId : username)
    from = at + 2
  }
  return text + written.slice(from)
}
