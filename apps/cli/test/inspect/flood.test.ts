// A flood of live traffic: so much a second, and a count of the rest.

import { describe, expect, it } from 'vitest'
import { bytesOf } from '@godwit/codec/testing'
import { Conversation } from '../../src/inspect/conversation.ts'
import type { Sighting } from '../../src/inspect/conversation.ts'
import { Flood } from '../../src/inspect/flood.ts'

const [PING, WRONG, TYPE_0] = [
  ...new Conversation(5).receive('client', bytesOf('c0 00 c1 00 00 00')),
] as [Sighting, Sighting, Sighting]

describe('a flood', () => {
  it('shows so many packets in a second, and so many in the next', () => {
    let now = 0
    const flood = new Flood(2, () => now)
    expect(Array.from({ length: 4 }, () => flood.admits(PING, false))).toEqual([
      true,
      true,
      false,
      false,
    ])
    now = 1000
    expect(flood.admits(PING, false)).toBe(true)
  })

  it('shows what is malformed all the same, unless the output is full', () => {
    const flood = new Flood(0, () => 0)
    expect(flood.admits(WRONG, false)).toBe(true)
    expect(flood.admits(WRONG, true)).toBe(false)
  })

  it('counts by type what it does not show, until it was asked', () => {
    const flood = new Flood(0, () => 0)
    for (let count = 0; count < 1234; count++) flood.admits(PING, false)
    flood.admits(TYPE_0, true)
    expect(flood.takeHidden()).toEqual({ count: 1235, text: '1,234 PINGREQ and 1 RESERVED' })
    expect(flood.takeHidden()).toBeUndefined()
  })
})
