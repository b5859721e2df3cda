/** The one thing to import. */
import { World } from './world.ts'
import type { WorldOptions } from './world.ts'

/**
 * Starts a broker in memory, and the world around it. Close it, or have `await using` do so.
 *
 * @throws {Error} if the `port` cannot be used; {RangeError} for a limit that is none.
 */
export function testBroker(options: WorldOptions = {}): Promise<World> {
  return World.open(options)
}
