// The retained messages for a new subscription: one a step, as long as its client takes them.

import { VirtualClock } from '@godwit/transport/testing'
import { expect, it } from 'vitest'
import { Message } from '../src/message.ts'
import { Replay } from '../src/replay.ts'
import type { ReplayTarget } from '../src/replay.ts'
import { Retained } from '../src/retained.ts'
import type { RouteTerms } from '../src/route.ts'
import { wheelOn } from './wheel.ts'

it('delivers one message a step, with the terms of the subscription, and says when it is over', () => {
  const { replay, target } = world(['a/b', 'a/c', 'x'])
  expect(replay.filter).toBe('a/+')
  expect(replay.step()).toBe(true)
  expect(target.got).toHaveLength(1)
  expect(replay.step()).toBe(true)
  expect(target.got.toSorted()).toEqual(['a/b 1', 'a/c 1'])
  expect(target.over).toEqual([])
  expect(replay.step()).toBe(false)
  expect(target.over).toEqual([replay])
  expect(target.terms).toEqual([TERMS, TERMS])
})

it('is over at once where nothing matches', () => {
  const { replay, target } = world(['x'])
  expect(replay.step()).toBe(false)
  expect(target).toMatchObject({ got: [], over: [replay] })
})

it('keeps its place while there is no room', () => {
  const { replay, target } = world(['a/b', 'a/c', 'a/d'])
  target.canReplay = false
  expect(replay.step()).toBe(false)
  target.canReplay = true
  expect(replay.step()).toBe(true)
  target.canReplay = false
  expect(replay.step()).toBe(false)
  expect(replay.step()).toBe(false)
  expect(target.got).toHaveLength(1)
  target.canReplay = true
  run(replay)
  expect(target.got.toSorted()).toEqual(['a/b 1', 'a/c 1', 'a/d 1'])
  expect(target.over).toEqual([replay])
})

it('delivers nothing more and says nothing once it is cancelled', () => {
  const { replay, target } = world(['a/b', 'a/c'])
  replay.step()
  replay.cancel()
  expect(replay.step()).toBe(false)
  expect(target.got).toHaveLength(1)
  expect(target.over).toEqual([])
})

it('goes on where it finds nothing for a while, and delivers nothing then', () => {
  const others = Array.from({ length: 1_000 }, (_, at) => `${at}/x`)
  const { replay, target } = world([...others, 'a/b'], '+/b')
  let steps = 0
  while (replay.step()) steps++
  expect(target.got).toEqual(['a/b 1'])
  expect(steps).toBeGreaterThan(30)
  expect(target.over).toEqual([replay])
})

it('may be cancelled by the delivery of a message', () => {
  const { replay, target } = world(['a/b', 'a/c'])
  target.onDelivery = () => replay.cancel()
  expect(replay.step()).toBe(true)
  expect(replay.step()).toBe(false)
  expect(target.got).toHaveLength(1)
})

it('says only once that it is over', () => {
  const { replay, target } = world([])
  run(replay)
  run(replay)
  expect(target.over).toEqual([replay])
})

it('leaves out what expires before its turn, also while there is no room [MQTT-3.3.2-5]', () => {
  const { replay, target, retained, clock } = world(['a/b'])
  for (const topic of ['a/c', 'a/d']) retained.put(messageOn(topic, 5))
  target.canReplay = false
  expect(replay.step()).toBe(false)
  clock.advance(5_000)
  target.canReplay = true
  run(replay)
  expect(target.got).toEqual(['a/b 1'])
})

it('delivers what a topic has when its turn comes', () => {
  const { replay, target, retained } = world(['a/b', 'a/c', 'a/d'])
  replay.step()
  const [first = ''] = target.got
  const [replaced = '', removed = ''] = ['a/b', 'a/c', 'a/d'].filter((one) => `${one} 1` !== first)
  retained.put(messageOn(replaced, undefined, '2'))
  retained.delete(removed)
  run(replay)
  expect(target.got).toEqual([first, `${replaced} 2`])
})

const TERMS: RouteTerms = {
  qos: 1,
  retainAsPublished: false,
  subscriptionIdentifiers: [7],
  share: undefined,
}

interface World {
  readonly clock: VirtualClock
  readonly retained: Retained
  readonly target: NotingTarget
  readonly replay: Replay
}

/** A replay of messages on these topics. */
function world(topics: readonly string[], filter = 'a/+'): World {
  const clock = new VirtualClock()
  const limits = { retainedMessagesMax: 10_000, retainedBytesMax: 10_000_000 }
  const retained = new Retained(limits, wheelOn(clock))
  for (const topic of topics) retained.put(messageOn(topic))
  const target = new NotingTarget()
  const replay = new Replay(target, retained, filter, TERMS, () => clock.now())
  return { clock, retained, target, replay }
}

/** Runs it until it stops. */
function run(replay: Replay): void {
  for (let steps = 0; replay.step(); steps++) expect(steps).toBeLessThan(100)
}

function messageOn(topic: string, messageExpiryInterval?: number, text = '1'): Message {
  const properties = messageExpiryInterval === undefined ? {} : { messageExpiryInterval }
  const common = { type: 'publish', dup: false, qos: 0, packetId: 0, retain: true } as const
  return new Message({ ...common, topic, payload: Buffer.from(text), properties }, 0, undefined)
}

/** A session that notes what it gets. */
class NotingTarget implements ReplayTarget {
  canReplay = true
  onDelivery = (): void => {}
  readonly got: string[] = []
  readonly terms: RouteTerms[] = []
  readonly over: Replay[] = []

  deliverRetained({ topic, payload }: Message, terms: RouteTerms): void {
    this.got.push(`${topic} ${Buffer.from(payload).toString()}`)
    this.terms.push(terms)
    this.onDelivery()
  }

  replayed(replay: Replay): void {
    this.over.push(replay)
  }
}
