/** Time limits on a clock that a test can turn. */
import type { Clock } from '@godwit/transport'
import { Problem } from './problem.ts'

/** Resolves after so many milliseconds, or when the signal is aborted. */
export function waited(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, resolve)
    const stop = (): void => {
      timer[Symbol.dispose]()
      resolve()
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

/**
 * What `answer` gives, if it does so in time; else `over` is aborted. @throws {Problem} if it does
 * not; whatever `answer` rejects with.
 */
export async function bounded<T>(
  clock: Clock,
  ms: number,
  over: AbortController,
  answer: Promise<T>,
): Promise<T> {
  let timer: Disposable | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = clock.after(ms, () => {
      reject(new Problem('busy', 'The broker took too long to answer: ask for less at once'))
      over.abort()
    })
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    timer?.[Symbol.dispose]()
  }
}
