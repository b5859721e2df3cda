// Chores: slices that are short, in a circle that is fair, and a turn's end between any two.

import { readFile } from 'node:fs'
import { systemClock } from '@godwit/transport/node'
import { VirtualClock } from '@godwit/transport/testing'
import { describe, expect, it } from 'vitest'
import { Chores } from '../src/chores.ts'
import type { Chore } from '../src/chores.ts'
import { Turn } from '../src/turn.ts'

describe('a chore', () => {
  it('is not begun inside add, and done step by step until nothing is left', () => {
    const { clock, chores, seen, chore } = open()
    chores.add(chore('a', 3))
    expect(seen).toEqual([])
    expect(chores.size).toBe(1)
    clock.settle()
    expect(seen).toEqual(['a', 'a', 'a'])
    expect(chores.size).toBe(0)
  })

  it('that waits already is not added again', () => {
    const { clock, chores, seen, chore } = open()
    const one = chore('a', 2)
    chores.add(one)
    chores.add(one)
    expect(chores.size).toBe(1)
    clock.settle()
    expect(seen).toEqual(['a', 'a'])
  })

  it('that had nothing to do goes on when it is added again', () => {
    const { clock, chores, seen } = open()
    let work = 1
    const one: Chore = { step: () => (seen.push('a'), --work > 0) }
    chores.add(one)
    clock.settle()
    work = 2
    chores.add(one)
    clock.settle()
    expect(seen).toEqual(['a', 'a', 'a'])
  })

  it('that is added during its last step goes on', () => {
    const { clock, chores, seen } = open()
    const one: Chore = {
      step: () => {
        if (seen.push('a') === 1) chores.add(one)
        return false
      },
    }
    chores.add(one)
    clock.settle()
    expect(seen).toEqual(['a', 'a'])
  })

  it('is done in a circle with the others, one step each', () => {
    const { clock, chores, seen, chore } = open()
    chores.add(chore('long', 4))
    chores.add(chore('short', 1))
    chores.add(chore('middle', 2))
    clock.settle()
    expect(seen.join(' ')).toBe('long short middle long middle long long')
  })

  it('keeps its place in the circle from slice to slice', () => {
    const { clock, chores, seen, chore } = open({ sliceItemsMax: 2 })
    for (const name of ['a', 'b', 'c']) chores.add(chore(name, 2))
    clock.settle()
    expect(seen.join('')).toBe('abcabc')
  })

  it('that another one adds waits for its place in the circle', () => {
    const { clock, chores, seen, chore } = open()
    chores.add({ step: () => (chores.add(chore('child', 1)), false) })
    chores.add(chore('a', 1))
    clock.settle()
    expect(seen).toEqual(['a', 'child'])
  })

  it('that throws is reported and dropped, and the others go on', () => {
    const { clock, chores, seen, faults, chore } = open()
    chores.add({
      step: () => {
        throw new Error('broken')
      },
    })
    chores.add(chore('a', 2))
    clock.settle()
    expect(faults).toEqual(['Error: broken'])
    expect(seen).toEqual(['a', 'a'])
  })
})

describe('a chore that is begun', () => {
  it('does so many steps at once, and the rest in slices', () => {
    const { clock, chores, seen, slices, chore } = open()
    chores.begin(chore('a', 300), 64)
    expect(seen).toHaveLength(64)
    expect(chores.size).toBe(1)
    clock.settle()
    expect(slices).toEqual([64, 236])
  })

  it('is done if that was all', () => {
    const { chores, seen, chore } = open()
    chores.begin(chore('a', 64), 64)
    expect(seen).toHaveLength(64)
    expect(chores.size).toBe(0)
  })

  it('takes no longer than a slice at once', () => {
    const { clock, chores, seen } = open({ sliceMs: 2 })
    let left = 10
    chores.begin({ step: () => (clock.pass(1), seen.push('a'), --left > 0) }, 64)
    expect(seen).toHaveLength(2)
    clock.settle()
    expect(seen).toHaveLength(10)
  })

  it('and throws is reported and dropped', () => {
    const { clock, chores, faults } = open()
    const broken: Chore = {
      step: () => {
        throw new Error('broken')
      },
    }
    chores.begin(broken, 64)
    clock.settle()
    expect(faults).toEqual(['Error: broken'])
    expect(chores.size).toBe(0)
  })
})

