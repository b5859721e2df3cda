/** From a file, the environment and flags to a configuration, in this order, the last on top. */
import { dirname, extname, resolve } from 'node:path'
import type { Configuration } from './configuration.ts'
import { environmentLayer } from './environment.ts'
import type { Environment, EnvironmentLayer } from './environment.ts'
import { ConfigurationError, placed } from './fault.ts'
import type { PlacedFault } from './fault.ts'
import { inOrder } from './fault-order.ts'
import { fileLayer, textLayer, textOf } from './file-layer.ts'
import { devLayer, flagsLayer, saysWhere, whereFlag } from './flags.ts'
import type { ConfigurationFlags } from './flags.ts'
import { layerOf, merged, valueAt } from './layer.ts'
import type { Layer } from './layer.ts'
import { mosquittoLayer } from './mosquitto/mosquitto-file.ts'
import type { Notice } from './notice.ts'
import { namedFiles, withAbsolutePaths } from './paths.ts'
import { readTree } from './reading.ts'
import { resolved } from './resolving.ts'
import { faultsTogether } from './together.ts'
import type { Path } from './wording.ts'

/** Where a configuration comes from. */
export interface Sources {
  /** In place of the one that a flag or the environment names. */
  readonly file?: string
  readonly env: Environment
  readonly flags: ConfigurationFlags
  /** In place of the text of the file; relative paths start from where that is. */
  readonly proposal?: ProposedText
  /** Where relative paths of the environment and of flags start; the working directory. */
  readonly directory?: string
}

/** A configuration that is in no file yet. */
interface ProposedText {
  readonly text: string
  /** `yaml`, `toml`, `json` or `conf`; where left out that of the file, or a guess. */
  readonly format?: string | undefined
}

/** A configuration, and what came to light when it was read. */
export interface LoadedConfiguration {
  readonly configuration: Configuration
  readonly notices: readonly Notice[]
  /** The files that it was read from and those that it names: to be watched. Absolute. */
  readonly files: readonly string[]
  /** Where something stands, for sentences about it. */
  readonly placeOf: (path: Path) => string
}

/** Reads a configuration. @throws {ConfigurationError} for all that is wrong with it. */
export async function loadConfiguration(sources: Sources): Promise<LoadedConfiguration> {
  const { env, flags, directory = process.cwd() } = sources
  const file = sources.file ?? flags.config ?? fileOf(env)
  const below = await lowestLayer({ file, flags, directory, proposal: sources.proposal })
  const environment = environmentLayer(env, directory)
  const layers = [below.layer, environment.layer, flagsLayer(flags, directory)].filter(isSaid)
  const conflicts = whereConflicts(flags, layers)
  const placeOf = (path: Path): string => layerOf(layers, path)?.placeOf(path) ?? 'the defaults'
  const { configuration: read, faults } = readTree(withAbsolutePaths(merged(layers), layers))
  const wrong = [...faults, ...(read === undefined ? [] : faultsTogether(read, layers))]
  const all = [...conflicts, ...wrong.map((fault) => placed(fault, placeOf(fault.path)))]
  if (read === undefined || all.length > 0) throw new ConfigurationError(inOrder(all))
  const configuration = resolved(read)
  return {
    configuration,
    notices: [...below.notices, ...variableNotices(environment)],
    files: [...below.files, ...namedFiles(configuration)],
    placeOf,
  }
}

interface LowestLayer {
  readonly layer: Layer | undefined
  readonly notices: readonly Notice[]
  readonly files: readonly string[]
}

interface LowestTerms extends Pick<Sources, 'flags'> {
  readonly file: string | undefined
  readonly directory: string
  readonly proposal: ProposedText | undefined
}

async function lowestLayer(terms: LowestTerms): Promise<LowestLayer> {
  const { file, flags, directory, proposal } = terms
  if (proposal !== undefined) return proposedLayer(proposal, file, directory)
  if (flags.dev === true) {
    if (file === undefined) return { layer: devLayer(flags, directory), notices: [], files: [] }
    const message = `is a configuration of its own, and so is ${file}: leave out one of them`
    throw new ConfigurationError([{ place: '--dev', key: '', message }])
  }
  if (file === undefined) return { layer: undefined, notices: [], files: [] }
  const name = resolve(directory, file)
  if (extname(file).toLowerCase() === '.conf') {
    return mosquittoLayer({ name: file, text: await textOf(name, file) }, directory)
  }
  return { layer: await fileLayer(file, directory), notices: [], files: [name] }
}

async function proposedLayer(
  { text, format }: ProposedText,
  file: string | undefined,
  directory: string,
): Promise<LowestLayer> {
  const usual = extname(file ?? '')
    .slice(1)
    .toLowerCase()
  const guess = /^\s*\{/.test(text) ? 'json' : ['toml', 'conf'].includes(usual) ? usual : 'yaml'
  const name = 'the proposal'
  if ((format ?? guess) === 'conf') return mosquittoLayer({ name, text }, directory)
  const base = file === undefined ? directory : dirname(resolve(directory, file))
  const files = file === undefined ? [] : [resolve(directory, file)]
  return { layer: textLayer({ name, base, text }, format ?? guess), notices: [], files }
}

function fileOf({ GODWIT_BROKER_CONFIG: file }: Environment): string | undefined {
  return file === '' ? undefined : file
}

function isSaid(layer: Layer | undefined): layer is Layer {
  return layer?.tree !== undefined
}

/** A listener of a file is not to vanish because of a flag that was about another one. */
function whereConflicts(flags: ConfigurationFlags, layers: readonly Layer[]): PlacedFault[] {
  const other = layers.find(
    ({ type, tree }) =>
      (type === 'file' || type === 'environment') && valueAt(tree, ['listeners']) !== undefined,
  )
  if (!saysWhere(flags) || other === undefined) return []
  const message =
    `says where to listen, and so does ${other.placeOf(['listeners'])}: ` +
    'leave it out, or change one of those with --set listeners[0].url=URL'
  return [{ place: whereFlag(flags), key: '', message }]
}

function variableNotices({ unknown }: EnvironmentLayer): readonly Notice[] {
  return unknown.map(({ name, meant }) => {
    const hint = meant === undefined ? '' : `: did you mean ${meant}?`
    return {
      place: name,
      about: '',
      message: `is no variable of this broker, and is ignored${hint}`,
    }
  })
}
