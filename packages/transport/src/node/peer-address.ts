// The one spelling of a peer's address.

import { isIP, SocketAddress } from 'node:net'

/**
 * Gives the address of a socket's peer as `Transport.remoteAddress` wants it: no port, and IPv4
 * as IPv4 even when it came in through an IPv6 port. A socket that is gone has none: `unknown`.
 */
export function peerAddress(socket: { readonly remoteAddress?: string | undefined }): string {
  return socket.remoteAddress?.replace(MAPPED_IPV4, '') ?? 'unknown'
}

/**
 * Gives an address that somebody wrote in the same spelling, so that one peer is one address:
 * `2001:0DB8::0007` is `2001:db8::7`. Undefined for what is no address.
 */
export function canonicalAddress(text: string): string | undefined {
  const version = isIP(text)
  if (version === 4) return text
  // One with a zone is of a machine's own network: nobody can pass it on.
  if (version === 0 || text.includes('%')) return undefined
  const { address } = new SocketAddress({ address: text, family: 'ipv6' })
  return peerAddress({ remoteAddress: address })
}

const MAPPED_IPV4 = /^::ffff:(?=[0-9]+\.)/
