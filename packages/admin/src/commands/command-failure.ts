/** How a command of `admin` fails. */

/** What a run returns. */
export const AdminExitCode = {
  Success: 0,
  /** A wrong flag, no answer, a refusal. */
  Failure: 1,
  /** `explain` says no. */
  Denied: 2,
  /** There is no such client, session, message or ban. */
  NotFound: 3,
  /** No answer came in time. */
  Timeout: 27,
} as const

/** A failure to be told in one sentence, which is safe for a terminal. */
export class AdminCommandFailure extends Error {
  override readonly name = 'AdminCommandFailure'
  readonly exitCode: number

  constructor(message: string, exitCode: number = AdminExitCode.Failure, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.exitCode = exitCode
  }
}
