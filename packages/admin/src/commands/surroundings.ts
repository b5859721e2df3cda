/** What the commands touch of the world; a test gives them another one. */

import type { AdminCommandFailure } from './command-failure.ts'

/** The world around a command. */
export interface Surroundings {
  /** Prints on standard output. */
  readonly print: (text: string) => void
  /** Prints on standard error. */
  readonly note: (text: string) => void
  /** Whether people look at standard output. */
  readonly isTerminal: boolean
  /** How many characters fit into a line. */
  readonly columns: number
  readonly environment: Readonly<Record<string, string | undefined>>
  /** All of standard input. */
  readonly readInput: () => Promise<Uint8Array>
  readonly fetch: typeof globalThis.fetch
  /** Aborted when the run is interrupted. */
  readonly signal?: AbortSignal
  /** What the run is to end with, if not with 0. */
  readonly setExitCode: (code: number) => void
  /** Makes the error that a command throws of what went wrong. */
  readonly failed: (failure: AdminCommandFailure) => unknown
}

/** That of this process. */
export function processSurroundings(): Surroundings {
  return {
    print: (text) => void process.stdout.write(text),
    note: (text) => void process.stderr.write(text),
    isTerminal: process.stdout.isTTY,
    columns: process.stdout.columns || 80,
    environment: process.env,
    readInput: async () => {
      const chunks: Uint8Array[] = []
      for await (const chunk of process.stdin) if (chunk instanceof Uint8Array) chunks.push(chunk)
      return Buffer.concat(chunks)
    },
    fetch: globalThis.fetch,
    setExitCode: (code) => {
      process.exitCode = code
    },
    failed: (failure) => failure,
  }
}
