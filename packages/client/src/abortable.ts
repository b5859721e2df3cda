/** Waiting that can be called off. */
import type { Awaitable } from './authentication.ts'

/**
 * The value, or a rejection with the signal's reason if that aborts first; a value that comes too
 * late goes to `late`, and a late failure nowhere.
 */
export function abortable<T>(
  value: Awaitable<T>,
  signal: AbortSignal | undefined,
  late?: (value: T) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal?.reason)
    }
    const taken = (result: T): void => {
      signal?.removeEventListener('abort', abort)
      if (signal?.aborted === true) late?.(result)
      else resolve(result)
    }
    const failed = (error: unknown): void => {
      signal?.removeEventListener('abort', abort)
      reject(error)
    }
    if (signal?.aborted === true) abort()
    else signal?.addEventListener('abort', abort, { once: true })
    Promise.resolve(value).then(taken, failed)
  })
}
