/** `godwit passwd`: what it writes, and that Mosquitto reads it; and the other way round. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { parseScramFile } from '@godwit/auth'
import { godwit, run } from '../program/godwit.ts'
import { Program } from '../program/program.ts'
import type { Outcome } from '../program/program.ts'
import { MISSING_BROKER, startMosquitto } from './mosquitto-broker.ts'
import { absence, skips } from './peer-program.ts'

vi.setConfig({ testTimeout: 60_000 })

const directory = mkdtempSync(join(tmpdir(), 'godwit-'))
// Started by root Mosquitto becomes another user, who has to read the files.
chmodSync(directory, 0o755)
afterAll(() => rmSync(directory, { recursive: true }))

const missing = absence(MISSING_BROKER)

describe.skipIf(skips(MISSING_BROKER))(`Mosquitto${missing}`, () => {
  it.each(['pbkdf2-sha512', 'sha512', 'sha512-pbkdf2'])(
    'lets users of %s in',
    async (algorithm) => {
      const file = join(directory, algorithm)
      const how = ['-H', algorithm]
      expect(await run('passwd', ...how, '-cb', file, 'alice', 'pä ss')).toMatchObject({ code: 0 })
      expect(await typed('secret', 'passwd', ...how, file, 'bob')).toMatchObject({ code: 0 })
      chmodSync(file, 0o644)
      await using broker = await startMosquitto('allow_anonymous false', `password_file ${file}`)
      const status = async (user: string, password: string): Promise<number | null> => {
        const args = [...broker.where, '-t', 'a', '-m', 'b', '-u', user, '-P', password]
        await using program = new Program('mosquitto_pub', args).input()
        return (await program.outcome()).code
      }
      expect(await status('alice', 'pä ss')).toBe(0)
      expect(await status('bob', 'secret')).toBe(0)
      expect(await status('bob', 'pä ss')).toBe(5)
    },
  )

  it('writes files that godwit changes', async () => {
    const file = join(directory, 'theirs')
    writeFileSync(file, '')
    spawnSync('mosquitto_passwd', ['-b', file, 'alice', 'one'])
    spawnSync('mosquitto_passwd', ['-b', file, 'bob', 'two'])
    const [alice] = readFileSync(file, 'utf8').split('\n')
    expect(await run('passwd', '-D', file, 'bob')).toMatchObject({ code: 0 })
    expect(readFileSync(file, 'utf8')).toBe(`${alice}\n`)
  })
})

describe('godwit passwd', () => {
  it('makes files for their owner alone, and keeps what is in them', async () => {
    const file = join(directory, 'kept')
    expect(await typed('one', 'passwd', '--create', file, 'alice')).toEqual({
      code: 0,
      signal: null,
      stdout: `${file}: user alice was added\n`,
      stderr: '',
    })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    writeFileSync(file, `# staff\n${readFileSync(file, 'utf8')}`)
    await typed('two', 'passwd', file, '__proto__')
    await typed('three', 'passwd', file, 'alice')
    const hash = String.raw`\$7\$100000\$[\w+/]{16}\$[\w+/]{86}==`
    expect(readFileSync(file, 'utf8')).toMatch(
      new RegExp(`^# staff\nalice:${hash}\n__proto__:${hash}\n$`),
    )
    const { stdout } = await run('passwd', '--delete', file, '__proto__')
    expect(stdout).toBe(`${file}: user __proto__ was taken away\n`)
    const last = await run('passwd', '-D', file, 'alice')
    expect(last.stdout).toContain('it has no users any more')
    expect(readFileSync(file, 'utf8')).toBe('# staff\n')
  })

  it('hashes passwords that are in a file as they are', async () => {
    const file = join(directory, 'plain')
    writeFileSync(file, 'alice:secret\n#bob:x\n')
    expect((await run('passwd', '-U', file)).stdout).toBe(`${file}: 1 password was hashed\n`)
    expect(readFileSync(file, 'utf8')).toMatch(/^alice:\$7\$.*\n#bob:x\n$/)
    expect((await run('passwd', '-U', file)).stdout).toBe(`${file}: 0 passwords were hashed\n`)
  })

  it('writes files for SCRAM-SHA-256', async () => {
    const file = join(directory, 'scram')
    await typed('secret', 'passwd', '-c', '--scram', '--iterations', '4096', file, 'alice')
    const users = parseScramFile(readFileSync(file, 'utf8'), file)
    expect([...users].map(([user, { iterations }]) => [user, iterations])).toEqual([
      ['alice', 4096],
    ])
  })

  const file = join(directory, 'wrong')
  writeFileSync(file, 'alice:$6$YWJj$\n')
  it.each([
    [['-c', file, 'bob'], `${file} is there already: leave -c out to change it`],
    [[`${file}.none`, 'bob'], `${file}.none is not there: make it with -c`],
    [[file, 'bob'], 'the digest of the hash has 64 bytes, got 0'],
    [[file, 'a:b'], 'the user name "a:b" has a colon, which ends it'],
    [[file, 'a\u001bb'], 'the user name "a\\u001bb" has a control character'],
    [[file, ''], 'the user name is empty'],
    [['-b', file, 'bob', ''], 'The password is empty: nobody could log in with it'],
    [[file, 'bob', 'secret'], 'a password on the command line is seen by others'],
    [['-b', file, 'bob'], 'there is no password: give it behind the user'],
    [[file], 'there is no user name: give one'],
    [['-D', file, 'bob'], `${file} has no user "bob"`],
    [['-D', '-c', file, 'bob'], '-D goes neither with -c nor with -b'],
    [['-U', file, 'bob'], '-U is about the whole file'],
    [['-H', 'md5', file, 'bob'], 'It is one of pbkdf2-sha512, sha512, argon2id'],
    [['-H', 'sha512', '--iterations', '9', file, 'bob'], '--iterations is about pbkdf2-sha512'],
    [['--scram', '-H', 'sha512', file, 'bob'], '--scram has one algorithm: leave -H out'],
  ])('refuses %j: %s', async (args, sentence) => {
    const { code, stdout, stderr } = await typed('secret', 'passwd', ...args)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr.toLowerCase()).toContain(sentence.toLowerCase())
    expect(readFileSync(file, 'utf8')).toBe('alice:$6$YWJj$\n')
  })
})

async function typed(line: string, ...args: readonly string[]): Promise<Outcome> {
  await using program = godwit(...args).input(`${line}\n`)
  return await program.outcome()
}
