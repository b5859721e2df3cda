/**
 * What changes from one configuration to another, and whether that takes a restart. A listener is
 * known by its name: one that has another URL is closed and opened.
 */
import type { Configuration, ListenerConfiguration } from './configuration.ts'
import { STRUCTURE } from './schema.ts'
import { isMapping } from './structure.ts'
import type { Structure } from './structure.ts'
import { gotText, pathText } from './wording.ts'
import type { Path } from './wording.ts'

/** One difference. */
export interface Change {
  /** Such as `limits.packetBytesMax` or `listeners.lan.url`. */
  readonly key: string
  /** In words, without secrets; absent where there is nothing. */
  readonly before?: string
  readonly after?: string
  /** When it applies: at a reload, or only when the broker is started again. */
  readonly applies: 'reload' | 'restart'
  /** What else happens, such as to the clients of a listener. */
  readonly effect?: string
}

/** All differences, in the order of the schema. */
export function planOf(current: Configuration, next: Configuration): readonly Change[] {
  const { listeners: before, keeping: kept, ...rest } = current
  const { listeners: after, keeping, ...others } = next
  const general = differences([], rest, others)
  return [
    ...listenerChanges(before, after).filter((change) => !isOneOf(general, change)),
    ...general.map((change) => ({ ...change, ...effectOf(change.key, '') })),
    ...differences([], dataOf(kept), dataOf(keeping)),
  ]
}

/** What is changed for all listeners is no news about each of them. */
function isOneOf(general: readonly Change[], { key, before, after }: Change): boolean {
  return general.some(
    (change) =>
      key.endsWith(`.${change.key}`) && change.before === before && change.after === after,
  )
}

function dataOf(keeping: Configuration['keeping']): object {
  return keeping.durability === 'memory'
    ? { durability: keeping.durability }
    : { durability: keeping.durability, data: keeping.directory }
}

function listenerChanges(
  before: readonly ListenerConfiguration[],
  after: readonly ListenerConfiguration[],
): readonly Change[] {
  const next = new Map(after.map((listener) => [listener.name, listener]))
  const known = new Set(before.map(({ name }) => name))
  return [
    ...before.flatMap((listener) => {
      const other = next.get(listener.name)
      return other === undefined ? [gone(listener)] : listenerDifferences(listener, other)
    }),
    ...after.filter(({ name }) => !known.has(name)).map(added),
  ]
}

function gone({ name, url }: ListenerConfiguration): Change {
  const effect = 'no new connections; those that came by it stay'
  return { key: `listeners.${name}`, before: url, applies: 'reload', effect }
}

function added({ name, url }: ListenerConfiguration): Change {
  return { key: `listeners.${name}`, after: url, applies: 'reload', effect: 'is opened' }
}

function listenerDifferences(
  before: ListenerConfiguration,
  after: ListenerConfiguration,
): readonly Change[] {
  return differences(['listeners', before.name], before, after).map((change) => ({
    ...change,
    // What is of one connection is changed with the next ones.
    applies: 'reload',
    ...effectOf(change.key, 'for new connections'),
  }))
}

function effectOf(key: string, usual: string): { readonly effect?: string } {
  if (/^listeners\..*\.url$/.test(key)) return { effect: 'is closed there and opened here' }
  if (/(^|\.)(authentication|authorization)\./.test(key)) {
    return { effect: 'clients that may not stay are sent away' }
  }
  if (/\.tls\b/.test(key)) return { effect: 'for new connections; nobody is dropped' }
  return usual === '' ? {} : { effect: usual }
}

function differences(path: Path, before: unknown, after: unknown): readonly Change[] {
  if (isMapping(before) && isMapping(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...names].flatMap((name) => differences([...path, name], before[name], after[name]))
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return []
  const { isSecret, needsRestart } = factsAt(path)
  return [
    {
      key: pathText(path),
      ...(before !== undefined && { before: valueText(before, isSecret) }),
      ...(after !== undefined && { after: valueText(after, isSecret) }),
      applies: needsRestart ? 'restart' : 'reload',
    },
  ]
}

interface Facts {
  readonly isSecret: boolean
  readonly needsRestart: boolean
}

/** What the schema knows of a key. A listener stands there by its name. */
function factsAt(path: Path): Facts {
  let structure: Structure | undefined = STRUCTURE
  let needsRestart = false
  for (const step of path) {
    if (structure?.type === 'list') structure = structure.item
    else if (structure?.type === 'group') {
      const key = structure.keys.get(String(step))
      needsRestart ||= key?.needsRestart ?? false
      structure = key?.structure
    }
  }
  const leaf = structure?.type === 'list' ? structure.item : structure
  return { isSecret: leaf?.type === 'leaf' && leaf.facts.isSecret, needsRestart }
}

function valueText(value: unknown, isSecret: boolean): string {
  if (isSecret) return 'a secret'
  if (!Array.isArray(value)) return isMapping(value) ? 'set' : gotText(value).replace(/^is /, '')
  return value.length === 0 ? 'none' : JSON.stringify(value)
}
