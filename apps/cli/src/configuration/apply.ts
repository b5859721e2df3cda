/**
 * Puts the values of a named connection among those of the flags: below flags, and above the
 * environment only if a flag names the connection.
 */
import type { Command } from 'commander'
import { CliError } from '../exit.ts'
import { configurationText, readConfiguration } from './file.ts'
import type { Configuration, ConfigurationText, NamedConnection } from './file.ts'
import { nearMiss } from './near-miss.ts'

/** Completes the values of a command that was parsed. @throws {CliError} */
export async function applyConfiguration(command: Command): Promise<void> {
  forgetEmptyVariables(command)
  const { config, connection } = command.opts<{ config?: string; connection?: string }>()
  const file = configurationText(config)
  if (file !== undefined) {
    const configuration = await readConfiguration(file, command.options)
    const name = connection ?? defaultName(configuration, command)
    if (name !== undefined) {
      const named = command.getOptionValueSource('connection') === 'cli'
      apply(connectionCalled(name, configuration, file), command, named)
    }
  } else if (connection !== undefined) {
    throw new CliError(`There is no configuration file for the connection ${connection}`, {
      advice: 'write ~/.config/godwit/config.yaml, or name a file with --config',
    })
  }
  forgetOtherServers(command)
}

/** An environment variable that is empty is as good as none. */
function forgetEmptyVariables(command: Command): void {
  for (const option of command.options) {
    const key = option.attributeName()
    const isEmpty = command.getOptionValue(key) === ''
    if (isEmpty && command.getOptionValueSource(key) === 'env') forget(key, command)
  }
}

const PLACES = ['url', 'host', 'port', 'unix']

/** The default connection is for those who do not say otherwise where to connect to. */
function defaultName(configuration: Configuration, command: Command): string | undefined {
  const elsewhere = PLACES.some((key) => command.getOptionValue(key) !== undefined)
  return elsewhere ? undefined : configuration.default
}

function connectionCalled(
  name: string,
  { connections }: Configuration,
  { path }: ConfigurationText,
): NamedConnection {
  const found = connections.get(name)
  if (found !== undefined) return found
  const names = [...connections.keys()]
  const meant = nearMiss(name, names)
  const advice = meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`
  throw new CliError(`${path} has no connection called ${name}`, { advice })
}

function apply(connection: NamedConnection, command: Command, aboveEnvironment: boolean): void {
  const weaker = aboveEnvironment ? [undefined, 'default', 'env'] : [undefined, 'default']
  for (const [key, value] of connection) {
    if (!weaker.includes(command.getOptionValueSource(key))) continue
    command.setOptionValueWithSource(key, value, 'config')
  }
  if (!aboveEnvironment) return
  // A URL of the environment is another server's, even if the file names its server by host.
  const replaced = PLACES.some((key) => connection.has(key))
  if (replaced && command.getOptionValueSource('url') === 'env') forget('url', command)
}

/**
 * A host or socket that a flag names takes the place of a URL that was configured, whose
 * credentials are for another server.
 */
function forgetOtherServers(command: Command): void {
  const source = (key: string): string | undefined => command.getOptionValueSource(key)
  const flagged = (key: string): boolean => source(key) === 'cli'
  if (!flagged('host') && !flagged('unix') && !flagged('url')) return
  for (const key of ['url', 'unix', 'host', 'port']) {
    if (source(key) !== undefined && !flagged(key)) forget(key, command)
  }
}

function forget(key: string, command: Command): void {
  command.setOptionValueWithSource(key, undefined, 'default')
}
