/** The suite: all of its cases in order, from a single entry to random work and crashes. */
import { CLOSING_CHECKS } from './closing.ts'
import { COMMIT_CHECKS } from './commits.ts'
import { CRASH_CHECKS } from './crashes.ts'
import { KEY_CHECKS } from './keys.ts'
import { LOG_CHECKS } from './log.ts'
import { RANDOM_CHECKS } from './random-work.ts'
import { RECORD_CHECKS } from './records.ts'
import { RELEASE_CHECKS } from './release.ts'
import { SCAN_CHECKS } from './scans.ts'
import { caseOf, type ComplianceCase, type ComplianceOptions, type Place } from './trial.ts'

/**
 * What every engine has to do. Run each case by itself, and take what it throws for its failure; a
 * case writes a few megabytes and makes at most a few hundred commits one after the other.
 */
export function engineCompliance<P extends Place>(
  options: ComplianceOptions<P>,
): readonly ComplianceCase[] {
  const checks = [
    ...LOG_CHECKS,
    ...SCAN_CHECKS,
    ...RELEASE_CHECKS,
    ...RECORD_CHECKS,
    ...KEY_CHECKS,
    ...COMMIT_CHECKS,
    ...CLOSING_CHECKS,
    ...RANDOM_CHECKS,
    ...(options.crash === undefined ? [] : CRASH_CHECKS),
  ]
  return checks.map((check) => caseOf(check, options))
}
