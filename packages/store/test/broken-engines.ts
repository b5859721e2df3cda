// Engines that break their promises, each in one way, for tests of the suite.

import type { Place } from '../src/compliance/index.ts'
import {
  type Append,
  type Engine,
  MemoryEngine,
  type MemoryEngineOptions,
  MemoryStorage,
  type Outcome,
  type RecordOp,
  type Unit,
} from '../src/index.ts'

/** How an engine is broken, and the case that has to find it. */
export interface Breakage {
  readonly what: string
  readonly foundBy: string
  readonly options?: MemoryEngineOptions
  /** What the engine does instead. */
  readonly broken?: (engine: Engine) => Partial<Engine>
  /** How it is opened instead. */
  readonly open?: (world: World) => Promise<Engine>
  /** How it crashes instead. */
  readonly crash?: (world: World) => Promise<void>
}

/** What survives. */
export interface World {
  storage: MemoryStorage
}

/** A place with such an engine. */
export function brokenPlace({ options, broken, open }: Breakage): Place & { world: World } {
  const world: World = { storage: new MemoryStorage() }
  return {
    world,
    open: async () => {
      const engine = await (open?.(world) ?? MemoryEngine.open(world.storage, options))
      return { ...forwarding(engine), ...broken?.(engine) }
    },
    [Symbol.asyncDispose]: async () => {},
  }
}

function forwarding(engine: Engine): Engine {
  return {
    caps: engine.caps,
    log: engine.log,
    records: engine.records,
    commit: (units) => engine.commit(units),
    usage: () => engine.usage(),
    close: () => engine.close(),
    [Symbol.asyncDispose]: () => engine.close(),
  }
}

/** Them all. */
export const BREAKAGES: readonly Breakage[] = [
  {
    what: 'reads borrowed entries late',
    foundBy: 'lets entries be overwritten as soon as commit has returned',
    broken: (engine) => ({ commit: (units) => Promise.resolve().then(() => engine.commit(units)) }),
  },
  {
    what: 'reads borrowed values late',
    foundBy: 'lets values be overwritten as soon as commit has returned',
    broken: (engine) => ({ commit: (units) => Promise.resolve().then(() => engine.commit(units)) }),
  },
  {
    what: 'undoes the whole call at a conflict',
    foundBy: 'undoes the unit of a conflict and no other',
    broken: (engine) => ({ commit: (units) => inOneUnit(engine, units) }),
  },
  {
    what: 'names the wrong record of a conflict',
    foundBy: 'undoes the unit of a conflict and no other',
    broken: (engine) => ({
      commit: async (units) =>
        (await engine.commit(units)).map((outcome) =>
          outcome.committed ? outcome : { committed: false, conflict: 0 },
        ),
    }),
  },
  {
    what: 'takes no notice of conditions',
    foundBy: 'finds every other revision to be a conflict',
    broken: (engine) => changingRecords(engine, ({ table, key, value }) => ({ table, key, value })),
  },
  {
    what: 'gives revisions that do not grow',
    foundBy: 'gives greater revisions with each change',
    broken: (engine) => ({
      commit: async (units) =>
        (await engine.commit(units)).map((outcome) =>
          outcome.committed ? { ...outcome, revisions: outcome.revisions.map(() => 1) } : outcome,
        ),
    }),
  },
  {
    what: 'lets a later call pass an earlier one',
    foundBy: 'keeps the order of the calls on a topic when nobody waits',
    broken: overtaking,
  },
  {
    what: 'misses the first entry of each page in a scan',
    foundBy: 'scans from any position',
    broken: (engine) => ({ log: { ...engine.log, scan: (...at) => withoutFirsts(engine, ...at) } }),
  },
  {
    what: 'reads entries in the order of their positions',
    foundBy: 'reads entries in the order they are asked for',
    broken: ({ log }) => ({
      log: { ...log, read: (positions) => log.read(positions.toSorted((a, b) => a - b)) },
    }),
  },
  {
    what: 'never frees anything',
    foundBy: 'frees what was released, in time',
    broken: ({ log }) => ({ log: { ...log, release: () => {} } }),
  },
  {
    what: 'releases later and with what has come meanwhile',
    foundBy: 'keeps what comes later into the newest page, after its release',
    broken: releasingLate,
  },
  {
    what: 'begins at position 1 again when the log is empty',
    foundBy: 'gives no position twice, though all was released and it was opened again',
    open: openForgetful,
  },
  {
    what: 'opens what is open',
    foundBy: 'is opened once at a time',
    open: ({ storage }) =>
      MemoryEngine.open(storage).catch(() => MemoryEngine.open(new MemoryStorage())),
  },
  {
    what: 'is closed before it has finished',
    foundBy: 'finishes the commits that were begun, then closes',
    open: async (world) => {
      const engine = await MemoryEngine.open(world.storage)
      return { ...forwarding(engine), close: async () => world.storage.crash() }
    },
  },
  {
    what: 'answers when it is closed',
    foundBy: 'refuses everything when it is closed',
    broken: (engine) => ({
      records: {
        ...engine.records,
        get: (...of) => engine.records.get(...of).catch(() => undefined),
      },
    }),
  },
  {
    what: 'cuts long keys',
    foundBy: 'keeps records of any key',
    broken: (engine) => changingRecords(engine, (op) => ({ ...op, key: op.key.slice(0, 1978) })),
  },
  {
    what: 'takes an empty value for a deletion',
    foundBy: 'keeps values of 0 bytes to 2 MiB',
    broken: (engine) =>
      changingRecords(engine, (op) => (op.value?.length === 0 ? { ...op, value: null } : op)),
  },
  {
    what: 'puts two tables into one',
    foundBy: 'keeps tables apart',
    broken: (engine) =>
      changingRecords(engine, (op) =>
        op.table === 'retained' ? { ...op, table: 'sessions' } : op,
      ),
  },
  {
    what: 'loses a record at a crash that it had answered',
    foundBy: 'has everything after a crash that was answered before',
    crash: async ({ storage }) => {
      storage.crash()
      await using engine = await MemoryEngine.open(storage)
      await engine.commit([{ records: [{ table: 'settings', key: 'last', value: null }] }])
    },
  },
  {
    what: 'tears a unit at a crash and says that it does not',
    foundBy: 'leaves whole at a crash what it says it does',
    options: { atomic: 'key' },
    broken: ({ caps }) => ({ caps: { ...caps, atomic: 'all' } }),
    crash: async ({ storage }) => storage.crash({ parts: 3 }),
  },
]

