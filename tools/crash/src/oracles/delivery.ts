/** What every session is owed, and what nobody may be sent. */
import { keyOf } from '../history.ts'
import type { Delivery, History, Message, Violation, Will, Wish } from '../history.ts'
import { bySession, isAllowed, isInForce, isOwed, ownWishes } from './ownership.ts'
import { passageOf, passageOfWill, sharedWishes, wishesByTopic } from './ownership.ts'
import type { Passage } from './ownership.ts'

/** Every acknowledged message reaches every session that was subscribed then. */
export function lost(history: History): readonly Violation[] {
  const acknowledged = acknowledgedOf(history)
  return [...ownWishes(history)].flatMap(([session, wishes]) => {
    const received = history.received.get(session)
    const wishesFor = wishesByTopic(wishes)
    return acknowledged
      .filter((message) => {
        const passage = passageOf(message)
        const owed = wishesFor(message.topic).some((wish) => isOwed(wish, passage))
        return owed && received?.has(keyOf(message)) !== true
      })
      .map((message) => ({ ...violation('lost', message, `never reached ${session}`), session }))
  })
}

/** Every acknowledged message reaches a member of every group; at QoS 2 only once. */
export function misshared(history: History): readonly Violation[] {
  const acknowledged = acknowledgedOf(history)
  return [...sharedWishes(history)].flatMap(([filter, wishes]) => {
    const wishesFor = wishesByTopic(wishes)
    const members = [...new Set(wishes.map(({ session }) => session))]
    return acknowledged.flatMap((message) => {
      const passage = passageOf(message)
      if (!wishesFor(message.topic).some((wish) => isOwed(wish, passage))) return []
      const deliveries = members.flatMap(
        (session) => history.received.get(session)?.get(keyOf(message)) ?? [],
      )
      return sharedVerdict(message, deliveries, filter)
    })
  })
}

/** What was published at QoS 2 and is delivered at QoS 2 comes once. Wills too. */
export function duplicated(history: History): readonly Violation[] {
  return [...history.received].flatMap(([session, keys]) =>
    [...keys].flatMap(([key, deliveries]) => {
      const times = deliveries.filter(({ qos }) => qos === 2).length
      if (times <= 1) return []
      const sentence = `${key} reached ${session} ${times} times`
      return [{ kind: 'duplicate', key, session, sentence }]
    }),
  )
}

/**
 * What is said on one topic arrives in order: those that come for the first time, for at QoS 1
 * they may be repeated later.
 */
export function disordered(history: History): readonly Violation[] {
  return [...ownWishes(history)].flatMap(([session, wishes]) => {
    const wishesFor = wishesByTopic(wishes)
    const greatest = new Map<string, number>()
    return [...(history.received.get(session)?.keys() ?? [])].flatMap((key) => {
      const message = history.messages.get(key)
      if (message === undefined) return []
      const { topic, sequence } = message
      // What crosses a SUBSCRIBE or UNSUBSCRIBE may come late: when its publisher repeats it.
      const passage = passageOf(message)
      if (!wishesFor(topic).some((wish) => isInForce(wish, passage))) return []
      const before = greatest.get(topic) ?? 0
      greatest.set(topic, Math.max(before, sequence))
      if (sequence > before) return []
      const what = `reached ${session} after number ${before}`
      return [{ ...violation('disorder', message, what), session }]
    })
  })
}

/** Nothing is delivered that was not published, that nobody asked for, or at another QoS. */
export function invented(history: History): readonly Violation[] {
  const wishes = bySession(history.wishes)
  return [...history.received].flatMap(([session, keys]) => {
    const wishesFor = wishesByTopic(wishes.get(session) ?? [])
    return [...keys].flatMap(([key, deliveries]) => {
      const sentence = inventionOf(history, key, deliveries, wishesFor)
      if (sentence === undefined) return []
      return [
        { kind: 'invented', key, session, sentence: `${key} reached ${session}, ${sentence}` },
      ]
    })
  })
}

function inventionOf(
  history: History,
  key: string,
  deliveries: readonly Delivery[],
  wishesFor: (topic: string) => readonly Wish[],
): string | undefined {
  const message = history.messages.get(key) ?? history.wills.get(key)
  if (message === undefined) return 'and nobody published it'
  const passage = passageIn(message)
  const allowed = wishesFor(message.topic).filter((wish) => isAllowed(wish, passage))
  if (allowed.length === 0) return 'which was not subscribed to it then'
  const fits = (qos: number): boolean =>
    allowed.some((wish) => Math.min(wish.qos, message.qos) === qos)
  const wrong = deliveries.find(({ qos }) => !fits(qos))
  return wrong === undefined ? undefined : `at QoS ${wrong.qos}, which is not what was agreed`
}

function passageIn(message: Message | Will): Passage {
  return 'sent' in message ? passageOf(message) : passageOfWill(message)
}

function sharedVerdict(
  message: Message,
  deliveries: readonly Delivery[],
  filter: string,
): readonly Violation[] {
  if (deliveries.length === 0) {
    return [violation('lost', message, `never reached a member of ${filter}`)]
  }
  const times = deliveries.filter(({ qos }) => qos === 2).length
  if (times <= 1) return []
  return [violation('duplicate', message, `reached members of ${filter} ${times} times`)]
}

function acknowledgedOf({ messages }: History): readonly Message[] {
  return [...messages.values()].filter(({ acknowledgedAt }) => acknowledgedAt !== undefined)
}

function violation(kind: Violation['kind'], message: Message, what: string): Violation {
  const key = keyOf(message)
  return { kind, key, sentence: `${key} ${what}` }
}
