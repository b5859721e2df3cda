// A set of Packet Identifiers, few and many.

import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { PacketIdentifierSet } from '../src/packet-identifier-set.ts'

it('is empty at first', () => {
  const set = new PacketIdentifierSet()
  expect([set.size, set.has(1), set.delete(1)]).toEqual([0, false, false])
})

it('holds an identifier once', () => {
  const set = new PacketIdentifierSet()
  set.add(7)
  set.add(7)
  expect([set.size, set.has(7), set.has(8)]).toEqual([1, true, false])
  expect([set.delete(7), set.delete(7), set.size]).toEqual([true, false, 0])
})

it('holds all identifiers there are, and is empty without them', () => {
  const set = new PacketIdentifierSet()
  for (let id = 1; id <= 65_535; id++) set.add(id)
  expect([set.size, set.has(0), set.has(1), set.has(65_535)]).toEqual([65_535, false, true, true])
  for (let id = 65_535; id >= 1; id--) set.delete(id)
  expect([set.size, set.has(1), set.has(65_535)]).toEqual([0, false, false])
})

it.each([3, 300])('is emptied in one go, of %i', (count) => {
  const set = identifiersTo(count)
  set.clear()
  expect([set.size, set.has(1), set.has(count)]).toEqual([0, false, false])
})

it.each([3, 300])('is copied, of %i, and the copy is its own', (count) => {
  const set = identifiersTo(count)
  const copy = identifiersTo(500)
  copy.copy(set)
  expect([copy.size, copy.has(count), copy.has(count + 1)]).toEqual([count, true, false])
  set.delete(count)
  copy.add(1000)
  expect([copy.has(count), set.has(1000)]).toEqual([true, false])
})

it('does what a Set does', () => {
  const identifiers = fc.integer({ min: 1, max: 200 })
  const steps = fc.array(fc.tuple(fc.constantFrom('add', 'add', 'delete'), identifiers), {
    maxLength: 800,
    size: 'max',
  })
  fc.assert(
    fc.property(steps, (all) => {
      const set = new PacketIdentifierSet()
      const plain = new Set<number>()
      for (const [step, id] of all) {
        if (step === 'add') {
          set.add(id)
          plain.add(id)
        } else if (set.delete(id) !== plain.delete(id)) {
          throw new Error(`delete(${id}) tells something else than a Set`)
        }
        expect(set.size).toBe(plain.size)
      }
      for (let id = 0; id <= 201; id++) expect(set.has(id)).toBe(plain.has(id))
    }),
    { numRuns: 50 },
  )
})

function identifiersTo(count: number): PacketIdentifierSet {
  const set = new PacketIdentifierSet()
  for (let id = 1; id <= count; id++) set.add(id)
  return set
}
