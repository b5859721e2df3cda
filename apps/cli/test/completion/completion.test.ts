/** What makes shells complete: in bash, where it is there, by asking it. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { godwitIn, run } from '../program/godwit.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const directory = mkdtempSync(join(tmpdir(), 'godwit-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe('bash', () => {
  const script = join(directory, 'completion.bash')
  beforeAll(async () => {
    const { stdout } = await run('completion', 'bash')
    writeFileSync(script, stdout)
    writeFileSync(join(directory, 'cert.pem'), '')
  })

  function completed(...words: readonly string[]): readonly string[] {
    const asking = `
      source "$1"; shift
      godwit() { printf '%s\\n' home work; }
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _godwit 2> /dev/null
      printf '%s\\n' "\${COMPREPLY[@]}"`
    const args = ['-c', asking, 'bash', script, ...words]
    const { stdout } = spawnSync('bash', args, { encoding: 'utf8', cwd: directory })
    return stdout.split('\n').filter((line) => line !== '')
  }

  it.each([
    [
      ['godwit', 'pu'],
      ['pub', 'publish'],
    ],
    [
      ['godwit', 'pub', '--re'],
      ['--retain', '--response-topic', '--repeat', '--repeat-delay'],
    ],
    [
      ['godwit', 'pub', '-q', ''],
      ['0', '1', '2'],
    ],
    [['godwit', 'sub', '--tls-version', 'tlsv1.3'], ['tlsv1.3']],
    [
      ['godwit', 'sub', '-V', ''],
      ['5', '3.1.1', '3.1'],
    ],
    [
      ['godwit', 'sub', '--retain-handling', ''],
      ['0', '1', '2'],
    ],
    [['godwit', 'sub', '--cert', 'ce'], ['cert.pem']],
    [['godwit', 'sub', '--connection', 'w'], ['work']],
    [['godwit', 'sub', '--topic', ''], []],
    [['godwit', 'sub', '--hel'], ['--help']],
    [['godwit', 'rr', '--resp'], ['--response-topic']],
  ])('completes %j by %j', (words, expected) => {
    expect(completed(...words)).toEqual(expected)
  })
})

describe.each(['bash', 'zsh', 'fish'])('the script for %s', (shell) => {
  it('names every command and flag, and none that is hidden', async () => {
    const { stdout } = await run('completion', shell)
    for (const command of ['pub', 'sub', 'request', 'respond', 'inspect', 'completion']) {
      expect(stdout).toContain(command)
    }
    for (const flag of ['password-file', 'remove-retained', 'exec-timeout', 'response-topic']) {
      expect(stdout).toContain(flag)
    }
    for (const hidden of ['tls-engine', 'nodelay', 'cafile']) expect(stdout).not.toContain(hidden)
  })
})

// Nobody is asked to have all of them.
it.each(['bash', 'zsh', 'fish'].filter(isThere))('%s can read its script', async (shell) => {
  const { stdout } = await run('completion', shell)
  const { status, stderr } = spawnSync(shell, ['-n'], { input: stdout, encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

describe('the names of connections', () => {
  it('are those of the configuration file', async () => {
    const path = join(directory, 'config.yaml')
    writeFileSync(path, 'connections: {home: {}, work: {}}')
    await using program = godwitIn({ GODWIT_CONFIG: path }, 'completion', 'connections').input()
    expect(await program.outcome()).toMatchObject({ code: 0, stdout: 'home\nwork\n' })
    expect(await run('completion', 'connections')).toMatchObject({ code: 0, stdout: '' })
  })
})

it('another shell is refused', async () => {
  expect(await run('completion', 'tcsh')).toMatchObject({ code: 1, stdout: '' })
})

function isThere(shell: string): boolean {
  return spawnSync(shell, ['--version']).error === undefined
}
