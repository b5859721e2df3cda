// Whose connection a proxy passes on, by its header X-Forwarded-For.
//
// Each proxy adds at the right end who has connected to it. What stands to the left of the entry of
// the last proxy that we trust was written by somebody whom we do not, such as the client itself.

import { canonicalAddress, type AddressRanges } from '@godwit/transport/node'

/**
 * Finds the client: the rightmost address that is none of a trusted proxy. An entry that is no
 * address ends the search at the last that was one.
 *
 * @param from who has connected.
 */
export function forwardedFor(
  from: string,
  header: string | readonly string[] | undefined,
  trusted: AddressRanges,
): string {
  const entries = (typeof header === 'string' ? header : (header ?? []).join(',')).split(',')
  let client = from
  while (trusted.has(client)) {
    const address = addressOf(entries.pop() ?? '')
    if (address === undefined) break
    client = address
  }
  return client
}

/** Some proxies write the port too: `192.0.2.7:52001`, `[2001:db8::7]:52001`. */
function addressOf(entry: string): string | undefined {
  const text = entry.trim()
  if (text.startsWith('[')) {
    const end = text.indexOf(']')
    return end === -1 ? undefined : canonicalAddress(text.slice(1, end))
  }
  const colon = text.indexOf(':')
  const isOnlyColon = colon !== -1 && colon === text.lastIndexOf(':')
  return canonicalAddress(isOnlyColon ? text.slice(0, colon) : text)
}