describe('a slice', () => {
  it('ends after so many steps of all chores', () => {
    const { clock, chores, slices, chore } = open({ sliceItemsMax: 256 })
    chores.add(chore('a', 300))
    chores.add(chore('b', 300))
    clock.settle()
    expect(slices).toEqual([256, 256, 88])
  })

  it('ends after so many milliseconds, looked at every 16 steps', () => {
    const { chores, slices, clock } = open({ sliceItemsMax: 256, sliceMs: 2 })
    let left = 60
    chores.add({
      step: () => {
        slices[slices.length - 1]!++
        clock.pass(0.1)
        return --left > 0
      },
    })
    clock.settle()
    expect(slices).toEqual([32, 28])
  })

  it('is a turn, whose writes leave before the next slice', () => {
    const { chores, clock, turn } = open({ sliceItemsMax: 1 })
    const seen: string[] = []
    const outbox = { flush: () => seen.push(`written at ${turn.now}`) }
    let left = 3
    chores.add({
      step: () => {
        clock.pass(5)
        seen.push('step')
        turn.touch(outbox)
        return --left > 0
      },
    })
    clock.settle()
    expect(seen.join(', ')).toBe('step, written at 0, step, written at 5, step, written at 10')
  })

  it('lets in what arrives before the next', () => {
    const { clock, chores, seen, chore } = open({ sliceItemsMax: 1 })
    chores.add({ step: () => (clock.deliver(() => seen.push('arrival')), false) })
    chores.add(chore('a', 2))
    clock.settle()
    expect(seen).toEqual(['arrival', 'a', 'a'])
  })

  it('on the system clock lets sockets, files and timers in before the next', async () => {
    const faults: unknown[] = []
    const fault = (error: unknown): void => void faults.push(error)
    const limits = { sliceItemsMax: 16, sliceMs: 2 }
    const chores = new Chores(systemClock, new Turn(systemClock, fault), limits, fault)
    const awaited = new Set(['file', 'timer'])
    // Does not end, and nor does the test, unless the event loop gets to all its phases.
    chores.add({ step: () => awaited.size > 0 })
    await Promise.all([
      new Promise<void>((resolve) => {
        readFile(import.meta.filename, () => resolve(void awaited.delete('file')))
      }),
      new Promise<void>((resolve) => {
        systemClock.after(5, () => resolve(void awaited.delete('timer')))
      }),
    ])
    expect(awaited.size).toBe(0)
    expect(faults).toEqual([])
  })
})

/** Virtual time that may also pass while a handler runs. */
class PassingClock extends VirtualClock {
  #passed = 0

  override now(): number {
    return super.now() + this.#passed
  }

  pass(ms: number): void {
    this.#passed += ms
  }
}

/** Chores that note each step, and how many steps each slice had. */
function open(limits: { sliceItemsMax?: number; sliceMs?: number } = {}): {
  clock: PassingClock
  turn: Turn
  chores: Chores
  seen: string[]
  slices: number[]
  faults: string[]
  chore: (name: string, steps: number) => Chore
} {
  const clock = new PassingClock()
  const faults: string[] = []
  const fault = (error: unknown): void => void faults.push(String(error))
  const seen: string[] = []
  const slices: number[] = []
  const turn = new Turn(clock, fault)
  const begin = turn.begin.bind(turn)
  turn.begin = () => {
    slices.push(0)
    begin()
  }
  const chores = new Chores(clock, turn, { sliceItemsMax: 256, sliceMs: 2, ...limits }, fault)
  const chore = (name: string, steps: number): Chore => {
    let left = steps
    return {
      step: () => {
        slices[slices.length - 1]!++
        seen.push(name)
        return --left > 0
      },
    }
  }
  return { clock, turn, chores, seen, slices, faults, chore }
}
