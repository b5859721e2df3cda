/**
 * Tokens of the admin API, and the lines that they are kept in:
 *
 *     # name:scope:sha256:hex, or name:scope:secret
 *     grafana:read:sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
 *     deploy:write:6Dc1dCkYw0nqJf0F4y2nKXx6pQ3yY7bq1rT8mEo9hUs
 *
 * Only the SHA-256 of a secret is kept in memory. A secret is long and random, so that a fast hash
 * is enough, and short ones are refused.
 */
import { hash, randomBytes } from 'node:crypto'

/** What a token may do: look, or change things too. */
export type Scope = 'read' | 'write'

/** A token as the server knows it. */
export interface AdminToken {
  /** Who has it, for the log. */
  readonly name: string
  readonly scope: Scope
  /** The SHA-256 of its secret. */
  readonly digest: Uint8Array
}

/** A token that was made, with its secret. */
export interface NewToken {
  readonly secret: string
  /** What to put into the file of tokens; it does not hold the secret. */
  readonly line: string
}

/** The fewest characters of a secret: 128 bits in hexadecimal digits. */
export const SECRET_LENGTH_MIN = 32

/**
 * Reads a file of tokens; `file` is its name for errors. Empty lines and those that begin with `#`
 * are comments. @throws {Error} a sentence for the first wrong line, or if there is no token.
 */
export function parseTokens(text: string, file: string): readonly AdminToken[] {
  const tokens = new Map<string, AdminToken>()
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const place = `${file}:${index + 1}`
    const token = parseToken(trimmed, place)
    if (tokens.has(token.name)) {
      throw new Error(`${place}: another token has this name: rename one of them`)
    }
    tokens.set(token.name, token)
  }
  if (tokens.size > 0) return [...tokens.values()]
  throw new Error(`${file} has no token: add a line such as name:read:sha256:<64 digits>`)
}

/**
 * Reads one line; `place` says where it stands. An error never repeats the secret.
 * @throws {Error} a sentence
 */
export function parseToken(line: string, place: string): AdminToken {
  const [name = '', scope = '', ...rest] = line.split(':')
  const secret = rest.join(':')
  if (rest.length === 0) {
    throw new Error(`${place}: a token is written name:scope:secret, or name:scope:sha256:<digits>`)
  }
  checkName(name, place)
  if (scope !== 'read' && scope !== 'write') {
    throw new Error(`${place}: the scope, which is behind the name, is read or write`)
  }
  return { name, scope, digest: digestOf(secret, place) }
}

/** Makes a token of 256 random bits. @throws {Error} for a name that is none. */
export function newToken(name: string, scope: Scope): NewToken {
  checkName(name, 'A new token')
  const secret = randomBytes(32).toString('base64url')
  const line = `${name}:${scope}:${DIGEST_PREFIX}${hash('sha256', secret, 'hex')}`
  return { secret, line }
}

const NAME = /^[\w.-]{1,64}$/
const DIGEST_PREFIX = 'sha256:'

/** What stands first may be a secret by mistake: it is not repeated. */
function checkName(name: string, place: string): void {
  if (NAME.test(name)) return
  throw new Error(`${place}: a token's name is 1 to 64 letters, digits, dots, dashes and _`)
}

function digestOf(secret: string, place: string): Uint8Array {
  if (secret.startsWith(DIGEST_PREFIX)) {
    const digits = secret.slice(DIGEST_PREFIX.length)
    if (/^[0-9a-f]{64}$/i.test(digits)) return Buffer.from(digits, 'hex')
    throw new Error(`${place}: a SHA-256 has 64 hexadecimal digits`)
  }
  if (secret.length < SECRET_LENGTH_MIN) {
    throw new Error(
      `${place}: the secret has ${secret.length} characters, and needs ${SECRET_LENGTH_MIN}: ` +
        'admin token makes one',
    )
  }
  if (!/^[\w.~+/-]+=*$/.test(secret)) {
    throw new Error(`${place}: the secret has characters that no header Authorization can carry`)
  }
  return hash('sha256', secret, 'buffer')
}
