/** ACL files: what is taken, and what is refused in which words. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAclFile, readAclFile } from '../src/acl-file.ts'

describe('an ACL file', () => {
  it('has lines for anonymous clients, for users and for everybody', () => {
    const text = [
      '\ufefftopic news/#',
      '  # a comment',
      'user  alice  ',
      'topic read  with space/ x\t',
      'topic write $SYS/x\r',
      'user bob',
      'pattern deny %c/+/%u',
      'user alice',
      'topic deny read',
      'topic readwrite __proto__',
      'user __proto__',
    ].join('\n')
    const acl = parseAclFile(text.slice(1), 'acl.conf')
    const brief = (lines: typeof acl.anonymous): unknown =>
      lines.map(({ access, filter, line }) => [access, filter, line])
    expect(brief(acl.anonymous)).toEqual([['readwrite', 'news/#', 1]])
    expect(brief(acl.patterns)).toEqual([['deny', '%c/+/%u', 7]])
    expect([...acl.users].map(([user, lines]) => [user, brief(lines)])).toEqual([
      [
        'alice',
        [
          ['read', 'with space/ x', 4],
          ['write', '$SYS/x', 5],
          ['deny', 'read', 9],
          ['readwrite', '__proto__', 10],
        ],
      ],
      ['bob', []],
      ['__proto__', []],
    ])
  })

  it.each([
    ['', 'acl has no topic and no pattern line, which would deny everything to everybody'],
    ['# nothing\nuser alice\n', 'acl has no topic and no pattern line'],
    ['topic', 'acl:1: there is no topic in "topic": write topic read TOPIC'],
    ['topic read', 'acl:1: there is no topic in "topic read": write topic read TOPIC'],
    ['\npattern deny ', 'acl:2: there is no topic in "pattern deny": write pattern deny TOPIC'],
    ['user', 'acl:1: there is no name behind user: write user NAME'],
    ['topic allow a/b', 'got "allow"; did you mean readwrite?'],
    ['topic READ a', 'got "READ"; did you mean read?'],
    ['topic al ice', 'acl:1: behind topic comes read, write, readwrite, deny or the topic alone'],
    ['topics a', 'a line starts with user, topic or pattern, got "topics"; did you mean topic?'],
    ['TOPIC a', 'did you mean topic?'],
    ['hello', 'acl:1: a line starts with user, topic or pattern, got "hello"'],
    ['topic read\ta', 'acl:1: there is a tab in "topic read\\ta"'],
    ['topic read a\u0001', 'there is a control character in "topic read a\\u0001"'],
    ['user a\u009bb', 'there is a control character in "user a\\u009bb"'],
    ['topic read a/#/b', '"a/#/b" is no topic filter: The wildcard # is a level of its own'],
    ['topic read a # the a', '"a # the a" is no topic filter'],
    ['pattern read +%u', '"+%u" is no topic filter'],
    ['topic read $share/g/a', 'is about a share, which no message is in: write the filter behind'],
    ['pattern read $%c/a', 'has a name in a first level that starts with $, which none can'],
  ])('is refused with %j: %s', (text, sentence) => {
    expect(() => parseAclFile(text, 'acl')).toThrow(sentence)
  })

  it('is told with all its faults', () => {
    expect(() => parseAclFile('x\ntopic a\ny', 'acl')).toThrow(/^acl:1: .*\nacl:3: .*$/)
  })

  it('is noticed where a topic has a place for a name, which is only characters', () => {
    expect(parseAclFile('topic read a/%c\npattern read a/%u', 'acl').notices).toEqual([
      expect.stringContaining('acl:1: in a topic line %c and %u are only characters'),
    ])
  })

  it('is read from a disk, or not', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'godwit-auth-'))
    try {
      const path = join(directory, 'acl.conf')
      await expect(readAclFile(path)).rejects.toThrow(`${path} cannot be read: ENOENT`)
      await writeFile(path, 'topic a\n')
      expect((await readAclFile(path)).anonymous).toHaveLength(1)
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})
