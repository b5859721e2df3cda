/** `godwit admin` as its own process; what the commands do is tested in `packages/admin`. */
import { describe, expect, it, vi } from 'vitest'
import { completable } from '../../src/completion/model.ts'
import { wholeProgram } from '../../src/program.ts'
import { godwitIn, run } from '../program/godwit.ts'

vi.setConfig({ testTimeout: 60_000 })

describe('godwit admin', () => {
  it('says that nobody answers, and what to configure', async () => {
    const { code, stdout, stderr } = await run('admin', 'status', '--url', 'http://127.0.0.1:1')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^godwit admin status: No admin API can be reached at http:.*\n$/)
    expect(stderr).toContain('admin.url')
  })

  it('says which of its commands a wrong flag was for', async () => {
    const { code, stderr } = await run('admin', 'clients', 'show')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "godwit admin clients show: missing required argument 'client'\n",
    })
  })

  it('makes a token, and says where it may be asked', async () => {
    const { stdout } = await run('admin', 'token', 'grafana')
    expect(stdout).toMatch(/^token: [\w-]{43}\nline: {2}grafana:read:sha256:[0-9a-f]{64}\n$/)
    await using program = godwitIn({ GODWIT_ADMIN_URL: 'nonsense' }, 'admin', 'status').input()
    const { code, stderr } = await program.outcome()
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'godwit admin status: The URL of an admin API is one of http or https\n',
    })
  })

  it('is known to shells with what is below it', async () => {
    const admin = completable(await wholeProgram()).find(({ names }) => names.includes('admin'))
    expect(admin?.words).toMatchObject({
      choices: expect.arrayContaining(['status', 'clients', 'explain']) as string[],
    })
    expect(admin?.following).toContainEqual({
      name: 'clients',
      words: ['list', 'show', 'disconnect', 'ban'],
    })
    const flags = admin?.flags.map(({ long }) => long) ?? []
    expect(flags).toEqual(expect.arrayContaining(['--url', '--token-file', '--action', '--all']))
    expect(new Set(flags).size).toBe(flags.length)
  })
})
