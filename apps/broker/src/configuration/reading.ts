/** Reads a merged tree by the schema, and finds everything in it that the schema does not allow. */
import * as v from 'valibot'
import type { Fault } from './fault.ts'
import type { ConfigurationInput, Read } from './input.ts'
import { CONFIGURATION, STRUCTURE } from './schema.ts'
import { isMapping } from './structure.ts'
import type { Structure } from './structure.ts'
import { clean, nearMiss } from './wording.ts'
import type { Path } from './wording.ts'

/** What was read, or what is wrong with it. */
export type Reading =
  | { readonly configuration: ConfigurationInput<Read>; readonly faults: readonly [] }
  | { readonly configuration?: never; readonly faults: readonly Fault[] }

/** Reads a tree. */
export function readTree(tree: unknown): Reading {
  const result = v.safeParse(CONFIGURATION, tree)
  const faults = [...unknownKeys(STRUCTURE, tree, []), ...(result.issues ?? []).map(faultOf)]
  if (faults.length > 0 || !result.success) return { faults }
  return { configuration: result.output, faults: [] }
}

function faultOf(issue: v.BaseIssue<unknown>): Fault {
  const path = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)))
  const wanted = issue.message === 'is missing' ? wantedAt(STRUCTURE, path) : undefined
  return {
    path,
    message: wanted === undefined ? issue.message : `is missing, and has to be ${wanted}`,
  }
}

function wantedAt(structure: Structure, path: Path): string | undefined {
  const [step, ...rest] = path
  if (step === undefined) return wantedFor(structure)
  if (structure.type === 'list') return wantedAt(structure.item, rest)
  const key = structure.type === 'group' ? structure.keys.get(String(step)) : undefined
  return key === undefined ? undefined : wantedAt(key.structure, rest)
}

function wantedFor(structure: Structure): string | undefined {
  if (structure.type === 'leaf') return structure.facts.wanted
  const item = structure.type === 'list' ? wantedFor(structure.item) : undefined
  return item === undefined ? undefined : `a list, each of it ${item}`
}

function unknownKeys(structure: Structure, tree: unknown, path: Path): Fault[] {
  if (structure.type === 'list' && Array.isArray(tree)) {
    return tree.flatMap((item, index) => unknownKeys(structure.item, item, [...path, index]))
  }
  if (structure.type !== 'group' || !isMapping(tree)) return []
  return Object.entries(tree).flatMap(([name, value]) => {
    // For editors; the broker knows its schema.
    if (name === '$schema' && path.length === 0) return []
    const key = structure.keys.get(name)
    if (key !== undefined) return unknownKeys(key.structure, value, [...path, name])
    return [{ path: [...path, name], message: unknownMessage(name, structure.keys) }]
  })
}

function unknownMessage(name: string, keys: ReadonlyMap<string, unknown>): string {
  const meant = nearMiss(name, keys.keys()) ?? elsewhere(STRUCTURE, name)
  if (meant !== undefined) return `is not known: did you mean ${clean(meant)}?`
  if (keys.size > SHOWN_MAX) return `is not known: the documentation lists all ${keys.size} keys`
  return `is not known: there ${keys.size === 1 ? 'is' : 'are'} ${[...keys.keys()].join(', ')}`
}

/** A sentence with more than that helps nobody. */
const SHOWN_MAX = 20

/** A key that is known at another place. */
function elsewhere(structure: Structure, name: string): string | undefined {
  if (structure.type !== 'group') return undefined
  for (const [each, key] of structure.keys) {
    if (each === name) return each
    const inside = elsewhere(key.structure, name)
    if (inside !== undefined) return `${each}.${inside}`
  }
  return undefined
}
