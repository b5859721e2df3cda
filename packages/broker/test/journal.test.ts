// The journal: what gathers in a turn is committed at its end, one commit at a time, and nobody is
// told of anything before.

import type { RecordOp } from '@godwit/store'
import { describe, expect, it } from 'vitest'
import { openJournal } from './journal-world.ts'
import { messageTo } from './recording-member.ts'

describe('a message', () => {
  it('is entered once, however many sessions take it', async () => {
    const { journal, turn, settle } = await openJournal()
    turn.begin()
    const message = messageTo('a')
    const entry = journal.enter(message)
    expect(journal.enter(message)).toBe(entry)
    expect([entry.stage, entry.holders, entry.position]).toEqual(['gathered', 2, 0])
    await settle()
    expect([entry.stage, entry.position, entry.message]).toEqual(['durable', 1, undefined])
    expect(journal.stats).toMatchObject({ messages: 1, commits: 1 })
    journal.letGo(entry)
    journal.letGo(entry)
    journal.pages.flush()
    expect(journal.stats).toMatchObject({ messages: 0, bytes: 0 })
  })

  it('has an entry of its own where it is for one session only', async () => {
    const { journal, turn, settle } = await openJournal()
    turn.begin()
    const message = messageTo('a')
    const entry = journal.enter(message)
    const terms = { qos: 1, retain: true, subscriptionIdentifiers: undefined } as const
    const own = journal.address(message, { type: 'session', number: 7, ...terms })
    expect(own).not.toBe(entry)
    expect(journal.enter(message)).toBe(entry)
    await settle()
    const [first, second] = (await journal.read([1, 2])) ?? []
    expect(first?.audience).toEqual({ type: 'subscribers', chosen: [] })
    expect(second?.audience).toEqual({ type: 'session', number: 7, ...terms })
  })

  it('that was let go before it was stored leaves nothing behind', async () => {
    const { journal, turn, settle } = await openJournal()
    turn.begin()
    const entry = journal.enter(messageTo('a'))
    journal.letGo(entry)
    await settle()
    expect(journal.stats).toMatchObject({ messages: 0 })
  })

  it('is read as it was, with the time at which it came', async () => {
    const { journal, turn, settle } = await openJournal()
    turn.begin()
    journal.enter(messageTo('a/b', 2, 'publisher')).choose({ filter: '$share/g/#', number: 3 })
    await settle()
    const [found, missing] = (await journal.read([1, 2])) ?? []
    expect(missing).toBeUndefined()
    expect(found?.message).toMatchObject({ topic: 'a/b', publisher: 'publisher', receivedAt: 0 })
    expect(found?.audience).toEqual({
      type: 'subscribers',
      chosen: [{ filter: '$share/g/#', number: 3 }],
    })
  })
})

describe('a commit', () => {
  it('is one at a time: what gathers meanwhile goes with the next', async () => {
    const { journal, turn, settle, seen, storage, waiting } = await openJournal()
    storage.faults.hold()
    turn.begin()
    journal.enter(messageTo('a'))
    journal.when(waiting('first'))
    await settle()
    for (const name of ['second', 'third']) {
      journal.enter(messageTo('a'))
      journal.when(waiting(name))
      await settle()
    }
    expect([storage.outstanding, seen]).toEqual([1, []])
    storage.faults.release(1)
    await settle()
    expect([storage.outstanding, seen]).toEqual([1, ['durable first']])
    storage.faults.release()
    await settle()
    expect(seen).toEqual(['durable first', 'durable second', 'durable third'])
    expect(journal.stats).toMatchObject({ commits: 2, messages: 3 })
  })

  it('is none where there is nothing to write: who waits is told when the turn ends', async () => {
    const { journal, settle, seen, waiting } = await openJournal()
    journal.when(waiting('nothing'))
    expect(seen).toEqual([])
    await settle()
    expect(seen).toEqual(['durable nothing'])
    expect(journal.stats.commits).toBe(0)
  })

  it('tells everybody, though one of them throws', async () => {
    const { journal, settle, seen, waiting } = await openJournal()
    journal.when({
      durable: () => {
        throw new Error('not my day')
      },
    })
    journal.when(waiting('other'))
    await settle()
    expect(seen).toEqual(['fault Error: not my day', 'durable other'])
  })

  it('takes a record on condition, and says what became of it', async () => {
    const { journal, settle, seen } = await openJournal()
    const op: RecordOp = { table: 'sessions', key: 'a', value: new Uint8Array(1), ifRevision: 0 }
    const done = (revision: number | undefined): unknown =>
      seen.push(revision === undefined ? 'conflict' : 'written')
    journal.writeIf({ op, done })
    journal.write(setting('x', 1))
    await settle()
    journal.writeIf({ op, done })
    journal.write(setting('x', 2))
    await settle()
    expect(seen).toEqual(['written', 'conflict'])
    expect((await journal.engine.records.get('settings', 'x'))?.value).toEqual(new Uint8Array([2]))
  })
})

