/** Retained Messages: the last one that was acknowledged, or a later one. */
import { matches } from '../filter.ts'
import { keyOf } from '../history.ts'
import type { History, Reading, Violation, Wish } from '../history.ts'
import { ownWishes } from './ownership.ts'

/**
 * The least sequence that a subscription to a filter has to be sent at a time, for each topic on
 * which a Retained Message was settled before.
 */
export function retainedFloors(
  history: History,
  filter: string,
  at: number,
): ReadonlyMap<string, number> {
  const floors = new Map<string, number>()
  for (const { topic, sequence, retain, settledAt = Infinity } of history.messages.values()) {
    if (!retain || settledAt >= at || !matches(filter, topic)) continue
    floors.set(topic, Math.max(sequence, floors.get(topic) ?? 0))
  }
  return floors
}

/** Whoever subscribes is sent, on each topic, the last acknowledged message or a later one. */
export function misretained(history: History): readonly Violation[] {
  const readings = history.readings.flatMap((reading) => misread(history, reading))
  const wishes = [...ownWishes(history).values()].flat()
  return [...readings, ...wishes.flatMap((wish) => missedBy(history, wish))]
}

function misread(history: History, reading: Reading): readonly Violation[] {
  const { reader, filter, askedAt, endedAt, found } = reading
  const outdated = [...retainedFloors(history, filter, askedAt)].flatMap(([topic, floor]) => {
    const sequence = found.get(topic)
    if (sequence !== undefined && sequence >= floor) return []
    const instead = sequence === undefined ? 'nothing' : `number ${sequence}`
    const sentence = `${reader} found ${instead} on ${topic}, where number ${floor} was settled`
    return [retained(topic, floor, sentence)]
  })
  const invented = [...found].flatMap(([topic, sequence]) => {
    const message = history.messages.get(keyOf({ topic, sequence }))
    if (message?.retain === true && (message.sent[0] ?? Infinity) < endedAt) return []
    const sentence = `${reader} found number ${sequence} on ${topic}, which nobody had retained`
    return [retained(topic, sequence, sentence)]
  })
  return [...outdated, ...invented]
}

/** A session that subscribes gets what is retained, even if the broker dies before it is sent. */
function missedBy(history: History, wish: Wish): readonly Violation[] {
  const { session, filter, askedAt, grantedAt, endingAt } = wish
  if (grantedAt === undefined || endingAt !== undefined) return []
  const floors = retainedFloors(history, filter, askedAt)
  if (floors.size === 0) return []
  const latest = latestOf(history, session)
  return [...floors].flatMap(([topic, floor]) => {
    if ((latest.get(topic) ?? 0) >= floor) return []
    const sentence = `${session} subscribed and was not sent number ${floor} retained on ${topic}`
    return [{ ...retained(topic, floor, sentence), session }]
  })
}

/** The greatest sequence of each topic that reached a session. */
function latestOf(history: History, session: string): ReadonlyMap<string, number> {
  const latest = new Map<string, number>()
  for (const deliveries of [history.received, history.replayed]) {
    for (const key of deliveries.get(session)?.keys() ?? []) {
      const { topic, sequence } = history.messages.get(key) ?? UNKNOWN
      latest.set(topic, Math.max(sequence, latest.get(topic) ?? 0))
    }
  }
  return latest
}

const UNKNOWN = { topic: '', sequence: 0 }

function retained(topic: string, sequence: number, sentence: string): Violation {
  return { kind: 'retained', key: keyOf({ topic, sequence }), sentence }
}
