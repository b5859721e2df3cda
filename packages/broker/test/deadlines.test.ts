// The wheel of deadlines: never early, at most two buckets late, and nothing forgotten is held.

import { VirtualClock } from '@godwit/transport/testing'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Chore } from '../src/chores.ts'
import { Deadlines } from '../src/deadlines.ts'
import type { Watched } from '../src/deadlines.ts'
import { wheelOn } from './wheel.ts'

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
      const deadlines = wheelOn(clock)
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

describe('of many that are due together', () => {
  it('64 expire within the tick, and the rest in slices', () => {
    const { clock, deadlines } = wheel()
    const all = Array.from({ length: 1_000 }, () => new Alarm(1_000))
    for (const one of all) deadlines.watch(one)
    const counts: number[] = []
    const count = (): void => {
      counts.push(all.filter(({ expiredAt }) => expiredAt.length > 0).length)
      if (counts.length < 6) clock.defer(count)
    }
    clock.tick(1_050, count)
    clock.advance(1_050)
    expect(counts).toEqual([64, 320, 576, 832, 1_000, 1_000])
    expect(all.map(({ expiredAt }) => expiredAt)).toEqual(all.map(() => [1_050]))
  })

  it('those that have moved away need no slices', () => {
    const { clock, deadlines, held } = heldWheel()
    const all = Array.from({ length: 1_000 }, () => new Alarm(1_000))
    for (const one of all) {
      deadlines.watch(one)
      one.due = 5_000
    }
    clock.advance(1_050)
    held(64)
    expect(all.map(({ looks }) => looks)).toEqual(all.map(() => 3))
    expect(held(1)).toBe('nothing')
    expect(all.filter(({ expiredAt }) => expiredAt.length > 0)).toEqual([])
  })

  it('one that is late again waits for the next look, behind the others', () => {
    const { clock, deadlines, held } = heldWheel()
    const one = new Alarm(1_000, (now) => (one.due = now))
    const others = Array.from({ length: 9 }, () => new Alarm(1_000))
    for (const alarm of [one, ...others]) deadlines.watch(alarm)
    clock.advance(1_050)
    expect(held(100)).toBe('nothing')
    expect([one, ...others].map(({ expiredAt }) => expiredAt.length)).toEqual(Array(10).fill(1))
    clock.advance(50)
    expect(held(100)).toBe('nothing')
    expect(one.expiredAt).toHaveLength(2)
  })

  it('one that throws is reported and forgotten, and no other is', () => {
    const { clock, deadlines, faults } = wheel()
    const broken = new Alarm(1_000, () => {
      throw new Error('broken')
    })
    const mute: Watched = {
      deadline: (now) => {
        if (now > 0) throw new Error('mute')
        return 1_000
      },
      expire: () => {},
    }
    const others = Array.from({ length: 500 }, () => new Alarm(1_000))
    for (const watched of [broken, mute, ...others]) deadlines.watch(watched)
    clock.advance(60_000)
    expect(faults).toEqual(['Error: broken', 'Error: mute'])
    expect(broken.expiredAt).toHaveLength(1)
    expect(others.map(({ expiredAt }) => expiredAt)).toEqual(others.map(() => [1_050]))
  })

  it('none expires any more once the wheel is disposed of, by one of them or in between', () => {
    for (const before of [1, 3]) {
      const { clock, deadlines, held } = heldWheel()
      const dispose = (): void => {
        if (alarms[before - 1]?.expiredAt.length === 1) deadlines[Symbol.dispose]()
      }
      const alarms = Array.from({ length: 9 }, () => new Alarm(1_000, dispose))
      for (const alarm of alarms) deadlines.watch(alarm)
      clock.advance(1_050)
      expect(held(100)).toBe('nothing')
      expect(alarms.map(({ expiredAt }) => expiredAt.length).join('')).toBe(
        '1'.repeat(before).padEnd(9, '0'),
      )
    }
  })
})

