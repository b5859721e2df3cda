// What waits in the log: read ahead a little, in order, whatever is taken out meanwhile.

import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { LogMessage } from '../src/log-message.ts'
import { StoredBacklog } from '../src/stored-backlog.ts'
import { messageTo } from './recording-member.ts'

const TERMS = {
  qos: 1,
  retainAsPublished: true,
  subscriptionIdentifiers: [3],
  share: undefined,
} as const

it('the oldest is read when it is asked for', async () => {
  const { backlog, reads, answer } = filled(3)
  expect([backlog.length, backlog.bytes, backlog.peek()]).toEqual([3, 30, undefined])
  expect(reads).toEqual([[1, 2, 3]])
  await answer()
  expect(backlog.peek()).toMatchObject({ qos: 1, terms: TERMS, message: { topic: '1' } })
  expect([backlog.shift(), backlog.peek()?.message?.topic]).toEqual([1, '2'])
  expect([backlog.shift(), backlog.shift(), backlog.shift()]).toEqual([2, 3, 0])
  expect([backlog.length, backlog.bytes]).toEqual([0, 0])
})

it('each is read once, and more of them when few are left', async () => {
  const { backlog, reads, answer } = filled(300)
  backlog.peek()
  backlog.peek()
  expect(reads.map(({ length }) => length)).toEqual([128])
  await answer()
  for (let n = 0; n < 64; n++) {
    backlog.peek()
    backlog.shift()
  }
  expect(reads).toHaveLength(1)
  backlog.peek()
  backlog.shift()
  backlog.peek()
  expect(reads.map(([first]) => first)).toEqual([1, 129])
})

it('few are read where they are large', () => {
  const { backlog, reads } = filled(10, 100_000)
  backlog.peek()
  expect(reads).toEqual([[1, 2, 3]])
})

it('what was taken out meanwhile is not given', async () => {
  const { backlog, answer } = filled(3)
  backlog.peek()
  backlog.shift()
  await answer()
  expect(backlog.peek()?.message?.topic).toBe('2')
})

it('what was read is let go, and read again', async () => {
  const { backlog, reads, answer } = filled(2)
  backlog.peek()
  await answer()
  backlog.rest()
  expect(backlog.peek()).toBeUndefined()
  await answer()
  expect(backlog.peek()?.message?.topic).toBe('1')
  expect(reads).toEqual([
    [1, 2],
    [1, 2],
  ])
})

it('what is not in the log is missing, and keeps its place', async () => {
  const { backlog, answer } = filled(2)
  backlog.peek()
  await answer([2])
  const lost = backlog.peek()
  expect([lost?.missing, lost?.message, lost?.entry?.position]).toEqual([true, undefined, 1])
  backlog.shift()
  expect(backlog.peek()?.missing).toBe(false)
})

it('where the store has failed nothing comes any more', async () => {
  const { backlog, reads, fail } = filled(2)
  backlog.peek()
  await fail()
  expect([backlog.peek(), reads.length]).toEqual([undefined, 1])
})

it('whatever is taken, read and let go: each is given in order, or was taken unread', async () => {
  const command = fc.oneof(
    { weight: 5, arbitrary: fc.constant('take' as const) },
    { weight: 2, arbitrary: fc.constant('answer' as const) },
    fc.constantFrom('drop' as const, 'rest' as const, 'push' as const),
  )
  const count = fc.integer({ min: 0, max: 400 })
  await fc.assert(
    fc.asyncProperty(count, fc.array(command), async (most, commands) => {
      const { backlog, push, answer } = filled(most)
      const given: (readonly [number, string])[] = []
      for (const one of commands) {
        if (one === 'answer') await answer()
        else if (one === 'rest') backlog.rest()
        else if (one === 'push') push()
        else {
          const topic = one === 'take' ? backlog.peek()?.message?.topic : undefined
          if (one === 'take' && topic === undefined) continue
          const position = backlog.shift()
          if (position > 0) given.push([position, topic ?? String(position)])
        }
      }
      expect(given).toEqual(given.map((_, n) => [n + 1, String(n + 1)]))
    }),
  )
})

function filled(
  count: number,
  size = 10,
): {
  backlog: StoredBacklog
  reads: (readonly number[])[]
  push: () => void
  answer: (there?: readonly number[]) => Promise<void>
  fail: () => Promise<void>
} {
  const reads: (readonly number[])[] = []
  let resolve: (found: readonly (LogMessage | undefined)[] | undefined) => void = () => {}
  const backlog = new StoredBacklog({
    read: (positions) => {
      reads.push(positions)
      return new Promise((fulfil) => (resolve = fulfil))
    },
    loaded: () => {},
  })
  let last = 0
  const push = (): void => backlog.push(++last, size, TERMS)
  for (let n = 0; n < count; n++) push()
  const answering = async (found: Parameters<typeof resolve>[0]): Promise<void> => {
    resolve(found)
    await Promise.resolve()
    await Promise.resolve()
  }
  return {
    backlog,
    reads,
    push,
    answer: (there) =>
      answering(
        (reads.at(-1) ?? []).map((position) =>
          there?.includes(position) === false ? undefined : logMessage(position),
        ),
      ),
    fail: () => answering(undefined),
  }
}

function logMessage(position: number): LogMessage {
  const message = messageTo(String(position), 2)
  return { message, audience: { type: 'subscribers', chosen: [] } }
}
