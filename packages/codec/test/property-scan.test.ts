// Finding one property among checked ones, without reading the others.

import { expect, it } from 'vitest'
import { propertyValueAt } from '../src/property-scan.ts'
import { bytesOf } from '../src/testing/index.ts'

const PROPERTIES = bytesOf('0e 26 00016b 000176 0b 8001 0b 07 23 0009')

it('finds the value of a property, of the first one if there are several', () => {
  expect(propertyValueAt(PROPERTIES, 0, 15, 'userProperty')).toBe(2)
  expect(propertyValueAt(PROPERTIES, 0, 15, 'subscriptionIdentifier')).toBe(9)
  expect(propertyValueAt(PROPERTIES, 0, 15, 'topicAlias')).toBe(14)
})

it('finds nothing where the property is not, or behind the end', () => {
  expect(propertyValueAt(PROPERTIES, 0, 15, 'messageExpiryInterval')).toBe(0)
  expect(propertyValueAt(PROPERTIES, 0, 13, 'topicAlias')).toBe(0)
  expect(propertyValueAt(Uint8Array.of(0), 0, 1, 'topicAlias')).toBe(0)
})
