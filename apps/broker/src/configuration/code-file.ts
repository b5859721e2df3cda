/**
 * Configuration as a program: a module that exports what `defineConfig` returned, by default or as
 * `config`. Nobody knows at which line of it a value was made; its key says enough.
 */
import { stat } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { ConfigurationError } from './fault.ts'
import type { Layer } from './layer.ts'
import { isMapping } from './structure.ts'

/** A module, by the name that was said and by the path that this means. */
export interface ModuleFile {
  readonly name: string
  readonly path: string
  readonly base: string
}

/** Runs the module. @throws {ConfigurationError} if that cannot be done, or it exports nothing. */
export async function moduleLayer({ name, path, base }: ModuleFile): Promise<Layer> {
  const exported = await imported(name, path)
  const tree = await (exported['default'] ?? exported['config'])
  if (isMapping(tree)) return { type: 'file', tree, base, placeOf: () => name }
  const message =
    'exports no configuration: write `export default defineConfig({ ... })`, ' +
    "with defineConfig of '@godwit/broker-cli'"
  throw new ConfigurationError([{ place: name, key: '', message }])
}

async function imported(name: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const { mtimeMs } = await stat(path)
    // A module is run once for each name; with the time in it, again after it was changed.
    const module: unknown = await import(`${pathToFileURL(path).href}?${mtimeMs}`)
    return isMapping(module) ? module : {}
  } catch (cause) {
    const message = `cannot be run: ${reasonOf(cause)}`
    throw new ConfigurationError([{ place: name, key: '', message }], { cause })
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') {
    return (
      'this version of Node.js does not take TypeScript as it is: use 22.18 or newer, ' +
      'or write the configuration as .mjs or .yaml'
    )
  }
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return 'Node.js takes only TypeScript that is JavaScript with types: no enum, no namespace'
  }
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] ?? text
}
