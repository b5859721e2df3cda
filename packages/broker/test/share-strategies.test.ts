// Whom each strategy of a Shared Subscription chooses among the members of its group.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ShareGroup } from '../src/share-group.ts'
import type { ShareMember } from '../src/share-group.ts'
import {
  groupOf,
  membersNamed,
  messageTo,
  offersTo,
  RecordingMember,
  subscriptionTo,
} from './recording-member.ts'

describe('round-robin', () => {
  it('takes turns in order of subscription', () => {
    const members = membersNamed('a', 'b', 'c')
    expect(choices(groupOf('round-robin', members), members, 7)).toBe('abcabca')
  })

  it('takes turns among those who are ready, else the slow, else those who are away', () => {
    const members = membersNamed('a', 'b', 'c', 'd')
    const [a, b, c, d] = members
    const group = groupOf('round-robin', members)
    a.readiness = 'slow'
    c.readiness = 'away'
    expect(choices(group, members, 4)).toBe('bdbd')
    b.readiness = 'slow'
    d.readiness = 'away'
    expect(choices(group, members, 4)).toBe('abab')
    a.readiness = 'away'
    b.readiness = 'away'
    expect(choices(group, members, 5)).toBe('cdabc')
  })

  it('seats who comes last at the end, wherever the turn is', () => {
    const members = membersNamed('a', 'b', 'c', 'd')
    const group = groupOf('round-robin', members.slice(0, 3))
    expect(choices(group, members, 1)).toBe('a')
    group.add(members[3], subscriptionTo('$share/g/t'))
    expect(choices(group, members, 5)).toBe('bcdab')
  })

  it('keeps the place of a member that subscribes again', () => {
    const members = membersNamed('a', 'b', 'c')
    const group = groupOf('round-robin', members)
    group.add(members[0], subscriptionTo('$share/g/t', { qos: 2 }))
    expect(group.size).toBe(3)
    expect(choices(group, members, 4)).toBe('abca')
    expect(members[0].offered[1]?.terms.qos).toBe(2)
  })

  it('goes on with the next when the one whose turn it is leaves', () => {
    const members = membersNamed('a', 'b', 'c')
    const group = groupOf('round-robin', members)
    expect(choices(group, members, 1)).toBe('a')
    group.remove(members[1])
    expect(choices(group, members, 3)).toBe('cac')
  })

  it('chooses whom a list that is walked from the front would choose', () => {
    fc.assert(
      fc.property(fc.array(steps(), { maxLength: 80 }), (sequence) => {
        const members = membersNamed('a', 'b', 'c', 'd', 'e', 'f')
        const group = new ShareGroup('t', 'round-robin')
        const model = new TurnModel()
        const found: string[] = []
        const wanted: string[] = []
        for (const { index, act } of sequence) {
          const member = members[index]!
          if (act === 'join') {
            group.add(member, subscriptionTo('$share/g/t'))
            model.add(member)
          } else if (act === 'leave') {
            found.push(`left: ${group.remove(member)}`)
            wanted.push(`left: ${model.remove(member)}`)
          } else if (act === 'deliver') {
            found.push(`${group.deliver(messageTo('t'))} ${offersTo(members).join()}`)
            const chosen = model.choose()
            wanted.push(chosen === undefined ? 'false ' : `true ${chosen.name}`)
          } else member.readiness = act
          for (const one of members) one.takeTopics()
          found.push(`size: ${group.size}`)
          wanted.push(`size: ${model.size}`)
        }
        expect(found).toEqual(wanted)
      }),
      { numRuns: 500 },
    )
  })
})

describe('sticky', () => {
  it('stays with the first until it is away, though it is slow', () => {
    const members = membersNamed('a', 'b', 'c')
    const [a, b] = members
    const group = groupOf('sticky', members)
    expect(choices(group, members, 3)).toBe('aaa')
    a.readiness = 'slow'
    expect(choices(group, members, 2)).toBe('aa')
    a.readiness = 'away'
    expect(choices(group, members, 2)).toBe('bb')
    a.readiness = 'ready'
    expect(choices(group, members, 2)).toBe('bb')
    group.remove(b)
    expect(choices(group, members, 2)).toBe('cc')
  })

  it('stays with one of those who are away until somebody is back', () => {
    const members = membersNamed('a', 'b', 'c')
    const group = groupOf('sticky', members)
    for (const member of members) member.readiness = 'away'
    expect(choices(group, members, 3)).toBe('aaa')
    members[2].readiness = 'slow'
    expect(choices(group, members, 2)).toBe('cc')
  })

  it('goes to another for good when it refuses', () => {
    const members = membersNamed('a', 'b')
    const group = groupOf('sticky', members)
    members[0].takes = false
    expect(group.deliver(messageTo('t'))).toBe(true)
    members[0].takes = true
    expect(group.deliver(messageTo('t'))).toBe(true)
    expect(members.map(({ taken }) => taken.length)).toEqual([0, 2])
  })
})

