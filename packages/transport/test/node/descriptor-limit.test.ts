// What the system says about descriptors.

import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { descriptorLimit } from '../../src/node/index.ts'

it('knows how many descriptors a process may have', () => {
  const from = new URL('../../src/node/descriptor-limit.ts', import.meta.url).href
  const program = `console.log((await import('${from}')).descriptorLimit())`
  const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
  const argv = [process.execPath, ...flags, '--input-type=module', '-e', program]
  const { stdout } = spawnSync('sh', ['-c', 'ulimit -n 300; exec "$0" "$@"', ...argv])
  expect(stdout.toString()).toBe('300\n')
  expect(descriptorLimit()).toBeGreaterThan(16)
})
