/** How every command runs: makes a client, asks, prints, and tells what went wrong. */
import type { Command } from 'commander'
import type { AdminClient, ListOptions } from '../client/admin-client.ts'
import { AdminError } from '../client/admin-error.ts'
import type { Page } from '../views.ts'
import { clientOf } from './asking-flags.ts'
import type { AskingFlags } from './asking-flags.ts'
import { AdminCommandFailure, AdminExitCode } from './command-failure.ts'
import { visible, visibleJson } from './escaping.ts'
import type { Surroundings } from './surroundings.ts'
import { tableOf } from './table.ts'
import type { Cell } from './table.ts'

/** What a command works with. */
export interface Acting<F> {
  readonly client: AdminClient
  readonly flags: F & AskingFlags
  /** The words behind the command's name. */
  readonly words: readonly string[]
  readonly surroundings: Surroundings
  /** Prints a value: as JSON if that is wanted, else as this text. */
  readonly show: (value: unknown, text: () => string) => void
  /** Goes with every request. */
  readonly stop: { readonly signal?: AbortSignal }
}

/** The flags of a list. */
export interface ListFlags {
  readonly limit?: number
  readonly all?: boolean
  readonly match?: string
}

/** Makes a command do something. */
export function act<F>(
  command: Command,
  surroundings: Surroundings,
  action: (acting: Acting<F>) => Promise<void>,
): Command {
  return command.action(async () => {
    const flags = command.optsWithGlobals<F & AskingFlags>()
    const { signal } = surroundings
    const show = (value: unknown, text: () => string): void =>
      surroundings.print(flags.json === true ? jsonLine(value) : text())
    try {
      const client = clientOf(flags, surroundings)
      const stop = signal === undefined ? {} : { signal }
      await action({ client, flags, words: wordsOf(command), surroundings, show, stop })
    } catch (error) {
      throw told(error, surroundings)
    }
  })
}

/** What a list prints. */
export interface Listing<T> {
  readonly names: readonly string[]
  readonly row: (item: T) => readonly Cell[]
  readonly page: (options: ListOptions) => Promise<Page<T>>
}

/** Prints a list, part after part. */
export async function printList<T>(
  { flags, surroundings, stop }: Acting<ListFlags>,
  { names, row, page }: Listing<T>,
): Promise<void> {
  const { all = false, limit = all ? Infinity : SHOWN, match } = flags
  const { print, note, isTerminal, columns } = surroundings
  const form = isTerminal ? { columns } : {}
  let shown = 0
  let after: string | undefined
  do {
    const options = { limit: Math.min(limit - shown, PAGE_MAX), ...stop }
    const part: Page<T> = await page({
      ...options,
      ...(after !== undefined && { after }),
      ...(match !== undefined && { match }),
    })
    if (flags.json === true) print(part.items.map(jsonLine).join(''))
    else print(tableOf(names, part.items.map(row), { ...form, header: after === undefined }))
    shown += part.items.length
    after = part.next
  } while (after !== undefined && shown < limit)
  if (after !== undefined) note(`There are more than these ${shown}: --all lists them.\n`)
}

/** A value on a line, safe for a terminal. */
function jsonLine(value: unknown): string {
  return `${visibleJson(JSON.stringify(value))}\n`
}

/** How many of a list are shown, and how many are asked for at once. */
const SHOWN = 100
const PAGE_MAX = 1_000

function wordsOf(command: Command): readonly string[] {
  const words: readonly unknown[] = command.processedArgs
  return words.filter((word) => typeof word === 'string')
}

/** In words of the command line, and safe for a terminal. */
function told(error: unknown, { failed }: Surroundings): unknown {
  if (error instanceof AdminCommandFailure) return failed(error)
  if (!(error instanceof AdminError)) return error
  const advice = error.code === 'unauthorized' ? TOKEN_ADVICE : ''
  const sentence = visible(`${error.message}${advice}`)
  return failed(new AdminCommandFailure(sentence, EXIT_CODES.get(error.code), error))
}

const TOKEN_ADVICE = ' (--token-file, GODWIT_ADMIN_TOKEN_FILE and GODWIT_ADMIN_TOKEN say which)'

const EXIT_CODES: ReadonlyMap<string, number> = new Map([
  ['not-found', AdminExitCode.NotFound],
  ['timeout', AdminExitCode.Timeout],
])
