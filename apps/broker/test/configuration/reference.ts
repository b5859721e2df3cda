/** The tables of keys in the documentation, made of the schema. */
import { STRUCTURE } from '../../src/configuration/schema.ts'
import type { Key, Structure } from '../../src/configuration/structure.ts'

/** A table: what it is about, and its rows with their cells. */
export interface ReferenceTable {
  readonly title: string
  readonly rows: readonly (readonly string[])[]
}

/** The tables in the order of the document. */
export function referenceTables(): readonly ReferenceTable[] {
  const top = keysOf(STRUCTURE)
  return [
    { title: '', rows: [...top].map(([name, key]) => rowOf(name, key)) },
    ...SECTIONS.map((title) => ({ title, rows: rowsOf(title, structureAt(title)) })),
  ]
}

/** Each group has a table of its own, and those inside of it that are small are in the same. */
const SECTIONS = [
  'listeners[]',
  'listeners[].tls',
  'authentication',
  'authentication.jwt',
  'authorization',
  'authorization.rules[]',
  'limits',
  'rates',
  'capabilities',
  'log',
  'metrics',
  'admin',
  'tracing',
  'sys',
  'stop',
]

/** The keys of a group, and those of groups inside of it that have no table. */
function rowsOf(title: string, structure: Structure, before = ''): readonly (readonly string[])[] {
  return [...keysOf(structure)].flatMap(([name, key]) => {
    const path = `${title}.${name}`
    const inside = key.structure.type === 'list' ? `${path}[]` : path
    const group = key.structure.type === 'list' ? key.structure.item : key.structure
    const hasTable = SECTIONS.includes(inside) || ELSEWHERE.has(`${title}.${name}`)
    const row = rowOf(before + name, key)
    if (group.type !== 'group' || hasTable) return [row]
    const dots = key.structure.type === 'list' ? '[].' : '.'
    return [row, ...rowsOf(inside, group, `${before}${name}${dots}`)]
  })
}

/** What a listener has like the whole broker. */
const ELSEWHERE: ReadonlySet<string> = new Set(
  ['authentication', 'authorization', 'limits', 'capabilities'].map(
    (name) => `listeners[].${name}`,
  ),
)

function rowOf(name: string, key: Key): readonly string[] {
  const required = key.isRequired ? 'has to be there' : '-'
  return [
    `\`${name}\``,
    (key.description ?? '').replaceAll('|', '\\|'),
    key.fallback ?? required,
    key.needsRestart ? 'restart' : 'reload',
  ]
}

function structureAt(title: string): Structure {
  return title
    .replaceAll('[]', '.[]')
    .split('.')
    .reduce((structure: Structure, step) => {
      if (structure.type === 'list') return structure.item
      const key = keysOf(structure).get(step)
      if (key === undefined) throw new Error(`There is no ${title}`)
      return key.structure
    }, STRUCTURE)
}

function keysOf(structure: Structure): ReadonlyMap<string, Key> {
  return structure.type === 'group' ? structure.keys : new Map()
}