it('loses nothing and does nothing twice, whatever happens between two steps', () => {
  const index = fc.nat({ max: 5 })
  const inMs = fc.nat({ max: 300 })
  const deed = fc.record({ alarm: index, do: fc.constantFrom('set', 'move', 'forget'), inMs })
  const script = fc.record({
    steps: fc.array(
      fc.record({
        deed,
        waitMs: fc.constantFrom(0, 0, 10, 50, 250),
        steps: fc.nat({ max: 4 }),
      }),
      { maxLength: 60 },
    ),
    // What they do as they expire; `throw` is what befalls the alarm itself.
    reactions: fc.array(fc.option(fc.oneof(deed, fc.constant('throw' as const))), {
      minLength: 6,
      maxLength: 6,
    }),
  })
  fc.assert(
    fc.property(script, ({ steps, reactions }) => {
      const { clock, deadlines, held } = heldWheel()
      const watched = new Set<Alarm>()
      const act = (what: { alarm: number; do: string; inMs: number }): void => {
        const alarm = alarms[what.alarm]!
        const due = clock.now() + what.inMs
        if (what.do === 'forget') {
          deadlines.forget(alarm)
          watched.delete(alarm)
        } else if (what.do === 'set') {
          alarm.due = due
          deadlines.watch(alarm)
          watched.add(alarm)
        } else if (due >= alarm.due && alarm.due > clock.now()) alarm.due = due
      }
      const alarms: readonly Alarm[] = reactions.map((reaction) => {
        const alarm = new Alarm(Infinity, () => {
          if (reaction === 'throw') {
            watched.delete(alarm)
            throw new Error('as told')
          }
          if (reaction !== null) act(reaction)
        })
        return alarm
      })
      const late = (): number =>
        [...watched].filter(({ due }) => due <= clock.now() - LATE_MS).length
      for (const step of steps) {
        act(step.deed)
        clock.advance(step.waitMs)
        const lost = held(step.steps) === 'nothing' ? late() : 0
        expect(lost).toBe(0)
      }
      // What is due again at once waits for the next look, so that every drain comes to its end.
      for (let rounds = 0; rounds < 3; rounds++) {
        clock.advance(50)
        expect(held(100)).toBe('nothing')
        expect(late()).toBe(0)
      }
      expect(alarms.map(({ early }) => early)).toEqual([0, 0, 0, 0, 0, 0])
      for (const { expiredAt } of alarms) expect(new Set(expiredAt).size).toBe(expiredAt.length)
    }),
    { numRuns: 500 },
  )
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

function wheel(): { clock: VirtualClock; deadlines: Deadlines; faults: readonly string[] } {
  const clock = new VirtualClock()
  const faults: string[] = []
  return { clock, deadlines: wheelOn(clock, faults), faults }
}

/** A wheel that goes on only as many steps as it is told to; says whether more is to be done. */
function heldWheel(): {
  clock: VirtualClock
  deadlines: Deadlines
  held: (steps: number) => 'more' | 'nothing'
} {
  const clock = new VirtualClock()
  let begun: Chore | undefined
  const chores = { begin: (chore: Chore) => void (begun = chore) }
  const deadlines = new Deadlines(clock, chores, () => {})
  const held = (steps: number): 'more' | 'nothing' => {
    for (let left = steps; left > 0 && begun !== undefined; left--) {
      if (!begun.step()) begun = undefined
    }
    return begun === undefined ? 'nothing' : 'more'
  }
  return { clock, deadlines, held }
}

/** Something with one deadline, which is over when it has come. */
class Alarm implements Watched {
  due: number
  early = 0
  looks = 0
  readonly expiredAt: number[] = []
  readonly #onExpire: (now: number) => void

  constructor(due: number, onExpire: (now: number) => void = () => {}) {
    this.due = due
    this.#onExpire = onExpire
  }

  deadline(): number {
    this.looks++
    return this.due
  }

  expire(now: number): void {
    if (now < this.due) this.early++
    this.expiredAt.push(now)
    this.due = Infinity
    this.#onExpire(now)
  }
}
