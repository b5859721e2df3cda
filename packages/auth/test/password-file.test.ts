/** Password files: what is taken, what is refused in which words, and what is only noticed. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashPassword } from '../src/hashing.ts'
import { parsePasswordFile, readPasswordFile } from '../src/password-file.ts'
import { formatPasswordHash, parsePasswordHash } from '../src/password-hash.ts'

const SALT = Buffer.alloc(12, 1).toString('base64')
const DIGEST = Buffer.alloc(64, 2).toString('base64')
const GOOD = `$7$101$${SALT}$${DIGEST}`

describe('a password file', () => {
  it('has a user and a hash on each line, comments and empty lines', () => {
    const text = `# staff\n\nalice:${GOOD}\r\n  bob  : $6$${SALT}$${DIGEST} \n__proto__:${GOOD}`
    const { entries, path } = parsePasswordFile(text, 'passwords.txt')
    expect(path).toBe('passwords.txt')
    expect(
      [...entries.values()].map(({ user, line, hash }) => [user, line, hash.algorithm]),
    ).toEqual([
      ['alice', 3, 'pbkdf2-sha512'],
      ['bob', 4, 'sha512'],
      ['__proto__', 5, 'pbkdf2-sha512'],
    ])
  })

  it.each([
    ['', 'p has no user, so nobody could log in: add one by godwit passwd'],
    ['# nobody\n', 'p has no user'],
    ['hunter2', 'p:1: there is no colon: a line is user:hash'],
    [`a:${GOOD}\n # indented`, 'p:2: there is no colon'],
    [`:${GOOD}`, 'p:1: the user name is empty'],
    [`a\u0007:${GOOD}`, 'p:1: the user name "a\\u0007" has a control character'],
    [`a\u009b:${GOOD}`, 'p:1: the user name "a\\u009b" has a control character'],
    [`a:${GOOD}\na:${GOOD}`, 'p:2: the user "a" is on line 1 already: keep one of them'],
    ['a:hunter2', 'p:1: of user "a" there is no hash behind the colon'],
    ['a:', 'p:1: of user "a" there is no hash behind the colon'],
    ['a:$5$x$y', 'p:1: of user "a" the kind of hash is unknown: $6$, $7$ and $argon2id$ are known'],
    ['a:$6$x', 'p:1: of user "a" the hash is not of the form $6$salt$digest'],
    [`a:$6$${SALT}$${DIGEST}$x`, 'p:1: of user "a" the hash is not of the form $6$salt$digest'],
    [`a:$6$?$${DIGEST}`, 'p:1: of user "a" the salt of the hash is no base64'],
    [`a:$6$$${DIGEST}`, 'p:1: of user "a" the salt of the hash has 1 to 64 bytes, got 0'],
    [`a:$6$${SALT}$AAAA`, 'p:1: of user "a" the digest of the hash has 64 bytes, got 3'],
    [`a:$7$${SALT}$${DIGEST}`, 'p:1: of user "a" the hash is not of the form $7$iterations$salt'],
    [`a:$7$0$${SALT}$${DIGEST}`, 'the hash has 1 to 10000000 iterations, got something else'],
    [`a:$7$1e3$${SALT}$${DIGEST}`, 'the hash has 1 to 10000000 iterations, got something else'],
    [`a:$7$10000001$${SALT}$${DIGEST}`, '1 to 10000000 iterations, got 10000001'],
    ['a:$argon2id$v=18$m=8,t=1,p=1$AAAA$AAAA', 'the hash is not of the form $argon2id$v=19$m=..'],
    ['a:$argon2id$v=19$m=999999999,t=1,p=1$AAAA$AAAA', '8 to 262144 KiB (m), got 999999999'],
    ['a:$argon2id$v=19$m=8,t=1,p=2$AAAA$AAAA', '16 to 262144 KiB (m), got 8'],
    ['a:$argon2id$v=19$m=8,t=65,p=1$AAAA$AAAA', '1 to 64 passes (t), got 65'],
    ['a:$argon2id$v=19$m=262144,t=64,p=1$AAAA$AAAA', 'memory times passes is at most 4194304 KiB'],
    ['a:$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA', 'the salt of the hash has 8 to 64 bytes, got 3'],
  ])('is refused as a whole with %j: %s', (text, sentence) => {
    expect(() => parsePasswordFile(text, 'p')).toThrow(sentence)
  })

  it('shows neither passwords nor hashes in what is said of it', () => {
    const texts = ['secret', 'a:secret', 'a:$6$secret', 'a:$7$secret$secret$secret', 'a:$9$secret']
    const said = texts.map((text) => messageOf(() => parsePasswordFile(text, 'p')))
    expect(said.join('\n')).not.toContain('secret')
  })

  it('is told with all its faults, at most twenty of them', () => {
    const message = messageOf(() => parsePasswordFile('x\n'.repeat(25), 'p'))
    expect(message.split('\n')).toHaveLength(21)
    expect(message).toContain('p has 5 more such lines')
  })

  it('is noticed if some users can be told from those that are not there', () => {
    const text = `a:${GOOD}\nb:${GOOD}\nc:$6$${SALT}$${DIGEST}`
    expect(parsePasswordFile(text, 'p').notices).toEqual([
      expect.stringContaining(
        'p:3: 1 of 3 users, such as "c", have a hash of another kind or cost',
      ),
    ])
  })
})

describe('a password file on a disk', () => {
  it('is noticed if others can read or change it', async () => {
    await using place = await temporaryFile(`a:${GOOD}\n`)
    const notices = async (mode: number): Promise<readonly string[]> => {
      await chmod(place.path, mode)
      return (await readPasswordFile(place.path)).notices
    }
    expect(await notices(0o600)).toEqual([])
    expect(await notices(0o640)).toEqual([])
    expect(await notices(0o644)).toEqual([expect.stringContaining('can be read by everybody')])
    expect(await notices(0o660)).toEqual([expect.stringContaining('can be changed by others')])
  })

  it('is refused if it is too large, no file, no text or not there', async () => {
    await using large = await temporaryFile(Buffer.alloc(16 * 1024 * 1024 + 1, 'x'))
    await expect(readPasswordFile(large.path)).rejects.toThrow('is too large: it has 16,777,217')
    await using bytes = await temporaryFile(Buffer.from('a:b\n\xff', 'latin1'))
    await expect(readPasswordFile(bytes.path)).rejects.toThrow(':2: is no UTF-8')
    await expect(readPasswordFile(tmpdir())).rejects.toThrow(/is no file|EISDIR/)
    await expect(readPasswordFile(`${bytes.path}.none`)).rejects.toThrow('cannot be read: ENOENT')
  })
})

describe('a hash', () => {
  it('is read as it was written', () => {
    const bytes = (min: number, max: number): fc.Arbitrary<Uint8Array> =>
      fc.uint8Array({ minLength: min, maxLength: max })
    const hash = fc.oneof(
      fc.record({
        algorithm: fc.constant('sha512' as const),
        salt: bytes(1, 64),
        digest: bytes(64, 64),
      }),
      fc.record({
        algorithm: fc.constant('pbkdf2-sha512' as const),
        iterations: fc.integer({ min: 1, max: 10_000_000 }),
        salt: bytes(1, 64),
        digest: bytes(64, 64),
      }),
      fc.record({
        algorithm: fc.constant('argon2id' as const),
        memoryKiB: fc.integer({ min: 128, max: 65_536 }),
        passes: fc.integer({ min: 1, max: 64 }),
        lanes: fc.integer({ min: 1, max: 16 }),
        salt: bytes(8, 64),
        digest: bytes(16, 64),
      }),
    )
    fc.assert(
      fc.property(hash, (one) => {
        expect(parsePasswordHash(formatPasswordHash(one))).toEqual(one)
      }),
    )
  })

  it('has a salt of its own, of the length that Mosquitto takes', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => hashPassword(Buffer.from('x'), FAST)))
    expect(one?.salt).not.toEqual(two?.salt)
    expect(one?.salt).toHaveLength(12)
    expect(one?.digest).not.toEqual(two?.digest)
  })
})

const FAST = { algorithm: 'pbkdf2-sha512', iterations: 1 } as const

function messageOf(act: () => unknown): string {
  try {
    act()
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
}

async function temporaryFile(
  content: string | Uint8Array,
): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'godwit-auth-'))
  const path = join(directory, 'file')
  await writeFile(path, content)
  return { path, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) }
}
