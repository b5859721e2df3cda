// The wheel of deadlines: never early, at most two buckets late, and nothing forgotten is held.

import { VirtualClock } from '@godwit/transport/testing'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Deadlines } from '../src/deadlines.ts'
import type { Watched } from '../src/deadlines.ts'

const LATE_MS = 100

describe('a deadline', () => {
  it('expires once it has come, and not before', () => {
    const { clock, deadlines } = wheel()
    const one = new Alarm(1_000)
    deadlines.watch(one)
    clock.advance(999)
    expect(one.expiredAt).toEqual([])
    clock.advance(1 + LATE_MS)
    expect(one.expiredAt).toHaveLength(1)
    clock.advance(60_000)
    expect(one.expiredAt).toHaveLength(1)
  })

  it('is noticed in time, whenever in its period the tick comes', () => {
    for (let phase = 0; phase < 200; phase += 13) {
      const clock = new VirtualClock()
      clock.advance(phase)
      const deadlines = new Deadlines(clock)
      for (let due = clock.now() + 1_000; due < phase + 60_000; due += 1_517) {
        const one = new Alarm(due)
        deadlines.watch(one)
        clock.advance(due + LATE_MS - clock.now())
        expect(one.expiredAt).toHaveLength(1)
      }
    }
  })

  it('may move away without anybody being told', () => {
    const { clock, deadlines } = wheel()
    const one = new Alarm(1_000)
    deadlines.watch(one)
    one.due = 5_000
    clock.advance(4_999)
    expect(one.expiredAt).toEqual([])
    clock.advance(1 + LATE_MS)
    expect(one.expiredAt).toHaveLength(1)
  })

  it('may come nearer, and is watched again for it', () => {
    const { clock, deadlines } = wheel()
    const one = new Alarm(50_000)
    deadlines.watch(one)
    one.due = 1_000
    deadlines.watch(one)
    clock.advance(1_000 + LATE_MS)
    expect(one.expiredAt).toHaveLength(1)
  })

  it('that is past already expires at the next look', () => {
    const { clock, deadlines } = wheel()
    clock.advance(10_000)
    const one = new Alarm(3)
    deadlines.watch(one)
    clock.advance(LATE_MS)
    expect(one.expiredAt).toHaveLength(1)
  })

  it('may be set anew while it expires', () => {
    const { clock, deadlines } = wheel()
    const one = new Alarm(1_000, (now) => (one.due = now + 1_000))
    deadlines.watch(one)
    clock.advance(10_000)
    expect(one.expiredAt.length).toBeGreaterThanOrEqual(7)
  })

  it('of Infinity never comes, until it is another', () => {
    const { clock, deadlines } = wheel()
    const one = new Alarm(Infinity)
    deadlines.watch(one)
    clock.advance(100_000)
    one.due = 101_000
    deadlines.watch(one)
    clock.advance(1_000 + LATE_MS)
    expect(one.expiredAt).toHaveLength(1)
  })
})

describe('what is forgotten', () => {
  it('does not expire, also if another forgets it in the same look', () => {
    const { clock, deadlines } = wheel()
    const [one, two] = [new Alarm(1_000, () => deadlines.forget(two)), new Alarm(1_000)]
    deadlines.watch(one)
    deadlines.watch(two)
    clock.advance(10_000)
    expect(one.expiredAt).toHaveLength(1)
    expect(two.expiredAt).toEqual([])
  })

  it('may be watched again', () => {
    const { clock, deadlines } = wheel()
    const one = new Alarm(1_000)
    deadlines.watch(one)
    deadlines.forget(one)
    deadlines.forget(one)
    deadlines.watch(one)
    clock.advance(10_000)
    expect(one.expiredAt).toHaveLength(1)
  })

  it('is everything, once the wheel is disposed of', () => {
    const { clock, deadlines } = wheel()
    const one = new Alarm(1_000)
    deadlines.watch(one)
    deadlines[Symbol.dispose]()
    clock.advance(10_000)
    expect(one.expiredAt).toEqual([])
  })
})

it('agrees with a list that is searched at every instant', () => {
  const step = fc.record({
    alarm: fc.nat({ max: 4 }),
    do: fc.constantFrom('watch', 'move', 'forget', 'nothing'),
    inMs: fc.nat({ max: 3_000 }),
    waitMs: fc.nat({ max: 700 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { clock, deadlines } = wheel()
      const alarms = Array.from({ length: 5 }, () => new Alarm(Infinity))
      const watched = new Set<Alarm>()
      for (const { alarm: index, do: what, inMs, waitMs } of steps) {
        const alarm = alarms[index]!
        if (what === 'forget') {
          deadlines.forget(alarm)
          watched.delete(alarm)
        } else if (what !== 'nothing') {
          // A deadline may move away without a word; for a nearer one `watch` is called.
          const due = clock.now() + inMs
          if (what === 'watch' || due >= alarm.due) alarm.due = due
          if (what === 'watch') {
            deadlines.watch(alarm)
            watched.add(alarm)
          }
        }
        clock.advance(waitMs)
        const late = [...watched].filter(({ due }) => due <= clock.now() - LATE_MS)
        expect(late).toEqual([])
      }
      expect(alarms.map(({ early }) => early)).toEqual([0, 0, 0, 0, 0])
    }),
    { numRuns: 300 },
  )
})

function wheel(): { clock: VirtualClock; deadlines: Deadlines } {
  const clock = new VirtualClock()
  return { clock, deadlines: new Deadlines(clock) }
}

/** Something with one deadline, which is over when it has come. */
class Alarm implements Watched {
  due: number
  early = 0
  readonly expiredAt: number[] = []
  readonly #onExpire: (now: number) => void

  constructor(due: number, onExpire: (now: number) => void = () => {}) {
    this.due = due
    this.#onExpire = onExpire
  }

  deadline(): number {
    return this.due
  }

  expire(now: number): void {
    if (now < this.due) this.early++
    this.expiredAt.push(now)
    this.due = Infinity
    this.#onExpire(now)
  }
}
