/**
 * How a run ends: the exit codes, errors that carry advice, and the one place that says on stderr
 * what went wrong.
 */
import { ClientError } from '@godwit/client'
import type { ClientErrorCode } from '@godwit/client'
import { advised, codesOf } from './error-advice.ts'
import { visible } from './escaping.ts'
import { Interruption } from './interrupt.ts'

/** What the program returns. A refusal by the server returns its Reason Code, 128 or above. */
export const ExitCode = {
  Success: 0,
  /** A wrong flag, a file that cannot be read, no connection: as in mosquitto's programs. */
  Failure: 1,
  /** TLS failed: a server that is not trusted, or does not trust us. As in mosquitto's programs. */
  Tls: 8,
  /** What was waited for did not come in the time that was given: as in mosquitto_sub. */
  Timeout: 27,
} as const

/** What is known about an error beside its sentence. */
export interface CliErrorDetails {
  /** {@link ExitCode.Failure} if absent. */
  readonly exitCode?: number
  /** What to do, in a few words without a capital or a full stop. */
  readonly advice?: string
  /** Whether it is the command line that is wrong: such errors are printed even with `--quiet`. */
  readonly misuse?: boolean
  readonly cause?: unknown
}

/** An error to be told to whoever ran the program, in one sentence without a full stop. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitCode: number
  readonly advice: string | undefined
  readonly misuse: boolean

  constructor(message: string, details: CliErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.exitCode = details.exitCode ?? ExitCode.Failure
    this.advice = details.advice
    this.misuse = details.misuse ?? false
  }
}

/** A command line that cannot be followed, with what to do about it. */
export function misuse(message: string, advice?: string): CliError {
  return new CliError(message, { misuse: true, ...(advice !== undefined && { advice }) })
}

/** How the process is to end. */
export type Ending = { readonly exitCode: number } | { readonly signal: NodeJS.Signals }

/** Who failed, and how much it may say. */
export interface Reporting {
  /** Such as `godwit pub`. */
  readonly program: string
  /** Whether to keep errors of the run to oneself. */
  readonly quiet: boolean
  /** Whether to add the stack. */
  readonly debug: boolean
  readonly write: (text: string) => void
}

/** Prints an error in one line, `godwit pub: sentence`, and says how the process is to end. */
export function report(error: unknown, reporting: Reporting): Ending {
  if (error instanceof Interruption) return endingOf(error)
  const { program, quiet, debug, write } = reporting
  const silent = quiet && !(error instanceof CliError && error.misuse)
  if (!silent) write(`${program}: ${visible(sentenceOf(error))}\n`)
  if (debug && error instanceof Error) write(`${visible(error.stack ?? '', '\n\t')}\n`)
  return { exitCode: exitCodeOf(error) }
}

function endingOf({ by }: Interruption): Ending {
  return by === 'EPIPE' ? { exitCode: ExitCode.Success } : { signal: by }
}

function sentenceOf(error: unknown): string {
  if (error instanceof CliError) {
    return error.advice === undefined ? error.message : `${error.message}: ${error.advice}`
  }
  if (!(error instanceof Error)) return String(error)
  return advised(error)
}

/** Codes that Node gives to failures of TLS, its own and those of OpenSSL. */
const TLS_CODE = /\bERR_(?:TLS|SSL|OSSL)|CERT|UNABLE_TO_(?:GET|VERIFY)/

function exitCodeOf(error: unknown): number {
  if (error instanceof CliError) return error.exitCode
  if (!(error instanceof ClientError)) return ExitCode.Failure
  if (error.code === 'timeout') return ExitCode.Timeout
  if (TLS_CODE.test(codesOf(error).join(' '))) return ExitCode.Tls
  const { reasonCode = 0 } = error
  return SAID_BY_SERVER.has(error.code) && reasonCode >= 0x80 ? reasonCode : ExitCode.Failure
}

/** Errors whose Reason Code is the server's; those of others are our name for what happened. */
const SAID_BY_SERVER: ReadonlySet<ClientErrorCode> = new Set([
  'connect-refused',
  'connection-lost',
  'publish-refused',
  'subscribe-refused',
  'unsubscribe-refused',
])
