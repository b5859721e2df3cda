/**
 * The timers of the host, as they were when this module was loaded: a test that puts fake ones in
 * their place does not stop the world.
 */

const { setImmediate, setTimeout, clearTimeout } = globalThis

/** Calls `handler` in the next round of the event loop. */
export function nextRound(handler: () => void): void {
  setImmediate(handler)
}

/** Resolves in the next round of the event loop, when all promises have had their say. */
export function roundOver(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}

/** Calls `handler` after so many milliseconds of a clock on the wall, unless disposed earlier. */
export function afterRealMs(ms: number, handler: () => void): Disposable {
  const timer = setTimeout(handler, ms)
  return { [Symbol.dispose]: () => clearTimeout(timer) }
}
