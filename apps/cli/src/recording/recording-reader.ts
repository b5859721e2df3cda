/** Reads a recording line by line, however large it is, and says where it is wrong. */
import { CliError } from '../exit.ts'
import type { RecordedEvent, RecordedMessage, RecordingHeader } from './recording-line.ts'
import { LineError, parseLine } from './recording-parsing.ts'

/** A line with its place in the file, its time counted from the first header. */
export interface PlacedLine<T> {
  /** From 1. */
  readonly line: number
  readonly content: T
}

/** What a recording has behind its headers. */
export type RecordedThing = RecordedMessage | RecordedEvent

/** A line with more characters has no message that MQTT could carry. */
const LINE_LENGTH_MAX = 400_000_000

/**
 * The messages and events of a recording, in its order. `name` is how errors call the file, and
 * `warn` is told of a last line that is cut off, as by a crash.
 * @throws {CliError} `name:line: …` for a line that is none
 */
export async function* readRecording(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  warn: (sentence: string) => void,
): AsyncGenerator<PlacedLine<RecordedThing>> {
  const timeline = new Timeline()
  for await (const { text, line, isWhole } of linesOf(chunks, name)) {
    if (text.trim() === '') continue
    const content = readLine(text, { name, line, isWhole, warn })
    if (content === undefined) continue
    if (content.kind === 'header') {
      timeline.begin(content)
    } else {
      if (!timeline.hasBegun) throw noRecording(name)
      yield { line, content: { ...content, ms: timeline.at(content.ms) } }
    }
  }
  if (!timeline.hasBegun) throw noRecording(name)
}

/** Time from the first header on; what another run has added goes on when that run began. */
class Timeline {
  #firstMs: number | undefined
  #offsetMs = 0
  #lastMs = 0

  get hasBegun(): boolean {
    return this.#firstMs !== undefined
  }

  begin({ begunMs }: RecordingHeader): void {
    this.#firstMs ??= begunMs
    // A clock that was set back does not mix up the order.
    this.#offsetMs = Math.max(this.#lastMs, begunMs - this.#firstMs)
  }

  at(ms: number): number {
    const at = this.#offsetMs + ms
    this.#lastMs = Math.max(this.#lastMs, at)
    return at
  }
}

interface Place {
  readonly name: string
  readonly line: number
  readonly isWhole: boolean
  readonly warn: (sentence: string) => void
}

function readLine(
  text: string,
  { name, line, isWhole, warn }: Place,
): ReturnType<typeof parseLine> | undefined {
  try {
    return parseLine(text)
  } catch (error) {
    if (!(error instanceof LineError)) throw error
    if (line === 1) throw noRecording(name)
    if (isWhole) throw new CliError(`${name}:${line}: ${error.message}`, { cause: error })
    warn(`${name}:${line}: the last line is cut off, and left out`)
    return undefined
  }
}

function noRecording(name: string): CliError {
  return new CliError(`${name}:1: expected the header of a recording`, {
    advice: 'godwit record writes such files',
  })
}

interface Line {
  readonly text: string
  readonly line: number
  /** Whether it ends with a line feed. */
  readonly isWhole: boolean
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Line> {
  const decoder = new TextDecoder()
  let parts: string[] = []
  let length = 0
  let line = 1
  for await (const chunk of chunks) {
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n')
    parts.push(first)
    length += first.length
    if (length > LINE_LENGTH_MAX) throw new CliError(`${name}:${line}: the line is too long`)
    for (const other of others) {
      yield { text: parts.join(''), line: line++, isWhole: true }
      parts = [other]
      length = other.length
    }
  }
  parts.push(decoder.decode())
  if (parts.join('') !== '') yield { text: parts.join(''), line, isWhole: false }
}
