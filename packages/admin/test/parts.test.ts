// The small parts: patterns, parts of lists, counts of wrong tokens.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shownPayload } from '../src/message-properties.ts'
import { patternMatches } from '../src/pattern.ts'
import { sortedPage } from '../src/sorted-page.ts'
import { WRONG_TOKEN_LIMITS, WrongTokens } from '../src/wrong-tokens.ts'

describe('patternMatches', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 })
  const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 })

  it('agrees with a regular expression', () => {
    fc.assert(
      fc.property(piece, name, (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll(/\*+/g, '.*')}$`)
        expect(patternMatches(pattern, text)).toBe(expression.test(text))
      }),
    )
  })

  it('takes everything else as it is', () => {
    expect(patternMatches('a.c', 'abc')).toBe(false)
    expect(patternMatches('(.*)+$', 'aaaa')).toBe(false)
    expect(patternMatches('[*]', '[x]')).toBe(true)
  })
})

describe('sortedPage', () => {
  const names = fc.uniqueArray(fc.string(), { maxLength: 30 })

  it('gives everything once and in order, part after part', async () => {
    await fc.assert(
      fc.asyncProperty(names, fc.integer({ min: 1, max: 10 }), async (list, limit) => {
        const seen: string[] = []
        for (let after: string | undefined; ;) {
          const from = after === undefined ? {} : { after }
          const { items, next } = await sortedPage(list, { limit, ...from }, (item) => item)
          expect(items.length).toBeLessThanOrEqual(limit)
          seen.push(...items)
          if (next === undefined) break
          after = next
        }
        expect(seen).toEqual(list.toSorted((one, other) => (one < other ? -1 : 1)))
      }),
    )
  })
})

describe('wrong tokens', () => {
  const limits = { ...WRONG_TOKEN_LIMITS, freeMax: 1, addressesMax: 2 }

  it('are counted for a minute, by address', () => {
    const wrong = new WrongTokens(limits)
    expect(wrong.count('a', 0)).toBe(0)
    expect(wrong.count('a', 59_999)).toBe(1_000)
    expect(wrong.count('b', 59_999)).toBe(0)
    expect(wrong.count('a', 60_000)).toBe(0)
  })

  it('are counted together for all addresses of an IPv6 host', () => {
    const wrong = new WrongTokens(limits)
    wrong.count('2001:db8:1:2::1', 0)
    expect(wrong.count('2001:db8:1:2:aaaa:bbbb:cccc:dddd', 0)).toBe(1_000)
    expect(wrong.count('2001:db8:1:3::1', 0)).toBe(0)
    expect(wrong.count('::1', 0)).toBe(0)
    expect(wrong.count('::2', 0)).toBe(1_000)
  })

  it('are forgotten, the oldest address first, where there are too many', () => {
    const wrong = new WrongTokens(limits)
    for (const address of ['a', 'b', 'c']) wrong.count(address, 0)
    expect(wrong.size).toBe(2)
    expect(wrong.count('a', 0)).toBe(0)
  })

  it('wait no more than so many at once', () => {
    const wrong = new WrongTokens({ ...limits, freeMax: 0, waitingMax: 1 })
    expect([wrong.count('a', 0), wrong.count('a', 0)]).toEqual([1_000, undefined])
    wrong.waited()
    expect(wrong.count('a', 0)).toBe(1_000)
  })
})

describe('a payload', () => {
  it('comes back whole, as text or as base64', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const { payload, encoding } = shownPayload(bytes)
        const back = Buffer.from(payload, encoding === 'text' ? 'utf8' : 'base64')
        expect(new Uint8Array(back)).toEqual(bytes)
      }),
    )
    expect(shownPayload(Buffer.from('\ufeffé')).payload).toBe('\ufeffé')
  })
})
