// Whatever can happen to the lines of clients that publish and read, as data.

import type { ProtocolVersion, QoS } from '@godwit/codec'
import * as fc from 'fast-check'

/** What is published on. */
const TOPICS = ['t/a', 't/b'] as const

/** Something that happens. */
export type Step =
  | {
      readonly do: 'publish'
      readonly client: number
      readonly topic: string
      readonly qos: QoS
      readonly padding: number
    }
  | {
      readonly do: 'cut'
      readonly client: number
      readonly from: 'client' | 'broker'
      readonly afterBytes: number
    }
  | { readonly do: 'unplug' | 'plug' | 'freeze' | 'thaw'; readonly client: number }
  /** The program of the client takes so many more messages. */
  | { readonly do: 'read'; readonly client: number; readonly count: number }
  | { readonly do: 'turns'; readonly count: number }
  | { readonly do: 'pass'; readonly ms: number }

/** What a client is like. */
export interface Plan {
  readonly version: ProtocolVersion
  readonly qos: QoS
  readonly receiveMaximum: number
  readonly inFlightMax: number
  readonly topicAliasMaximum: number
  readonly messagesMax: number
}

/** A world, and what happens in it. */
export interface Scenario {
  readonly limits: { readonly receiveMaximum: number; readonly inFlightMax: number }
  readonly segmentBytes: number
  readonly plans: readonly Plan[]
  readonly steps: readonly Step[]
}

/** Scenarios with a client of each of these versions. */
export function scenarios(versions: readonly ProtocolVersion[]): fc.Arbitrary<Scenario> {
  return fc.record({
    limits: fc.record({
      receiveMaximum: fc.integer({ min: 2, max: 5 }),
      inFlightMax: fc.integer({ min: 1, max: 4 }),
    }),
    segmentBytes: fc.constantFrom(1, 7, 5_000),
    plans: fc.tuple(...versions.map(plan)),
    steps: fc.array(step(versions.length), { maxLength: 60, size: 'max' }),
  })
}

function plan(version: ProtocolVersion): fc.Arbitrary<Plan> {
  return fc.record({
    version: fc.constant(version),
    qos: fc.constantFrom<QoS[]>(2, 2, 1),
    receiveMaximum: fc.integer({ min: 1, max: 4 }),
    inFlightMax: fc.integer({ min: 1, max: 5 }),
    topicAliasMaximum: fc.integer({ min: 0, max: 2 }),
    messagesMax: fc.integer({ min: 1, max: 5 }),
  })
}

function step(clients: number): fc.Arbitrary<Step> {
  const client = fc.nat({ max: clients - 1 })
  const publish = fc.record({
    do: fc.constant('publish' as const),
    client,
    topic: fc.constantFrom(...TOPICS),
    qos: fc.constantFrom<QoS[]>(2, 2, 1, 1, 0),
    padding: fc.constantFrom(0, 0, 0, 300),
  })
  const cut = fc.record({
    do: fc.constant('cut' as const),
    client,
    from: fc.constantFrom('client' as const, 'broker' as const),
    afterBytes: fc.nat({ max: 60 }),
  })
  const change = fc.record({
    do: fc.constantFrom(...(['unplug', 'plug', 'plug', 'freeze', 'thaw', 'thaw'] as const)),
    client,
  })
  return fc.oneof(
    { weight: 10, arbitrary: publish },
    { weight: 5, arbitrary: cut },
    { weight: 3, arbitrary: change },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('read' as const), client, count: fc.nat(5) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('turns' as const), count: fc.nat(6) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(20_000) }),
    },
  )
}