describe('least-in-flight', () => {
  it('chooses the one with the fewest messages, in turn among equals', () => {
    const members = membersNamed('a', 'b', 'c', 'd')
    const group = groupOf('least-in-flight', members)
    members.forEach((member, index) => (member.inFlight = [5, 2, 3, 2][index]!))
    expect(choices(group, members, 4)).toBe('bdbd')
    members[0].inFlight = 0
    members[2].inFlight = 0
    expect(choices(group, members, 4)).toBe('acac')
  })

  it('prefers a ready one with more to a slow one with fewer', () => {
    const members = membersNamed('a', 'b', 'c')
    const group = groupOf('least-in-flight', members)
    members[0].readiness = 'slow'
    members[1].inFlight = 9
    members[2].readiness = 'away'
    expect(choices(group, members, 2)).toBe('bb')
  })
})

describe('hash-topic', () => {
  it('chooses the same member for a Topic Name, though it is slow', () => {
    const members = membersNamed('a', 'b', 'c')
    const group = groupOf('hash-topic', members)
    const first = choicesByTopic(group, members)
    expect(new Set(first.values()).size).toBe(3)
    members[1].readiness = 'slow'
    expect(choicesByTopic(group, members)).toEqual(first)
  })

  it('moves only the Topic Names of a member that is gone, and back when it is back', () => {
    const members = membersNamed('a', 'b', 'c', 'd', 'e')
    const group = groupOf('hash-topic', members)
    const first = choicesByTopic(group, members)
    const gone = members[1]
    const moved = (): readonly (string | undefined)[] => {
      const now = choicesByTopic(group, members)
      expect([...now.values()]).not.toContain('b')
      return TOPICS.filter((topic) => now.get(topic) !== first.get(topic))
    }
    const its = TOPICS.filter((topic) => first.get(topic) === 'b')
    gone.readiness = 'away'
    expect(moved()).toEqual(its)
    gone.readiness = 'ready'
    expect(choicesByTopic(group, members)).toEqual(first)
    group.remove(gone)
    expect(moved()).toEqual(its)
    group.add(gone, subscriptionTo('$share/g/t'))
    expect(choicesByTopic(group, members)).toEqual(first)
  })

  it('gives every member about the same number of Topic Names', () => {
    const members = Array.from({ length: 10 }, (_, index) => new RecordingMember(`${index}`))
    const group = groupOf('hash-topic', members)
    for (let device = 0; device < 10_000; device++) group.deliver(messageTo(`d/${device}/temp`))
    const shares = members.map((member) => member.taken.length)
    expect(Math.min(...shares)).toBeGreaterThan(900)
    expect(Math.max(...shares)).toBeLessThan(1_100)
  })

  it('gives what was refused to the one that would have it without the first', () => {
    const members = membersNamed('a', 'b', 'c', 'd', 'e')
    const group = groupOf('hash-topic', members)
    members[1].readiness = 'away'
    const without = choicesByTopic(group, members)
    members[1].readiness = 'ready'
    members[1].takes = false
    for (const topic of TOPICS) {
      group.deliver(messageTo(topic))
      const taker = members.find((member) => member.takeTopics().length > 0)
      expect(taker?.name).toBe(without.get(topic))
    }
  })
})

const TOPICS = Array.from({ length: 64 }, (_, index) => `site/${index}/temperature`)

/** The turn as an array: whoever was chosen, and all before it, go to the back of the line. */
class TurnModel {
  #members: RecordingMember[] = []
  #next: RecordingMember | undefined

  get size(): number {
    return this.#members.length
  }

  add(member: RecordingMember): void {
    if (!this.#members.includes(member)) this.#members.push(member)
    this.#next ??= member
  }

  remove(member: RecordingMember): boolean {
    if (!this.#members.includes(member)) return false
    const after = this.#following(member)
    if (this.#next === member) this.#next = after === member ? undefined : after
    this.#members = this.#members.filter((one) => one !== member)
    return true
  }

  choose(): RecordingMember | undefined {
    const next = this.#next
    if (next === undefined) return undefined
    const at = this.#members.indexOf(next)
    const line = [...this.#members.slice(at), ...this.#members.slice(0, at)]
    const chosen = (['ready', 'slow', 'away'] as const)
      .map((readiness) => line.find((member) => member.readiness === readiness))
      .find((member) => member !== undefined)
    this.#next = chosen === undefined ? next : this.#following(chosen)
    return chosen
  }

  #following(member: RecordingMember): RecordingMember | undefined {
    return this.#members[(this.#members.indexOf(member) + 1) % this.#members.length]
  }
}

function steps(): fc.Arbitrary<{
  readonly index: number
  readonly act: 'join' | 'leave' | 'deliver' | ShareMember['readiness']
}> {
  return fc.record({
    index: fc.nat({ max: 5 }),
    act: fc.constantFrom('join', 'join', 'leave', 'deliver', 'deliver', 'ready', 'slow', 'away'),
  })
}

/** The names of those that take so many messages, one after the other. */
function choices(group: ShareGroup, members: readonly RecordingMember[], count: number): string {
  let names = ''
  for (let index = 0; index < count; index++) {
    const before = members.map(({ taken }) => taken.length)
    group.deliver(messageTo('t'))
    names += members.find(({ taken }, at) => taken.length > before[at]!)?.name ?? '-'
  }
  return names
}

function choicesByTopic(
  group: ShareGroup,
  members: readonly RecordingMember[],
): ReadonlyMap<string, string | undefined> {
  return new Map(
    TOPICS.map((topic) => {
      group.deliver(messageTo(topic))
      const taker = members.find((member) => member.takeTopics().length > 0)
      return [topic, taker?.name]
    }),
  )
}
