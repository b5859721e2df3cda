/**
 * ACL files in Mosquitto's format, read line by line:
 *
 *     topic read news/#            for clients without a user name, in front of the first user
 *     user alice
 *     topic [read|write|readwrite|deny] FILTER
 *     pattern [read|write|readwrite|deny] FILTER     for everybody; %c client id, %u user name
 *
 * What Mosquitto 2.0.11 refuses is refused here too, but for comments that are indented. Beyond
 * that these are refused, because they do something else than they look like: a file without any
 * rule (it denies everything), `topic read` without a topic (which allows the topic `read`), a tab
 * between words (which becomes a part of the topic), a filter of a Shared Subscription (which
 * matches nothing), control characters, and a pattern that puts a name behind a `$`.
 */
import { topicFilterFault } from '@godwit/topic'
import {
  hasControlCharacter,
  linesOf,
  OperatorFileError,
  quoted,
  readOperatorFile,
  trimmed,
} from './operator-file.ts'
import type { FileFault, FileLine } from './operator-file.ts'

/** What a line is about; `topic` and `pattern` without a word is `readwrite`. */
export type AclAccess = 'read' | 'write' | 'readwrite' | 'deny'

/** A line that allows or denies. */
export interface AclLine {
  readonly kind: 'topic' | 'pattern'
  readonly access: AclAccess
  readonly filter: string
  /** Counted from 1. */
  readonly line: number
  /** As it is written, without spaces around it. */
  readonly text: string
}

/** A file that was understood. */
export interface ParsedAclFile {
  readonly path: string
  /** Of clients without a user name. */
  readonly anonymous: readonly AclLine[]
  /** By user name, in the order of the file. */
  readonly users: ReadonlyMap<string, readonly AclLine[]>
  readonly patterns: readonly AclLine[]
  /** Sentences for a log: nothing is wrong, and yet. */
  readonly notices: readonly string[]
}

/** The largest file that is read. */
const ACL_FILE_BYTES_MAX = 16 * 1024 * 1024

/**
 * Reads an ACL file.
 *
 * @throws {OperatorFileError} if it cannot be read, has no rule, or a line that cannot be used.
 */
export async function readAclFile(path: string): Promise<ParsedAclFile> {
  const { text } = await readOperatorFile(path, ACL_FILE_BYTES_MAX)
  return parseAclFile(text, path)
}

/**
 * Reads the text of an ACL file; `path` is for the messages.
 *
 * @throws {OperatorFileError} if there is no rule, or a line that cannot be used.
 */
export function parseAclFile(text: string, path: string): ParsedAclFile {
  const reading = new Reading(path)
  for (const line of linesOf(text)) reading.take(line)
  return reading.finish()
}

const EMPTY =
  'has no topic and no pattern line, which would deny everything to everybody: write what is ' +
  'allowed, such as topic readwrite #, or take the file out of the configuration'

/** What was read of a file so far. */
class Reading {
  readonly #path: string
  readonly #anonymous: AclLine[] = []
  readonly #users = new Map<string, AclLine[]>()
  readonly #patterns: AclLine[] = []
  readonly #faults: FileFault[] = []
  readonly #notices: string[] = []
  /** Where lines that start with `topic` belong. */
  #current: AclLine[] = this.#anonymous

  constructor(path: string) {
    this.#path = path
  }

  take(line: FileLine): void {
    const text = trimmed(line.text)
    if (text === '' || text.startsWith('#')) return
    const fault = this.#takeWords(text, line.number)
    if (fault !== undefined) this.#faults.push({ line: line.number, sentence: fault })
  }