describe('a record that changes often', () => {
  it('is asked for once, when the commit is made', async () => {
    const { journal, settle, seen, recorded } = await openJournal()
    const one = recorded('one')
    journal.touch(one)
    journal.touchLater(one)
    journal.touch(one)
    await settle()
    expect(seen).toEqual(['recorded one'])
    await settle()
    expect(await journal.engine.records.get('settings', 'one')).toBeDefined()
  })

  it('is written within a second, if it may wait', async () => {
    const { journal, settle, seen, recorded, clock } = await openJournal()
    journal.touchLater(recorded('one'))
    clock.advance(999)
    await settle()
    expect(seen).toEqual([])
    clock.advance(1)
    await settle()
    expect(seen).toEqual(['recorded one'])
  })

  it('is one of many: they are spread over the seconds', async () => {
    const { journal, settle, seen, recorded, clock } = await openJournal()
    for (let n = 0; n < 2500; n++) journal.touchLater(recorded(String(n)))
    clock.advance(1000)
    await settle()
    expect(seen).toHaveLength(2000)
    clock.advance(1000)
    await settle()
    expect(seen).toHaveLength(2500)
  })

  it('is not written once it is forgotten', async () => {
    const { journal, settle, seen, recorded, clock } = await openJournal()
    const [now, later] = [recorded('now'), recorded('later')]
    journal.touch(now)
    journal.touchLater(later)
    journal.forget(now)
    journal.forget(later)
    clock.advance(2000)
    await settle()
    expect([seen, journal.stats.commits]).toEqual([[], 0])
  })
})

describe('where there is no room', () => {
  it('the entries are lost, and the records written later, before all others', async () => {
    const { journal, turn, settle, seen, storage, waiting, clock } = await openJournal()
    storage.faults.fail('full', { times: 3 })
    turn.begin()
    const entry = journal.enter(messageTo('a'))
    journal.write(setting('x', 1))
    journal.when(waiting('entry'))
    journal.when({ durable: () => seen.push('durable record') })
    await settle()
    expect(seen).toEqual(['store full', 'no room for entry'])
    expect([entry.stage, journal.isFull, journal.stats.isFull]).toEqual(['lost', true, true])
    journal.write(setting('x', 2))
    journal.when(waiting('second'))
    for (let round = 0; round < 3; round++) {
      clock.advance(200)
      await settle()
    }
    expect(seen.slice(2)).toEqual(['no room for second', 'durable record', 'store has room'])
    expect((await journal.engine.records.get('settings', 'x'))?.value).toEqual(new Uint8Array([2]))
    expect([journal.isFull, journal.stats.messages]).toEqual([false, 0])
  })

  it('a commit is tried again, though there is nothing to write', async () => {
    const { journal, turn, settle, seen, storage, clock } = await openJournal()
    storage.faults.fail('full')
    turn.begin()
    journal.enter(messageTo('a'))
    await settle()
    expect(journal.isFull).toBe(true)
    clock.advance(200)
    await settle()
    expect(seen).toEqual(['store full', 'store has room'])
  })

  it('conditional records keep their order', async () => {
    const { journal, settle, seen, storage, clock } = await openJournal()
    const write = (name: string, value: number, ifRevision?: number): void =>
      journal.writeIf({
        op: {
          table: 'sessions',
          key: 'a',
          value: new Uint8Array([value]),
          ...(ifRevision !== undefined && { ifRevision }),
        },
        done: (revision) => seen.push(`${name} ${revision}`),
      })
    storage.faults.fail('full')
    write('first', 1, 0)
    await settle()
    write('second', 2)
    clock.advance(200)
    await settle()
    expect(seen).toEqual(['store full', 'first 1', 'second 2', 'store has room'])
  })

  it('drain is done all the same', async () => {
    const { journal, settle, seen, storage, recorded } = await openJournal()
    storage.faults.fail('full', { times: Infinity })
    journal.touchLater(recorded('one'))
    const drained = journal.drain().then(() => seen.push('drained'))
    await settle()
    await drained
    expect(seen).toEqual(['recorded one', 'store full', 'drained'])
  })

  it('is also where the log is as long as it may be', async () => {
    const { journal, turn, settle } = await openJournal({ logBytesMax: 700 })
    turn.begin()
    const entries = [journal.enter(messageTo('a')), journal.enter(messageTo('a'))]
    expect(journal.isFull).toBe(false)
    journal.enter(messageTo('a'))
    expect(journal.isFull).toBe(true)
    await settle()
    expect(journal.isFull).toBe(true)
    for (const entry of entries) journal.letGo(entry)
    expect(journal.isFull).toBe(true)
  })
})

