// The README teaches by examples: here they run.

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const FOLDER = new URL('..', import.meta.url)
const README = readFileSync(new URL('README.md', FOLDER), 'utf8')

describe('the README', () => {
  it('shows a test for vitest, which is one here', () => {
    const lamp = readFileSync(new URL('test/lamp.test.ts', FOLDER), 'utf8')
    const [, code = ''] = lamp.split(/^\/\/.*\n\n/)
    expect(code).not.toBe('')
    expect(README).toContain(`\`\`\`ts\n${code}\`\`\`\n`)
  })

  it('shows a test for node:test, which passes', { timeout: 20_000 }, async () => {
    const [, code = ''] = /```js\n([^]*?)```/.exec(README) ?? []
    const run = promisify(execFile)(process.execPath, [...ARGUMENTS, '--test-reporter=tap', '-'], {
      cwd: FOLDER,
      env: { ...process.env, NODE_OPTIONS: '' },
      timeout: 15_000,
    })
    run.child.stdin?.end(code)
    const { stdout } = await run
    expect(stdout).toContain('# pass 1\n')
    expect(stdout).toContain('# fail 0\n')
  })
})

// Node strips types without being told from 22.18 on; before, it knows the flag.
const ARGUMENTS: readonly string[] = [
  ...(process.features.typescript === false ? ['--experimental-strip-types'] : []),
  '--disable-warning=ExperimentalWarning',
  '--conditions=@godwit/source',
  '--input-type=module',
]
