// What happens in a world whose broker is killed: who is there, and what they do, at random.

import type { ProtocolVersion, Subscription } from '@godwit/codec'
import type { MemoryEngineOptions } from '@godwit/store'
import * as fc from 'fast-check'

/** One thing that happens. */
export type Step =
  | {
      readonly do: 'publish'
      readonly who: number
      readonly topic: number
      readonly qos: 1 | 2
      readonly retain: boolean
      readonly empty: boolean
      readonly count: number
    }
  | { readonly do: 'connect' | 'cut' | 'leave' | 'clean' | 'freeze'; readonly who: number }
  | { readonly do: 'subscribe' | 'unsubscribe'; readonly who: number; readonly filter: number }
  | { readonly do: 'acknowledge'; readonly who: number; readonly count: number }
  | { readonly do: 'hold' }
  | { readonly do: 'release'; readonly groups: number }
  /** `turns` of the event loop; promises go on between them. */
  | { readonly do: 'turns'; readonly turns: number }
  | { readonly do: 'settle' }
  | { readonly do: 'wait'; readonly ms: number }
  | {
      readonly do: 'crash'
      readonly units: number
      readonly parts: number
      readonly awayMs: number
    }
  | { readonly do: 'restart'; readonly awayMs: number }

/** A client as it is from the beginning to the end. */
export interface ClientPlan {
  readonly id: string
  readonly version: ProtocolVersion
  readonly durable: boolean
  /** What it subscribes to as soon as it can, and never gives up. */
  readonly filters: readonly Subscription[]
  /** How much it takes unacknowledged. */
  readonly window: number
  /** It acknowledges when a step says so, and not at once. */
  readonly slow: boolean
  readonly will: { readonly delay: number; readonly qos: 1 | 2 } | undefined
}

/** A whole world. */
export interface WorldPlan {
  readonly engine: MemoryEngineOptions
  /** Client 0 gets everything, so that nothing is acknowledged before it is stored. */
  readonly anchored: boolean
  /** All clients connect at first, and not client 0 only. */
  readonly isBegun: boolean
  readonly clients: readonly ClientPlan[]
  readonly steps: readonly Step[]
}

/** Where is published to. */
export const TOPICS: readonly string[] = ['a/1', 'a/2', 'b', 's/1', 's/2']

/** What is subscribed to and given up. */
export const FILTERS: readonly Subscription[] = [
  wanted('a/1', 1),
  wanted('a/+', 2),
  wanted('b', 2),
  wanted('a/#', 2, true),
  wanted('+/1', 2),
]

/** What two clients share. */
const SHARE = '$share/g/s/#'

/** What every client before MQTT 5.0 takes unacknowledged. */
export const WINDOW_V3 = 3

/** Plans for engines of this shape, with so many steps at most. */
export function worldPlans(engine: MemoryEngineOptions, maxLength = 40): fc.Arbitrary<WorldPlan> {
  return fc
    .record({
      engine: fc.constant(engine),
      anchored: fc.boolean(),
      isBegun: fc.boolean(),
      clients: fc
        .tuple(plans(), fc.boolean())
        .map(([drawn, overlaps]) => clientsOf(drawn, overlaps)),
      steps: fc.array(steps(engine.atomic === 'key'), { minLength: 3, maxLength, size: 'max' }),
    })
    .map((plan) => ({
      ...plan,
      clients: plan.clients.map((client, at) =>
        at === 0 ? { ...client, filters: [wanted(plan.anchored ? '#' : 'a/#', 2)] } : client,
      ),
    }))
}

/** A plan with the least of everything, but for what differs by Client Identifier. */
export function smallPlan(
  engine: MemoryEngineOptions,
  steps: readonly Step[],
  differing: Readonly<Record<string, Partial<ClientPlan>>> = {},
  overlaps = false,
): WorldPlan {
  const least = { version: 5, window: 1, slow: false, will: undefined } as const
  const clients = clientsOf(
    Array.from({ length: 6 }, () => least),
    overlaps,
  ).map((client, at) => ({
    ...client,
    ...(at === 0 && { filters: [wanted('#', 2)] }),
    ...differing[client.id],
  }))
  return { engine, anchored: true, isBegun: true, clients, steps }
}

