/** Lines of a password file, changed one at a time. */
import { describe, expect, it } from 'vitest'
import { withHashes, withoutUser, withUser } from '../../src/passwd/password-lines.ts'

const TEXT = '# staff\nalice:$6$a$b\n\nbob:$7$1$a$b\r\nno colon'

describe('a password file', () => {
  it('keeps its comments, order and line ends when a user gets another password', () => {
    expect(withUser(TEXT, 'bob', '$6$c$d')).toEqual({
      text: '# staff\nalice:$6$a$b\n\nbob:$6$c$d\r\nno colon',
      isNew: false,
    })
  })

  it('gets new users at its end, on a line of their own', () => {
    expect(withUser(TEXT, 'carl', 'x')).toEqual({ text: `${TEXT}\ncarl:x\n`, isNew: true })
    expect(withUser('', 'carl', 'x')).toEqual({ text: 'carl:x\n', isNew: true })
    expect(withUser('a:b\n', '__proto__', 'x').text).toBe('a:b\n__proto__:x\n')
  })

  it('loses a user with all its lines, and nothing of others', () => {
    expect(withoutUser('a:1\nb:2\na:3\n', 'a')).toBe('b:2\n')
    expect(withoutUser(TEXT, '# staff')).toBeUndefined()
    expect(withoutUser(TEXT, 'carl')).toBeUndefined()
  })

  it('has what is no hash taken for a password, with its colons and spaces', async () => {
    const text = '#c:c\nalice:$6$a$b\nbob: a:b \r\n$7$x:$9$\nempty line'
    const seen: string[] = []
    const { text: hashed, count } = await withHashes(text, async (password, user) => {
      seen.push(`${user}=${password}`)
      return 'HASH'
    })
    expect(hashed).toBe('#c:c\nalice:$6$a$b\nbob:HASH\r\n$7$x:HASH\nempty line')
    expect([seen, count]).toEqual([['bob= a:b ', '$7$x=$9$'], 2])
  })
})
