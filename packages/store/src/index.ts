// Where a broker keeps what must not be lost: the contract of the engines, and one in memory.
export {
  type Append,
  type Engine,
  type EngineCaps,
  firstOf,
  type LogEntry,
  type MessageLog,
  type Outcome,
  PAGE_ENTRIES,
  pageOf,
  type Position,
  type RecordOp,
  type RecordStore,
  type Revision,
  type StoredRecord,
  type Table,
  TABLES,
  type Unit,
  type Usage,
} from './engine.ts'
export { MemoryEngine, type MemoryEngineOptions } from './memory-engine.ts'
export { type FailingCommits, type MemoryFailure, MemoryFaults } from './memory-faults.ts'
export { MemoryStorage, type Survivors } from './memory-storage.ts'
export { StoreError, type StoreErrorKind } from './store-error.ts'
