/** The configuration file: where it is, and what stands in it. */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Option } from 'commander'
import { CliError } from '../exit.ts'

/** Connections by name. */
export interface Configuration {
  /** The connection that is used where none is named. */
  readonly default?: string
  readonly connections: ReadonlyMap<string, NamedConnection>
}

/** Values of flags by the names under which commander keeps them. */
export type NamedConnection = ReadonlyMap<string, unknown>

/** A file with its text. */
export interface ConfigurationText {
  readonly path: string
  readonly text: string
}

/**
 * Reads the file that is named, else the first of `config.yaml`, `config.yml` and `config.json` in
 * `godwit` of the directory of configurations; `undefined` if there is none.
 * @throws {CliError} for a file that cannot be read.
 */
export function configurationText(
  named: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): ConfigurationText | undefined {
  const path = named ?? usualPaths(environment).find((each) => existsSync(each))
  if (path === undefined) return undefined
  try {
    return { path, text: readFileSync(path, 'utf8') }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CliError(`The configuration file ${path} cannot be read: ${reason}`, { cause })
  }
}

/** What stands in a file, in terms of these flags. @throws {CliError} where it is wrong */
export async function readConfiguration(
  file: ConfigurationText,
  options: readonly Option[],
): Promise<Configuration> {
  // Most runs have no file, and start sooner without a parser for it.
  const { parseConfiguration } = await import('./parsing.ts')
  return parseConfiguration(file, options)
}

/** Where the file is looked for. */
export function usualPaths({ XDG_CONFIG_HOME, HOME }: NodeJS.ProcessEnv): readonly string[] {
  const base =
    XDG_CONFIG_HOME === undefined || XDG_CONFIG_HOME === ''
      ? join(HOME ?? homedir(), '.config')
      : XDG_CONFIG_HOME
  return ['yaml', 'yml', 'json'].map((ending) => join(base, 'godwit', `config.${ending}`))
}
