/** The program as such: its help, its version, and what it says to those it does not understand. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { COMMANDS } from '../../src/commands.ts'
import { godwit, MAIN, run } from '../program/godwit.ts'
import { Program } from '../program/program.ts'

vi.setConfig({ testTimeout: 60_000 })

const names = [...COMMANDS.keys()]

describe('godwit', () => {
  it('prints the version of the package', async () => {
    const manifest = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { version: string }
    const stdout = `${manifest.version}\n`
    expect(await run('--version')).toEqual({ code: 0, signal: null, stdout, stderr: '' })
  })

  it('lists its commands', async () => {
    const { code, stdout, stderr } = await run('--help')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const name of names) expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'))
  })

  it('lists them on stderr, with exit code 1, if it is told nothing', async () => {
    const { code, stdout, stderr } = await run()
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('Commands:')
  })

  it.each(names)('%s explains itself by examples, in lines that fit', async (name) => {
    const { code, stdout, stderr } = await run(name, '--help')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^Usage: godwit ${name}\\b`))
    expect(stdout).toMatch(/Examples:\n/)
    expect(stdout).toContain(`godwit ${name}`)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  it('does not mind a reader that leaves', async () => {
    await using program = godwit('completion', 'bash').input()
    program.leave()
    expect(await program.outcome()).toMatchObject({ code: 0, signal: null, stderr: '' })
  })

  it.runIf(existsSync('/dev/full'))('fails if what it prints is lost', async () => {
    const line = `"${process.execPath}" "${MAIN}" completion bash > /dev/full`
    await using program = new Program('sh', ['-c', line]).input()
    expect(await program.outcome()).toMatchObject({
      code: 1,
      stderr: 'godwit: What was printed is lost: ENOSPC: no space left on device, write\n',
    })
  })

  it.each([
    [['pbu'], "godwit: unknown command 'pbu': did you mean pub?"],
    [['--zeal'], "godwit: unknown option '--zeal'"],
    [['pub', '--tpoic', 'x'], "godwit pub: unknown option '--tpoic': did you mean --topic?"],
    [['sub', '--topic'], "godwit sub: option '-t, --topic <filter>' argument missing"],
    [
      ['sub', '-q', '3', '-t', 'a'],
      "godwit sub: option '-q, --qos <qos>' argument '3' is invalid: it is 0, 1 or 2",
    ],
    [
      ['sub', '-F', '%y', '-t', 'a'],
      "godwit sub: option '-F, --format <format>' argument '%y' is invalid: " +
        'there is no %y: there are A C D E F I J P R S U X j l m p q r t x',
    ],
    [
      ['pub', '-D', 'publish'],
      "godwit pub: option '-D, --property <packet name value>' argument '[\"publish\"]' is invalid: " +
        'the properties of publish are content-type, correlation-data, message-expiry-interval, ' +
        'payload-format-indicator, response-topic, user-property, topic-alias',
    ],
  ])('%j ends it with one sentence and exit code 1', async (args, sentence) => {
    expect(await run(...args)).toEqual({
      code: 1,
      signal: null,
      stdout: '',
      stderr: `${sentence}\n`,
    })
  })
})
