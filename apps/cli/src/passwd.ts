/** `godwit passwd`: users of a password file, in Mosquitto's format: `mosquitto_passwd`. */
import { Command, InvalidArgumentError } from 'commander'
import {
  formatPasswordHash,
  hashPassword,
  ITERATIONS_MAX,
  makeScramEntry,
  OperatorFileError,
  parsePasswordFile,
  parseScramFile,
  userNameFault,
} from '@godwit/auth'
import type { HashingMethod } from '@godwit/auth'
import { visible } from './escaping.ts'
import { CliError, misuse } from './exit.ts'
import { addExamples } from './flags/examples.ts'
import { addFlag } from './flags/flag.ts'
import { wholeNumber } from './flags/flag-values.ts'
import { hasUsers, withHashes, withoutUser, withUser } from './passwd/password-lines.ts'
import { replaceFile, textOfFile } from './passwd/replaced-file.ts'
import { readSecret } from './passwd/secret-input.ts'

/** The command. */
export function passwdCommand(): Command {
  const command = new Command('passwd')
    .summary('add, change and delete users in a password file')
    .description(
      'Adds a user to a password file for godwit-broker or Mosquitto, or gives one another ' +
        'password, which it asks for; if stdin is no terminal, its first line is the password.',
    )
    .argument('<file>', 'the password file')
    .argument('[user]', 'the user name')
    .argument('[password]', 'the password, with --batch')
  addFlag(command, '-c, --create', 'make the file, which is not there yet')
  addFlag(command, '-D, --delete', 'take the user away')
  addFlag(command, '-b, --batch', 'take the password from the command line')
  addFlag(command, '-U, --upgrade', 'hash passwords that are in the file')
  const names = ALGORITHMS.join('|')
  addFlag(command, `-H, --algorithm <${names}>`, `how to hash (default: ${ALGORITHMS[0]})`, {
    parse: algorithm,
  })
  const iterations = 'of PBKDF2; more cost more (default: 100,000)'
  addFlag(command, '--iterations <number>', iterations, { parse: wholeNumber(1, ITERATIONS_MAX) })
  addFlag(command, '--scram', 'write a file for SCRAM-SHA-256')
  addExamples(command, [
    ['godwit passwd -c passwords.txt alice', 'a new file; the password is asked for'],
    ['godwit passwd passwords.txt bob < bob.secret', 'one more, with the password in a file'],
    ['godwit passwd -D passwords.txt bob', 'and away again'],
  ])
  return command.action(passwd)
}

const ALGORITHMS = ['pbkdf2-sha512', 'sha512', 'argon2id'] as const

type Algorithm = (typeof ALGORITHMS)[number]

interface PasswdFlags {
  readonly create?: boolean
  readonly delete?: boolean
  readonly batch?: boolean
  readonly upgrade?: boolean
  readonly algorithm?: Algorithm
  readonly iterations?: number
  readonly scram?: boolean
}

function algorithm(text: string): Algorithm {
  // As mosquitto_passwd calls it.
  const known = ALGORITHMS.find((name) => name === text || text === 'sha512-pbkdf2')
  if (known !== undefined) return known
  throw new InvalidArgumentError(`It is one of ${ALGORITHMS.join(', ')}.`)
}

async function passwd(
  file: string,
  user: string | undefined,
  password: string | undefined,
  flags: PasswdFlags,
): Promise<void> {
  requireSense(user, password, flags)
  const text = await startingText(file, flags)
  const { text: changed, told } = await changedText(file, text, { user, password, flags })
  if (changed !== text) {
    requireUsable(changed, file, flags)
    await replaceFile(file, changed)
  }
  process.stdout.write(`${visible(`${file}: ${told}`)}\n`)
}

interface Wanted {
  readonly user: string | undefined
  readonly password: string | undefined
  readonly flags: PasswdFlags
}

interface Changed {
  readonly text: string
  /** What was done, for people. */
  readonly told: string
}

