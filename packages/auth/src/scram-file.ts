/**
 * Files of users for SCRAM-SHA-256, a line each: `user:SCRAM-SHA-256$...`; lines that start with
 * `#` and empty ones are skipped. `godwit passwd --scram` writes them.
 */
import { linesOf, OperatorFileError, quoted, readOperatorFile } from './operator-file.ts'
import type { FileFault, FileLine } from './operator-file.ts'
import { PASSWORD_FILE_BYTES_MAX, userNameFault } from './password-file.ts'
import { saslprep } from './saslprep.ts'
import { parseScramEntry } from './scram-entry.ts'
import type { ScramEntry } from './scram-entry.ts'

/** The users of a file, by their prepared name. */
export type ScramUsers = ReadonlyMap<string, ScramEntry>

/**
 * Reads a file of users.
 *
 * @throws {OperatorFileError} if it cannot be read, has no user, or a line that cannot be used.
 */
export async function readScramFile(path: string): Promise<ScramUsers> {
  const { text } = await readOperatorFile(path, PASSWORD_FILE_BYTES_MAX)
  return parseScramFile(text, path)
}

/**
 * Reads the text of such a file; `path` is for the messages.
 *
 * @throws {OperatorFileError} if there is no user, or a line that cannot be used.
 */
export function parseScramFile(text: string, path: string): ScramUsers {
  const users = new Map<string, ScramEntry>()
  const faults: FileFault[] = []
  for (const line of linesOf(text)) {
    if (line.text.trim() === '' || line.text.startsWith('#')) continue
    const fault = takeLine(line, users)
    if (fault !== undefined) faults.push({ line: line.number, sentence: fault })
  }
  if (faults.length > 0) throw new OperatorFileError(path, faults)
  if (users.size === 0) throw new OperatorFileError(path, [{ sentence: EMPTY }])
  return users
}

/** Takes the user of a line, or says what is wrong with it. */
function takeLine({ text }: FileLine, users: Map<string, ScramEntry>): string | undefined {
  const colon = text.indexOf(':')
  // What stands there may be a password, so it is not shown.
  if (colon === -1) return `there is no colon: ${FORM}`
  const written = text.slice(0, colon)
  const fault = userNameFault(written)
  if (fault !== undefined) return `${fault}: ${FORM}`
  const user = saslprep(written)
  if (user === undefined) return `the user name ${quoted(written)} is none: ${FORM}`
  if (users.has(user)) return `the user ${quoted(user)} is there already: keep one of them`
  const entry = parseScramEntry(text.slice(colon + 1).trim())
  if (typeof entry === 'string') return `the entry of user ${quoted(user)} ${entry}: ${FORM}`
  users.set(user, entry)
  return undefined
}

const FORM = 'a line is user:SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey'

const EMPTY = 'has no user, so nobody could log in: add one by godwit passwd --scram'
