// The pure parts of scripts/: which tools are fetched, and how a run is counted.

import { describe, expect, it } from 'vitest'
import { stepLine } from '../../../scripts/steps.mjs'
import {
  cleanEnvironment,
  isAtLeast,
  packagesToFetch,
  whatToInstall,
} from '../../../scripts/toolchain.mjs'
import { addUp, countTests, totalLine } from '../../../scripts/totals.mjs'

describe('isAtLeast', () => {
  it.each([
    ['22.12.0', '22.12.0', true],
    ['v22.12.1', '22.12.0', true],
    ['24.0.0', '22.12.0', true],
    ['22.11.9', '22.12.0', false],
    ['20.20.2', '22.12.0', false],
    ['9.15.4', '12.0.0', false],
    ['12.0.0-rc.1', '12.0.0', true],
    ['no version', '12.0.0', false],
  ])('of %s and %s', (version, minimum, expected) => {
    expect(isAtLeast(version, minimum)).toBe(expected)
  })
})

describe('packagesToFetch', () => {
  it.each([
    ['20.20.2', undefined, ['node@24', 'pnpm@12']],
    ['20.20.2', '12.21.0', ['node@24']],
    ['24.1.0', '10.4.0', ['pnpm@12']],
    ['24.1.0', undefined, ['pnpm@12']],
    ['22.12.0', '12.0.0', []],
    ['26.0.0', '13.0.0', []],
  ])('for Node %s and pnpm %s', (node, pnpm, expected) => {
    expect(packagesToFetch(node, pnpm)).toEqual(expected)
  })

  it('asks for a newer Node where more is needed', () => {
    expect(packagesToFetch('22.12.0', '12.0.0', '24.0.0')).toEqual(['node@24'])
  })
})

describe('whatToInstall', () => {
  it('names the Node, or pnpm alone', () => {
    expect(whatToInstall(['node@24', 'pnpm@12'])).toContain('Node 24 (or any from 22.12 on)')
    expect(whatToInstall(['pnpm@12'])).toBe(
      'Install pnpm 12, for example with `npm install --global pnpm@12`, and try again.',
    )
  })
})

describe('cleanEnvironment', () => {
  it('takes away what npm run adds, and keeps the way to the registry', () => {
    const env = cleanEnvironment({
      PATH: '/bin',
      NODE: '/bin/node',
      INIT_CWD: '/tmp',
      npm_config_prefix: '/usr',
      npm_config_user_agent: 'npm',
      npm_package_json: 'package.json',
      npm_lifecycle_event: 'test',
      npm_execpath: 'npm',
      npm_config_registry: 'https://example.org',
      npm_config_https_proxy: 'https://example.org',
      npm_config_userconfig: '.npmrc',
    })
    expect(Object.keys(env).toSorted()).toEqual([
      'COREPACK_ENABLE_DOWNLOAD_PROMPT',
      'INIT_CWD',
      'PATH',
      'TURBO_NO_UPDATE_NOTIFIER',
      'TURBO_TELEMETRY_DISABLED',
      'npm_config_https_proxy',
      'npm_config_registry',
      'npm_config_userconfig',
    ])
  })
})

describe('stepLine', () => {
  it('says how the step ended, and after how long', () => {
    expect(stepLine('build', true, 12_345)).toMatch(/^ok {4}build +12\.3 s$/)
    expect(stepLine('lint', false, 0)).toMatch(/^FAIL {2}lint +0\.0 s$/)
  })
})

describe('the total', () => {
  const test = (status: string, fullName: string): { status: string; fullName: string } => ({
    status,
    fullName,
  })
  const report = {
    testResults: [
      {
        status: 'failed',
        assertionResults: [test('passed', 'a'), test('failed', 'b'), test('skipped', 'c')],
      },
      { status: 'failed', assertionResults: [] },
      { status: 'passed', assertionResults: [test('passed', 'd'), test('todo', 'e')] },
    ],
  }

  it('counts tests, and files which do not get as far as a test', () => {
    expect(countTests(report)).toEqual({ passed: 2, failed: 2, skipped: ['c', 'e'] })
  })

  it('adds checks to tests, and ends in one plain line', () => {
    const checks = [{ passed: true }, { passed: false }, { passed: true }]
    const tests = { passed: 10, failed: 0, skipped: ['a'] }
    expect(totalLine(addUp(checks, tests, false))).toBe('12 passed, 1 failed, 1 skipped')
    expect(totalLine(addUp(checks, { ...tests, skipped: [] }, false))).toBe('12 passed, 1 failed')
  })

  it('takes a skipped test for a failed one in CI', () => {
    const tests = { passed: 10, failed: 1, skipped: ['a', 'b'] }
    expect(totalLine(addUp([], tests, true))).toBe('10 passed, 3 failed')
  })
})
