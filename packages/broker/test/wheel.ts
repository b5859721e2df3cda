// A wheel of deadlines with the chores that it needs, on virtual time.

import type { VirtualClock } from '@godwit/transport/testing'
import { Chores } from '../src/chores.ts'
import { Deadlines } from '../src/deadlines.ts'
import { Turn } from '../src/turn.ts'

/** Makes one; notes what it reports. */
export function wheelOn(clock: VirtualClock, faults: string[] = []): Deadlines {
  const fault = (error: unknown): void => void faults.push(String(error))
  const limits = { sliceItemsMax: 256, sliceMs: 2 }
  return new Deadlines(clock, new Chores(clock, new Turn(clock, fault), limits, fault), fault)
}
