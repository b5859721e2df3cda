// What `npm test` runs: the checks beside the tests, then the tests, then the total.

import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, runStep } from './steps.mjs'
import { addUp, countTests, totalLine } from './totals.mjs'

/**
 * @typedef {import('./steps.mjs').Outcome} Outcome
 * @typedef {import('./totals.mjs').Tests} Tests
 */

const TURBO = ['turbo', 'run', '--output-logs=errors-only']
const REPORT = 'node_modules/.cache/godwit/tests.json'

/**
 * @typedef {{ title: string, run: readonly string[], advice: string }} Check
 * A command of the workspace, and what to do if it fails.
 */

/**
 * Builds every package.
 *
 * @type {Check}
 */
export const BUILD = {
  title: 'build',
  run: [...TURBO, 'build'],
  advice: 'Mend the errors above; `npx turbo run build` repeats the build.',
}

/** @type {readonly Check[]} */
const CHECKS = [
  BUILD,
  {
    title: 'format',
    run: ['prettier', '--check', '--log-level', 'warn', '.'],
    advice: 'Run `npm run format`.',
  },
  {
    title: 'lint',
    run: ['oxlint', '--deny-warnings'],
    advice: 'Mend what oxlint names; the rules are in .oxlintrc.json.',
  },
  {
    title: 'types',
    run: [...TURBO, 'typecheck'],
    advice: 'Mend the type errors above; `npx tsc` in one package repeats its check.',
  },
  {
    title: 'dead code',
    run: ['knip', '--no-progress', '--no-config-hints'],
    advice: 'Take away what nothing uses, or name its use in knip.json.',
  },
  {
    title: 'packages',
    run: [...TURBO, 'package'],
    advice: 'Mend the package.json that publint or attw names.',
  },
]

const TESTS = [
  'vitest',
  'run',
  '--coverage',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${REPORT}`,
]

/**
 * Runs every check and every test, whatever fails, and prints the total last.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<boolean>} whether all passed
 */
export async function runChecks(env) {
  /** @type {Outcome[]} */
  const checks = []
  for (const { title, run, advice } of CHECKS) {
    checks.push(await runStep({ title, command: ['pnpm', 'exec', ...run], advice, env }))
  }
  const { run, tests } = await runTests(env)
  return summarize(run === undefined ? checks : [...checks, run], tests)
}

/**
 * Prints what failed, what was skipped, and the total.
 *
 * @param {readonly Outcome[]} checks
 * @param {Tests} tests
 * @returns {boolean} whether all passed
 */
export function summarize(checks, tests) {
  const inCi = isCi(process.env['CI'])
  const failed = checks.filter(({ passed }) => !passed)
  console.log('')
  for (const { title, advice } of failed) console.log(`failed: ${title}. ${advice}`)
  if (tests.failed > 0) console.log(`failed: ${tests.failed} of the tests, named above.`)
  for (const name of tests.skipped) {
    console.log(`skipped${inCi ? ', which counts as failed here' : ''}: ${name}`)
  }
  const total = addUp(checks, tests, inCi)
  console.log(totalLine(total))
  return total.failed === 0
}

/**
 * Runs the tests. A run that fails though no test did, by a crash or for want of coverage, comes
 * back as a failed check.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ run: Outcome | undefined, tests: Tests }>}
 */
async function runTests(env) {
  rmSync(join(ROOT, REPORT), { force: true })
  const run = await runStep({
    title: 'tests',
    command: ['pnpm', 'exec', ...TESTS],
    advice: 'Mend what is named above; `npx vitest run FILE` repeats one file.',
    env,
    live: true,
  })
  const tests = readReport()
  if (tests === undefined) {
    const advice = 'vitest ended without a report: its own error is above.'
    return { run: { ...run, passed: false, advice }, tests: NO_TESTS }
  }
  const explained = run.passed || tests.failed > 0
  const advice = 'No test failed, but the run did: see the coverage or the error above.'
  return { run: explained ? undefined : { ...run, advice }, tests }
}

const NO_TESTS = { passed: 0, failed: 0, skipped: [] }

/** @returns {Tests | undefined} */
function readReport() {
  const file = join(ROOT, REPORT)
  if (!existsSync(file)) return undefined
  try {
    return countTests(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}

/**
 * @param {string | undefined} value
 * @returns {boolean}
 */
function isCi(value) {
  return value !== undefined && !['', '0', 'false'].includes(value)
}
