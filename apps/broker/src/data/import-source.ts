/** What is to be imported, out of bytes: an export, or the persistence file of mosquitto. */
import { checkHeader, itemOf, parseLine } from './line-parsing.ts'
import { LineFault } from './line-fields.ts'
import type { LineFields } from './line-fields.ts'
import type { Located } from './import-items.ts'
import { mosquittoItems } from '../mosquitto/mosquitto-items.ts'
import { readMosquittoDb } from '../mosquitto/read-mosquitto-db.ts'

/** What goes with reading. */
export interface SourceTerms {
  /** Milliseconds since 1970: what has no time of its own came then. */
  readonly now: number
  /** Told what is left out, in sentences. */
  readonly onNotice: (notice: string) => void
}

/**
 * Finds out what it is and reads it. @throws {Error} a sentence that says at which line, or byte,
 * something else was expected.
 */
export async function* importedFrom(
  source: AsyncIterable<Uint8Array>,
  terms: SourceTerms,
): AsyncGenerator<Located> {
  const chunks = source[Symbol.asyncIterator]()
  const first = await firstBytes(chunks, MOSQUITTO_MAGIC.length)
  if (isMosquitto(first)) {
    const rest: Uint8Array[] = [first]
    for await (const chunk of restOf(chunks)) rest.push(chunk)
    yield* mosquittoItems(readMosquittoDb(Buffer.concat(rest)), terms)
  } else {
    yield* exportedItems(linesOf(chunks, first))
  }
}

const MOSQUITTO_MAGIC = Buffer.from('\u0000\u00B5\u0000mosquitto db', 'latin1')

function isMosquitto(bytes: Uint8Array): boolean {
  return MOSQUITTO_MAGIC.equals(bytes.subarray(0, MOSQUITTO_MAGIC.length))
}

async function firstBytes(chunks: AsyncIterator<Uint8Array>, length: number): Promise<Uint8Array> {
  let bytes = Buffer.alloc(0)
  while (bytes.length < length) {
    const { done = false, value } = await chunks.next()
    if (done || value === undefined) break
    bytes = Buffer.concat([bytes, value])
  }
  return bytes
}

async function* restOf(chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { done = false, value } = await chunks.next()
    if (done || value === undefined) return
    yield value
  }
}

async function* exportedItems(lines: AsyncIterable<string>): AsyncGenerator<Located> {
  let number = 0
  let ended = false
  for await (const text of lines) {
    number++
    const where = `line ${number}`
    const line = located(where, () => lineOf(text, number, ended))
    if (number === 1) continue
    if (line.any('type') === 'end') {
      located(where, () => checkEnd(line, number))
      ended = true
    } else {
      yield { where, item: located(where, () => itemOf(line)) }
    }
  }
  if (ended) return
  throw new Error(
    number === 0
      ? 'line 1: expected what godwit-broker data export writes, got nothing'
      : `line ${number + 1}: expected more lines up to one of type "end", ` +
          'got the end of the file: it is not whole',
  )
}

function lineOf(text: string, number: number, ended: boolean): LineFields {
  if (ended) throw new LineFault('expected nothing behind the line of type "end", got a line')
  const line = parseLine(text)
  if (number === 1) checkHeader(line)
  return line
}

function checkEnd(line: LineFields, number: number): void {
  const lines = line.whole('lines', 0, Number.MAX_SAFE_INTEGER)
  line.done()
  if (lines === number - 1) return
  throw new LineFault(`expected ${lines} lines before this one, got ${number - 1}`)
}

function located<T>(where: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof LineFault) throw new Error(`${where}: ${error.message}`, { cause: error })
    throw error
  }
}

const LINE_FEED = 0x0a

/** Lines end with a line feed, of which the last may lack its own. */
async function* linesOf(
  chunks: AsyncIterator<Uint8Array>,
  first: Uint8Array,
): AsyncGenerator<string> {
  let begun: Uint8Array[] = []
  for await (const chunk of followedBy(first, chunks)) {
    let from = 0
    for (;;) {
      const to = chunk.indexOf(LINE_FEED, from)
      if (to === -1) break
      yield textOf([...begun, chunk.subarray(from, to)])
      begun = []
      from = to + 1
    }
    if (from < chunk.length) begun.push(chunk.subarray(from))
  }
  if (begun.length > 0) yield textOf(begun)
}

async function* followedBy(
  first: Uint8Array,
  chunks: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first
  yield* restOf(chunks)
}

/** What is no UTF-8 turns up as a text that is not what was written, or as no JSON. */
function textOf(parts: readonly Uint8Array[]): string {
  return Buffer.concat(parts).toString('utf8')
}
