/**
 * Decides by an ACL file, as Mosquitto 2.0.11 does. The lines of a client's user name come first,
 * or those in front of the first `user` for a client without one; then the patterns, for everybody.
 * In each of the two groups what denies comes before what allows, wherever it is written. What no
 * line allows is denied. A message may be published if its topic is allowed to be written, and is
 * delivered if it is allowed to be read.
 *
 * A client with `+` or `#` in its user name or client id gets nothing by patterns.
 *
 * What differs, and why:
 *
 * - Mosquitto grants every subscription, and delivers what may be read. Here a subscription that
 *   nothing may be read of is refused, so that a client learns why nothing comes.
 * - A user name or client id with `/` in it is put into a pattern by Mosquitto. Here it can never
 *   add a level: what is allowed for `%c/state` is of two levels, whatever a client calls itself.
 *   Patterns that deny hold for it as they do there.
 * - A name that would start a topic with `$` gets nothing by patterns that have it in them: a
 *   client that calls itself `$SYS` does not read the state of the server.
 */
import type { Action, ClientInfo } from '@godwit/broker'
import type { AclLine, ParsedAclFile } from './acl-file.ts'
import type { Authorizer, Ruling } from './authorizer.ts'
import { RuleAuthorizer } from './rule-authorizer.ts'
import type { RuleSource } from './rule-authorizer.ts'
import { READ, RuleBook, WRITE } from './rule-book.ts'
import type { Rule } from './rule-book.ts'
import { FilterTemplate, hasWildcard, isAnonymous } from './rule-template.ts'

/** An authorizer by an ACL file, which can be replaced. */
export interface AclFile extends Authorizer {
  authorize(action: Action, client: ClientInfo): Ruling | undefined
  /** Takes another file, at once and as a whole; call the broker's `rightsChanged` behind it. */
  replace(parsed: ParsedAclFile): void
}

/** Makes an authorizer of a file that `readAclFile` has read; it always says something. */
export function aclFile(parsed: ParsedAclFile): AclFile {
  return new FileOfRules(parsed)
}

class FileOfRules extends RuleAuthorizer implements AclFile {
  constructor(parsed: ParsedAclFile) {
    super(parsed.path, sourceOf(parsed))
  }

  replace(parsed: ParsedAclFile): void {
    this.replaceSource(sourceOf(parsed))
  }
}

function sourceOf({ path, anonymous, users, patterns }: ParsedAclFile): RuleSource {
  const bookOf = (lines: readonly AclLine[]): readonly RuleBook[] =>
    lines.length === 0 ? [] : [new RuleBook(rulesOf(lines, path))]
  const shared = bookOf(patterns)
  const booksOf = (lines: readonly AclLine[]): Books => {
    const own = bookOf(lines)
    return { own, all: [...own, ...shared] }
  }
  const forAnonymous = booksOf(anonymous)
  const forOthers: Books = { own: [], all: shared }
  const forUsers = new Map(Array.from(users, ([user, lines]) => [user, booksOf(lines)]))
  return {
    booksFor({ username, clientId }) {
      const books = isAnonymous(username) ? forAnonymous : (forUsers.get(username) ?? forOthers)
      return hasWildcard(username ?? '') || hasWildcard(clientId) ? books.own : books.all
    },
    otherwise: { decision: 'deny', because: `${path}: no line allows it` },
  }
}

/** The same arrays each time, so that what they say is remembered once. */
interface Books {
  /** Without the patterns. */
  readonly own: readonly RuleBook[]
  readonly all: readonly RuleBook[]
}

function rulesOf(lines: readonly AclLine[], path: string): readonly Rule[] {
  const rules = lines.map((line) => ruleOf(line, path))
  const denies = ({ decision }: Rule): boolean => decision === 'deny'
  return [...rules.filter(denies), ...rules.filter((rule) => !denies(rule))]
}

function ruleOf({ kind, access, filter, line, text }: AclLine, path: string): Rule {
  const decision = access === 'deny' ? 'deny' : 'allow'
  return {
    decision,
    because: `${path}:${line}: ${text}`,
    template: new FilterTemplate(filter, decision, kind === 'pattern'),
    access: access === 'read' ? READ : access === 'write' ? WRITE : READ | WRITE,
  }
}
