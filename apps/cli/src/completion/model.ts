/** What there is to complete, read off the commands themselves. */
import type { Command, Option } from 'commander'

/** What may stand where a value is expected. */
export type Values = { readonly choices: readonly string[] } | 'files' | 'connections' | 'anything'

/** A flag. */
export interface CompletableFlag {
  /** `--topic`. */
  readonly long: string
  /** `-t`. */
  readonly short?: string
  readonly description: string
  /** `undefined` for a switch. */
  readonly values: Values | undefined
}

/** A command with its flags. */
export interface CompletableCommand {
  readonly names: readonly string[]
  readonly summary: string
  readonly flags: readonly CompletableFlag[]
  /** What its words are that are no flags. */
  readonly words: Values
}

/** The commands of a program. */
export function completable(program: Command): readonly CompletableCommand[] {
  const help = program.createHelp()
  return help.visibleCommands(program).map((command) => ({
    names: [command.name(), ...command.aliases()],
    summary: command.summary() === '' ? command.description() : command.summary(),
    flags: help.visibleOptions(command).map(flagOf),
    words: wordsOf(command),
  }))
}

function flagOf(option: Option): CompletableFlag {
  const { long = '', short, description } = option
  const values = option.required || option.optional ? valuesOf(option) : undefined
  return { long, ...(short !== undefined && { short }), description, values }
}

function wordsOf({ registeredArguments: [first] }: Command): Values {
  if (first?.argChoices !== undefined) return { choices: first.argChoices }
  return first?.name() === 'file' ? 'files' : 'anything'
}

/** Judged by the word that stands for the value in the help. */
function valuesOf({ argChoices, flags, long }: Option): Values {
  if (argChoices !== undefined) return { choices: argChoices }
  const word = /<([^>]*)>/.exec(flags)?.[1] ?? ''
  if (word === 'path') return 'files'
  if (word === 'qos') return { choices: ['0', '1', '2'] }
  if (word.includes('|')) return { choices: word.split('|') }
  if (long === '--protocol-version') return { choices: ['5', '3.1.1', '3.1'] }
  return long === '--connection' ? 'connections' : 'anything'
}
