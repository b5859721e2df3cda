// One group of a Shared Subscription (§4.8.2), whatever its strategy: one member gets each message,
// and what happens when members refuse, are away or leave.

import { describe, expect, it } from 'vitest'
import { ShareGroup } from '../src/share-group.ts'
import type { ShareStrategy } from '../src/share-group.ts'
import {
  groupOf,
  membersNamed,
  messageTo,
  offersTo,
  RecordingMember,
  subscriptionTo,
} from './recording-member.ts'

const STRATEGIES: readonly ShareStrategy[] = [
  'round-robin',
  'sticky',
  'least-in-flight',
  'hash-topic',
]

describe.each(STRATEGIES)('a group that chooses by %s', (strategy) => {
  it('hands each message to exactly one member', () => {
    const members = membersNamed('a', 'b', 'c')
    const group = groupOf(strategy, members)
    for (let count = 1; count <= 10; count++) {
      expect(group.deliver(messageTo(`t/${count}`))).toBe(true)
      expect(offersTo(members)).toHaveLength(count)
    }
  })

  it('prefers members that are connected to those that are away', () => {
    for (const readiness of ['ready', 'slow'] as const) {
      const members = membersNamed('a', 'b', 'c')
      const group = groupOf(strategy, members)
      for (const member of members) member.readiness = 'away'
      members[1].readiness = readiness
      for (let count = 0; count < 5; count++) group.deliver(messageTo(`t/${count}`))
      expect(offersTo(members)).toEqual(['b', 'b', 'b', 'b', 'b'])
    }
  })

  it('lets a message above QoS 0 wait with one of those who are away', () => {
    const members = membersNamed('a', 'b')
    const group = groupOf(strategy, members)
    for (const member of members) member.readiness = 'away'
    expect(group.deliver(messageTo('t'))).toBe(true)
    expect(offersTo(members)).toHaveLength(1)
  })

  it('lets it wait with one that gets it above QoS 0', () => {
    const [a, b, c] = membersNamed('a', 'b', 'c')
    const group = new ShareGroup('t', strategy)
    group.add(a, subscriptionTo('$share/g/t', { qos: 0 }))
    group.add(b, subscriptionTo('$share/g/t', { qos: 1 }))
    group.add(c, subscriptionTo('$share/g/t', { qos: 0 }))
    for (const member of [a, b, c]) member.readiness = 'away'
    for (let count = 0; count < 3; count++) group.deliver(messageTo(`t/${count}`))
    expect(offersTo([a, b, c])).toEqual(['b', 'b', 'b'])
  })

  it('lets one member lose a message of QoS 0 where all are away', () => {
    const members = membersNamed('a', 'b', 'c')
    const group = groupOf(strategy, members)
    for (const member of members) member.readiness = 'away'
    expect(group.deliver(messageTo('t', 0))).toBe(true)
    expect(offersTo(members)).toHaveLength(1)
  })

  it('counts it once even if a member does not take what it would lose', () => {
    const cases = [
      { connected: 0, size: 1, asked: 1 },
      { connected: 0, size: 3, asked: 1 },
      { connected: 2, size: 4, asked: 3 },
      { connected: 5, size: 9, asked: 6 },
    ]
    for (const { connected, size, asked } of cases) {
      const members = Array.from({ length: size }, (_, index) => new Spoilsport(`${index}`))
      const group = groupOf(strategy, members)
      for (const member of members.slice(connected)) member.readiness = 'away'
      expect(group.deliver(messageTo('t', 0))).toBe(false)
      expect(offersTo(members)).toHaveLength(asked)
    }
  })

  it('asks every other member once when members refuse, connected ones first', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']
    const members = names.map((name) => new RecordingMember(name))
    const group = groupOf(strategy, members)
    members.forEach((member, index) => {
      member.takes = false
      member.readiness = index % 3 === 0 ? 'away' : 'ready'
    })
    expect(group.deliver(messageTo('t'))).toBe(false)
    const asked = members.flatMap(({ name, offered }) => offered.map(() => name))
    expect(asked).toEqual(names)
    members[0]!.takes = true
    expect(group.deliver(messageTo('t'))).toBe(true)
    expect(members.map(({ taken }) => taken.length)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0])
  })

  it('gives the message to the member on the terms of its subscription [MQTT-4.8.2-3]', () => {
    const [a, b] = membersNamed('a', 'b')
    const group = new ShareGroup('t', strategy)
    group.add(a, subscriptionTo('$share/g/t', { qos: 2, identifier: 7 }))
    group.add(b, subscriptionTo('$share/g/t', { qos: 0, retainAsPublished: true }))
    b.readiness = 'away'
    group.deliver(messageTo('t'))
    expect(a.taken[0]?.terms).toEqual({
      qos: 2,
      retainAsPublished: false,
      subscriptionIdentifiers: [7],
      share: group,
    })
    a.readiness = 'away'
    b.readiness = 'ready'
    group.deliver(messageTo('t'))
    expect(b.taken[0]?.terms).toEqual({
      qos: 0,
      retainAsPublished: true,
      subscriptionIdentifiers: undefined,
      share: group,
    })
  })

  it('gives what was taken to nobody else, whatever becomes of the taker', () => {
    const members = membersNamed('a', 'b')
    const group = groupOf(strategy, members)
    group.deliver(messageTo('t', 2))
    const [name] = offersTo(members)
    const taker = members.find((member) => member.name === name)!
    taker.readiness = 'away'
    group.remove(taker)
    expect(offersTo(members)).toEqual([name])
  })

  it('gives what a member left unacknowledged to another that is connected, when asked', () => {
    const members = membersNamed('a', 'b', 'c')
    const group = groupOf(strategy, members)
    const [a, b, c] = members
    for (const readiness of ['ready', 'slow'] as const) {
      b.readiness = 'away'
      c.readiness = readiness
      expect(group.redeliver(messageTo('t'), a)).toBe(true)
      expect(members.map((member) => member.takeTopics())).toEqual([[], [], ['t']])
    }
    c.readiness = 'away'
    expect(group.redeliver(messageTo('t'), a)).toBe(false)
    expect(offersTo(members)).toEqual([])
  })

  it('lets it wait with one who is away where the member is gone for good', () => {
    const members = membersNamed('a', 'b')
    const group = groupOf(strategy, members)
    for (const member of members) member.readiness = 'away'
    const message = messageTo('t')
    expect(group.redeliver(message, members[0])).toBe(false)
    expect(group.redeliver(message, members[0], true)).toBe(true)
    expect(offersTo(members)).toEqual(['b'])
  })

  it('gives it to nobody if the others refuse, and not back to who left it', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    const members = names.map((name) => new RecordingMember(name))
    const group = groupOf(strategy, members)
    for (const member of members) member.takes = false
    members[0]!.takes = true
    members[6]!.readiness = 'away'
    expect(group.redeliver(messageTo('t'), members[0]!)).toBe(false)
    expect(members.map(({ offered }) => offered.length)).toEqual([0, 1, 1, 1, 1, 1, 0])
  })

  it('offers nothing to members that are gone', () => {
    const members = membersNamed('a', 'b', 'c', 'd')
    const [a, b, c, d] = members
    const group = groupOf(strategy, members)
    for (const member of [a, c]) member.leave()
    for (const readiness of ['ready', 'slow', 'away'] as const) {
      b.readiness = readiness
      d.readiness = readiness
      for (const qos of [0, 1, 2] as const) {
        for (let count = 0; count < 5; count++) {
          expect(group.deliver(messageTo(`t/${count}`, qos))).toBe(true)
        }
      }
    }
    expect(group.isGone).toBe(false)
    b.leave()
    expect(group.redeliver(messageTo('t'), d, true)).toBe(false)
    d.takes = false
    expect(group.deliver(messageTo('t'))).toBe(false)
    expect([a, c].flatMap(({ offered }) => offered)).toEqual([])
  })

  it('is gone when all its members are', () => {
    const members = membersNamed('a', 'b', 'c')
    const group = groupOf(strategy, members)
    for (const member of members) {
      expect(group.isGone).toBe(false)
      member.leave()
    }
    expect(group.isGone).toBe(true)
    expect(group.deliver(messageTo('t', 0))).toBe(false)
    expect(group.deliver(messageTo('t'))).toBe(false)
    for (const member of members) group.remove(member)
    expect(group.isGone).toBe(true)
    expect(offersTo(members)).toEqual([])
  })

  it('takes it from a member that has left', () => {
    const members = membersNamed('a', 'b')
    const [a, b] = members
    const group = groupOf(strategy, members)
    expect(group.remove(a)).toBe(true)
    expect(group.remove(a)).toBe(false)
    expect(group.redeliver(messageTo('t'), a)).toBe(true)
    expect(b.takeTopics()).toEqual(['t'])
  })

  it('has members that subscribe and unsubscribe in the middle of a message', () => {
    const members = membersNamed('a', 'b', 'c', 'd', 'e', 'f')
    const group = groupOf(strategy, members)
    for (const member of members) {
      member.takes = false
      member.onOffer = () => group.remove(member)
    }
    expect(group.deliver(messageTo('t'))).toBe(false)
    expect(offersTo(members).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    expect(group.size).toBe(0)
    expect(group.deliver(messageTo('t'))).toBe(false)
    expect(group.redeliver(messageTo('t'), members[0])).toBe(false)
  })

  it('has members whose answer is another message to the group', () => {
    const members = membersNamed('a', 'b', 'c')
    const group = groupOf(strategy, members)
    for (const member of members) {
      member.takes = false
      member.onOffer = () => {
        member.onOffer = () => {}
        group.deliver(messageTo('nested'))
      }
    }
    members[2].takes = true
    expect(group.deliver(messageTo('t'))).toBe(true)
    expect(members[2].takeTopics().filter((topic) => topic === 't')).toEqual(['t'])
  })
})

/** Takes nothing at all, not even to lose it. */
class Spoilsport extends RecordingMember {
  override deliver(...[message, terms]: Parameters<RecordingMember['deliver']>): boolean {
    super.deliver(message, terms)
    return false
  }
}
