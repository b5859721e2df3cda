// A journal without a broker: on an engine in memory, with virtual time.

import { MemoryEngine, MemoryStorage } from '@godwit/store'
import type { MemoryEngineOptions } from '@godwit/store'
import { VirtualClock } from '@godwit/transport/testing'
import { setImmediate } from 'node:timers/promises'
import { Journal } from '../src/journal.ts'
import type { JournalParts } from '../src/journal-parts.ts'
import type { Waiting } from '../src/journal-batch.ts'
import type { Recorded } from '../src/recorded.ts'
import { Turn } from '../src/turn.ts'

/** A journal and what surrounds it. */
export interface JournalWorld {
  readonly storage: MemoryStorage
  readonly clock: VirtualClock
  readonly turn: Turn
  readonly engine: MemoryEngine
  readonly journal: Journal
  /** What happened, a line each. */
  readonly seen: string[]
  /** The turn ends, and the store does what it can. */
  readonly settle: () => Promise<void>
  /** Notes in `seen` whether it is durable, or there was no room. */
  readonly waiting: (name: string) => Required<Waiting>
  /** Has one record, `settings/NAME`. */
  readonly recorded: (name: string) => Recorded
}

/** Opens one; on a storage that was used before if that is given. */
export async function openJournal(
  options: Partial<Pick<JournalParts, 'bytesMax' | 'logBytesMax'>> & {
    storage?: MemoryStorage
    engine?: MemoryEngineOptions
  } = {},
): Promise<JournalWorld> {
  const { storage = new MemoryStorage(), bytesMax = 1_000_000, logBytesMax = 1_000_000 } = options
  const engine = await MemoryEngine.open(storage, options.engine)
  const clock = new VirtualClock()
  const seen: string[] = []
  const turn = new Turn(clock, (error) => seen.push(`fault ${String(error)}`))
  const journal = new Journal({
    engine,
    clock,
    turn,
    timeOfDay: () => 1_000_000 + clock.now(),
    bytesMax,
    logBytesMax,
    observers: {
      storeFull: (isFull) => seen.push(isFull ? 'store full' : 'store has room'),
      fault: (error) => seen.push(`fault ${String(error)}`),
    },
    failed: () => seen.push('failed'),
  })
  turn.commit = () => journal.flush()
  await journal.open()
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 5; round++) {
      clock.settle()
      await setImmediate()
    }
    clock.settle()
  }
  const waiting = (name: string): Required<Waiting> => ({
    durable: () => seen.push(`durable ${name}`),
    full: () => seen.push(`no room for ${name}`),
  })
  const recorded = (name: string): Recorded => ({
    record: (records) => {
      seen.push(`recorded ${name}`)
      records.push({ table: 'settings', key: name, value: new Uint8Array([1]) })
    },
  })
  return { storage, clock, turn, engine, journal, seen, settle, waiting, recorded }
}
