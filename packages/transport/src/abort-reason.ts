// What a promise is rejected with when its signal aborts.

/** The reason of a signal that has aborted, as an Error: one that is none becomes its `cause`. */
export function abortReason(signal: AbortSignal): Error {
  const reason: unknown = signal.reason
  return reason instanceof Error ? reason : new Error('Connecting was aborted', { cause: reason })
}
