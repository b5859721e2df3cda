// The end of a stored backlog: what was shared goes to others, the rest is let go, in slices.

import { expect, it } from 'vitest'
import type { RouteTerms } from '../src/route.ts'
import { StoredBacklog } from '../src/stored-backlog.ts'
import { StoredRelease } from '../src/stored-release.ts'
import { openJournal } from './journal-world.ts'
import type { JournalWorld } from './journal-world.ts'
import { groupOf, membersNamed, messageTo } from './recording-member.ts'

const PLAIN: RouteTerms = {
  qos: 1,
  retainAsPublished: false,
  subscriptionIdentifiers: undefined,
  share: undefined,
}

it('what nobody else is to have is let go, a few at a time', async () => {
  const world = await withLog(200)
  const [gone] = membersNamed('gone')
  const release = new StoredRelease(world.journal, NO_CHORES, gone, backlogOf(world, 200, PLAIN))
  expect([release.step(), release.step(), release.step(), release.step()]).toEqual([
    true,
    true,
    true,
    false,
  ])
  world.journal.pages.flush()
  expect(world.journal.stats).toMatchObject({ messages: 0 })
})

it('what was shared goes to another member, away or not, and is let go then', async () => {
  const world = await withLog(3)
  const [gone, other] = membersNamed('gone', 'other')
  other.readiness = 'away'
  const share = groupOf('round-robin', [gone, other])
  gone.leave()
  const release = new StoredRelease(
    world.journal,
    NO_CHORES,
    gone,
    backlogOf(world, 3, { ...PLAIN, share }),
  )
  expect(release.step()).toBe(false)
  expect(other.taken).toEqual([])
  await world.settle()
  expect(other.takeTopics()).toEqual(['1', '2', '3'])
  expect(world.journal.stats).toMatchObject({ messages: 0 })
})

it('what was shared is let go, too, where nobody takes it', async () => {
  const world = await withLog(3)
  const [gone] = membersNamed('gone')
  const share = groupOf('round-robin', [gone])
  gone.leave()
  gone.takes = false
  new StoredRelease(world.journal, NO_CHORES, gone, backlogOf(world, 3, { ...PLAIN, share })).step()
  await world.settle()
  expect(world.journal.stats).toMatchObject({ messages: 0 })
})

it('what was shared is not let go before it is stored for who has it', async () => {
  const world = await withLog(1)
  const [gone, other] = membersNamed('gone', 'other')
  const share = groupOf('round-robin', [gone, other])
  gone.leave()
  other.onOffer = () => void world.journal.enter(messageTo('again'))
  world.storage.faults.hold()
  new StoredRelease(world.journal, NO_CHORES, gone, backlogOf(world, 1, { ...PLAIN, share })).step()
  await world.settle()
  expect([other.takeTopics(), world.journal.stats.messages]).toEqual([['1'], 1])
  world.storage.faults.release()
  await world.settle()
  expect(world.journal.pages.entries).toBe(2) // One page, of which the second is held.
})

const NO_CHORES = { add: () => {} }

async function withLog(messages: number): Promise<JournalWorld> {
  const world = await openJournal()
  world.turn.begin()
  for (let n = 1; n <= messages; n++) world.journal.enter(messageTo(String(n)))
  await world.settle()
  return world
}

function backlogOf({ journal }: JournalWorld, messages: number, terms: RouteTerms): StoredBacklog {
  const backlog = new StoredBacklog({
    read: (positions) => journal.read(positions),
    loaded: () => {},
  })
  for (let position = 1; position <= messages; position++) backlog.push(position, 10, terms)
  return backlog
}