async function changedText(file: string, text: string, wanted: Wanted): Promise<Changed> {
  const { user, password, flags } = wanted
  if (user === undefined) return upgraded(text, flags)
  if (flags.delete === true) return withUserGone(file, text, user)
  const secret = password ?? (await readSecret(process.stdin, process.stderr))
  const { text: changed, isNew } = withUser(text, user, await written(secret, flags))
  return { text: changed, told: `user ${user} ${isNew ? 'was added' : 'has another password'}` }
}

function withUserGone(file: string, text: string, user: string): Changed {
  const left = withoutUser(text, user)
  if (left === undefined) throw new CliError(`${file} has no user ${JSON.stringify(user)}`)
  const isEmpty = !hasUsers(left)
  const warning = isEmpty ? '; it has no users any more, and brokers refuse such a file' : ''
  return { text: left, told: `user ${user} was taken away${warning}` }
}

async function upgraded(text: string, flags: PasswdFlags): Promise<Changed> {
  const { text: changed, count } = await withHashes(text, async (password, user) => {
    if (password === '') throw new CliError(`The password of ${JSON.stringify(user)} is empty`)
    return written(password, flags)
  })
  return {
    text: changed,
    told: `${count} ${count === 1 ? 'password was' : 'passwords were'} hashed`,
  }
}

async function written(password: string, flags: PasswdFlags): Promise<string> {
  if (password === '') {
    throw new CliError('The password is empty', { advice: 'nobody could log in with it' })
  }
  if (flags.scram === true) return makeScramEntry(password, flags.iterations)
  return formatPasswordHash(await hashPassword(Buffer.from(password), methodOf(flags)))
}

function methodOf({ algorithm: name = 'pbkdf2-sha512', iterations }: PasswdFlags): HashingMethod {
  if (name !== 'pbkdf2-sha512') return { algorithm: name }
  return { algorithm: name, ...(iterations !== undefined && { iterations }) }
}

/** @throws {CliError} if the file should be there and is not, or the other way round. */
async function startingText(file: string, { create = false }: PasswdFlags): Promise<string> {
  const text = await textOfFile(file)
  if (create && text !== undefined) {
    throw new CliError(`${file} is there already`, { advice: 'leave -c out to change it' })
  }
  if (!create && text === undefined) {
    throw new CliError(`${file} is not there`, { advice: 'make it with -c' })
  }
  return text ?? ''
}

/** What is written must be taken by the broker: other lines of the file may be wrong. */
function requireUsable(text: string, file: string, { scram = false }: PasswdFlags): void {
  if (!hasUsers(text)) return
  try {
    if (scram) parseScramFile(text, file)
    else parsePasswordFile(text, file)
  } catch (error) {
    if (!(error instanceof OperatorFileError)) throw error
    throw new CliError(error.message, { advice: 'nothing was changed', cause: error })
  }
}

/** @throws {CliError} for words and flags that do not go together. */
function requireSense(
  user: string | undefined,
  password: string | undefined,
  flags: PasswdFlags,
): void {
  const { batch = false, upgrade = false, create = false, scram = false } = flags
  const isDeleting = flags.delete === true
  if (upgrade && (user !== undefined || isDeleting || create || batch || scram)) {
    throw misuse('-U is about the whole file', 'give the file alone, and -H if need be')
  }
  if (user === undefined && !upgrade) throw misuse('there is no user name', 'give one')
  if (isDeleting && (create || batch)) throw misuse('-D goes neither with -c nor with -b')
  if (!batch && password !== undefined) {
    throw misuse('a password on the command line is seen by others', 'give -b if you want it so')
  }
  if (batch && password === undefined)
    throw misuse('there is no password', 'give it behind the user')
  if (flags.iterations !== undefined && !['pbkdf2-sha512', undefined].includes(flags.algorithm)) {
    throw misuse('--iterations is about pbkdf2-sha512 only')
  }
  if (scram && flags.algorithm !== undefined)
    throw misuse('--scram has one algorithm', 'leave -H out')
  const fault = user === undefined || isDeleting ? undefined : userNameFault(user)
  if (fault !== undefined) throw misuse(fault)
}
