/**
 * Who takes part in a round, and what is done to the broker meanwhile: all of it from chance with a
 * seed, before anything happens. When exactly it happens is up to the machine.
 *
 *     ROUND/t/PUBLISHER/qN   plain          ROUND/s/PUBLISHER/qN      for the shared group
 *     ROUND/r/PUBLISHER/qN   retained       ROUND/u/K/PUBLISHER/qN    for who comes and goes
 *     ROUND/w/CLIENT         wills
 *
 * Every topic has one publisher and one QoS. The filters of one session never overlap, for then
 * MQTT leaves open how often a message comes.
 */
import type { Random } from './random.ts'

/** A round. */
export interface RoundPlan {
  /** The first level of all its topics, and the start of all its Client Identifiers. */
  readonly name: string
  readonly publishers: readonly PublisherPlan[]
  readonly subscribers: readonly SubscriberPlan[]
  readonly wills: readonly WillPlan[]
  readonly strikes: readonly Strike[]
  /** How long the load goes on after the last strike, or at all. */
  readonly calmMs: number
  /** Whether the broker dies once more when everything is acknowledged. */
  readonly lastStrike: boolean
}

/** A publisher. */
export interface PublisherPlan {
  readonly clientId: string
  readonly version: 4 | 5
  /** The most that it leaves unacknowledged. */
  readonly window: number
  /** The most that it publishes in 20 ms. */
  readonly perTick: number
  readonly topics: readonly TopicPlan[]
}

/** A Topic Name, and how messages are published there. */
export interface TopicPlan {
  readonly name: string
  readonly qos: 1 | 2
  readonly retain: boolean
}

/** A subscriber. */
export interface SubscriberPlan {
  readonly clientId: string
  readonly version: 4 | 5
  readonly qos: 1 | 2
  /** What it subscribes to before the load, and never gives up. */
  readonly filters: readonly string[]
  /** What it subscribes to and gives up, again and again, under load. */
  readonly changing: readonly string[]
  readonly presence: 'away' | 'there' | 'restless'
  /** How long it keeps its answers back; 0 answers at once. */
  readonly answerDelayMs: number
  readonly receiveMaximum?: number
}

/** A client with a Will. */
export interface WillPlan {
  readonly clientId: string
  readonly version: 4 | 5
  readonly topic: string
  readonly qos: 1 | 2
  /** Whether the session outlives the connection. */
  readonly lasting: boolean
  /** 0 if there is no Will Delay Interval. */
  readonly delayS: number
}

/** A signal to the broker. */
export interface Strike {
  readonly signal: 'SIGKILL' | 'SIGTERM'
  readonly afterMs: number
  /** From when: the broker listens, or its process was made and may still be reading its log. */
  readonly from: 'listening' | 'spawned'
}

/** What a round is like. */
export interface Severity {
  /** The most strikes under load; 0 for a round without any. */
  readonly strikesMax: number
  /** The longest time from when the broker listens to a strike. */
  readonly strikeMsMax: number
  /** How long a round without strikes lasts. */
  readonly calmMs: number
}

/** Thinks a round up. */
export function planRound(name: string, severity: Severity, random: Random): RoundPlan {
  const struck = severity.strikesMax > 0
  return {
    name,
    publishers: publishersOf(name, random),
    subscribers: subscribersOf(name, random),
    wills: willsOf(name),
    strikes: struck ? strikesOf(severity, random) : [],
    calmMs: struck ? random.between(100, severity.calmMs) : severity.calmMs,
    lastStrike: struck && random.chance(LAST_STRIKE),
  }
}

const LAST_STRIKE = 0.7

function publishersOf(round: string, random: Random): readonly PublisherPlan[] {
  const kinds = [
    { version: 4, window: 1, qos: [1] },
    { version: 4, window: random.between(2, 50), qos: [1, 2] },
    { version: 5, window: 50, qos: [1] },
    { version: 5, window: random.between(2, 50), qos: [1, 2] },
    { version: 5, window: 50, qos: [2] },
  ] as const
  return kinds.map(({ version, window, qos }, index) => {
    const id = `p${index + 1}`
    const topics = qos.flatMap((qos) => topicsOf(round, id, qos))
    return { clientId: `${round}-${id}`, version, window, perTick: random.between(1, 4), topics }
  })
}

