/** What happened to one message, line by line: for whoever has to find out why. */
import { matches } from './filter.ts'
import type { History, Message, Violation, Will } from './history.ts'

/** One moment. */
interface Moment {
  readonly at: number
  readonly what: string
}

/**
 * The moments of the message and of the session that a violation is about, and what was done to the
 * broker meanwhile, in order. Nothing if it is about neither.
 */
export function timelineOf(
  history: History,
  { key, session }: Pick<Violation, 'key' | 'session'>,
): readonly string[] {
  const blows = history.blows.map(({ at, what }) => ({ at, what: `-- ${what} --` }))
  const own = [...momentsAbout(history, key), ...momentsOfSession(history, key, session)]
  return own.length === 0 ? [] : [...own, ...blows].toSorted(byTime).map(lineOf)
}

function momentsAbout(history: History, key: string | undefined): readonly Moment[] {
  if (key === undefined) return []
  return [
    ...momentsOfMessage(history.messages.get(key)),
    ...momentsOfWill(history.wills.get(key)),
    ...momentsOfDeliveries(history.received, key, 'delivered to'),
    ...momentsOfDeliveries(history.replayed, key, 'sent as retained to'),
  ]
}

/** Its connections, and its subscriptions as far as they match the message. */
function momentsOfSession(
  history: History,
  key: string | undefined,
  session: string | undefined,
): readonly Moment[] {
  if (session === undefined) return []
  const [topic = ''] = key?.split(' ') ?? []
  const wishes = history.wishes.filter(
    (wish) => wish.session === session && matches(wish.filter, topic),
  )
  const resumptions = history.resumptions.filter((one) => one.session === session)
  return [
    ...wishes.flatMap(({ filter, askedAt, grantedAt, endingAt, endedAt }) => [
      { at: askedAt, what: `${session} asks for ${filter}` },
      ...moment(grantedAt, `${session} is granted ${filter} (SUBACK)`),
      ...moment(endingAt, `${session} gives up ${filter}`),
      ...moment(endedAt, `${session} has given up ${filter} (UNSUBACK)`),
    ]),
    ...resumptions.map(({ at, present }) => {
      return { at, what: `${session} connected, ${present ? 'session present' : 'no session'}` }
    }),
  ]
}

function byTime(one: Moment, other: Moment): number {
  return one.at - other.at
}

function lineOf({ at, what }: Moment): string {
  return `${at.toFixed(1).padStart(10)} ms  ${what}`
}

function momentsOfMessage(message: Message | undefined): readonly Moment[] {
  if (message === undefined) return []
  const { publisher, qos, retain, sent, acknowledgedAt, settledAt } = message
  const kind = `QoS ${qos}${retain ? ', retained' : ''}`
  return [
    ...sent.map((at, index) => ({
      at,
      what: `sent${index === 0 ? '' : ' again'} by ${publisher} (${kind})`,
    })),
    ...moment(acknowledgedAt, qos === 1 ? 'acknowledged (PUBACK)' : 'acknowledged (PUBREC)'),
    ...(qos === 1 ? [] : moment(settledAt, 'settled (PUBCOMP)')),
  ]
}

function momentsOfWill(will: Will | undefined): readonly Moment[] {
  if (will === undefined) return []
  const { publisher, qos, offeredAt, heldAt, lostAt, forgone } = will
  return [
    { at: offeredAt, what: `offered by ${publisher} as its Will (QoS ${qos})` },
    ...moment(heldAt, 'taken (CONNACK)'),
    ...moment(lostAt, 'connection lost'),
    ...(forgone ? moment(lostAt, 'taken back (DISCONNECT)') : []),
  ]
}

function momentsOfDeliveries(
  all: History['received'],
  key: string,
  verb: string,
): readonly Moment[] {
  return [...all].flatMap(([session, keys]) =>
    (keys.get(key) ?? []).map(({ at, qos }) => ({ at, what: `${verb} ${session} (QoS ${qos})` })),
  )
}

function moment(at: number | undefined, what: string): readonly Moment[] {
  return at === undefined ? [] : [{ at, what }]
}
