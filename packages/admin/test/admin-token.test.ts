// Files of tokens, and tokens that are made.

import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { newToken, parseToken, parseTokens } from '../src/index.ts'
import { tokenShown } from '../src/token-check.ts'

const SECRET = 's'.repeat(32)

describe('a file of tokens', () => {
  it('has a line for each, with its secret or the SHA-256 of it', () => {
    const text = `# comment\n\n  a:read:${SECRET}  \r\nb:write:sha256:${hash('sha256', 'x', 'hex')}\n`
    const tokens = parseTokens(text, 'tokens.txt')
    expect(tokens.map(({ name, scope }) => `${name} ${scope}`)).toEqual(['a read', 'b write'])
    expect(tokenShown(`Bearer ${SECRET}`, tokens)?.name).toBe('a')
    expect(tokenShown('Bearer x', tokens)?.name).toBe('b')
    expect(tokenShown('Bearer y', tokens)).toBeUndefined()
  })

  it.each([
    ['', 'tokens.txt has no token: add a line such as name:read:sha256:<64 digits>'],
    ['# a:read:x', 'tokens.txt has no token: add a line such as name:read:sha256:<64 digits>'],
    ['token', 'tokens.txt:1: a token is written name:scope:secret, or name:scope:sha256:<digits>'],
    [
      `\n${SECRET}:x`,
      'tokens.txt:2: a token is written name:scope:secret, or name:scope:sha256:<digits>',
    ],
    [
      `a b:read:${SECRET}`,
      "tokens.txt:1: a token's name is 1 to 64 letters, digits, dots, dashes and _",
    ],
    [
      `:read:${SECRET}`,
      "tokens.txt:1: a token's name is 1 to 64 letters, digits, dots, dashes and _",
    ],
    [`a:admin:${SECRET}`, 'tokens.txt:1: the scope, which is behind the name, is read or write'],
    [
      'a:read:short',
      'tokens.txt:1: the secret has 5 characters, and needs 32: admin token makes one',
    ],
    [
      `a:read:${SECRET} ${SECRET}`,
      'tokens.txt:1: the secret has characters that no header Authorization can carry',
    ],
    ['a:read:sha256:abc', 'tokens.txt:1: a SHA-256 has 64 hexadecimal digits'],
    [
      `a:read:${SECRET}\na:write:${SECRET}x`,
      'tokens.txt:2: another token has this name: rename one of them',
    ],
  ])('of %j is refused: %s', (text, sentence) => {
    expect(() => parseTokens(text, 'tokens.txt')).toThrow(new Error(sentence))
  })

  it('never has a secret repeated in its errors', () => {
    const secret = `${SECRET} with spaces`
    expect(() => parseToken(`a:read:${secret}`, 'x')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(SECRET) as string }) as Error,
    )
  })
})

describe('newToken', () => {
  it('makes a secret, and a line that knows it without holding it', () => {
    const { secret, line } = newToken('grafana', 'read')
    expect(secret).toMatch(/^[\w-]{43}$/)
    expect(line).toMatch(/^grafana:read:sha256:[0-9a-f]{64}$/)
    expect(tokenShown(`Bearer ${secret}`, [parseToken(line, 'x')])?.name).toBe('grafana')
    expect(newToken('grafana', 'read').secret).not.toBe(secret)
  })

  it('refuses a name that could not be read again', () => {
    expect(() => newToken('a:b', 'read')).toThrow("a token's name is")
  })
})
