// Each lesson prints what stands beside it, in a text of the same name. Its indented lines are the
// packets that `--packets` shows: those that a client says come in this order, and those it hears.

import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const FOLDER = new URL('../src/', import.meta.url)
const LESSONS = readdirSync(FOLDER).filter((name) => /^\d\d-.*\.ts$/.test(name))
const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const TIMEOUT_MS = 30_000

describe.each(LESSONS)('%s', { timeout: 2 * TIMEOUT_MS }, (lesson) => {
  it('prints what stands beside it', async () => {
    const expected = readFileSync(new URL(lesson.replace('.ts', '.txt'), FOLDER), 'utf8')
    const printed = await run(lesson, ['--conditions=@godwit/source'], '--packets')
    expect(told(printed)).toEqual(told(expected))
    expect(packetsOf(printed)).toEqual(packetsOf(expected))
  })

  it('is in the table of the README, with what it says of itself', () => {
    const text = readFileSync(new URL(lesson, FOLDER), 'utf8')
    const [, number, title] = /^\/\/ (\d+)\. (.*?)\. /.exec(text) ?? []
    expect(Number(number)).toBe(Number.parseInt(lesson, 10))
    expect(README).toContain(`| [${title}](src/${lesson}) `)
  })
})

describe('a lesson', { timeout: 2 * TIMEOUT_MS }, () => {
  it('runs on what was built, as its reader runs it', async () => {
    const [lesson = ''] = LESSONS
    const expected = readFileSync(new URL(lesson.replace('.ts', '.txt'), FOLDER), 'utf8')
    expect(told(await run(lesson, []))).toEqual(told(expected))
  })

  it('needs no flag to be quiet about packets', async () => {
    const [lesson = ''] = LESSONS
    const printed = await run(lesson, ['--conditions=@godwit/source'])
    expect(printed).toBe(`${told(printed).join('\n')}\n`)
  })
})

/** Runs a lesson to its end; what it prints. */
async function run(
  lesson: string,
  conditions: readonly string[],
  ...flags: readonly string[]
): Promise<string> {
  const file = fileURLToPath(new URL(lesson, FOLDER))
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [...STRIPPING, '--disable-warning=ExperimentalWarning', ...conditions, file, ...flags],
    // The conditions of the test run would lead the program to the sources.
    { env: { ...process.env, NODE_OPTIONS: '' }, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' },
  )
  expect(stderr).toBe('')
  return stdout
}

// Node strips types without being told from 22.18 on; before, it knows the flag.
const STRIPPING: readonly string[] =
  process.features.typescript === false ? ['--experimental-strip-types'] : []

const INDENT = '    '

/** The lines that a lesson says itself. */
function told(printed: string): readonly string[] {
  return printed.split('\n').filter((line) => line !== '' && !line.startsWith(INDENT))
}

/** The packets of each client in each direction, in order: those cross as they like. */
function packetsOf(printed: string): Readonly<Record<string, readonly string[]>> {
  const packets: Record<string, string[]> = {}
  for (const line of printed.split('\n').filter((line) => line.startsWith(INDENT))) {
    const [name, arrow] = line.trim().split(' ')
    const way = `${name} ${arrow}`
    packets[way] = [...(packets[way] ?? []), line.trim()]
  }
  return packets
}
