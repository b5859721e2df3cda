/** A limit on how long a run may take: reaching it is an error with an exit code of its own. */
import { CliError, ExitCode } from './exit.ts'

/** The error when time is up. */
export function timedOut(message: string): CliError {
  return new CliError(message, { exitCode: ExitCode.Timeout })
}

/** The signal, aborted with {@link timedOut} too if there is a limit, which `what` ends in. */
export function withinTime(
  signal: AbortSignal,
  seconds: number | undefined,
  what: string,
): AbortSignal {
  if (seconds === undefined) return signal
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(timedOut(`${what} ${seconds} s`)), seconds * 1000)
  timer.unref()
  return AbortSignal.any([signal, controller.signal])
}
