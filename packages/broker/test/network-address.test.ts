// Addresses as limits and bans count them.

import { describe, expect, it } from 'vitest'
import { isLocal, networkOf, addressKey } from '../src/network-address.ts'

describe('the network of an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['memory', 'memory'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::7', '2001:db8:0:0::/64'],
    ['2001:0DB8:0001::1', '2001:db8:1:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})

it.each([
  ['127.0.0.1', true],
  ['127.8.9.1', true],
  ['::1', true],
  ['unknown', true],
  ['192.0.2.7', false],
  ['2001:db8::1', false],
  ['1127.0.0.1', false],
])('%s is on this machine: %s', (address, expected) => {
  expect(isLocal(address)).toBe(expected)
})

it.each([
  ['2001:DB8::1', '2001:db8:0:0:0:0:0:1'],
  ['2001:db8:0:0::0001', '2001:db8:0:0:0:0:0:1'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:0001:2::/64', '2001:db8:1:2::/64'],
  ['2001:db8::/64', '2001:db8:0:0::/64'],
])('%s is spelled %s', (name, plain) => {
  expect(addressKey(name)).toBe(plain)
})
