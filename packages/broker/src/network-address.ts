/**
 * Addresses as limits count them. Whoever has an IPv6 address has a whole network of them, 2^64 at
 * the least, so those count together: `2001:db8:1:2::/64`. What is no address, such as that of a
 * Unix domain socket, belongs to this machine.
 */

/** The network that an address counts with: itself, or of IPv6 its first 64 bits. */
export function networkOf(address: string): string {
  const groups = groupsOf(address)
  return groups === undefined ? address : `${groups.slice(0, 4).join(':')}::/64`
}

/** Whether whoever is at this address is on the same machine. */
export function isLocal(address: string): boolean {
  if (address.includes(':')) return address === '::1'
  return !address.includes('.') || address.startsWith('127.')
}

/**
 * One spelling for all that an address, or an IPv6 network of 64 bits, can be given as: IPv4 as
 * IPv4, an address of IPv6 by all its groups, and a network as `networkOf` spells it.
 */
export function addressKey(name: string): string {
  const address = name.toLowerCase()
  if (address.startsWith(MAPPED) && address.includes('.')) return address.slice(MAPPED.length)
  if (address.endsWith('/64')) return networkOf(address.slice(0, -3))
  return groupsOf(address)?.join(':') ?? address
}

const MAPPED = '::ffff:'

/** The eight groups of an IPv6 address without leading zeros; `undefined` for anything else. */
function groupsOf(address: string): readonly string[] | undefined {
  if (!address.includes(':')) return undefined
  const [plain = ''] = address.split('%') // Behind it is an interface of this machine.
  const [head = '', tail] = plain.split('::')
  const before = split(head)
  const after = split(tail ?? '')
  const gap = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  const groups = [...before, ...Array.from({ length: gap }, () => '0'), ...after]
  return groups.map((group) => Number.parseInt(group, 16).toString(16))
}

function split(groups: string): readonly string[] {
  return groups === '' ? [] : groups.split(':')
}
