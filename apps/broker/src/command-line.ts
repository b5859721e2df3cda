/** The command line of `godwit-broker`: what is to be done, and what was said of how. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { addAdminCommand } from './admin-commands.ts'
import type { AdminOrder } from './admin-commands.ts'
import { dataCommand, directory } from './data-commands.ts'
import type { DataOrder } from './data-commands.ts'
import { DEFAULT_DIRECTORY } from './data-directory.ts'
import {
  addConfigurationCommands,
  addConfigurationFlags,
  saidFlags,
} from './configuration-commands.ts'
import type { ConfigurationOrder } from './configuration-commands.ts'
import type { ConfigurationFlags } from './configuration/flags.ts'
import { DURABILITIES } from './keeping.ts'
import type { Durability } from './keeping.ts'
import { LOG_LEVELS } from './log-terms.ts'
import { version } from './version.ts'

/** What a command line asks for. */
export type Order = ServeOrder | ConfigurationOrder | DataOrder | AdminOrder

/** To run the broker. */
interface ServeOrder {
  readonly type: 'serve'
  /** What was said, for `loadConfiguration`; without defaults. */
  readonly flags: ConfigurationFlags
}

/**
 * Reads a command line as in `process.argv`. A wrong one ends the process with a sentence and exit
 * code 1.
 */
export function parseCommandLine(argv: readonly string[]): Order {
  let order: Order | undefined
  const program = command(
    (data) => {
      const { data: before } = program.opts<Flags>()
      order = before === undefined || data.directory !== undefined ? data : at(data, before)
    },
    (about) => (order = about),
    (admin) => (order = admin),
  )
  program.action(() => {
    order = { type: 'serve', flags: flagsOf(program) }
  })
  program.parse(argv)
  return order ?? program.error('error: nothing is to be done')
}

/** The command, which knows how to explain itself. */
export function command(
  onData: (order: DataOrder) => void = () => {},
  onConfiguration: (order: ConfigurationOrder) => void = () => {},
  onAdmin: (order: AdminOrder) => void = () => {},
): Command {
  const program = addConfigurationFlags(serverFlags(new Command('godwit-broker')))
    .description('An MQTT broker: MQTT 3.1, 3.1.1 and 5.0 over TCP and WebSocket.')
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .allowExcessArguments(false)
    // A flag behind `data` is one of its own.
    .enablePositionalOptions()
    .configureOutput({ outputError: (text, write) => write(`godwit-broker: ${sentence(text)}\n`) })
  program.addCommand(dataCommand(program, onData))
  addAdminCommand(program, onAdmin)
  return addConfigurationCommands(program, onConfiguration)
}

function serverFlags(program: Command): Command {
  return program
    .addOption(
      new Option('--host <address>', 'the address to listen at; 0.0.0.0 and :: mean all')
        .argParser(address)
        .default('127.0.0.1', '127.0.0.1'),
    )
    .option('--port <number>', 'the TCP port; 0 picks a free one', portNumber, 1883)
    .option(
      '--ws-port <number>',
      'the WebSocket port; 0 picks a free one (default: off)',
      portNumber,
    )
    .addOption(
      new Option('--durability <mode>', 'what an acknowledged message survives')
        .choices(DURABILITIES)
        .default('fsync', 'fsync'),
    )
    .option('--data <directory>', `where it is kept (default: ${DEFAULT_DIRECTORY})`, directory)
    .addOption(
      new Option('--log-level <level>', 'how much to log to stderr')
        .choices(LOG_LEVELS)
        .default('info', 'info'),
    )
}

interface Flags {
  readonly port: number
  readonly wsPort?: number
  readonly durability: Durability
  readonly data?: string
}

/** What was said, where it does not contradict itself. */
function flagsOf(program: Command): ConfigurationFlags {
  const { durability, data, port, wsPort } = program.opts<Flags>()
  if (port === wsPort && port !== 0) {
    program.error(`error: --port and --ws-port are both ${port}, and each needs one of its own`)
  }
  if (durability === 'memory' && data !== undefined) {
    program.error(
      'error: --durability memory keeps nothing: leave out --data, or say --durability fsync or os',
    )
  }
  return saidFlags(program)
}

/** A directory may be said before the command too. */
function at(order: DataOrder, directory: string): DataOrder {
  return { ...order, directory }
}

/** An address may be written as in a URL: `[::1]`. */
function address(text: string): string {
  if (text === '') throw new InvalidArgumentError('An address is not empty.')
  return text.replace(/^\[(.*)\]$/, '$1')
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN
  if (!(port <= 65_535)) throw new InvalidArgumentError('A port is a whole number from 0 to 65535.')
  return port
}

/** What commander has to say, as one sentence on one line. */
function sentence(text: string): string {
  return text
    .replace(/^error: /, '')
    .replace(/\n\((Did.*)\)/, (_, hint: string) => `: ${decapitalized(hint)}`)
    .replace(/\. ([A-Z].*)/, (_, reason: string) => `: ${decapitalized(reason)}`)
    .replace(/\.?\n*$/, '')
}

function decapitalized(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
