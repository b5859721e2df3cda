/**
 * Whether a browser was made to send a request. A page of somebody else says so by `Origin`; one
 * whose name was pointed at this address (DNS rebinding) says so by `Host`, which is then the name
 * of that page. An address in `Host` cannot be rebound, nor can `localhost`.
 */
import { isIP } from 'node:net'
import { Problem } from './problem.ts'

/** By which names the server may be asked, and from which pages. */
export interface OriginTerms {
  /** Names for `Host` beside addresses and `localhost`, such as `broker.example`, without port. */
  readonly hosts: readonly string[]
  /** Values for `Origin`, such as `https://panel.example`. */
  readonly origins: readonly string[]
}

/** @throws {Problem} if the request may come from a page that is not allowed. */
export function checkOrigin(
  { host, origin }: { readonly host?: string | undefined; readonly origin?: string | undefined },
  terms: OriginTerms,
): void {
  if (origin !== undefined && !terms.origins.includes(origin.toLowerCase())) {
    throw new Problem(
      'origin-not-allowed',
      'Pages of this Origin may not use the admin API: list it among its origins if they should',
    )
  }
  const name = nameOf(host)
  if (name === 'localhost' || isIP(name) !== 0 || terms.hosts.includes(name)) return
  throw new Problem(
    'host-not-allowed',
    'The admin API does not go by this Host: ask for it by address, by localhost, or list the ' +
      'name among its hosts',
  )
}

/** `broker.example:8080` without the port, `[::1]:8080` without brackets too. */
function nameOf(host = ''): string {
  const lower = host.toLowerCase()
  if (lower.startsWith('[')) return lower.slice(1, lower.indexOf(']'))
  const colon = lower.indexOf(':')
  return colon === -1 ? lower : lower.slice(0, colon)
}