  /** @throws {OperatorFileError} if there was a fault, or no rule. */
  finish(): ParsedAclFile {
    if (this.#faults.length > 0) throw new OperatorFileError(this.#path, this.#faults)
    const lines = [this.#anonymous, this.#patterns, ...this.#users.values()]
    if (lines.every(({ length }) => length === 0)) {
      throw new OperatorFileError(this.#path, [{ sentence: EMPTY }])
    }
    return {
      path: this.#path,
      anonymous: this.#anonymous,
      users: this.#users,
      patterns: this.#patterns,
      notices: this.#notices,
    }
  }

  /** What is wrong with a line, or `undefined`. */
  #takeWords(text: string, number: number): string | undefined {
    if (text.includes('\t')) {
      return `there is a tab in ${quoted(text)}, which would be a part of a word: write a space`
    }
    if (hasControlCharacter(text)) return `there is a control character in ${quoted(text)}`
    const [word, rest] = firstWord(text)
    if (word === 'user') return this.#takeUser(rest)
    if (word === 'topic' || word === 'pattern') return this.#takeRule(word, { text, rest, number })
    return `a line starts with user, topic or pattern, got ${quoted(word)}${nearMiss(word)}`
  }

  #takeUser(name: string): string | undefined {
    if (name === '') return 'there is no name behind user: write user NAME'
    const there = this.#users.get(name)
    this.#current = there ?? []
    if (there === undefined) this.#users.set(name, this.#current)
    return undefined
  }

  #takeRule(kind: 'topic' | 'pattern', written: Written): string | undefined {
    const { rest, text, number } = written
    const [word, more] = firstWord(rest)
    if (rest === '' || (more === '' && isAccess(word))) {
      return `there is no topic in ${quoted(text)}: write ${kind} ${word || 'read'} TOPIC`
    }
    if (more !== '' && !isAccess(word)) {
      const what = `behind ${kind} comes read, write, readwrite, deny or the topic alone`
      return `${what}, got ${quoted(word)}${nearMiss(word)}`
    }
    const access = isAccess(word) ? word : 'readwrite'
    const filter = more === '' ? rest : more
    const fault = filterFault(filter, kind)
    if (fault !== undefined) return fault
    if (kind === 'topic') this.#notice(filter, number)
    const lines = kind === 'topic' ? this.#current : this.#patterns
    lines.push({ kind, access, filter, line: number, text })
    return undefined
  }

  #notice(filter: string, number: number): void {
    if (!filter.includes('%c') && !filter.includes('%u')) return
    this.#notices.push(
      `${this.#path}:${number}: in a topic line %c and %u are only characters: ` +
        'write pattern in place of topic to have the name of each client there',
    )
  }
}

/** The parts of a line that allows or denies. */
interface Written {
  readonly text: string
  readonly rest: string
  readonly number: number
}

function filterFault(filter: string, kind: 'topic' | 'pattern'): string | undefined {
  if (filter.startsWith('$share/')) {
    return `${quoted(filter)} is about a share, which no message is in: write the filter behind it`
  }
  const fault = topicFilterFault(filter)
  if (fault !== undefined) return `${quoted(filter)} is no topic filter: ${fault.reason}`
  const [first = ''] = filter.split('/')
  if (kind === 'topic' || !first.startsWith('$') || !/%[cu]/.test(first)) return undefined
  return `${quoted(filter)} has a name in a first level that starts with $, which none can`
}

function firstWord(text: string): readonly [word: string, rest: string] {
  const end = text.indexOf(' ')
  return end === -1 ? [text, ''] : [text.slice(0, end), trimmed(text.slice(end))]
}

const ACCESSES: readonly string[] = ['read', 'write', 'readwrite', 'deny'] satisfies AclAccess[]

function isAccess(word: string): word is AclAccess {
  return ACCESSES.includes(word)
}

/** Words that people write there. */
const MEANT: ReadonlyMap<string, string> = new Map([
  ['allow', 'readwrite'],
  ['rw', 'readwrite'],
  ['publish', 'write'],
  ['pub', 'write'],
  ['subscribe', 'read'],
  ['sub', 'read'],
  ['none', 'deny'],
  ['topics', 'topic'],
  ['patterns', 'pattern'],
  ['users', 'user'],
  ['username', 'user'],
])

function nearMiss(word: string): string {
  const lower = word.toLowerCase()
  const isKnown = isAccess(lower) || ['user', 'topic', 'pattern'].includes(lower)
  const meant = isKnown ? lower : MEANT.get(lower)
  return meant === undefined ? '' : `; did you mean ${meant}?`
}