function topicsOf(round: string, publisher: string, qos: 1 | 2): readonly TopicPlan[] {
  const end = `${publisher}/q${qos}`
  const plain = ['t', 's', ...CHANGING.map((which) => `u/${which}`)]
  return [
    ...plain.map((family) => ({ name: `${round}/${family}/${end}`, qos, retain: false })),
    { name: `${round}/r/${end}`, qos, retain: true },
  ]
}

/** What comes and goes is subscribed to by number. */
const CHANGING = [1, 2, 3]

function subscribersOf(round: string, random: Random): readonly SubscriberPlan[] {
  const lasting = ['t', 'r', 'w'].map((family) => `${round}/${family}/#`)
  const shared = [`$share/group/${round}/s/#`]
  const changing = CHANGING.map((which) => `${round}/u/${which}/#`)
  const kinds = [
    { name: 'away', version: 4, qos: 1, presence: 'away', filters: lasting },
    { name: 'away', version: 5, qos: 2, presence: 'away', filters: lasting },
    { name: 'there', version: 4, qos: 2, presence: 'there', filters: lasting },
    { name: 'there', version: 5, qos: 1, presence: 'there', filters: lasting },
    { name: 'restless', version: 4, qos: 1, presence: 'restless', filters: lasting },
    { name: 'restless', version: 5, qos: 2, presence: 'restless', filters: lasting },
    { name: 'member', version: 5, qos: 2, presence: 'there', filters: shared },
    { name: 'member', version: 4, qos: 2, presence: 'restless', filters: shared },
    { name: 'member', version: 5, qos: 2, presence: 'restless', filters: shared },
    { name: 'fickle', version: 4, qos: 1, presence: 'there', changing },
    { name: 'fickle', version: 5, qos: 2, presence: 'restless', changing },
    { name: 'late', version: 5, qos: 2, presence: 'there' },
  ] as const
  return kinds.map(({ name, ...kind }, index) => ({
    filters: [],
    changing: [],
    ...kind,
    clientId: `${round}-${name}${index + 1}`,
    answerDelayMs: random.chance(SLOW_SHARE) ? random.between(1, SLOW_MS_MAX) : 0,
    ...(kind.version === 5 ? { receiveMaximum: random.pick(RECEIVE_MAXIMA) } : {}),
  }))
}

const SLOW_SHARE = 0.4
const SLOW_MS_MAX = 30
const RECEIVE_MAXIMA = [5, 20, 100, 65_535]

function willsOf(round: string): readonly WillPlan[] {
  const kinds = [
    { name: 'mortal', version: 4, qos: 1, lasting: false, delayS: 0 },
    { name: 'lasting', version: 5, qos: 2, lasting: true, delayS: 0 },
    { name: 'patient', version: 5, qos: 2, lasting: true, delayS: 1 },
  ] as const
  return kinds.map(({ name, ...kind }) => {
    const clientId = `${round}-${name}`
    return { ...kind, clientId, topic: `${round}/w/${clientId}` }
  })
}

function strikesOf({ strikesMax, strikeMsMax }: Severity, random: Random): readonly Strike[] {
  return Array.from({ length: random.between(1, strikesMax) }, (_, index) => {
    const signal = random.chance(ORDERLY_SHARE) ? 'SIGTERM' : 'SIGKILL'
    // A second death right after the first one, which may come in the middle of the recovery.
    return index > 0 && random.chance(IN_A_ROW)
      ? { signal: 'SIGKILL', afterMs: random.between(0, START_MS_MAX), from: 'spawned' }
      : { signal, afterMs: random.between(STRIKE_MS_MIN, strikeMsMax), from: 'listening' }
  })
}

const ORDERLY_SHARE = 0.15
const IN_A_ROW = 0.3
const STRIKE_MS_MIN = 200
/** About as long as a start takes. */
const START_MS_MAX = 600
