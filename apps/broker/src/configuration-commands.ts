/** The part of the command line that is about the configuration: its flags, `check` and `plan`. */
import { Command, InvalidArgumentError, Option } from 'commander'
import type { AdminAccess } from './configuration/asked-plan.ts'
import type { ConfigurationFlags } from './configuration/flags.ts'

/** What is to be done with a configuration. */
export type ConfigurationOrder = { readonly flags: ConfigurationFlags; readonly json: boolean } & (
  | { readonly type: 'check-configuration' }
  | {
      readonly type: 'plan'
      /** The file to compare with. */
      readonly next: string
      /** Where a broker that runs is asked, for what its clients would lose, too. */
      readonly admin?: AdminAccess
    }
)

/** Adds the flags of a configuration that a program has not yet. */
export function addConfigurationFlags(program: Command): Command {
  return program
    .addOption(
      new Option(
        '--config <file>',
        'the configuration: .yaml, .toml, .json, .ts, .mjs, or mosquitto.conf',
      ).argParser(fileName),
    )
    .option('--dev', 'for laptops: open to everybody, TCP and WebSocket, keeps nothing')
    .option('--anonymous', 'let clients in that say no user name')
    .addOption(
      new Option('--password-file <file>', 'users and hashed passwords').argParser(fileName),
    )
    .addOption(new Option('--acl-file <file>', 'who may read and write what').argParser(fileName))
    .addOption(
      new Option('--set <key=value>', 'a value of the configuration; may be said again').argParser(
        assignment,
      ),
    )
}

/** Adds `check` and `plan`, which hand on what they are told. */
export function addConfigurationCommands(
  program: Command,
  onOrder: (order: ConfigurationOrder) => void,
): Command {
  const add = (name: string, description: string): Command =>
    addConfigurationFlags(
      new Command(name)
        .copyInheritedSettings(program)
        .description(description)
        .helpCommand(false)
        .allowExcessArguments(false)
        .option('--json', 'print a report for programs'),
    )
  const flagsOf = (own: Flags): ConfigurationFlags => {
    const { json: _json, admin: _admin, tokenFile: _tokenFile, ...flags } = own
    return { ...saidFlags(program), ...flags }
  }
  program.addCommand(
    add('check', 'Say what is wrong with a configuration; exit code 1 if anything is.').action(
      (own: Flags) =>
        onOrder({ type: 'check-configuration', json: own.json ?? false, flags: flagsOf(own) }),
    ),
  )
  return program.addCommand(
    add('plan', 'Say what another configuration would change.')
      .argument('<file>', 'the other configuration')
      .option('--admin <url>', 'ask the broker whose admin API is there, and who loses what')
      .option('--token-file <file>', 'a file with the secret of a token for it')
      .action((next: string, own: Flags) =>
        onOrder({
          type: 'plan',
          json: own.json ?? false,
          next,
          flags: flagsOf(own),
          ...accessIn(own),
        }),
      ),
  )
}

interface Flags extends ConfigurationFlags {
  readonly json?: boolean
  readonly admin?: string
  readonly tokenFile?: string
}

function accessIn({ admin: url, tokenFile }: Flags): { readonly admin?: AdminAccess } {
  if (url === undefined) return {}
  return { admin: tokenFile === undefined ? { url } : { url, tokenFile } }
}

/** The flags of a program that were said; what is a default is none of them. */
export function saidFlags(program: Command): ConfigurationFlags {
  const said = Object.entries(program.opts<ConfigurationFlags>()).filter(
    ([name]) => program.getOptionValueSource(name) === 'cli',
  )
  return Object.fromEntries(said)
}

function fileName(text: string): string {
  if (text === '') throw new InvalidArgumentError('A file has a name.')
  return text
}

function assignment(text: string, before: readonly string[] = []): readonly string[] {
  if (/^[^=]+=/.test(text)) return [...before, text]
  throw new InvalidArgumentError('Write key=value, such as limits.packetBytesMax=64KiB.')
}
