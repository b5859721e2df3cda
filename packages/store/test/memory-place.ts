// A memory storage as a place of the compliance suite.

import type { Place } from '../src/compliance/index.ts'
import { MemoryEngine, type MemoryEngineOptions, type MemoryStorage } from '../src/index.ts'

/** The storage, opened with these options each time. */
export function placeIn(
  storage: MemoryStorage,
  options: MemoryEngineOptions = {},
): Place & { storage: MemoryStorage; options: MemoryEngineOptions } {
  return {
    storage,
    options,
    open: () => MemoryEngine.open(storage, options),
    [Symbol.asyncDispose]: async () => {},
  }
}