function changingRecords(engine: Engine, change: (op: RecordOp) => RecordOp): Partial<Engine> {
  return {
    commit: (units) =>
      engine.commit(
        units.map(({ appends = [], records = [] }) => ({ appends, records: records.map(change) })),
      ),
  }
}

async function inOneUnit(engine: Engine, units: readonly Unit[]): Promise<readonly Outcome[]> {
  const appends: Append[] = units.flatMap((unit) => unit.appends ?? [])
  const records: RecordOp[] = units.flatMap((unit) => unit.records ?? [])
  const [outcome] = await engine.commit([{ appends, records }])
  return units.map(() => outcome!)
}

function overtaking(engine: Engine): Partial<Engine> {
  let calls = 0
  return {
    commit: async (units) => {
      if (calls++ % 3 === 1) for (let n = 0; n < 20; n++) await Promise.resolve()
      return engine.commit(units)
    },
  }
}

async function* withoutFirsts(engine: Engine, shard: number, from: number) {
  for await (const entries of engine.log.scan(shard, from)) {
    yield entries.filter(({ position }) => position % 256 !== 0)
  }
}

function releasingLate(engine: Engine): Partial<Engine> {
  let late: readonly number[] = []
  return {
    log: { ...engine.log, release: (pages) => (late = pages) },
    commit: async (units) => {
      const outcomes = await engine.commit(units)
      engine.log.release(late)
      late = []
      return outcomes
    },
  }
}

async function openForgetful(world: World): Promise<Engine> {
  const engine = await MemoryEngine.open(world.storage)
  if ((await engine.usage()).logEntries > 0) return engine
  await engine.close()
  world.storage = new MemoryStorage()
  return MemoryEngine.open(world.storage)
}
