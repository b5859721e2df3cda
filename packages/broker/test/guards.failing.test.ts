// A guard that throws, rejects, never answers or answers nonsense has refused, and that is counted
// and reported once.

/* oxlint-disable unicorn/no-thenable -- promises of other libraries are its subject */

import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import type { Guards } from '../src/index.ts'
import { inWords } from './lasting.ts'
import { connect, openWorld, publish, subscribe, VERSIONS } from './peer.ts'
import { SlowGuard } from './slow-guard.ts'

const BROKEN: readonly (readonly [string, () => unknown])[] = [
  ['throws', () => fail()],
  ['rejects', () => Promise.reject(new Error('broken'))],
  ['answers nothing', () => undefined],
  ['answers null', () => null],
  ['answers nothing later', () => Promise.resolve()],
  ['answers a text', () => 'yes'],
  ['answers a number that is no Reason Code', () => -1],
  ['answers Not a Number', () => Number.NaN],
  ['answers with a code that decides nothing', () => ReasonCode.Reauthenticate],
  ['answers an object without a Reason Code', () => ({ principal: 'root' })],
  ['rejects in the manner of another library', () => ({ then: (_: never, no: Refuse) => no('x') })],
  ['continues what has not begun', () => ReasonCode.ContinueAuthentication],
]

type Refuse = (reason: string) => void

describe.each(BROKEN)('an authenticate guard that %s', (_, authenticate) => {
  it.each(VERSIONS)('lets nobody of version %i in', async (version) => {
    const world = await broken({ authenticate })
    const { clock, broker, seen } = world
    const peer = world.dial(version)
    peer.send(connect({ version }))
    await clock.settled()
    expect(inWords(peer.take())).toEqual(['connack 0x88'])
    expect(seen.filter((line) => line.startsWith('fault'))).toHaveLength(1)
    expect(broker.stats()).toMatchObject({ guardFailures: 1, connections: 0, sessions: 0 })
  })
})

describe.each(BROKEN)('an authorize guard that %s', (_, authorize) => {
  it('refuses', async () => {
    const { clock, broker, client, seen } = await broken({ authorize })
    const peer = client('c')
    peer.send(subscribe('a'), publish('a', 'x', { qos: 1, packetId: 1 }))
    await clock.settled()
    expect(inWords(peer.take())).toEqual(['suback 1', 'puback 1 0x87'])
    expect(broker.stats()).toMatchObject({ guardFailures: 2, subscriptions: 0 })
    expect(seen.filter((line) => line.startsWith('fault'))).toHaveLength(2)
  })
})

it('a promise of another library is waited for, and not taken for an answer', async () => {
  const { clock, dial } = await broken({
    authenticate: () => ({ then: (yes: (code: number) => void) => yes(0x86) }),
    authorize: () => ({ then: (yes: (may: boolean) => void) => yes(true) }),
  })
  const peer = dial()
  peer.send(connect())
  await clock.settled()
  expect(inWords(peer.take())).toEqual(['connack 0x86'])
})

describe('a guard that never answers', () => {
  it.each(VERSIONS)('has refused a client of version %i after a while', async (version) => {
    const world = await openWorld({
      limits: { guardTimeoutMs: 1000 },
      guards: { authenticate: () => new Promise(() => {}) },
    })
    const { clock, broker, seen } = world
    const peer = world.dial(version)
    peer.send(connect({ version }))
    clock.advance(999)
    await clock.settled()
    expect(peer.take()).toEqual([])
    clock.advance(1)
    await clock.settled()
    expect(inWords(peer.take())).toEqual(['connack 0x88'])
    expect(seen).toEqual(['fault Error: A guard took over 1000 ms', 'refused memory 0x88'])
    expect(broker.stats().guardFailures).toBe(1)
  })

  it('has refused a message, and the next is asked about', async () => {
    const slow = new SlowGuard<unknown, boolean>()
    const { clock, broker, client } = await openWorld({
      limits: { guardTimeoutMs: 1000 },
      guards: { authorize: slow.guard },
    })
    const peer = client('c', { keepAlive: 1 })
    peer.send(
      publish('a', 'x', { qos: 1, packetId: 1 }),
      publish('a', 'y', { qos: 2, packetId: 2 }),
    )
    clock.advance(1000)
    await clock.settled()
    expect(inWords(peer.take())).toEqual(['puback 1 0x87'])
    slow.answer(0, true) // Too late, and nothing to do with the second.
    await clock.settled()
    expect(peer.take()).toEqual([])
    slow.answer(1, true)
    await clock.settled()
    expect(inWords(peer.take())).toEqual(['pubrec 2 0x10'])
    expect(broker.stats()).toMatchObject({ guardFailures: 1, publishesRefused: 1 })
  })

  it('is counted once, though it fails at last', async () => {
    const slow = new SlowGuard<unknown, boolean>()
    const { clock, broker, client, seen } = await openWorld({
      limits: { guardTimeoutMs: 1000 },
      guards: { authorize: slow.guard },
    })
    client('c').send(publish('a'))
    clock.advance(1000)
    slow.fail(0, new Error('at last'))
    await clock.settled()
    expect(broker.stats().guardFailures).toBe(1)
    expect(seen.join()).not.toContain('at last')
  })

  it('that answers in time is not timed out afterwards', async () => {
    const slow = new SlowGuard<unknown, boolean>()
    const { clock, broker, client } = await openWorld({ guards: { authorize: slow.guard } })
    client('c').send(publish('a'))
    slow.answer(0, true)
    await clock.settled()
    clock.advance(60_000)
    await clock.settled()
    expect(broker.stats().guardFailures).toBe(0)
  })
})

/** Guards as a program in JavaScript may have them. */
function broken(guards: { [K in keyof Guards]: () => unknown }): ReturnType<typeof openWorld> {
  return openWorld({ guards: guards as Guards })
}

function fail(): never {
  throw new Error('broken')
}
