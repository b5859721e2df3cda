// The one spelling of a peer's address.

/**
 * Gives the address of a socket's peer as `Transport.remoteAddress` wants it: no port, and IPv4
 * as IPv4 even when it came in through an IPv6 port. A socket that is gone has none: `unknown`.
 */
export function peerAddress(socket: { readonly remoteAddress?: string | undefined }): string {
  return socket.remoteAddress?.replace(MAPPED_IPV4, '') ?? 'unknown'
}

const MAPPED_IPV4 = /^::ffff:(?=[0-9]+\.)/
