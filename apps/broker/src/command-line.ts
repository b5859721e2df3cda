/** The flags of `godwit-broker`. */
import { Command, InvalidArgumentError, Option } from 'commander'
import { version } from './version.ts'

const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const

/** How much the log says, from nothing to everything. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** What the flags say. */
export interface Settings {
  readonly host: string
  /** 0 lets the system pick one. */
  readonly port: number
  /** WebSocket is off if absent. */
  readonly wsPort?: number
  readonly logLevel: LogLevel
}

/**
 * Reads the flags of a command line as in `process.argv`. A wrong one ends the process with a
 * sentence and exit code 1.
 */
export function parseCommandLine(argv: readonly string[]): Settings {
  const program = command().parse(argv)
  const settings = program.opts<Settings>()
  const { port, wsPort } = settings
  if (port === wsPort && port !== 0) {
    program.error(`error: --port and --ws-port are both ${port}, and each needs one of its own`)
  }
  return settings
}

/** The command, which knows how to explain itself. */
export function command(): Command {
  return new Command('godwit-broker')
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
      new Option('--log-level <level>', 'how much to log to stderr')
        .choices(LOG_LEVELS)
        .default('info', 'info'),
    )
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .allowExcessArguments(false)
    .configureOutput({ outputError: (text, write) => write(`godwit-broker: ${sentence(text)}\n`) })
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
