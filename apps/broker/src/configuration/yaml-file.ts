/** Configuration in YAML. Every key knows its place. */
import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'
import type { Alias, Document, YAMLParseError } from 'yaml'
import { ConfigurationError } from './fault.ts'
import type { ConfigurationText } from './file-layer.ts'
import type { Layer } from './layer.ts'
import type { Path } from './wording.ts'

/** Reads YAML. @throws {ConfigurationError} for all that is wrong with its form. */
export function yamlLayer({ name, base, text }: ConfigurationText): Layer {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${name}:${line}:${col}`
  }
  const broken = [...document.errors, ...document.warnings]
  if (broken.length > 0) {
    throw new ConfigurationError(
      broken.map((error) => ({ place: at(error.pos[0]), key: '', message: sentenceFor(error) })),
    )
  }
  const fail = (offset: number, message: string): never => {
    throw new ConfigurationError([{ place: at(offset), key: '', message }])
  }
  const loose = looseAlias(document)
  if (loose !== undefined)
    fail(loose.range?.[0] ?? 0, `*${loose.source} is not there: no &${loose.source}`)
  const tree: unknown = contentsOf(document, fail)
  return { type: 'file', tree, base, placeOf: (path) => at(offsetOf(document, path)) }
}

/** Aliases that multiply without end are found when they are followed. */
function contentsOf(
  document: Document.Parsed,
  fail: (offset: number, message: string) => never,
): unknown {
  try {
    return document.toJS() ?? {}
  } catch (error) {
    return fail(0, error instanceof Error ? error.message : String(error))
  }
}

/** An alias of something that is nowhere. */
function looseAlias(document: Document.Parsed): Alias | undefined {
  let found: Alias | undefined
  visit(document, {
    Alias: (_, alias) => {
      if (found === undefined && alias.resolve(document) === undefined) found = alias
    },
  })
  return found
}

/** What is wrong with the form, as a sentence; JSON has the same errors. */
export function sentenceFor({ code, message }: Pick<YAMLParseError, 'code' | 'message'>): string {
  if (code !== 'DUPLICATE_KEY') return `this is no YAML: ${message}`
  return 'this key stands for the second time: keep one of both'
}

/** Where the last key of a path stands, as far as the path is there. */
export function offsetOf(document: Document.Parsed, path: Path): number {
  let node: unknown = document.contents
  let offset = document.contents?.range[0] ?? 0
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step)
      if (pair === undefined) return offset
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(step)]
      if (!isMap(item) && !isSeq(item) && !isScalar(item)) return offset
      offset = item.range?.[0] ?? offset
      node = item
    } else {
      return offset
    }
  }
  return offset
}
