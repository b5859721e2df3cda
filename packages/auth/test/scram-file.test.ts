/** Files of users for SCRAM, and their entries. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeScramEntry, parseScramFile, readScramFile } from '../src/index.ts'

const SALT = Buffer.alloc(16, 7)
const ENTRY = await makeScramEntry('pencil', 4096, SALT)

describe('an entry', () => {
  it('has the form of PostgreSQL', () => {
    // As PostgreSQL 15 and any other that follows RFC 5803 computes it.
    expect(ENTRY).toMatch(/^SCRAM-SHA-256\$4096:BwcHBwcHBwcHBwcHBwcHBw==\$[\w+/]{43}=:[\w+/]{43}=$/)
  })

  it('is the same for passwords that look the same', async () => {
    const entries = ['caf\u00e9', 'cafe\u0301', 'ca\u00adf\u00e9'].map((password) =>
      makeScramEntry(password, 4096, SALT),
    )
    expect(new Set(await Promise.all(entries)).size).toBe(1)
  })

  it.each([
    ['an empty password', '', 4096],
    ['a password of characters that are nothing', '\u00ad', 4096],
    ['a control character', 'a\u0007', 4096],
    ['half a character', '\ud800', 4096],
    ['too few iterations', 'pencil', 4095],
    ['too many', 'pencil', 1_000_001],
    ['a part of one', 'pencil', 4096.5],
  ])('is not made of %s', async (_, password, iterations) => {
    await expect(makeScramEntry(password, iterations)).rejects.toThrow(RangeError)
  })
})

describe('a file of users', () => {
  it('has a user on each line, comments, and ends of lines as on Windows', () => {
    const users = parseScramFile(`# ours\r\n\r\nada:${ENTRY}\r\nbob:${ENTRY}`, 'scram.txt')
    expect([...users.keys()]).toEqual(['ada', 'bob'])
    expect(users.get('ada')).toMatchObject({ iterations: 4096, salt: SALT })
  })

  it('is read from the disk', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'godwit-scram-'))
    await writeFile(join(folder, 'scram.txt'), `ada:${ENTRY}\n`)
    expect((await readScramFile(join(folder, 'scram.txt'))).size).toBe(1)
    await rm(folder, { recursive: true })
  })

  const [cost = '', keys = ''] = ENTRY.slice('SCRAM-SHA-256$'.length).split('$')

  it.each([
    ['a password', 'ada:secret', 'the entry of user "ada" does not begin with SCRAM-SHA-256$'],
    ['no colon', 'secret', 'there is no colon'],
    ['no user', `:${ENTRY}`, 'the user name is empty'],
    ['no iterations', `ada:SCRAM-SHA-256$x:BwcH$${keys}`, 'does not have 4096 to 1000000'],
    ['too few', `ada:SCRAM-SHA-256$1:BwcH$${keys}`, 'does not have 4096 to 1000000'],
    ['a short salt', `ada:SCRAM-SHA-256$4096:BwcH$${keys}`, 'has no salt of 8 to 1024 bytes'],
    ['no keys', `ada:SCRAM-SHA-256$${cost}`, 'has no StoredKey of 32 bytes'],
    ['one key', `ada:SCRAM-SHA-256$${cost}$${keys.split(':')[0]}`, 'has no ServerKey of 32 bytes'],
    ['three keys', `ada:${ENTRY}:AAAA`, 'has too many colons'],
    ['more', `ada:${ENTRY}$AAAA`, 'does not begin with'],
    ['the user twice', `ada:${ENTRY}\nada:${ENTRY}`, 'the user "ada" is there already'],
    ['the user twice to the eye', `caf\u00e9:${ENTRY}\ncafe\u0301:${ENTRY}`, 'is there already'],
    ['a name of nothing', `\u200c:${ENTRY}`, 'is none'],
    ['nothing', '# nobody', 'has no user, so nobody could log in'],
  ])('is refused whole, with the line, for %s', (_, text, sentence) => {
    expect(() => parseScramFile(text, 'scram.txt')).toThrow(sentence)
    expect(() => parseScramFile(text, 'scram.txt')).toThrow(/^scram\.txt(:\d+:)? /)
    expect(() => parseScramFile(text, 'scram.txt')).not.toThrow(/secret|BwcH/)
  })
})
