/** What bash completes where names of files and words without a dash are expected. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { run } from '../program/godwit.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const directory = mkdtempSync(join(tmpdir(), 'godwit-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe('bash', () => {
  const script = join(directory, 'completion.bash')
  beforeAll(async () => {
    const { stdout } = await run('completion', 'bash')
    writeFileSync(script, stdout)
    for (const name of ['my day.jsonl', 'my night.jsonl']) writeFileSync(join(directory, name), '')
  })

  it.each([
    ['a file whose name holds a space', ['pub', '-f', 'my'], ['my day.jsonl', 'my night.jsonl']],
    ['the file of a recording', ['replay', 'my n'], ['my night.jsonl']],
    ['what there is to measure', ['bench', ''], ['pub', 'sub', 'latency']],
    ['a kind behind flags', ['bench', '-r', 'la'], ['latency']],
    ['the name of a shell', ['completion', 'z'], ['zsh']],
    ['no topic, which nobody knows', ['sub', 'my'], []],
  ])('completes %s', (_, words, expected) => {
    const asking = `
      source "$1"; shift
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _godwit 2> /dev/null
      printf '%s\\n' "\${COMPREPLY[@]}"`
    const args = ['-c', asking, 'bash', script, 'godwit', ...words]
    const { stdout } = spawnSync('bash', args, { encoding: 'utf8', cwd: directory })
    const replies = stdout.split('\n').filter((line) => line !== '')
    expect(replies.toSorted()).toEqual([...expected].toSorted())
  })
})
