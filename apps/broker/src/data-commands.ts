/** The part of the command line that is about kept data: `godwit-broker data ...`. */
import { Command, InvalidArgumentError } from 'commander'
import { DEFAULT_DIRECTORY } from './data-directory.ts'

/** What is to be done with kept data. The directory is the default one if it is absent. */
export type DataOrder = { readonly directory?: string } & (
  | { readonly type: 'check'; readonly json: boolean }
  | { readonly type: 'repair'; readonly json: boolean }
  | { readonly type: 'export'; /** Standard output if absent. */ readonly file?: string }
  | { readonly type: 'import'; /** Standard input if absent. */ readonly file?: string }
)

/** The command `data`, which looks and sounds like its program and hands on what it is told. */
export function dataCommand(program: Command, onOrder: (order: DataOrder) => void): Command {
  const data = new Command('data')
    .description('Look after what a broker has kept. The broker must not be running.')
    .helpCommand(false)
    .copyInheritedSettings(program)
  const add = (name: string, description: string): Command =>
    data
      .command(name)
      .description(description)
      .option('--data <directory>', `where it is kept (default: ${DEFAULT_DIRECTORY})`, directory)
      .allowExcessArguments(false)
  add('check', 'Say whether it can be read, and change nothing; exit code 1 if not.')
    .option('--json', 'print a report for programs')
    .action((flags: Flags) => onOrder({ type: 'check', json: flags.json ?? false, ...at(flags) }))
  add('repair', 'Rescue what can be read, and keep the damaged files.')
    .option('--json', 'print a report for programs')
    .action((flags: Flags) => onOrder({ type: 'repair', json: flags.json ?? false, ...at(flags) }))
  add('export', 'Write it down as JSON lines: sessions, subscriptions, messages.')
    .argument('[file]', 'where to; nothing there is written over (default: stdout)')
    .action((file: string | undefined, flags: Flags) =>
      onOrder({ type: 'export', ...named(file), ...at(flags) }),
    )
  add('import', 'Take up what export wrote, or the mosquitto.db of a mosquitto 2.0.')
    .argument('<file>', 'where from; - is stdin')
    .action((file: string, flags: Flags) =>
      onOrder({ type: 'import', ...named(file === '-' ? undefined : file), ...at(flags) }),
    )
  return data
}

/** A directory as a flag says it. @throws {InvalidArgumentError} for an empty name. */
export function directory(text: string): string {
  if (text === '') throw new InvalidArgumentError('A directory has a name.')
  return text
}

interface Flags {
  readonly data?: string
  readonly json?: boolean
}

function at({ data }: Flags): { readonly directory?: string } {
  return data === undefined ? {} : { directory: data }
}

function named(file: string | undefined): { readonly file?: string } {
  return file === undefined ? {} : { file }
}
