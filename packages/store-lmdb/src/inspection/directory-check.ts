/**
 * The check of a whole store that nobody uses, for its operator: first the structure of the file,
 * then all that is in it, each with its CRC, then whether it is as much as the counters say.
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { StoreError } from '@godwit/store'
import type { Table } from '@godwit/store'
import type { Counters } from '../counters.ts'
import { DirectoryLock } from '../directory-lock.ts'
import { DATA_FILE, readFormat } from '../format-file.ts'
import { checkDataFile } from './data-file-check.ts'
import type { DataFileVerdict } from './data-file-check.ts'
import { Inventory } from './inventory.ts'
import type { Finding, Gap } from './inventory.ts'
import { Salvage } from './salvage.ts'

/** What is in a store. */
export interface StoreContents {
  /** Good records of each table. */
  readonly records: ReadonlyMap<Table, number>
  readonly recordsKept: number
  /** `undefined` if it cannot be told: the counters or the newest meta page are lost too. */
  readonly recordsLost: number | undefined
  readonly entriesKept: number
  readonly entriesLost: number | undefined
  /**
   * Values that cannot be read at all, of which each is a record, or up to 256 entries; `undefined`
   * if it cannot be told.
   */
  readonly valuesMissing: number | undefined
  /** Positions between the first and the last entry that are not there. Releases leave gaps too. */
  readonly gaps: readonly Gap[]
  /** What is not good, value by value, the first thousand; then what is missing altogether. */
  readonly findings: readonly Finding[]
}

/** The result of a check. */
export interface CheckReport extends StoreContents {
  readonly directory: string
  readonly file: DataFileVerdict
  /** Nothing is wrong at all. */
  readonly isSound: boolean
}

/**
 * Checks a store, which nobody may have open. It changes nothing.
 * @throws {StoreError} `locked`; `version` of a format that this program does not read; `corrupt`
 *   if there is no data file. And an {Error} from the file system, if a file cannot be opened.
 */
export async function checkDirectory(directory: string): Promise<CheckReport> {
  await using _lock = await DirectoryLock.acquire(directory)
  return await checkLocked(directory)
}

/** Does what `checkDirectory` does, for the one who holds the lock. */
export async function checkLocked(directory: string): Promise<CheckReport> {
  const format = await formatFinding(directory)
  const { file, contents } = await inspectFile(join(directory, DATA_FILE))
  const findings = [...format, ...contents.findings]
  const isSound = file.kind !== 'damaged' && findings.length === 0
  return { directory, file, isSound, ...contents, findings }
}

/** Checks a data file and all that is in it. */
export async function inspectFile(
  path: string,
): Promise<{ readonly file: DataFileVerdict; readonly contents: StoreContents }> {
  const file = await checkDataFile(path)
  using salvage = new Salvage(path)
  const inventory = new Inventory()
  let taken = 0
  for (const record of salvage.records()) {
    if (!record.stale) inventory.take(record)
    if (++taken % VALUES_PER_TURN === 0) await setImmediate()
  }
  return { file, contents: contentsOf(inventory, salvage.recordsExpected) }
}

/** What an inventory says at its end, if LMDB should have so many keys. */
export function contentsOf(inventory: Inventory, keys: number | undefined): StoreContents {
  const { tables, records, entries, entriesLost, values } = inventory
  return {
    records: tables,
    recordsKept: records,
    recordsLost: inventory.recordsLost(keys),
    entriesKept: entries,
    entriesLost,
    valuesMissing: keys === undefined ? undefined : Math.max(0, keys - values),
    gaps: inventory.gaps(),
    findings: [...inventory.findings, ...missing(inventory, keys)],
  }
}

/** What is wrong with the file that tells what the directory holds. */
async function formatFinding(directory: string): Promise<Finding[]> {
  const hasData = await stat(join(directory, DATA_FILE)).then(
    () => true,
    () => false,
  )
  try {
    await readFormat(directory, hasData)
    return []
  } catch (error) {
    if (!hasData || !(error instanceof StoreError) || error.kind !== 'corrupt') throw error
    return [{ kind: 'format', sentence: error.message }]
  }
}

/** What the counters and LMDB tell, and the values do not. */
function missing(inventory: Inventory, keys: number | undefined): Finding[] {
  const { counters, values } = inventory
  const findings: Finding[] = []
  if (keys === undefined) {
    findings.push({ kind: 'value', sentence: 'It is not known how many values there should be.' })
  } else if (values < keys) {
    const sentence = `${keys - values} of ${keys} values, records or entries, are missing.`
    findings.push({ kind: 'value', sentence })
  }
  if (counters !== undefined) return [...findings, ...contradictions(inventory, counters)]
  if (keys === 0) return findings
  return [...findings, { kind: 'counters', sentence: 'The counters are missing.' }]
}

function contradictions(inventory: Inventory, counters: Counters): Finding[] {
  const { entries, entryBytes, envelopes, position, revision } = inventory
  const said = [counters.entries, counters.bytes, counters.envelopes]
  const found = [entries, entryBytes, envelopes]
  const findings: Finding[] = []
  if (said.some((count, index) => count !== found[index])) {
    const sentence =
      `There are ${found.join(', ')} good entries, bytes in them and envelopes; ` +
      `the counters say ${said.join(', ')}.`
    findings.push({ kind: 'entry', sentence })
  }
  if (position >= counters.next || revision > counters.revision) {
    const sentence =
      `The newest entry and record have ${position} and ${revision}; ` +
      `the counters say that ${counters.next} and ${counters.revision + 1} are next.`
    findings.push({ kind: 'counters', sentence })
  }
  return findings
}

/** Other work of the process is let in after so many. */
const VALUES_PER_TURN = 1000
