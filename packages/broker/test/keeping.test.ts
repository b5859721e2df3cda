// The records of one session: what is written when, and that nobody else has written meanwhile.

import type { RecordOp, Table } from '@godwit/store'
import { expect, it } from 'vitest'
import { Keeping } from '../src/keeping.ts'
import type { ClientInfo } from '../src/observers.ts'
import {
  decodeProgress,
  decodeSession,
  decodeSubscription,
  encodeSession,
} from '../src/stored/index.ts'
import type { StoredProgress } from '../src/stored/index.ts'
import { openJournal } from './journal-world.ts'
import type { JournalWorld } from './journal-world.ts'
import { messageTo, subscriptionTo } from './recording-member.ts'

const WILL = { topic: 'w', payload: new Uint8Array(1), qos: 1, retain: false } as const

it('says who is connected, and who has left when', async () => {
  const { world, keeping, session } = await kept()
  keeping.connected({ expirySeconds: 60, will: WILL })
  await world.settle()
  expect(await session()).toMatchObject({
    clientId: 'c',
    number: 5,
    version: 5,
    username: 'bob',
    principal: 'Robert',
    expirySeconds: 60,
    leftAt: undefined,
    will: WILL,
  })
  keeping.left({ expirySeconds: 30, will: undefined }, 250)
  await world.settle()
  expect(await session()).toMatchObject({ expirySeconds: 30, leftAt: 1_000_250, will: undefined })
})

it('says that its will is published, once', async () => {
  const { world, keeping, session } = await kept()
  keeping.connected({ expirySeconds: 60, will: WILL })
  keeping.left({ expirySeconds: 60, will: WILL }, 0)
  await world.settle()
  keeping.willPublished()
  await world.settle()
  expect(await session()).toMatchObject({ expirySeconds: 60, leftAt: 1_000_000, will: undefined })
  const { commits } = world.journal.stats
  keeping.willPublished()
  await world.settle()
  expect(world.journal.stats.commits).toBe(commits)
})

it('writes how far it has come when it is asked to, and soon where that may wait', async () => {
  const { world, keeping, progress } = await kept()
  keeping.connected({ expirySeconds: 60, will: undefined })
  await world.settle()
  expect(await progress()).toBeUndefined()
  keeping.moved()
  await world.settle()
  expect(await progress()).toBeUndefined()
  world.clock.advance(1000)
  await world.settle()
  expect(await progress()).toEqual({ next: [7], inFlight: [] })
  keeping.commit()
  await world.settle()
  expect(world.journal.stats.commits).toBe(3)
})

it('of a session that is here for its will only writes nothing else', async () => {
  const { world, keeping, progress } = await kept()
  keeping.connected({ expirySeconds: 0, will: WILL })
  expect(keeping.outlives).toBe(false)
  keeping.commit()
  await world.settle()
  expect(await progress()).toBeUndefined()
})

it('keeps from which position on a subscription is valid, though it changes', async () => {
  const { world, keeping } = await kept()
  keeping.connected({ expirySeconds: 60, will: undefined })
  keeping.subscribed(subscriptionTo('a'), true)
  await world.settle()
  world.turn.begin()
  for (let n = 0; n < 3; n++) world.journal.enter(messageTo('a'))
  await world.settle()
  keeping.subscribed(subscriptionTo('a', { qos: 2, identifier: 9 }), false)
  keeping.subscribed(subscriptionTo('b/c'), false)
  await world.settle()
  const stored = async (filter: string): Promise<unknown> => {
    const record = await world.engine.records.get('subscriptions', `5/${filter}`)
    return record === undefined ? undefined : decodeSubscription(record.value)
  }
  expect(await stored('a')).toMatchObject({ qos: 2, identifier: 9, since: [1], replaying: false })
  expect(await stored('b/c')).toMatchObject({ qos: 1, since: [4] })
  expect([1, 3, 4].map((at) => keeping.isSince('b/c', at))).toEqual([false, false, true])
  expect([keeping.isSince('a', 1), keeping.isSince('other', 9)]).toEqual([true, false])
  keeping.unsubscribed('a')
  await world.settle()
  expect(await stored('a')).toBeUndefined()
  keeping.subscribed(subscriptionTo('a'), false)
  await world.settle()
  expect(await stored('a')).toMatchObject({ since: [4] })
})

