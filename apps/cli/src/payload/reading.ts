/** Payloads from where they are: a file, stdin, or the lines that come on stdin. */
import { readFile } from 'node:fs/promises'
import { addAbortSignal } from 'node:stream'
import { CliError } from '../exit.ts'
import type { PayloadOrigin } from '../flags/message-flags.ts'

/** A stream of input as bytes. */
export type Input = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** A payload from one place. @throws {CliError} for a file that cannot be read, and empty stdin. */
export async function readPayload(
  origin: Exclude<PayloadOrigin, { from: 'lines' }>,
  input: Input = [],
): Promise<string | Uint8Array> {
  if (origin.from === 'text') return origin.text
  return origin.from === 'file' ? contents(origin.path) : everything(input)
}

async function contents(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CliError(`The payload cannot be read: ${reason}`, { cause })
  }
}

/** A pipe that breaks leaves nothing behind it: that is no message. */
async function everything(input: Input): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of input) chunks.push(chunk)
  const payload = Buffer.concat(chunks)
  if (payload.length > 0) return payload
  throw new CliError('Nothing came on stdin', { advice: 'use --null for an empty message' })
}

/** What comes on stdin, until a signal ends that. @throws its reason */
export async function* input(signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  try {
    yield* addAbortSignal(signal, process.stdin)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}

const LINE_FEED = 0x0a

/** The lines of an input without what ends them, as bytes; the last may end with the input. */
export async function* linesOf(input: Input): AsyncGenerator<Uint8Array, void> {
  let begun: Uint8Array[] = []
  for await (const chunk of input) {
    let start = 0
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start)
      if (end === -1) break
      yield whole(begun, chunk.subarray(start, end))
      begun = []
      start = end + 1
    }
    if (start < chunk.length) begun.push(chunk.subarray(start))
  }
  if (begun.length > 0) yield Buffer.concat(begun)
}

function whole(begun: readonly Uint8Array[], end: Uint8Array): Uint8Array {
  return begun.length === 0 ? end : Buffer.concat([...begun, end])
}
