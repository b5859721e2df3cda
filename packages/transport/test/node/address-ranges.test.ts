// Ranges of addresses, and the one spelling of an address.

import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { AddressRanges, canonicalAddress } from '../../src/node/index.ts'

it.each([
  ['10.0.0.0/8', '10.255.0.1', true],
  ['10.0.0.0/8', '11.0.0.1', false],
  ['10.1.2.3/8', '10.9.9.9', true],
  ['192.0.2.7', '192.0.2.7', true],
  ['192.0.2.7', '192.0.2.8', false],
  ['0.0.0.0/0', '203.0.113.1', true],
  ['0.0.0.0/0', '2001:db8::1', false],
  ['2001:db8::/32', '2001:db8:ffff::1', true],
  ['2001:db8::/32', '2001:db9::1', false],
  ['::1', '0:0:0:0:0:0:0:1', true],
  ['::/0', '2001:db8::1', true],
  ['192.0.2.0/24', '::ffff:192.0.2.9', true],
  ['fe80::/10', 'fe80::1%eth0', true],
  ['0.0.0.0/0', 'unix', false],
  ['0.0.0.0/0', 'unknown', false],
  ['0.0.0.0/0', '', false],
])('says whether %s has %s: %s', (range, address, isIn) => {
  expect(new AddressRanges([range]).has(address)).toBe(isIn)
})

it('has what any of its ranges has, and nothing without one', () => {
  const ranges = new AddressRanges(['10.0.0.0/8', '::1'])
  expect([ranges.has('10.0.0.1'), ranges.has('::1'), ranges.has('::2')]).toEqual([
    true,
    true,
    false,
  ])
  expect(new AddressRanges([]).has('10.0.0.1')).toBe(false)
})

it.each(['', 'localhost', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/1e1', '10.0.0/8'])(
  'refuses %j, and says how ranges are written',
  (range) => {
    expect(() => new AddressRanges([range])).toThrow(
      `"${range}" is no range of addresses: write one as 192.0.2.0/24, 2001:db8::/32 or 192.0.2.7`,
    )
  },
)

it('refuses more bits than an IPv6 address has, and ranges with a zone', () => {
  expect(() => new AddressRanges(['::/129'])).toThrow('no range of addresses')
  expect(() => new AddressRanges(['fe80::1%eth0'])).toThrow('no range of addresses')
})

it('counts the bits that a range says', () => {
  const bits = fc.integer({ min: 0, max: 32 })
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV4(), bits, (network, address, count) => {
      const isIn =
        numberOf(network) >> BigInt(32 - count) === numberOf(address) >> BigInt(32 - count)
      expect(new AddressRanges([`${network}/${count}`]).has(address)).toBe(isIn)
    }),
  )
})

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:0DB8:0:0:0:0:0:0007', '2001:db8::7'],
  ['::FFFF:192.0.2.7', '192.0.2.7'],
  ['fe80::1%eth0', undefined],
  ['192.0.2.07', undefined],
  ['192.0.2.7:80', undefined],
  ['', undefined],
])('spells %s as %s', (text, address) => {
  expect(canonicalAddress(text)).toBe(address)
})

function numberOf(address: string): bigint {
  return address.split('.').reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
}
