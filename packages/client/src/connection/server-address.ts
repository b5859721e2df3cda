/** Where the server is: the URL that a program gives, without the credentials in it. */
import type { Credentials } from '../options.ts'

/** A server's address. */
export interface ServerAddress {
  /** Without credentials, so that it may be shown. */
  readonly url: URL
  /** Those of the URL, decoded. */
  readonly credentials: Credentials
}

/**
 * Reads the URL of a server. `schemes` are those that there are dialers for; any if absent.
 * @throws {TypeError} for what is no such URL.
 */
export function serverAddress(text: string | URL, schemes?: readonly string[]): ServerAddress {
  const url = parsed(text)
  if (url === undefined) throw new TypeError(`A server is named by a URL${hint(schemes)}`)
  if (schemes !== undefined && !schemes.includes(url.protocol)) {
    throw new TypeError(`No connection is made by ${url.protocol} here${hint(schemes)}`)
  }
  if (url.hostname === '' && !url.pathname.startsWith('/')) {
    throw new TypeError(`The URL of a server names its host${hint(schemes)}`)
  }
  const username = decoded(url.username)
  const password = decoded(url.password)
  url.username = ''
  url.password = ''
  return {
    url,
    credentials: { ...(username !== '' && { username }), ...(password !== '' && { password }) },
  }
}

/** How an address is shown to people: without its query, where many servers take tokens. */
export function shown({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`
}

/** The text itself may hold a password: it is not repeated to anybody. */
function parsed(text: string | URL): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new TypeError('The credentials in a URL are percent-encoded: write % as %25')
  }
}

function hint(schemes: readonly string[] = ['mqtt:']): string {
  const examples = schemes.map(
    (scheme) => `${scheme}//${scheme.includes('unix') ? '/path' : 'host'}`,
  )
  return `: ${examples.join(', ')}`
}
