/** Ctrl-C and SIGTERM as an `AbortSignal`, so that the processes that were started end as well. */

/** Runs something that heeds a signal. @throws {Error} saying so, when it was interrupted. */
export async function untilInterrupted<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const interrupt = (): void => controller.abort(new Error('Interrupted'))
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  try {
    return await run(controller.signal)
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}
