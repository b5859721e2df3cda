/**
 * Configuration in TOML. The parser says where the form is wrong, but not where a value stands;
 * that is found by a scan for keys at the start of lines. What is inside of an inline table or list
 * has the place of the key that it belongs to.
 */
import { parse, TomlError } from 'smol-toml'
import { ConfigurationError } from './fault.ts'
import type { ConfigurationText } from './file-layer.ts'
import type { Layer } from './layer.ts'
import { pathText } from './wording.ts'
import type { Path } from './wording.ts'

/** Reads TOML. @throws {ConfigurationError} for what is wrong with its form. */
export function tomlLayer({ name, base, text }: ConfigurationText): Layer {
  const tree = parsed(text, (message, place) => {
    throw new ConfigurationError([{ place: `${name}${place}`, key: '', message }])
  })
  const places = placesIn(text)
  const placeOf = (path: Path): string => {
    for (let length = path.length; length > 0; length -= 1) {
      const place = places.get(pathText(path.slice(0, length)))
      if (place !== undefined) return `${name}:${place}`
    }
    return `${name}:1:1`
  }
  return { type: 'file', tree, base, placeOf }
}

function parsed(text: string, fail: (message: string, place: string) => never): unknown {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [first = ''] = error.message.split('\n', 1)
    const what = first.replace(/^Invalid TOML document: /, '')
    return fail(`this is no TOML: ${what}`, `:${error.line}:${error.column}`)
  }
}

function placesIn(text: string): ReadonlyMap<string, string> {
  const scan = new Scan()
  text.split('\n').forEach((line, index) => scan.line(line, index + 1))
  return scan.places
}

class Scan {
  readonly places = new Map<string, string>()
  /** The table that keys belong to. */
  #table: Path = []
  /** How many items the lists of tables have so far. */
  readonly #items = new Map<string, number>()
  /** What a text of many lines ends with, inside of one. */
  #ending: string | undefined

  line(line: string, number: number): void {
    if (this.#ending !== undefined) {
      if (line.includes(this.#ending)) this.#ending = undefined
      return
    }
    const column = line.length - line.trimStart().length + 1
    const [, lists, table] = /^\s*(?:\[\[([^\]]+)\]\]|\[([^\]]+)\])\s*(?:#.*)?$/.exec(line) ?? []
    if (lists !== undefined) this.#table = this.#nextItem(this.#resolved(namesOf(lists)))
    else if (table !== undefined) this.#table = this.#resolved(namesOf(table))
    else this.#key(line, `${number}:${column}`)
    if (lists !== undefined || table !== undefined) this.#note(this.#table, `${number}:${column}`)
  }

  #key(line: string, place: string): void {
    const [, names = '', value = ''] = KEY.exec(line) ?? []
    if (names === '') return
    const path = namesOf(names)
    path.forEach((_, index) => this.#note([...this.#table, ...path.slice(0, index + 1)], place))
    const [, opening, rest = ''] = /^("""|''')(.*)$/.exec(value) ?? []
    if (opening !== undefined && !rest.includes(opening)) this.#ending = opening
  }

  #note(path: Path, place: string): void {
    const text = pathText(path)
    if (!this.places.has(text)) this.places.set(text, place)
  }

  #nextItem(list: Path): Path {
    const text = pathText(list)
    const index = this.#items.get(text) ?? 0
    this.#items.set(text, index + 1)
    return [...list, index]
  }

  /** `[listeners.tls]` is about the last of the listeners. */
  #resolved(names: readonly string[]): Path {
    const isLast = names.length - 1
    return names.reduce<Path>((path, name, index) => {
      const next = [...path, name]
      const items = index === isLast ? undefined : this.#items.get(pathText(next))
      return items === undefined ? next : [...next, items - 1]
    }, [])
  }
}

const NAME = `(?:[\\w-]+|"[^"]*"|'[^']*')`
const KEY = new RegExp(`^\\s*(${NAME}(?:\\s*\\.\\s*${NAME})*)\\s*=\\s*(.*)$`)

function namesOf(dotted: string): readonly string[] {
  const names = dotted.match(new RegExp(NAME, 'g')) ?? []
  return names.map((name) => name.replace(/^(["'])(.*)\1$/, '$2'))
}
