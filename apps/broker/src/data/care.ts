/** Checks and repairs a data directory, and says what was found. */
import { checkDirectory, repairDirectory } from '@godwit/store-lmdb'
import type { CheckReport, RepairReport } from '@godwit/store-lmdb'

/** So many findings are shown to people; programs get all of them. */
const SHOWN_MAX = 20

/**
 * Says whether data can be read; returns the exit code, 0 if all of it can. Changes nothing.
 * @throws {Error} if a broker has it open, or it cannot be looked at.
 */
export async function checkData(directory: string, asJson: boolean): Promise<number> {
  const report = await checkDirectory(directory)
  print(asJson ? jsonOf(report) : checkText(report))
  return report.isSound ? 0 : 1
}

/**
 * Repairs data, and says what was kept and what was lost. @throws {Error} if a broker has it open,
 * or it cannot be repaired; then it is as it was.
 */
export async function repairData(directory: string, asJson: boolean): Promise<number> {
  const report = await repairDirectory(directory)
  print(asJson ? jsonOf(report) : repairText(report))
  return 0
}

/** What a check found, for people. */
export function checkText(report: CheckReport): string {
  const { directory, file, isSound } = report
  const torn = file.kind === 'torn-tail' ? [`  note      ${file.sentence}`] : []
  if (isSound) return lines([`${directory} is sound`, ...contents(report), ...torn])
  const fault = file.kind === 'damaged' ? [`  file      ${file.place}: ${file.sentence}`] : []
  return lines([
    `${directory} is damaged`,
    ...contents(report),
    ...fault,
    ...torn,
    ...findings(report),
    'godwit-broker data repair makes a store of what can be read, and keeps the damaged files',
  ])
}

/** What came of a repair, for people. */
export function repairText(report: RepairReport): string {
  const { directory, damagedFile, faults, isNewest, staleValues } = report
  if (damagedFile === undefined) {
    return lines([`${directory} is sound, and was left as it is`, ...contents(report)])
  }
  return lines([
    `${directory} is repaired; what was damaged is kept in ${damagedFile}`,
    ...contents(report),
    ...faults.slice(0, SHOWN_MAX).map(({ place, what }) => `  file      ${place} ${what}`),
    ...findings(report),
    ...(isNewest ? [] : ['  note      the newest state was not found: what came last may be lost']),
    ...(staleValues === 0
      ? []
      : [`  note      ${staleValues} values that may be from the past were left out`]),
  ])
}

function contents(report: Contents): readonly string[] {
  const { records, entriesKept } = report
  const kinds = [...records].filter(([, count]) => count > 0)
  const kept = kinds.map(([table, count]) => `${count} of ${table}`)
  return [
    `  records   ${kept.length === 0 ? 'none' : kept.join(', ')}`,
    `  messages  ${entriesKept}`,
    ...lost(report),
  ]
}

function lost({ recordsLost, entriesLost }: Contents): readonly string[] {
  if (recordsLost === 0 && entriesLost === 0) return []
  return [`  lost      ${counted(recordsLost)} records, ${counted(entriesLost)} messages`]
}

function counted(count: number | undefined): string {
  return count === undefined ? 'nobody knows how many' : String(count)
}

function findings({ findings }: Contents): readonly string[] {
  const shown = findings.slice(0, SHOWN_MAX).map(({ sentence }) => `  lost      ${sentence}`)
  const more = findings.length - shown.length
  return more > 0 ? [...shown, `  lost      ... and ${more} more, which --json shows`] : shown
}

type Contents = Pick<
  CheckReport,
  'records' | 'entriesKept' | 'recordsLost' | 'entriesLost' | 'findings'
>

function jsonOf(report: Contents): string {
  return lines([
    JSON.stringify({ ...report, records: Object.fromEntries(report.records) }, null, 2),
  ])
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('')
}

function print(text: string): void {
  process.stdout.on('error', () => {})
  process.stdout.write(text)
}
