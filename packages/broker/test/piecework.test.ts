// Work in pieces: all of them in order, or none any more.

import { expect, it } from 'vitest'
import { Piecework } from '../src/piecework.ts'

it('does one piece a step, and says what is to be done then', async () => {
  const { done, work, seen } = piecework(3)
  expect([work.step(), work.step(), work.step()]).toEqual([true, true, false])
  const act = await done
  expect(seen).toEqual(['0', '1', '2'])
  act()
  expect(seen).toEqual(['0', '1', '2', 'then'])
})

it('stops where it is not wanted any more, with nothing left to do', async () => {
  let wanted = true
  const { done, work, seen } = piecework(3, () => wanted)
  expect(work.step()).toBe(true)
  wanted = false
  expect(work.step()).toBe(false)
  const act = await done
  act()
  expect(seen).toEqual(['0'])
})

it('stops where a piece throws, with that left to be thrown', async () => {
  const { done, work, seen } = piecework(3, () => true, 1)
  expect([work.step(), work.step()]).toEqual([true, false])
  const act = await done
  expect(act).toThrow('piece 1')
  expect(seen).toEqual(['0'])
})

function piecework(
  pieces: number,
  wanted: () => boolean = () => true,
  bad?: number,
): { work: Piecework; done: Promise<() => void>; seen: readonly string[] } {
  const seen: string[] = []
  const piece = (index: number): void => {
    if (index === bad) throw new Error(`piece ${index}`)
    seen.push(`${index}`)
  }
  const work = new Piecework(pieces, piece, wanted, () => seen.push('then'))
  return { work, done: work.done, seen }
}
