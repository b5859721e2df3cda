/**
 * A mosquitto.conf as a layer: what maps is used, what does not is told, what cannot be left out is
 * refused. Nothing is ignored in silence.
 */
import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { ConfigurationError } from '../fault.ts'
import { textOf } from '../file-layer.ts'
import type { ConfigurationText } from '../file-layer.ts'
import type { Layer } from '../layer.ts'
import type { Notice } from '../notice.ts'
import { clean, didYouMean, pathText } from '../wording.ts'
import type { Path } from '../wording.ts'
import { composed } from './composing.ts'
import { USED } from './directives.ts'
import { Draft } from './draft.ts'
import type { Line } from './line.ts'
import { IGNORED, OF_BRIDGES, PLUGIN_OPTIONS, REFUSED } from './untranslated.ts'
import { ValueFault } from './values.ts'

/** A file of Mosquitto, and what became of it. */
export interface MosquittoLayer {
  readonly layer: Layer
  readonly notices: readonly Notice[]
  /** It, and those that it includes. Absolute. */
  readonly files: readonly string[]
}

/** Reads it; relative paths start from `directory`. @throws {ConfigurationError} */
export async function mosquittoLayer(
  { name, text }: Pick<ConfigurationText, 'name' | 'text'>,
  directory: string,
): Promise<MosquittoLayer> {
  const draft = new Draft()
  const files = [resolve(directory, name)]
  for (const line of linesOf(name, text)) {
    if (line.directive === 'include_dir') files.push(...(await include(draft, line, directory)))
    else take(draft, line)
  }
  const { tree, places } = composed(draft, name)
  if (draft.faults.length > 0) throw new ConfigurationError(draft.faults)
  const placeOf = (path: Path): string => {
    for (let length = path.length; length > 0; length -= 1) {
      const place = places.get(pathText(path.slice(0, length)))
      if (place !== undefined) return place
    }
    return name
  }
  const layer = { type: 'file', dialect: 'mosquitto', tree, base: directory, placeOf } as const
  return { layer, notices: draft.notices, files }
}

/** All directives that are known. */
export const DIRECTIVES: readonly string[] = [
  ...USED.keys(),
  ...IGNORED.keys(),
  ...REFUSED.keys(),
  ...OF_BRIDGES,
  'include_dir',
]

function linesOf(name: string, text: string): readonly Line[] {
  return text.split('\n').flatMap((written, index) => {
    const trimmed = written.trim()
    if (trimmed === '' || trimmed.startsWith('#')) return []
    const [directive = ''] = trimmed.split(/[ \t]/, 1)
    const value = trimmed.slice(directive.length).trim()
    return [{ place: `${name}:${index + 1}`, directive, value }]
  })
}

/** The files of a directory that end with .conf, in their order; they may not include others. */
async function include(draft: Draft, line: Line, directory: string): Promise<readonly string[]> {
  const folder = resolve(directory, line.value)
  const names = await readdir(folder).catch(() => undefined)
  if (line.value === '' || names === undefined) {
    draft.fault(
      line.place,
      line.directive,
      `names ${folder}, which is no directory that can be read`,
    )
    return []
  }
  const files = names
    .filter((each) => each.endsWith('.conf'))
    .toSorted()
    .map((each) => join(folder, each))
  const found = files.map((each) => basename(each)).join(', ')
  draft.notice(line.place, line.directive, files.length === 0 ? 'has no .conf' : `has ${found}`)
  for (const file of files) {
    for (const inside of linesOf(file, await textOf(file, file))) {
      if (inside.directive !== 'include_dir') take(draft, inside)
      else draft.fault(inside.place, 'include_dir', 'is for the main file only')
    }
  }
  return files
}

function take(draft: Draft, line: Line): void {
  const { place, directive, value } = line
  const used = USED.get(directive)
  const ignored = IGNORED.get(directive)
  const refused = reasonAgainst(directive, value)
  if (used !== undefined) {
    const { repeats } = used
    const isListeners = repeats === 'access' ? draft.perListener : repeats === 'listener'
    if (repeats !== 'all') draft.once(place, directive, isListeners)
    apply(draft, line)
  } else if (ignored !== undefined) {
    draft.notice(place, directive, `is ignored: ${ignored}`)
  } else if (refused === 'off') {
    draft.notice(place, directive, 'is false, and that holds here')
  } else if (refused !== undefined) {
    if (directive === 'connection') draft.bridge = place
    draft.fault(place, directive, refused)
  } else if (OF_BRIDGES.has(directive)) {
    takeOfBridge(draft, line)
  } else {
    draft.fault(place, clean(directive), `is no directive of Mosquitto${hint(directive)}`)
  }
}

function apply(draft: Draft, line: Line): void {
  try {
    USED.get(line.directive)?.apply(draft, line)
  } catch (error) {
    if (!(error instanceof ValueFault)) throw error
    draft.fault(line.place, line.directive, error.message)
  }
}

function reasonAgainst(directive: string, value: string): string | undefined {
  const isOption = PLUGIN_OPTIONS.some((start) => directive.startsWith(start))
  const reason = REFUSED.get(isOption ? 'plugin' : directive)
  // What is switched off asks for nothing.
  return reason !== undefined && value === 'false' ? 'off' : reason
}

function takeOfBridge(draft: Draft, { place, directive }: Line): void {
  if (draft.bridge === undefined) draft.fault(place, directive, 'belongs behind a connection')
  else draft.notice(place, directive, `belongs to the connection of ${draft.bridge}`)
}

function hint(directive: string): string {
  return didYouMean(directive, DIRECTIVES)
}
