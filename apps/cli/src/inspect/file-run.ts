/** The inspection of what is there already: everything is told, and counted. */
import { createReadStream } from 'node:fs'
import { CaptureError } from '../capture/captured-frame.ts'
import { CliError } from '../exit.ts'
import type { Happening, Telling } from './happening.ts'
import { HexTextError } from './hex-text.ts'
import type { Printer } from './printer.ts'
import type { SourceKnowledge } from './source-knowledge.ts'
import { inspectHex, inspectStream } from './stream-source.ts'

/** What to inspect: hexadecimal text, or the bytes of a file. */
export type Material = { readonly hex: string } | { readonly chunks: AsyncIterable<Uint8Array> }

/** What it runs in. */
export interface FileSurroundings {
  readonly tell: Telling
  readonly printer: Printer
  readonly signal: AbortSignal
}

/** What was found. */
export interface Findings {
  readonly packets: number
  /** How many of them are malformed, or cut off. */
  readonly faulty: number
}

/** The bytes of a file. */
export function fileChunks(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path)
}

/**
 * Tells what there is. @throws {CliError} for a file that cannot be read, or is no such thing;
 * rejects with the reason of the signal.
 */
export async function runFile(
  material: Material,
  knowledge: SourceKnowledge,
  { tell, printer, signal }: FileSurroundings,
): Promise<Findings> {
  const findings = { packets: 0, faulty: 0 }
  try {
    for await (const happening of happeningsOf(material, knowledge)) {
      signal.throwIfAborted()
      if (happening.type === 'packet') {
        findings.packets++
        if (isFaulty(happening)) findings.faulty++
      }
      printer.print(tell(happening))
      await printer.drained(signal)
    }
  } catch (error) {
    throw asCliError(error)
  }
  return findings
}

function happeningsOf(
  material: Material,
  knowledge: SourceKnowledge,
): Iterable<Happening> | AsyncIterable<Happening> {
  return 'hex' in material
    ? inspectHex(material.hex, knowledge)
    : inspectStream(material.chunks, knowledge)
}

function isFaulty(happening: Happening): boolean {
  if (happening.type !== 'packet') return false
  const { error, packet } = happening.sighting
  return error !== undefined || packet.end !== 'whole'
}

function asCliError(error: unknown): unknown {
  if (error instanceof HexTextError) {
    const advice = 'give bytes as hexadecimal digits, or a file with --file'
    return new CliError(error.message, { advice, cause: error })
  }
  if (error instanceof CaptureError) return new CliError(error.message, { cause: error })
  const isOfSystem = error instanceof Error && 'syscall' in error
  return isOfSystem
    ? new CliError(`The file cannot be read: ${error.message}`, { cause: error })
    : error
}
