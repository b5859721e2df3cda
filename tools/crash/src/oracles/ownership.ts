/**
 * Which message is whose, by intervals: a broker passes a message on at some moment between its
 * first sending and the end of its exchange, and a subscription counts from some moment between
 * SUBSCRIBE and SUBACK to some moment between UNSUBSCRIBE and UNSUBACK.
 *
 *     message                      sent |=======| settled
 *     in force       granted |--------------------------| ending
 *     allowed     asked |-------------------------------------| ended
 *
 * What is owed must be delivered, what is allowed may be, and nothing else is. Owed is what came
 * while a subscription was in force that was never given up: with UNSUBSCRIBE a server may drop
 * what waits (§3.10.4).
 */
import { isShared, matches } from '../filter.ts'
import type { History, Message, Will, Wish } from '../history.ts'

/** Something that the broker was to pass on, and when it can have done so. */
export interface Passage {
  readonly topic: string
  readonly from: number
  readonly to: number
}

/** When a message can have been passed on. */
export function passageOf({ topic, sent, settledAt }: Message): Passage {
  return { topic, from: sent[0] ?? 0, to: settledAt ?? Infinity }
}

/** When a Will can have been: there is no telling when it was. */
export function passageOfWill({ topic, offeredAt }: Will): Passage {
  return { topic, from: offeredAt, to: Infinity }
}

/** Whether a subscription was in force all that time. */
export function isInForce(wish: Wish, { from, to }: Passage): boolean {
  return (wish.grantedAt ?? Infinity) < from && (wish.endingAt ?? Infinity) >= to
}

/** Whether what passed then must be delivered. */
export function isOwed(wish: Wish, passage: Passage): boolean {
  return isInForce(wish, passage) && wish.endingAt === undefined
}

/** Whether a subscription may have been in force for some of that time. */
export function isAllowed(wish: Wish, { from, to }: Passage): boolean {
  return wish.askedAt < to && (wish.endedAt ?? Infinity) > from
}

/** The wishes for what is the session's alone, by session. */
export function ownWishes(history: History): ReadonlyMap<string, readonly Wish[]> {
  return bySession(history.wishes.filter(({ filter }) => !isShared(filter)))
}

/** The wishes of the sessions that share, by filter. */
export function sharedWishes(history: History): ReadonlyMap<string, readonly Wish[]> {
  const shared = history.wishes.filter(({ filter }) => isShared(filter))
  return grouped(shared, ({ filter }) => filter)
}

/** All wishes, by session. */
export function bySession(wishes: readonly Wish[]): ReadonlyMap<string, readonly Wish[]> {
  return grouped(wishes, ({ session }) => session)
}

/** Those of some wishes whose filter matches, remembered for each topic. */
export function wishesByTopic(wishes: readonly Wish[]): (topic: string) => readonly Wish[] {
  const known = new Map<string, readonly Wish[]>()
  return (topic) => {
    const former = known.get(topic)
    if (former !== undefined) return former
    const found = wishes.filter(({ filter }) => matches(filter, topic))
    known.set(topic, found)
    return found
  }
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}
