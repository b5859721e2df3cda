// The Clock: the only place where time comes from. What reads time takes one as a parameter, so
// that a test can pass a virtual one and finish an hour in a microsecond.

/** Time, and the end of a turn of the event loop. No handler is called from inside a method. */
export interface Clock {
  /** Milliseconds since some moment in the past. Never goes back, and is not the time of day. */
  now(): number

  /**
   * Calls `handler` about every `everyMs` milliseconds until the result is disposed. Handlers of
   * one period share one timer, which on its own does not keep a process alive.
   *
   * @throws RangeError if `everyMs` is not above 0.
   */
  tick(everyMs: number, handler: () => void): Disposable

  /**
   * Calls `handler` once, after `ms` milliseconds, unless the result is disposed earlier.
   *
   * @throws RangeError if `ms` is negative or above 2^31 - 1 (24 days).
   */
  after(ms: number, handler: () => void): Disposable

  /**
   * Calls `handler` once, when everything that is ready in this turn of the event loop has been
   * handled: the place to write what the turn has gathered.
   */
  defer(handler: () => void): void
}