describe('a journal is behind', () => {
  it('while more waits to be durable than may', async () => {
    const { journal, turn, settle, storage } = await openJournal({ bytesMax: 700 })
    storage.faults.hold()
    turn.begin()
    journal.enter(messageTo('a'))
    await settle()
    expect(journal.isBehind).toBe(false)
    journal.enter(messageTo('a'))
    journal.enter(messageTo('a'))
    expect(journal.isBehind).toBe(true)
    storage.faults.release()
    await settle()
    expect(journal.isBehind).toBe(false)
  })
})

describe('where the store has failed', () => {
  it.each(['failed', 'unanswered'] as const)('nobody is told, ever again: %s', async (failure) => {
    const { journal, turn, settle, seen, storage, waiting, clock, recorded } = await openJournal()
    storage.faults.fail(failure)
    turn.begin()
    journal.enter(messageTo('a'))
    journal.when(waiting('entry'))
    await settle()
    journal.when(waiting('later'))
    journal.touchLater(recorded('one'))
    clock.advance(5000)
    await settle()
    await journal.drain()
    expect(seen).toEqual(['failed'])
    expect([journal.isDead, await journal.read([1])]).toEqual([true, undefined])
  })

  it('in reading, it is the same', async () => {
    const { journal, turn, settle, seen, storage, waiting } = await openJournal()
    turn.begin()
    journal.enter(messageTo('a'))
    await settle()
    storage.corruptEntry(1)
    expect(await journal.read([1])).toBeUndefined()
    expect(seen).toEqual(['failed'])
    journal.when(waiting('later'))
    await settle()
    expect([journal.isDead, seen]).toEqual([true, ['failed']])
  })
})

describe('a journal that is opened again', () => {
  it('goes on with numbers that none has had', async () => {
    const { journal, settle, storage } = await openJournal()
    expect([journal.newNumber(), journal.newNumber()]).toEqual([1, 2])
    await settle()
    storage.crash()
    const again = await openJournal({ storage })
    expect(again.journal.newNumber()).toBe(3)
  })

  it('goes on with a number behind those that are found in use', async () => {
    const { journal } = await openJournal()
    journal.found(7)
    journal.found(3)
    expect(journal.newNumber()).toBe(8)
  })

  it('knows where each shard ends', async () => {
    const { journal, turn, settle, storage } = await openJournal({ engine: { shards: 3 } })
    turn.begin()
    for (const topic of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) journal.enter(messageTo(topic))
    await settle()
    const ends = [...journal.ends]
    storage.crash()
    const again = await openJournal({ storage })
    expect(again.journal.ends).toEqual(ends)
    expect(ends.map((end, shard) => end % 3 === shard)).toEqual([true, true, true])
  })
})

it('drain writes what may wait, and waits for what is under way', async () => {
  const { journal, settle, seen, storage, recorded, waiting } = await openJournal()
  storage.faults.hold()
  journal.write(setting('x', 1))
  journal.when(waiting('x'))
  await settle()
  journal.touchLater(recorded('one'))
  const drained = journal.drain().then(() => seen.push('drained'))
  await settle()
  expect(seen).toEqual([])
  storage.faults.release()
  await settle()
  await drained
  expect(seen).toEqual(['durable x', 'recorded one', 'drained'])
  expect(await journal.engine.records.get('settings', 'one')).toBeDefined()
})

it('closed, it writes nothing more', async () => {
  const { journal, settle, seen, clock, recorded } = await openJournal()
  journal.touchLater(recorded('one'))
  journal.close()
  clock.advance(5000)
  await settle()
  expect(seen).toEqual([])
})

function setting(key: string, value: number): RecordOp {
  return { table: 'settings', key, value: new Uint8Array([value]) }
}
