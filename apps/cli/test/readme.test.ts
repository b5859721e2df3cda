/** The README: no flag is missing there, and what it says of mosquitto's flags is tested. */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ExitCode } from '../src/exit.ts'
import { wholeProgram } from '../src/program.ts'
import { parseConfiguration } from '../src/configuration/parsing.ts'
import { addConnectionFlags } from '../src/connection-flags.ts'
import { absence, skips } from './interop/peer-program.ts'
import { Command } from 'commander'

const here = new URL('..', import.meta.url)
const README = readFileSync(new URL('README.md', here), 'utf8')
const SOURCES = globSync('test/**/*.test.ts', { cwd: here.pathname }).map((file) =>
  readFileSync(new URL(file, here), 'utf8'),
)

/** A row of the table of flags. */
interface Row {
  readonly flags: readonly string[]
  readonly ours: string
  readonly programs: readonly string[]
  readonly test: string
}

const ROWS: readonly Row[] = [
  ...README.matchAll(/^\| ([^|]*) \| ([^|]*) \| ((?:pub|sub|rr|, )+) *\| (.*?) *\|$/gm),
].map(([, flags = '', ours = '', programs = '', test = '']) => ({
  flags: [...flags.matchAll(/`([^`]+)`/g)].map(([, flag = '']) => flag),
  ours,
  programs: programs.split(', '),
  test,
}))

describe.each(['pub', 'sub', 'rr'])('the table of flags', (program) => {
  const name = `mosquitto_${program}`
  const { stdout, error } = spawnSync(name, ['--help'], { encoding: 'utf8' })
  const missing = error === undefined ? undefined : 'mosquitto-clients'

  it.skipIf(skips(missing))(
    `has every flag that ${name} lists in its help${absence(missing)}`,
    () => {
      const listed = new Set(stdout.match(/(?<![\w-])(?:-[A-Za-z]|--[a-z][\w-]*)(?![\w-])/g))
      expect(listed.size).toBeGreaterThan(40)
      const rows = ROWS.filter(({ programs }) => programs.includes(program))
      const there = new Set(rows.flatMap(({ flags }) => flags))
      expect([...listed].filter((flag) => !there.has(flag))).toEqual([])
    },
  )
})

describe('each row of the table', () => {
  it.each(ROWS)('$flags of $programs names a test that there is: $test', ({ test }) => {
    expect(test).not.toBe('')
    // A title ends with what is missing on this machine, or it is a literal of its own.
    const forms = [`\`${test}\${missing}\``, `'${test}'`]
    expect(SOURCES.some((text) => forms.some((form) => text.includes(form)))).toBe(true)
  })

  it('names flags of ours that there are', async () => {
    const program = await wholeProgram()
    const all = new Set(
      program.commands.flatMap(({ options }) => options.flatMap(({ long }) => long ?? [])),
    )
    const named = ROWS.flatMap(({ ours }) =>
      [...ours.matchAll(/`(--[^`]+)`/g)].map(([, flag]) => flag),
    )
    expect(named.length).toBeGreaterThan(50)
    expect(named.filter((flag) => !all.has(flag ?? '') && flag !== '--help')).toEqual([])
  })
})

describe('the text', () => {
  it.each(['pub', 'sub', 'request', 'respond'])('has every flag of godwit %s', async (name) => {
    const program = await wholeProgram()
    const command = program.commands.find((each) => each.name() === name)
    const flags = program.createHelp().visibleOptions(command ?? program)
    const missing = flags.filter(({ long }) => !README.includes(long ?? ''))
    expect(missing.map(({ long }) => long)).toEqual([])
  })

  it('has every environment variable', async () => {
    const program = await wholeProgram()
    const names = program.commands.flatMap(({ options }) =>
      options.flatMap(({ envVar }) => envVar ?? []),
    )
    expect(names.length).toBeGreaterThan(10)
    for (const name of names) expect(README).toContain(`\`${name}\``)
  })

  it('has every command', async () => {
    const program = await wholeProgram()
    for (const command of program.commands) {
      expect(README).toMatch(new RegExp(`^\\| \`godwit ${command.name()}\` `, 'm'))
    }
  })

  it('has every exit code', () => {
    for (const code of Object.values(ExitCode)) {
      expect(README).toMatch(new RegExp(`^\\| ${code} +\\|`, 'm'))
    }
  })

  it('has a configuration file that is one', () => {
    const [, text = ''] = /```yaml\n([^]*?)```/.exec(README) ?? []
    const { options } = addConnectionFlags(new Command())
    const { connections } = parseConfiguration({ path: 'README.md', text }, options)
    expect([...connections.keys()]).toEqual(['home', 'work'])
  })
})
