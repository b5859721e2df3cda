/**
 * Password files in Mosquitto's format: a user and a hash on each line, `user:hash`; lines that
 * start with `#` and empty ones are skipped. Mosquitto leaves out what it cannot read and starts;
 * here a file with one such line is refused, for a user who cannot log in is found out later than
 * a broker that does not start. No message has a hash or a password in it.
 */
import { hasArgon2 } from './hashing.ts'
import {
  hasControlCharacter,
  linesOf,
  OperatorFileError,
  quoted,
  readOperatorFile,
  trimmed,
} from './operator-file.ts'
import type { FileFault, FileLine } from './operator-file.ts'
import { parsePasswordHash, PasswordHashFault } from './password-hash.ts'
import type { PasswordHash } from './password-hash.ts'

/** A user of the file. */
export interface PasswordEntry {
  readonly user: string
  /** Counted from 1. */
  readonly line: number
  /** The hash as it is written. */
  readonly written: string
  readonly hash: PasswordHash
}

/** A file that was understood. */
export interface ParsedPasswordFile {
  readonly path: string
  readonly entries: ReadonlyMap<string, PasswordEntry>
  /** Sentences for a log: nothing is wrong, and yet. */
  readonly notices: readonly string[]
}

/** The largest file that is read: some 130,000 users. */
export const PASSWORD_FILE_BYTES_MAX: number = 16 * 1024 * 1024

/**
 * Reads a password file.
 *
 * @throws {OperatorFileError} if it cannot be read, has no user, or a line that cannot be used.
 */
export async function readPasswordFile(path: string): Promise<ParsedPasswordFile> {
  const { text, stats } = await readOperatorFile(path, PASSWORD_FILE_BYTES_MAX)
  const parsed = parsePasswordFile(text, path)
  return { ...parsed, notices: [...parsed.notices, ...modeNotices(path, stats.mode)] }
}

/**
 * Reads the text of a password file; `path` is for the messages.
 *
 * @throws {OperatorFileError} if there is no user, or a line that cannot be used.
 */
export function parsePasswordFile(text: string, path: string): ParsedPasswordFile {
  const entries = new Map<string, PasswordEntry>()
  const faults: FileFault[] = []
  for (const line of linesOf(text)) {
    if (trimmed(line.text) === '' || line.text.startsWith('#')) continue
    const entry = entryOf(line, entries)
    if ('sentence' in entry) faults.push(entry)
    else entries.set(entry.user, entry)
  }
  if (faults.length > 0) throw new OperatorFileError(path, faults)
  if (entries.size === 0) throw new OperatorFileError(path, [{ sentence: EMPTY }])
  return { path, entries, notices: costNotices(path, entries) }
}

/** Why a text is no user name, or `undefined`. */
export function userNameFault(user: string): string | undefined {
  if (user === '') return 'the user name is empty'
  if (user.includes(':')) return `the user name ${quoted(user)} has a colon, which ends it`
  if (user.startsWith('#')) return `the user name ${quoted(user)} starts like a comment`
  if (user !== trimmed(user)) return `the user name ${quoted(user)} starts or ends with a space`
  if (user.length > USER_LENGTH_MAX) return `the user name is longer than ${USER_LENGTH_MAX}`
  if (!hasControlCharacter(user)) return undefined
  return `the user name ${quoted(user)} has a control character`
}

const EMPTY = 'has no user, so nobody could log in: add one by godwit passwd'

const USER_LENGTH_MAX = 65_535

function entryOf(
  { number, text }: FileLine,
  entries: ReadonlyMap<string, PasswordEntry>,
): PasswordEntry | FileFault {
  const fault = (sentence: string): FileFault => ({ line: number, sentence })
  const colon = text.indexOf(':')
  // What stands there may be a password, so it is not shown.
  if (colon === -1) return fault('there is no colon: a line is user:hash, take it away or mend it')
  const user = trimmed(text.slice(0, colon))
  const userFault = userNameFault(user)
  if (userFault !== undefined) return fault(`${userFault}: a line is user:hash`)
  const first = entries.get(user)
  if (first !== undefined) {
    return fault(`the user ${quoted(user)} is on line ${first.line} already: keep one of them`)
  }
  const written = trimmed(text.slice(colon + 1))
  try {
    const hash = parsePasswordHash(written)
    if (hash.algorithm !== 'argon2id' || hasArgon2) return { user, line: number, written, hash }
    return fault(`of user ${quoted(user)} ${NO_ARGON2}, got ${process.version}`)
  } catch (error) {
    if (error instanceof PasswordHashFault) return fault(`of user ${quoted(user)} ${error.message}`)
    throw error
  }
}

const NO_ARGON2 = 'the hash is argon2id, which needs Node.js 24.7 or newer'

/** Users whose logins take another time than most can be told from users that are not there. */
function costNotices(path: string, entries: ReadonlyMap<string, PasswordEntry>): readonly string[] {
  const usual = commonestHash(entries)
  const others = [...entries.values()].filter(({ hash }) => !isAlike(hash, usual))
  const [first] = others
  if (first === undefined) return []
  const who = `${others.length} of ${entries.size} users, such as ${quoted(first.user)},`
  return [
    `${path}:${first.line}: ${who} have a hash of another kind or cost than most, so the time ` +
      'that their logins take tells that they exist: set their passwords again',
  ]
}

/** A hash of the kind and costs that most users have, of those that are there. */
export function commonestHash(
  entries: ReadonlyMap<string, PasswordEntry>,
): PasswordHash | undefined {
  const counts = new Map<string, number>()
  let commonest: PasswordHash | undefined
  let most = 0
  for (const { hash } of entries.values()) {
    const count = (counts.get(costsOf(hash)) ?? 0) + 1
    counts.set(costsOf(hash), count)
    if (count > most) {
      most = count
      commonest = hash
    }
  }
  return commonest
}

function isAlike(hash: PasswordHash, other: PasswordHash | undefined): boolean {
  return other !== undefined && costsOf(hash) === costsOf(other)
}

function costsOf(hash: PasswordHash): string {
  const { algorithm, salt, digest } = hash
  const lengths = `${salt.length} ${digest.length}`
  if (algorithm === 'sha512') return `6 ${lengths}`
  if (algorithm === 'pbkdf2-sha512') return `7 ${hash.iterations} ${lengths}`
  return `a ${hash.memoryKiB} ${hash.passes} ${hash.lanes} ${lengths}`
}

const READABLE_BY_ALL = 0o004
const WRITABLE_BY_OTHERS = 0o022

function modeNotices(path: string, mode: number): readonly string[] {
  if (process.platform === 'win32') return []
  const permissions = (mode & 0o777).toString(8)
  const advice = `its mode is ${permissions}: chmod 600, or 640 with the group of the broker`
  if ((mode & WRITABLE_BY_OTHERS) !== 0) {
    return [`${path} can be changed by others than its owner, ${advice}`]
  }
  return (mode & READABLE_BY_ALL) === 0 ? [] : [`${path} can be read by everybody, ${advice}`]
}
