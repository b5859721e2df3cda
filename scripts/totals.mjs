// Counts: the report of vitest and the checks beside it, as one plain total.

/**
 * @typedef {{ passed: number, failed: number, skipped: readonly string[] }} Tests
 * What a test run came to; skipped tests by name.
 * @typedef {{ passed: number, failed: number, skipped: number }} Total
 *
 * @typedef {object} Report
 * The part of vitest's JSON report that is read here.
 * @property {readonly ReportedFile[]} testResults
 *
 * @typedef {object} ReportedFile
 * @property {string} status
 * @property {readonly { status: string, fullName: string }[]} assertionResults
 */

/**
 * Reads a report. A file which failed without a failed test, by a syntax error for instance, counts
 * as one failure.
 *
 * @param {Report} report
 * @returns {Tests}
 */
export function countTests({ testResults }) {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  /** @param {string} status */
  const withStatus = (status) => tests.filter((test) => test.status === status)
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  )
  const [passed, failed] = [withStatus('passed'), withStatus('failed')]
  const skipped = tests.filter((test) => !passed.includes(test) && !failed.includes(test))
  return {
    passed: passed.length,
    failed: failed.length + broken.length,
    skipped: skipped.map(({ fullName }) => fullName),
  }
}

/**
 * Adds up checks and tests. Where nobody watches, a skipped test is a failure.
 *
 * @param {readonly { passed: boolean }[]} checks
 * @param {Tests} tests
 * @param {boolean} inCi
 * @returns {Total}
 */
export function addUp(checks, tests, inCi) {
  const passed = checks.filter((check) => check.passed).length
  const skipped = tests.skipped.length
  return {
    passed: passed + tests.passed,
    failed: checks.length - passed + tests.failed + (inCi ? skipped : 0),
    skipped: inCi ? 0 : skipped,
  }
}

/**
 * The last line of a test run.
 *
 * @param {Total} total
 * @returns {string}
 */
export function totalLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
