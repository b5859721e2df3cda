// Whatever can happen to clients with lasting sessions and the broker between them, as data.

import type { ProtocolVersion, QoS, Subscription } from '@godwit/codec'
import * as fc from 'fast-check'
import type { BrokerLimits } from '../src/index.ts'
import type { ShareStrategy } from '../src/share-group.ts'
import type { ClientPlan } from './client-plan.ts'
import type { Wording } from './delivery-account.ts'

/** What is published on: to ordinary subscriptions, and to the groups g and h. */
export const TOPICS = ['o/a', 'o/b', 'g/a', 'h/a'] as const

/** Something that happens. */
export type Step =
  | { readonly do: 'publish'; readonly client: number; readonly wording: Wording }
  | { readonly do: 'settle'; readonly client: number; readonly index: number }
  /** anew: its session ends, and a new one begins; review: its rights have changed. */
  | { readonly do: 'cut' | 'leave' | 'anew' | 'review'; readonly client: number }
  | {
      /** travel: on the connection there is; resume and take-over: on a new one. */
      readonly do: 'travel' | 'resume' | 'take-over'
      readonly client: number
      readonly forth: number
      readonly back: number
    }
  | { readonly do: 'wait'; readonly ms: number }

/** A world, and what happens in it. */
export interface Scenario {
  readonly limits: Partial<BrokerLimits>
  readonly shareStrategy: ShareStrategy
  /** Whether a guard is asked about messages, which it allows: at once, or after a while. */
  readonly guard: 'none' | 'prompt' | 'slow'
  readonly clients: readonly ClientPlan[]
  readonly steps: readonly Step[]
}

/** Scenarios with a client of each of these versions. */
export function scenarios(versions: readonly ProtocolVersion[]): fc.Arbitrary<Scenario> {
  return fc.record({
    limits: fc.record({
      receiveMaximum: fc.integer({ min: 3, max: 6 }),
      inFlightMax: fc.integer({ min: 1, max: 4 }),
      inFlightMaxV3: fc.integer({ min: 1, max: 4 }),
      topicAliasOutboundMax: fc.integer({ min: 1, max: 3 }),
      outboxBytesMax: fc.constantFrom(100, 1000, 1_000_000),
    }),
    shareStrategy: fc.constantFrom<ShareStrategy[]>(
      'round-robin',
      'sticky',
      'least-in-flight',
      'hash-topic',
    ),
    guard: fc.constantFrom<Scenario['guard'][]>('none', 'none', 'prompt', 'slow'),
    clients: fc.tuple(...versions.map(clientPlan)),
    steps: fc.array(step(versions.length), { maxLength: 80, size: 'max' }),
  })
}

function clientPlan(version: ProtocolVersion): fc.Arbitrary<ClientPlan> {
  return fc.record({
    version: fc.constant(version),
    subscriptions: fc
      .tuple(
        ...['o/a', 'o/+', 'o/b', '$share/one/g/+', '$share/two/h/a'].map((filter) =>
          fc.option(subscription(filter, version), { nil: undefined }),
        ),
      )
      .map((subscriptions) => subscriptions.filter((one) => one !== undefined)),
    limits: fc.record({
      receiveMaximum: fc.integer({ min: 1, max: 4 }),
      inFlightMax: fc.integer({ min: 1, max: 5 }),
      topicAliasMaximum: fc.integer({ min: 0, max: 2 }),
    }),
    segmentBytes: fc.constantFrom(3, 16, 5000),
    highWaterMarkBytes: fc.constantFrom(1, 60, 65_536),
    settlesAtOnce: fc.boolean(),
  })
}

function subscription(filter: string, version: ProtocolVersion): fc.Arbitrary<Subscription> {
  const isVersion5 = version === 5
  return fc.record({
    filter: fc.constant(filter),
    qos: fc.constantFrom<QoS[]>(2, 2, 1, 0),
    noLocal: isVersion5 && !filter.startsWith('$') ? fc.boolean() : fc.constant(false),
    retainAsPublished: isVersion5 ? fc.boolean() : fc.constant(false),
    // Older clients cannot help it: whoever begins anew is sent what was retained.
    retainHandling: fc.constant(isVersion5 ? 2 : 0),
  })
}

function step(clients: number): fc.Arbitrary<Step> {
  const client = fc.nat({ max: clients - 1 })
  const segments = fc.constantFrom(0, 1, 2, 3, 5, 9, 20, 40, 1000)
  return fc.oneof(
    { weight: 10, arbitrary: fc.record({ do: fc.constant('publish' as const), client, wording }) },
    {
      weight: 12,
      arbitrary: fc.record({
        do: fc.constantFrom('travel', 'travel', 'travel', 'resume', 'resume', 'take-over'),
        client,
        forth: segments,
        back: segments,
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('settle' as const), client, index: fc.nat(5) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constantFrom(...BREAKS), client }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat({ max: 40_000 }) }),
    },
  )
}

const BREAKS = ['cut', 'cut', 'cut', 'leave', 'anew', 'review', 'review'] as const

const wording: fc.Arbitrary<Wording> = fc.record({
  topic: fc.constantFrom(...TOPICS),
  qos: fc.constantFrom<QoS[]>(2, 2, 1, 1, 0),
  retain: fc.boolean(),
  padding: fc.constantFrom(0, 0, 0, 100, 600),
})
