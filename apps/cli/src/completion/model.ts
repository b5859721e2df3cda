/** What there is to complete, read off the commands themselves. */
import type { Command, Help, Option } from 'commander'

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
  /** Of those that are commands themselves: what may follow them. */
  readonly following: readonly { readonly name: string; readonly words: readonly string[] }[]
}

/** The commands of a program. */
export function completable(program: Command): readonly CompletableCommand[] {
  const help = program.createHelp()
  return help.visibleCommands(program).map((command) => ({
    names: [command.name(), ...command.aliases()],
    summary: command.summary() === '' ? command.description() : command.summary(),
    flags: optionsOf(command, help).map(flagOf),
    words: wordsOf(command),
    following: command.commands
      .filter((each) => each.commands.length > 0)
      .map((each) => ({ name: each.name(), words: each.commands.map((one) => one.name()) })),
  }))
}

/** Its own and those of the commands below it, each once. */
function optionsOf(command: Command, help: Help): readonly Option[] {
  const options = new Map<string, Option>()
  for (const option of help.visibleOptions(command)) options.set(option.flags, option)
  for (const each of command.commands) {
    for (const option of optionsOf(each, help)) {
      const isKnown = [...options.values()].some(({ long }) => long === option.long)
      if (!isKnown) options.set(option.flags, option)
    }
  }
  return [...options.values()]
}

function flagOf(option: Option): CompletableFlag {
  const { long = '', short, description } = option
  const values = option.required || option.optional ? valuesOf(option) : undefined
  return { long, ...(short !== undefined && { short }), description, values }
}

function wordsOf({ commands, registeredArguments: [first] }: Command): Values {
  if (commands.length > 0) return { choices: commands.map((each) => each.name()) }
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
