/** Which messages are printed, what becomes of the others, and when that is over. */
import type { Message } from '@godwit/client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Reception } from '../../src/receiving/reception.ts'
import type { ReceptionFlags } from '../../src/receiving/reception.ts'
import { choose } from '../../src/receiving/selection.ts'
import { ServerBrake } from '../../src/receiving/server-brake.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

interface Told extends Message {
  readonly acknowledged: () => number
}

function message(topic: string, rest: Partial<Message> = {}): Told {
  let acknowledged = 0
  return {
    topic,
    payload: Buffer.from('x'),
    qos: 1,
    retain: false,
    dup: false,
    packetId: 1,
    properties: {},
    text: () => 'x',
    json: () => undefined,
    acknowledge: () => void (acknowledged += 1),
    acknowledged: () => acknowledged,
    ...rest,
  }
}

function reception(
  flags: ReceptionFlags,
  remove: (topic: string) => Promise<unknown> = async () => {},
) {
  const printed: string[] = []
  let slow: Promise<void> | undefined
  const running = new Reception({
    flags,
    printer: ({ topic }) => Buffer.from(topic),
    screen: {
      show: (render) => {
        printed.push(Buffer.from(render()).toString())
        return slow
      },
      close: () => {},
    },
    brake: new ServerBrake(),
    remove,
  })
  let isOver = false
  running.over.then(() => (isOver = true)).catch(() => {})
  return {
    take: (each: Message) => running.take(each),
    over: running.over,
    settled: () => running.settled(),
    printed,
    isOver: () => isOver,
    slowDown: (promise: Promise<void>) => {
      slow = promise
    },
  }
}

describe('a choice', () => {
  it.each([
    [{}, 'print'],
    [{ exclude: ['a/+'] }, 'exclude'],
    [{ exclude: ['b'] }, 'print'],
    [{ retainedOnly: true }, 'end'],
    [{ randomFilter: 50 }, 'skip'],
    [{ randomFilter: 51 }, 'print'],
  ] as const)('by %j of a fresh message is to %s', (flags, choice) => {
    expect(choose({ topic: 'a/b', retain: false }, flags, () => 0.5)).toBe(choice)
  })

  it.each([
    [{ retained: false }, 'skip'],
    [{ retainedOnly: true }, 'print'],
    [{ retained: false, exclude: ['#'] }, 'exclude'],
  ] as const)('by %j of a retained message is to %s', (flags, choice) => {
    expect(choose({ topic: 'a/b', retain: true }, flags)).toBe(choice)
  })
})

describe('a reception', () => {
  it('prints and acknowledges, until there were enough', async () => {
    const running = reception({ count: 2, exclude: ['no'] })
    const all = ['a', 'no', 'b', 'c'].map((topic) => message(topic))
    for (const each of all.slice(0, 3)) expect(running.take(each)).toBeUndefined()
    expect(running.take(all[3]!)).toBeInstanceOf(Promise)
    await running.over
    expect(running.printed).toEqual(['a', 'b'])
    // What came behind the last is left to a session that goes on.
    expect(all.map((each) => each.acknowledged())).toEqual([1, 1, 1, 0])
  })

  it('asks for patience while the output is slow', async () => {
    const running = reception({})
    let ready = (): void => {}
    running.slowDown(
      new Promise((resolve) => {
        ready = resolve
      }),
    )
    const slow = running.take(message('a'))
    expect(slow).toBeInstanceOf(Promise)
    ready()
    await slow
  })

  it('removes what is retained, unless it is excluded', async () => {
    const removed: string[] = []
    const flags = { removeRetained: true, retained: false, exclude: ['keep'] }
    const running = reception(flags, async (topic) => removed.push(topic))
    for (const topic of ['a', 'keep', 'b']) await running.take(message(topic, { retain: true }))
    await running.take(message('fresh'))
    await running.settled()
    expect({ removed, printed: running.printed }).toEqual({
      removed: ['a', 'b'],
      printed: ['fresh'],
    })
  })

  it('does not take its own removals for something new, and ends when it is quiet', async () => {
    const running = reception({ removeRetained: true, retainedOnly: true })
    await running.take(message('a', { retain: true }))
    const echo = message('a', { payload: new Uint8Array() })
    void running.take(echo)
    await vi.advanceTimersByTimeAsync(999)
    expect({ isOver: running.isOver(), acknowledged: echo.acknowledged() }).toEqual({
      isOver: false,
      acknowledged: 1,
    })
    await running.take(message('b', { retain: true }))
    await vi.advanceTimersByTimeAsync(999)
    expect(running.isOver()).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(running.isOver()).toBe(true)
    expect(running.printed).toEqual(['a', 'b'])
  })

  it('ends at what is new, and not retained', async () => {
    const running = reception({ removeRetained: true, retainedOnly: true })
    await running.take(message('a', { retain: true }))
    void running.take(message('a'))
    await running.over
    expect(running.printed).toEqual(['a'])
    await running.settled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('fails with the first removal that does', async () => {
    const running = reception({ removeRetained: true }, async () => {
      throw new Error('not allowed')
    })
    await running.take(message('a', { retain: true }))
    await expect(running.over).rejects.toThrow('not allowed')
  })
})
