/** `check`, `plan` and configurations in TypeScript with the built program. */
import { readFileSync } from 'node:fs'
import { symlink, mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { run } from '../running-broker.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

vi.setConfig({ testTimeout: 30_000 })

describe('check', () => {
  it('ends with 0 and says who comes in, or with 1 and says what is wrong', async () => {
    await using directory = await temporaryDirectory()
    const file = directory.at('a.yaml')
    await writeFile(file, 'listeners: [{ name: lan, url: mqtt://127.0.0.1:0 }]\n')
    expect(await run('check', '--config', file)).toMatchObject({
      code: 0,
      stdout:
        'The configuration can be used. It lets in:\n' +
        '  lan  mqtt://127.0.0.1:0  every program on this machine, without a password; ' +
        'everything is allowed\n',
    })
    await writeFile(file, 'log: { level: loud }\n')
    expect(await run('check', '--config', file)).toMatchObject({
      code: 1,
      stdout:
        `${file}:1:8: log.level is "loud", ` +
        'and has to be silent, fatal, error, warn, info, debug or trace\n',
    })
  })

  it('writes JSON', async () => {
    const { code, stdout } = await run('check', '--json')
    expect({ code, report: JSON.parse(stdout) as unknown }).toMatchObject({
      code: 0,
      report: { ok: true, listeners: [{ url: 'mqtt://127.0.0.1:1883', anonymous: true }] },
    })
  })
})

describe('a configuration in TypeScript', () => {
  it('is taken with defineConfig of the package', async () => {
    await using directory = await temporaryDirectory()
    await mkdir(directory.at('node_modules/@godwit'), { recursive: true })
    const itself = fileURLToPath(new URL('../..', import.meta.url))
    await symlink(itself, directory.at('node_modules/@godwit/broker-cli'), 'dir')
    await writeFile(directory.at('godwit.config.ts'), EXAMPLE)
    const { code, stdout } = await run('check', '--config', directory.at('godwit.config.ts'))
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('  port-2883  mqtt://127.0.0.1:2883  ') as unknown,
    })
  })
})

describe('a broker that is not to start', () => {
  it('says all that is wrong, and ends with 1', async () => {
    const { code, stdout, stderr } = await run('--set', 'log.level=loud', '--set', 'x=1')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      'godwit-broker: the configuration is wrong in 2 places:\n' +
        '  --set x: x is not known: there are listeners, authentication, authorization, limits, ' +
        'rates, capabilities, backlogPolicy, shareStrategy, durability, data, log, metrics, ' +
        'admin, tracing, sys, stop\n' +
        '  --set log.level: log.level is "loud", and has to be ' +
        'silent, fatal, error, warn, info, debug or trace\n',
    )
  })
})

describe('plan', () => {
  it('prints what would change', async () => {
    await using directory = await temporaryDirectory()
    await writeFile(directory.at('a.yaml'), 'limits: { sessionsMax: 5 }\n')
    expect(await run('plan', directory.at('a.yaml'))).toMatchObject({
      code: 0,
      stdout: '~ limits.sessionsMax 1000000 -> 5  (reload)\n',
    })
  })
})

/** That of the documentation. */
const EXAMPLE = exampleOf('ts')

function exampleOf(language: string): string {
  const document = new URL('../../../../docs/configuration.md', import.meta.url)
  const text = readFileSync(document, 'utf8')
  return new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'm').exec(text)?.[1] ?? ''
}
