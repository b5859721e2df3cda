/**
 * The environment as a layer. Every key has a variable: `limits.packetBytesMax` is
 * `GODWIT_BROKER_LIMITS_PACKET_BYTES_MAX`, and `listeners[0].url` is
 * `GODWIT_BROKER_LISTENERS_0_URL`. A list of texts or numbers is one variable with commas; lists
 * and groups may be JSON.
 */
import type { Layer } from './layer.ts'
import { STRUCTURE } from './schema.ts'
import type { Structure } from './structure.ts'
import { assigned, valueOfText } from './text-value.ts'
import { clean, nearMiss, pathText } from './wording.ts'
import type { Path } from './wording.ts'

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What the environment says, and which of its variables say nothing that is known. */
export interface EnvironmentLayer {
  readonly layer: Layer
  readonly unknown: readonly UnknownVariable[]
}

/** A variable that looks as if it were meant for the broker. */
interface UnknownVariable {
  readonly name: string
  readonly meant?: string
}

/** The layer of the environment; relative paths start from the working directory. */
export function environmentLayer(environment: Environment, base: string): EnvironmentLayer {
  const variables = new Map<string, string>()
  const unknown: UnknownVariable[] = []
  let tree: unknown
  for (const [name, text] of Object.entries(environment)) {
    // A variable that is empty is as good as none.
    if (!name.startsWith(PREFIX) || text === undefined || text === '') continue
    const found = find(STRUCTURE, name.slice(PREFIX.length), [])
    if (found === undefined) {
      if (!isForeign(name)) unknown.push({ name: clean(name), ...meantBy(name) })
      continue
    }
    variables.set(pathText(found.path), name)
    tree = assigned(tree, found.path, valueOfText(text, found.structure))
  }
  return { layer: { type: 'environment', tree, base, placeOf: placing(variables) }, unknown }
}

/** The variable of a key. */
export function variableOf(path: Path): string {
  return PREFIX + path.map((step) => snake(String(step))).join('_')
}

/** Not `GODWIT_`, which the client has: it has a GODWIT_ADMIN_URL of its own. */
const PREFIX = 'GODWIT_BROKER_'

function snake(name: string): string {
  return name.replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, '_').toUpperCase()
}

interface Found {
  readonly path: Path
  readonly structure: Structure
}

/** The key that the rest of a name stands for; names of keys may hold each other's beginnings. */
function find(structure: Structure, rest: string, path: Path): Found | undefined {
  if (rest === '') return { path, structure }
  const word = path.length === 0 ? rest : rest.slice(1)
  if (path.length > 0 && !rest.startsWith('_')) return undefined
  if (structure.type === 'list') {
    const [digits] = /^\d{1,4}(?=_|$)/.exec(word) ?? []
    if (digits === undefined) return undefined
    return find(structure.item, word.slice(digits.length), [...path, Number(digits)])
  }
  if (structure.type === 'leaf') return undefined
  for (const [name, key] of structure.keys) {
    const written = snake(name)
    if (!word.startsWith(written)) continue
    const found = find(key.structure, word.slice(written.length), [...path, name])
    if (found !== undefined) return found
  }
  return undefined
}

function placing(variables: ReadonlyMap<string, string>): (path: Path) => string {
  return (path) => {
    for (let length = path.length; length > 0; length -= 1) {
      const name = variables.get(pathText(path.slice(0, length)))
      if (name !== undefined) return name
    }
    const inside = [...variables].find(([key]) => key.startsWith(pathText(path)))
    return inside?.[1] ?? 'the environment'
  }
}

/** The one that names the file, and those that Kubernetes makes for a service of this name. */
function isForeign(name: string): boolean {
  return /^GODWIT_BROKER_(CONFIG$|SERVICE_(HOST|PORT)(_|$)|PORT(_|$))/.test(name)
}

function meantBy(name: string): { readonly meant?: string } {
  const meant = nearMiss(name, allVariables(STRUCTURE, []))
  return meant === undefined ? {} : { meant }
}

function* allVariables(structure: Structure, path: Path): Generator<string> {
  if (path.length > 0) yield variableOf(path)
  if (structure.type === 'list') yield* allVariables(structure.item, [...path, 0])
  if (structure.type !== 'group') return
  for (const [name, key] of structure.keys) yield* allVariables(key.structure, [...path, name])
}
