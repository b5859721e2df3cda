/** A configuration file of any format but that of Mosquitto, as a layer. */
import { readFile } from 'node:fs/promises'
import { dirname, extname, resolve } from 'node:path'
import { moduleLayer } from './code-file.ts'
import { ConfigurationError } from './fault.ts'
import type { Layer } from './layer.ts'
import { isMapping } from './structure.ts'
import { jsonLayer } from './json-file.ts'
import { tomlLayer } from './toml-file.ts'
import { yamlLayer } from './yaml-file.ts'

/** A file with its text. */
export interface ConfigurationText {
  /** As it was named. */
  readonly name: string
  /** The directory that it is in. */
  readonly base: string
  readonly text: string
}

/** Reads a file, whose name starts from `directory`. @throws {ConfigurationError} */
export async function fileLayer(name: string, directory: string): Promise<Layer> {
  const path = resolve(directory, name)
  const base = dirname(path)
  const format = extname(name).slice(1).toLowerCase()
  if (MODULES.includes(format)) return moduleLayer({ name, path, base })
  // Before it is read: one that is no text has no sentence either.
  const parse = parserOf(format, name)
  return filled(parse({ name, base, text: await textOf(path, name) }), name)
}

/** A file without a key was most likely read while it was being written. */
function filled(layer: Layer, name: string): Layer {
  if (!isMapping(layer.tree) || Object.keys(layer.tree).length > 0) return layer
  const message = 'says nothing: write what is to be so, or leave it out if the defaults are meant'
  throw new ConfigurationError([{ place: name, key: '', message }])
}

/** Reads a text in a format. @throws {ConfigurationError} */
export function textLayer(file: ConfigurationText, format: string): Layer {
  return filled(parserOf(format, file.name)(file), file.name)
}

/** The text of a file; `name` is for sentences. @throws {ConfigurationError} */
export async function textOf(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const fault = { place: name, key: '', message: `cannot be read: ${why}` }
    throw new ConfigurationError([fault], { cause })
  }
}

type Parse = (file: ConfigurationText) => Layer

function parserOf(format: string, name: string): Parse {
  const parse = PARSERS.get(format)
  if (parse !== undefined) return parse
  const endings = [...PARSERS.keys(), ...MODULES].map((each) => `.${each}`).join(', ')
  const message = `is no configuration by its ending, which is ${endings} or .conf`
  throw new ConfigurationError([{ place: name, key: '', message }])
}

/** The formats that are texts, by the endings of their files. */
export const FORMATS: readonly string[] = ['yaml', 'yml', 'toml', 'json']

const MODULES: readonly string[] = ['ts', 'mts', 'js', 'mjs']

const PARSERS: ReadonlyMap<string, Parse> = new Map([
  ['yaml', yamlLayer],
  ['yml', yamlLayer],
  ['toml', tomlLayer],
  ['json', jsonLayer],
])