type Drawn = Pick<ClientPlan, 'version' | 'window' | 'slow' | 'will'>

function plans(): fc.Arbitrary<readonly Drawn[]> {
  const plan = fc.record<Drawn>({
    version: fc.constantFrom<ProtocolVersion>(4, 5),
    window: fc.integer({ min: 1, max: 4 }),
    slow: fc.boolean(),
    will: fc.option(
      fc.record({ delay: fc.constantFrom(0, 2, 30), qos: fc.constantFrom<(1 | 2)[]>(1, 2) }),
      { nil: undefined },
    ),
  })
  return fc.array(plan, { minLength: 6, maxLength: 6 })
}

function clientsOf(drawn: readonly Drawn[], overlaps: boolean): readonly ClientPlan[] {
  const member = [wanted(SHARE, 2), ...(overlaps ? [wanted('s/1', 2)] : [])]
  const rest: readonly Partial<ClientPlan>[] = [
    { filters: [] },
    { filters: [] },
    { version: 5, filters: [wanted('a/#', 2, true), wanted(SHARE, 2)] },
    { version: 5, filters: member },
    { durable: false, version: 5, filters: [] },
    { durable: false, version: 4, filters: [] },
  ]
  return drawn.map((one, at) => {
    const plan = { id: `c${at}`, durable: true, filters: [], ...one, ...rest[at] }
    // Before MQTT 5.0 there is no delay.
    const will = plan.version !== 5 && plan.will ? { ...plan.will, delay: 0 } : plan.will
    return { ...plan, will, window: plan.version === 5 ? plan.window : WINDOW_V3 }
  })
}

function steps(isTorn: boolean): fc.Arbitrary<Step> {
  const anybody = fc.integer({ min: 0, max: 5 })
  const subscriber = fc.integer({ min: 0, max: 3 })
  const small = fc.integer({ min: 1, max: 4 })
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('publish' as const),
        who: anybody,
        topic: fc.integer({ min: 0, max: TOPICS.length - 1 }),
        qos: fc.constantFrom<(1 | 2)[]>(1, 2),
        retain: fc.boolean(),
        empty: fc.constantFrom(false, false, true),
        count: fc.integer({ min: 1, max: 3 }),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constantFrom<('connect' | 'cut' | 'leave' | 'freeze')[]>(
          'connect',
          'connect',
          'cut',
          'leave',
          'freeze',
        ),
        who: anybody,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('clean' as const), who: fc.constant(1) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom<('subscribe' | 'unsubscribe')[]>(
          'subscribe',
          'subscribe',
          'unsubscribe',
        ),
        who: fc.integer({ min: 1, max: 2 }),
        filter: fc.integer({ min: 0, max: FILTERS.length - 1 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('acknowledge' as const),
        who: subscriber,
        count: small,
      }),
    },
    { weight: 3, arbitrary: fc.constant({ do: 'hold' as const }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('release' as const),
        groups: fc.constantFrom(1, 2, 1000),
      }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('turns' as const), turns: small }) },
    { weight: 6, arbitrary: fc.constant({ do: 'settle' as const }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        ms: fc.constantFrom(100, 1100, 4000),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('crash' as const),
        units: fc.integer({ min: 0, max: 4 }),
        parts: isTorn ? fc.integer({ min: 0, max: 6 }) : fc.constant(0),
        awayMs: fc.constantFrom(0, 0, 3000),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('restart' as const),
        awayMs: fc.constantFrom(0, 0, 3000),
      }),
    },
  )
}

function wanted(filter: string, qos: 1 | 2, noLocal = false): Subscription {
  return { filter, qos, noLocal, retainAsPublished: false, retainHandling: 0 }
}
