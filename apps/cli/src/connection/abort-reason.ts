/** Why connecting was given up. */

/** The reason of a signal that was aborted, as an error. */
export function abortReason({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('Connecting was aborted', { cause: reason })
}
