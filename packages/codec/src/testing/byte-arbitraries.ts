/** Arbitraries of bytes on the wire: how they are cut into chunks, and how they are damaged. */
import * as fc from 'fast-check'

/** The same bytes in chunks, some of them perhaps empty. */
export function chunkings(bytes: Uint8Array): fc.Arbitrary<readonly Uint8Array[]> {
  return fc.array(fc.nat(bytes.length), { maxLength: 12 }).map((cuts) => {
    const borders = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
    return borders.slice(1).map((to, index) => bytes.subarray(borders[index], to))
  })
}

/** Bytes that differ from these in a few places: other bytes, more of them, or fewer. */
export function mutations(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    at: fc.nat(bytes.length),
    removed: fc.nat(2),
    added: fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0x00, 0x7f, 0x80, 0xff)), {
      maxLength: 2,
    }),
  })
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    const mutated = [...bytes]
    for (const { at, removed, added } of changes) mutated.splice(at, removed, ...added)
    return Uint8Array.from(mutated)
  })
}

/** Bytes that were never a packet, though each may begin like one. */
export function garbage(): fc.Arbitrary<Uint8Array> {
  const anything = fc.uint8Array({ maxLength: 64 })
  const withHeader = fc
    .tuple(fc.integer({ min: 0x10, max: 0xff }), anything)
    .map(([first, body]) => Uint8Array.of(first, body.length, ...body))
  return fc.oneof(anything, withHeader)
}
