/** Promises that nobody need look at. */
import { ClientError } from './errors.ts'

/**
 * Settles as `work` does. Where that is rejected because the client was closed, nobody has to take
 * note: whoever closes a client knows, and a process must not end for it.
 */
export function quietWhenClosed<T>(work: Promise<T>): Promise<T> {
  const promise = new Promise<T>((resolve, reject) => {
    work.then(resolve, (error: unknown) => {
      if (error instanceof ClientError && error.code === 'closed') promise.catch(() => {})
      reject(error)
    })
  })
  return promise
}
