// Time that lets the world go on by itself.

import { afterEach, describe, expect, it, vi } from 'vitest'
import { WorldClock } from '../src/world-clock.ts'

afterEach(() => {
  vi.useRealTimers()
})

describe('the world', () => {
  it('goes on without being told to', async () => {
    const clock = new WorldClock()
    const arrived = new Promise<string>((resolve) => clock.deliver(() => resolve('there')))
    const written = new Promise<string>((resolve) => clock.defer(() => resolve('written')))
    expect(await Promise.all([arrived, written])).toEqual(['there', 'written'])
    expect(clock.now()).toBe(0)
  })

  it('goes on although a test has put fake timers in the place of those of the host', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate', 'clearTimeout', 'performance'] })
    const clock = new WorldClock()
    await expect(new Promise<void>((resolve) => clock.deliver(resolve))).resolves.toBeUndefined()
    clock.after(5, () => clock.defer(() => {}))
    await clock.pass(10)
    expect(clock.now()).toBe(10)
  })

  it('lets promises continue between turns', async () => {
    const clock = new WorldClock()
    const seen: string[] = []
    clock.deliver(() => {
      void Promise.resolve().then(() => seen.push('promise'))
      clock.deliver(() => seen.push('next turn'))
    })
    await clock.settled()
    expect(seen).toEqual(['promise', 'next turn'])
  })

  it('has settled when neither turns nor promises have anything to do', async () => {
    const clock = new WorldClock()
    let steps = 0
    const work = async (): Promise<void> => {
      for (; steps < 5; steps++) {
        await new Promise<void>((resolve) => clock.deliver(resolve))
        for (let hop = 0; hop < 10; hop++) await Promise.resolve()
      }
    }
    void work()
    await clock.settled()
    expect(steps).toBe(5)
  })

  it('is said not to come to rest when something goes on without end', async () => {
    const clock = new WorldClock()
    let isOver = false
    const again = (): void => {
      if (!isOver) clock.deliver(again)
    }
    again()
    await expect(clock.settled()).rejects.toThrow('did not come to rest in 100000 rounds')
    isOver = true
  })
})

describe('pass', () => {
  it('runs what is due at its own instant, and lets promises continue there', async () => {
    const clock = new WorldClock()
    const seen: string[] = []
    const sleep = (ms: number): Promise<void> =>
      new Promise((resolve) => void clock.after(ms, resolve))
    const work = async (): Promise<void> => {
      await sleep(10)
      seen.push(`one at ${clock.now()}`)
      await sleep(10)
      seen.push(`two at ${clock.now()}`)
    }
    clock.tick(15, () => seen.push(`tick at ${clock.now()}`))
    void work()
    await clock.pass(29)
    expect(seen).toEqual(['one at 10', 'tick at 15', 'two at 20'])
    expect(clock.now()).toBe(29)
  })

  it('moves time one after the other where calls overlap', async () => {
    const clock = new WorldClock()
    await Promise.all([clock.pass(10), clock.pass(20)])
    expect(clock.now()).toBe(30)
  })

  it('goes on after a call that failed', async () => {
    const clock = new WorldClock()
    const fail = (): never => {
      throw new Error('a handler')
    }
    clock.after(5, fail)
    await expect(clock.pass(10)).rejects.toThrow('a handler')
    await clock.pass(10)
    expect(clock.now()).toBe(15)
  })

  it('refuses times that make no sense', () => {
    const clock = new WorldClock()
    expect(() => clock.pass(-1)).toThrow(RangeError)
    expect(() => clock.pass(Number.NaN)).toThrow(RangeError)
  })
})

describe('passUntil', () => {
  it('stops where it is over', async () => {
    const clock = new WorldClock()
    let isOver = false
    clock.after(7, () => {
      isOver = true
    })
    clock.after(9, () => {})
    expect(await clock.passUntil(() => isOver, 100)).toBe(true)
    expect(clock.now()).toBe(7)
  })

  it('gives up when the time is over', async () => {
    const clock = new WorldClock()
    expect(await clock.passUntil(() => false, 100)).toBe(false)
    expect(clock.now()).toBe(100)
  })
})
