/** Sessions that are there after a restart, and Wills that are published after one. */
import { keyOf } from '../history.ts'
import type { History, Violation, Will, Wish } from '../history.ts'
import { ownWishes, wishesByTopic } from './ownership.ts'

/** CONNACK says that a session is present exactly when it was made before. */
export function forgotten(history: History): readonly Violation[] {
  return history.resumptions.flatMap(({ session, at, expected, present }) => {
    if (expected === undefined || expected === present) return []
    const what = expected ? 'had no session, though it had been given one' : 'had a session already'
    const sentence = `${session} ${what} (at ${Math.round(at)} ms)`
    return [{ kind: 'session', session, sentence }]
  })
}

/** The Will of every connection that was lost reaches every session that was subscribed then. */
export function unwilled(history: History): readonly Violation[] {
  const due = [...history.wills.values()].filter(isDue)
  return [...ownWishes(history)].flatMap(([session, wishes]) => {
    const wishesFor = wishesByTopic(wishes)
    const received = history.received.get(session)
    return due
      .filter((will) => {
        const owed = wishesFor(will.topic).some((wish) => isLasting(wish, will))
        return owed && received?.has(keyOf(will)) !== true
      })
      .map((will) => {
        const sentence = `The will ${keyOf(will)} never reached ${session}`
        return { kind: 'will', key: keyOf(will), session, sentence }
      })
  })
}

function isDue({ heldAt, lostAt, forgone }: Will): boolean {
  return heldAt !== undefined && lostAt !== undefined && !forgone
}

/** Whether a subscription was there before the connection was lost, and for good. */
function isLasting({ grantedAt, endingAt }: Wish, { lostAt }: Will): boolean {
  return (grantedAt ?? Infinity) < (lostAt ?? 0) && endingAt === undefined
}
