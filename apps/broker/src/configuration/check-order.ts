/** Carries out `godwit-broker check`: says what is wrong, or what would be open to whom. */
import { checkFiles } from './checking.ts'
import { ConfigurationError, sentenceOf } from './fault.ts'
import type { PlacedFault } from './fault.ts'
import { loadConfiguration } from './loading.ts'
import type { Sources } from './loading.ts'
import { noticeText } from './notice.ts'
import type { Notice } from './notice.ts'
import { opennessOf, opennessText } from './openness.ts'
import type { Openness } from './openness.ts'

/** What `check` found. */
export interface CheckReport {
  readonly ok: boolean
  readonly faults: readonly PlacedFault[]
  readonly notices: readonly Notice[]
  /** Empty if the configuration itself is wrong. */
  readonly listeners: readonly Openness[]
}

/** Checks a configuration and the files that it names. Opens nothing. */
export async function checkConfiguration(sources: Sources): Promise<CheckReport> {
  try {
    const loaded = await loadConfiguration(sources)
    const { faults, notices } = await checkFiles(loaded)
    return {
      ok: faults.length === 0,
      faults,
      notices: [...loaded.notices, ...notices],
      listeners: opennessOf(loaded.configuration),
    }
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return { ok: false, faults: error.faults, notices: [], listeners: [] }
  }
}

/** A report as a text for people. */
export function reportText(report: CheckReport): string {
  const { ok, faults, notices, listeners } = report
  const lines = [
    ...faults.map(sentenceOf),
    ...notices.map((notice) => `notice: ${noticeText(notice)}`),
    ...(ok ? ['The configuration can be used. It lets in:'] : []),
    ...listeners.map(
      (openness) => `  ${openness.name}  ${openness.url}  ${opennessText(openness)}`,
    ),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** Checks, prints what was found to stdout, and returns the exit code. */
export async function check(sources: Sources, asJson: boolean): Promise<number> {
  const report = await checkConfiguration(sources)
  process.stdout.write(asJson ? `${JSON.stringify(report, null, 2)}\n` : reportText(report))
  return report.ok ? 0 : 1
}
