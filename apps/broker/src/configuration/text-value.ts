/** What a text of the environment or of a flag says, in terms of what a file would say. */
import { isMapping } from './structure.ts'
import type { LeafFacts, Structure } from './structure.ts'
import type { Path } from './wording.ts'

/** The value. A text that means nothing stays one, so that the schema can say what is wrong. */
export function valueOfText(text: string, structure: Structure): unknown {
  if (structure.type === 'leaf') return leafValue(text, structure.facts)
  const written = jsonOf(text)
  if (written !== undefined || structure.type === 'group') return written ?? text
  const { item } = structure
  return text.split(',').map((part) => valueOfText(part.trim(), item))
}

function leafValue(text: string, { form }: LeafFacts): unknown {
  if (form === 'flag' && (text === 'true' || text === 'false')) return text === 'true'
  const isNumber = /^-?\d{1,16}(\.\d{1,16})?$/.test(text)
  return isNumber && (form === 'number' || form === 'either') ? Number(text) : text
}

function jsonOf(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A tree with a value at a path; places in lists become keys, which `merged` understands. */
export function assigned(tree: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return value
  if (Array.isArray(tree) && typeof step === 'number') {
    const items: readonly unknown[] = tree
    return Object.assign([...items], { [step]: assigned(items[step], rest, value) })
  }
  const under = isMapping(tree) ? tree : {}
  const name = String(step)
  const inside = Object.hasOwn(under, name) ? under[name] : undefined
  return Object.fromEntries([...Object.entries(under), [name, assigned(inside, rest, value)]])
}
