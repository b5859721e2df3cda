// Ranges of addresses, as operators write them: `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.7`.

import { BlockList, isIP } from 'node:net'
import { decimal } from './decimal.ts'

/** A set of ranges of addresses. An IPv4 address mapped into IPv6 is the IPv4 address. */
export class AddressRanges {
  readonly #ranges = new BlockList()

  /**
   * @param ranges addresses, or addresses with the number of bits that count after a `/`.
   * @throws Error for one that is neither, with a sentence.
   */
  constructor(ranges: readonly string[]) {
    for (const range of ranges) this.#add(range)
  }

  /** Whether an address is in one of the ranges; false for what is no address, such as `unix`. */
  has(address: string): boolean {
    const plain = withoutZone(address)
    const family = familyOf(plain)
    return family !== undefined && this.#ranges.check(plain, family)
  }

  #add(range: string): void {
    const slash = range.indexOf('/')
    const address = slash === -1 ? range : range.slice(0, slash)
    const family = familyOf(address)
    const most = family === 'ipv4' ? 32 : 128
    const bits = slash === -1 ? most : decimal(range.slice(slash + 1), most)
    if (family === undefined || bits === undefined) {
      throw new Error(
        `"${range}" is no range of addresses: write one as 192.0.2.0/24, 2001:db8::/32 ` +
          'or 192.0.2.7',
      )
    }
    this.#ranges.addSubnet(address, bits, family)
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = address.includes('%') ? 0 : isIP(address)
  if (version === 0) return undefined
  return version === 4 ? 'ipv4' : 'ipv6'
}

/** `fe80::1%eth0` says by which way the address is reached, which no range asks for. */
function withoutZone(address: string): string {
  const percent = address.indexOf('%')
  return percent === -1 ? address : address.slice(0, percent)
}
