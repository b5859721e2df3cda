/** Configuration in JSON, without comments. What YAML knows of its places holds for it too. */
import { LineCounter, parseDocument } from 'yaml'
import { ConfigurationError } from './fault.ts'
import type { ConfigurationText } from './file-layer.ts'
import type { Layer } from './layer.ts'
import { offsetOf, sentenceFor } from './yaml-file.ts'

/** Reads JSON. @throws {ConfigurationError} for what is wrong with its form. */
export function jsonLayer({ name, base, text }: ConfigurationText): Layer {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${name}:${line}:${col}`
  }
  const tree = parsed(text, (message, offset) => {
    throw new ConfigurationError([{ place: at(offset), key: '', message }])
  })
  // JSON.parse takes the last of two keys of one name, and says nothing.
  const twice = document.errors.filter(({ code }) => code === 'DUPLICATE_KEY')
  if (twice.length > 0) {
    throw new ConfigurationError(
      twice.map((error) => ({ place: at(error.pos[0]), key: '', message: sentenceFor(error) })),
    )
  }
  return { type: 'file', tree, base, placeOf: (path) => at(offsetOf(document, path)) }
}

function parsed(text: string, fail: (message: string, offset: number) => never): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const [, what = message, position] = /^(.*?) in JSON at position (\d+)/s.exec(message) ?? []
    const reason = what.replace(/, "[^]*" is not valid JSON$/, '')
    return fail(
      `this is no JSON: ${reason}`,
      position === undefined ? text.length : Number(position),
    )
  }
}
