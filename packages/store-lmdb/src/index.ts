/* The embedded store of a broker, on LMDB. */
export type { DataFileSizes, DataFileVerdict } from './inspection/data-file-check.ts'
export {
  checkDirectory,
  type CheckReport,
  type StoreContents,
} from './inspection/directory-check.ts'
export { type RepairOptions, type RepairReport, repairDirectory } from './inspection/repair.ts'
export { LmdbEngine } from './lmdb-engine.ts'
export { type LmdbOptions, openLmdb } from './opening.ts'
