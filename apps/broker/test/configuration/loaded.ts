/** Configurations for tests: texts in files of a directory that goes away. */
import { writeFile } from 'node:fs/promises'
import type { Environment } from '../../src/configuration/environment.ts'
import type { ConfigurationFlags } from '../../src/configuration/flags.ts'
import { ConfigurationError, sentenceOf } from '../../src/configuration/fault.ts'
import { loadConfiguration } from '../../src/configuration/loading.ts'
import type { LoadedConfiguration } from '../../src/configuration/loading.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

/** What else there is beside a file. */
export interface Beside {
  readonly env?: Environment
  readonly flags?: ConfigurationFlags
  /** Other files, by name. */
  readonly files?: Readonly<Record<string, string>>
}

/** Loads a text as a file of a name. */
export async function loadText(
  file: string,
  text: string,
  { env = {}, flags = {}, files = {} }: Beside = {},
): Promise<LoadedConfiguration & { readonly directory: string }> {
  await using directory = await temporaryDirectory()
  for (const [name, contents] of Object.entries({ ...files, [file]: text })) {
    await writeFile(directory.at(name), contents)
  }
  const loaded = await loadConfiguration({ file, env, flags, directory: directory.path })
  return { ...loaded, directory: directory.path }
}

/** Loads without a file. */
export function loadWithout({ env = {}, flags = {} }: Beside = {}): Promise<LoadedConfiguration> {
  return loadConfiguration({ env, flags, directory: '/nowhere' })
}

/** The sentences of a configuration that is wrong. */
export async function sentencesOf(loading: Promise<unknown>): Promise<readonly string[]> {
  try {
    await loading
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults.map(sentenceOf)
    throw error
  }
  throw new Error('It can be used')
}
