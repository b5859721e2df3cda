/** Arbitraries of the values that packets are made of (§1.5, §4.7). */
import * as fc from 'fast-check'

/** UTF-8 Encoded Strings: any characters but U+0000 and halves of surrogate pairs. */
export function strings(maxLength: number = TEXT_LENGTH_MAX): fc.Arbitrary<string> {
  return fc.string({ unit: characterOtherThan('\0'), maxLength })
}

/** Topic Names: at least one character, no wildcards. */
export function topicNames(): fc.Arbitrary<string> {
  return fc.string({
    unit: characterOtherThan('\0#+'),
    minLength: 1,
    maxLength: TEXT_LENGTH_MAX,
  })
}

/** Topic Filters that are well formed, wildcards and all. */
export function topicFilters(): fc.Arbitrary<string> {
  const level = fc.oneof(fc.constant('+'), fc.string({ unit: characterOtherThan('\0#+/') }))
  return fc
    .tuple(fc.array(level, { minLength: 1, maxLength: 5 }), fc.boolean())
    .map(([levels, open]) => (open ? [...levels, '#'] : levels).join('/'))
    .filter((filter) => filter !== '')
}

/** Binary Data, and payloads. */
export function binaries(): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ maxLength: 100 }).map((bytes) => Uint8Array.from(bytes))
}

/** Packet Identifiers: 1 to 65,535. */
export function packetIdentifiers(): fc.Arbitrary<number> {
  return fc.integer({ min: 1, max: 65_535 })
}

const TEXT_LENGTH_MAX = 80

function characterOtherThan(excluded: string): fc.Arbitrary<string> {
  const plain = fc.constantFrom('a', 'b', '/', '$', ' ', '+', '#', '~')
  const any = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })
  return fc.oneof(plain, any).filter((character) => !excluded.includes(character))
}