it('keeps identifiers until they are released, and says whether they were kept', async () => {
  const { world, keeping } = await kept()
  keeping.received(7)
  await world.settle()
  expect(await world.engine.records.get('received', '5/7')).toBeDefined()
  expect([keeping.released(7), keeping.released(7), keeping.released(8)]).toEqual([
    true,
    false,
    false,
  ])
  await world.settle()
  expect(await world.engine.records.get('received', '5/7')).toBeUndefined()
})

it('leaves nothing behind when the session ends', async () => {
  const { world, keeping } = await kept()
  keeping.connected({ expirySeconds: 60, will: WILL })
  keeping.subscribed(subscriptionTo('a'), false)
  keeping.received(7)
  keeping.commit()
  await world.settle()
  keeping.end()
  keeping.willPublished()
  keeping.moved()
  keeping.commit()
  await world.settle()
  world.clock.advance(2000)
  await world.settle()
  expect(await keysOf(world)).toEqual([])
})

it('goes on with what is in the store', async () => {
  const { world, keeping, session, fences } = await kept()
  keeping.connected({ expirySeconds: 60, will: undefined })
  await world.settle()
  const record = await world.engine.records.get('sessions', 'c')
  const next = new Keeping(world.journal, 5, KEPT(fences))
  next.restored(decodeSession(record!.value), record!.revision)
  next.restoredSubscription({ ...subscriptionTo('a'), since: [3], replaying: false })
  next.restoredReceived(9)
  expect([next.outlives, next.isSince('a', 2), next.isSince('a', 3)]).toEqual([true, false, true])
  next.left({ expirySeconds: 60, will: undefined }, 10)
  next.left({ expirySeconds: 60, will: undefined }, 20)
  await world.settle()
  expect(await session()).toMatchObject({ leftAt: 1_000_020 })
  expect([next.released(9), fences]).toEqual([true, []])
})

it('tells the session when somebody else has written its record', async () => {
  const { world, keeping, fences } = await kept()
  keeping.connected({ expirySeconds: 60, will: undefined })
  await world.settle()
  const record = await world.engine.records.get('sessions', 'c')
  const other = encodeSession({ ...decodeSession(record!.value), number: 99 })
  await world.engine.commit([{ records: [{ table: 'sessions', key: 'c', value: other }] }])
  keeping.left({ expirySeconds: 60, will: undefined }, 10)
  await world.settle()
  expect(fences).toEqual(['fenced'])
  const after = await world.engine.records.get('sessions', 'c')
  expect(decodeSession(after!.value)).toMatchObject({ number: 99 })
})

const CLIENT: ClientInfo = {
  clientId: 'c',
  username: 'bob',
  principal: 'Robert',
  version: 5,
  remoteAddress: '',
}

const KEPT = (fences: string[]): ConstructorParameters<typeof Keeping>[2] => ({
  client: CLIENT,
  progress: () => ({ next: [7], inFlight: [] }),
  storeSubscription: () => {},
  fenced: () => void fences.push('fenced'),
})

async function kept(): Promise<{
  world: JournalWorld
  keeping: Keeping
  fences: string[]
  session: () => Promise<unknown>
  progress: () => Promise<StoredProgress | undefined>
}> {
  const world = await openJournal()
  const fences: string[] = []
  const keeping = new Keeping(world.journal, 5, KEPT(fences))
  const session = async (): Promise<unknown> =>
    decodeSession((await world.engine.records.get('sessions', 'c'))!.value)
  const progress = async (): Promise<StoredProgress | undefined> => {
    const record = await world.engine.records.get('progress', '5')
    return record === undefined ? undefined : decodeProgress(record.value)
  }
  return { world, keeping, fences, session, progress }
}

async function keysOf({ engine }: JournalWorld): Promise<readonly string[]> {
  const tables: readonly Table[] = ['sessions', 'subscriptions', 'progress', 'received']
  const keys: RecordOp['key'][] = []
  for (const table of tables) {
    for await (const records of engine.records.scan(table)) {
      keys.push(...records.map(({ key }) => `${table} ${key}`))
    }
  }
  return keys
}
