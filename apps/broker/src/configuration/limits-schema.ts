/** The schema of the limits, one key for each limit that the broker has. */
import { DEFAULT_LIMITS } from '@godwit/broker'
import type { BrokerLimits, Capabilities } from '@godwit/broker'
import { duration, flag, numberChoice, size, wholeNumber } from './leaves.ts'
import { LIMIT_TEXTS } from './limit-texts.ts'
import { group, optional } from './structure.ts'
import type { SchemaOf } from './structure.ts'

/** What differs from the limits of the broker. */
export function limits(): SchemaOf<Partial<BrokerLimits>> {
  return group(
    Object.fromEntries(
      Object.entries(DEFAULT_LIMITS)
        // What stop.timeoutMs says.
        .filter(([name]) => name !== 'closeTimeoutMs')
        .map(([name, fallback]) => [
          name,
          optional(limit(name), LIMIT_TEXTS.get(name) ?? name, {
            fallback: fallbackText(name, fallback),
          }),
        ]),
    ),
  )
}

function limit(name: string): SchemaOf<number> {
  if (name.endsWith('BytesMax')) return size(1, Number.MAX_SAFE_INTEGER)
  if (name.endsWith('Ms')) return duration('ms', 1, LIMIT_MAX)
  if (name.includes('Seconds')) return duration('s', 1, LIMIT_MAX)
  return wholeNumber(1, LIMIT_MAX)
}

/** What the broker takes at most for what is not bytes. */
const LIMIT_MAX = 2_147_483_647

function fallbackText(name: string, value: number): string {
  const units = name.endsWith('BytesMax')
    ? SIZES
    : name.endsWith('Ms')
      ? TIMES
      : name.includes('Seconds')
        ? TIMES.map(([unit, worth]) => [unit, worth / 1000] as const)
        : []
  const [unit, worth] = units.find(([, each]) => value >= each && value % each === 0) ?? ['', 1]
  return unit === '' ? value.toLocaleString('en') : `${value / worth} ${unit}`
}

const SIZES = [
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
] as const

const TIMES = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const

/** What is not offered to clients. */
export function capabilities(): SchemaOf<Partial<Capabilities>> {
  const restart = { fallback: 'true', needsRestart: true }
  return group({
    maximumQoS: optional(numberChoice([0, 1, 2]), 'The highest QoS', {
      fallback: '2',
      needsRestart: true,
    }),
    retainAvailable: optional(flag(), 'Retained messages', restart),
    wildcardSubscriptionAvailable: optional(flag(), 'Wildcards in subscriptions', restart),
    subscriptionIdentifierAvailable: optional(flag(), 'Subscription identifiers', restart),
    sharedSubscriptionAvailable: optional(flag(), 'Shared subscriptions', restart),
  })
}
