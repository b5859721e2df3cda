/** Flags of every command: which broker is asked, with which token, and how to print. */
import { readFileSync } from 'node:fs'
import { Option } from 'commander'
import type { Command } from 'commander'
import { AdminClient } from '../client/admin-client.ts'
import { AdminCommandFailure } from './command-failure.ts'
import type { Surroundings } from './surroundings.ts'

/** Where the admin API is unless it is said. */
const DEFAULT_URL = 'http://127.0.0.1:8081'

/** The values of these flags. */
export interface AskingFlags {
  readonly url?: string
  readonly token?: string
  readonly tokenFile?: string
  readonly json?: boolean
}

/** Adds the flags. They may stand before and behind the words of a command. */
export function addAskingFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--url <url>', `the admin API (default: GODWIT_ADMIN_URL, or ${DEFAULT_URL})`),
    )
    .addOption(
      new Option(
        '--token <token>',
        'the token (default: GODWIT_ADMIN_TOKEN); others on this machine may see it',
      ).conflicts('tokenFile'),
    )
    .addOption(
      new Option('--token-file <path>', 'a file with the token (default: GODWIT_ADMIN_TOKEN_FILE)'),
    )
    .addOption(new Option('--json', 'print JSON: a line for each item of a list'))
}

/** The client that the flags and the environment describe. */
export function clientOf(flags: AskingFlags, { environment, fetch }: Surroundings): AdminClient {
  const url = flags.url ?? said(environment['GODWIT_ADMIN_URL']) ?? DEFAULT_URL
  const token = tokenOf(flags, environment)
  return new AdminClient({ url, fetch, ...(token !== undefined && { token }) })
}

function tokenOf(
  { token, tokenFile }: AskingFlags,
  environment: Surroundings['environment'],
): string | undefined {
  if (token !== undefined) return token
  if (tokenFile !== undefined) return tokenIn(tokenFile)
  const ready = said(environment['GODWIT_ADMIN_TOKEN'])
  if (ready !== undefined) return ready
  const file = said(environment['GODWIT_ADMIN_TOKEN_FILE'])
  return file === undefined ? undefined : tokenIn(file)
}

/** The token, which is all that is in the file. */
function tokenIn(path: string): string {
  const token = textIn(path).trim()
  if (token === '') throw new AdminCommandFailure(`The token file ${path} is empty`)
  if (/\s/.test(token)) {
    throw new AdminCommandFailure(
      `The token file ${path} has more than a token in it: --token-file wants a file with one ` +
        "token and nothing else, not the broker's file of tokens",
    )
  }
  return token
}

function textIn(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const sentence = `The token file ${path} cannot be read: ${reason}`
    throw new AdminCommandFailure(sentence, undefined, cause)
  }
}

/** A variable that is empty is as good as none. */
function said(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}
