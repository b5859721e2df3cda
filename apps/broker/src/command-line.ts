/** The command line of `godwit-broker`: what is to be done, and with which settings. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { dataCommand, directory } from './data-commands.ts'
import type { DataOrder } from './data-commands.ts'
import { DEFAULT_DIRECTORY, defaultDataDirectory } from './data-directory.ts'
import { DURABILITIES } from './keeping.ts'
import type { Durability, Keeping } from './keeping.ts'
import { version } from './version.ts'

const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const

/** How much the log says, from nothing to everything. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** What the flags of the server say. */
export interface Settings {
  readonly host: string
  /** 0 lets the system pick one. */
  readonly port: number
  /** WebSocket is off if absent. */
  readonly wsPort?: number
  readonly keeping: Keeping
  readonly logLevel: LogLevel
}

/** What a command line asks for. */
export type Order = { readonly type: 'serve'; readonly settings: Settings } | DataOrder

/**
 * Reads a command line as in `process.argv`. A wrong one ends the process with a sentence and exit
 * code 1. @throws {Error} where a directory is needed, and neither said nor known.
 */
export function parseCommandLine(argv: readonly string[]): Order {
  let order: Order | undefined
  const program = command((data) => {
    const { data: before } = program.opts<Flags>()
    order = before === undefined || data.directory !== undefined ? data : at(data, before)
  })
  program.action(() => {
    order = { type: 'serve', settings: settingsOf(program) }
  })
  program.parse(argv)
  return order ?? program.error('error: nothing is to be done')
}

/** The command, which knows how to explain itself. */
export function command(onData: (order: DataOrder) => void = () => {}): Command {
  const program = new Command('godwit-broker')
    .description('An MQTT broker: MQTT 3.1, 3.1.1 and 5.0 over TCP and WebSocket.')
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
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .allowExcessArguments(false)
    // A flag behind `data` is one of its own.
    .enablePositionalOptions()
    .configureOutput({ outputError: (text, write) => write(`godwit-broker: ${sentence(text)}\n`) })
  return program.addCommand(dataCommand(program, onData))
}

interface Flags extends Omit<Settings, 'keeping'> {
  readonly durability: Durability
  readonly data?: string
}

function settingsOf(program: Command): Settings {
  const { durability, data, ...rest } = program.opts<Flags>()
  const { port, wsPort } = rest
  if (port === wsPort && port !== 0) {
    program.error(`error: --port and --ws-port are both ${port}, and each needs one of its own`)
  }
  if (durability !== 'memory') {
    return { ...rest, keeping: { durability, directory: data ?? defaultDataDirectory() } }
  }
  if (data !== undefined) {
    program.error(
      'error: --durability memory keeps nothing: leave out --data, or say --durability fsync or os',
    )
  }
  return { ...rest, keeping: { durability } }
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
