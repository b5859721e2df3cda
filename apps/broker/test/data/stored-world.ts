// A store with any content that a broker may leave behind, and what it means, independent of where
// things lie.

import * as fc from 'fast-check'
import {
  encodeEntry,
  encodeProgress,
  encodeRetained,
  encodeSession,
  encodeSubscription,
} from '@godwit/broker/stored'
import type {
  Audience,
  StoredProgress,
  StoredRetained,
  StoredSession,
  StoredSubscription,
} from '@godwit/broker/stored'
import { MemoryEngine, MemoryStorage } from '@godwit/store'
import type { Engine, RecordOp } from '@godwit/store'
import type { ExportLine, MessageLine } from '../../src/data/export-lines.ts'
import { exportLines } from '../../src/data/export.ts'
import { packetOf } from '../../src/data/line-messages.ts'

/** What a store holds. */
export interface World {
  readonly sessions: readonly WorldSession[]
  readonly log: readonly { readonly published: WorldMessage; readonly audience: Audience }[]
  readonly retained: readonly WorldMessage[]
}

interface WorldSession extends Omit<StoredSession, 'number' | 'principal'>, StoredProgress {
  readonly subscriptions: readonly StoredSubscription[]
  readonly received: readonly number[]
}

interface WorldMessage {
  readonly topic: string
  readonly stored: StoredRetained
}

const CLIENTS = ['a', 'b', 'c', '']
const FILTERS = ['#', 'a/#', 'a/+', 'b', '$share/g/a/#']
const VERSIONS = [3, 4, 5] as const
const INSTANT = fc.integer({ min: 0, max: 2 ** 42 })

const content = fc.record({
  topic: fc.constantFrom('a', 'a/b', 'b', '$a', 'é/\u2028'),
  retain: fc.boolean(),
  payload: fc.uint8Array({ maxLength: 6 }),
})

const properties = fc.record(
  {
    messageExpiryInterval: fc.integer({ min: 0, max: 0xffff_ffff }),
    contentType: fc.string({ maxLength: 3, unit: fc.constantFrom('a', '"', 'é', '😀') }),
    correlationData: fc.uint8Array({ maxLength: 3 }),
    userProperty: fc.array(fc.constantFrom(['k', 'v'], ['__proto__', '']), { maxLength: 2 }),
  },
  { requiredKeys: [] },
)

const published = fc
  .record({
    content,
    qos: fc.constantFrom(1 as const, 2 as const),
    properties,
    version: fc.constantFrom(...VERSIONS),
    publisher: fc.option(fc.constantFrom(...CLIENTS, 'stranger'), { nil: undefined }),
    receivedAt: INSTANT,
  })
  .map(({ content, qos, properties, version, publisher, receivedAt }) => {
    const { userProperty, ...others } = properties
    const some = userProperty === undefined || userProperty.length === 0 ? {} : { userProperty }
    const all = version === 5 ? { ...others, ...(some as object) } : {}
    const packet = packetOf({ ...content, qos, properties: all }, version)
    return { topic: content.topic, stored: { version, publisher, receivedAt, packet } }
  })

const identifiers = fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), {
  nil: undefined,
})

const audience: fc.Arbitrary<Audience> = fc.oneof(
  fc.record({
    type: fc.constant('subscribers' as const),
    chosen: fc.uniqueArray(
      fc.record({ filter: fc.constant('$share/g/a/#'), number: fc.integer({ min: 1, max: 5 }) }),
      { maxLength: 2, selector: ({ number }) => number },
    ),
  }),
  fc.record({
    type: fc.constant('session' as const),
    number: fc.integer({ min: 1, max: 5 }),
    qos: fc.constantFrom(1 as const, 2 as const),
    retain: fc.boolean(),
    subscriptionIdentifiers: identifiers,
  }),
)

const subscription = fc.record({
  filter: fc.constantFrom(...FILTERS),
  qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
  noLocal: fc.boolean(),
  retainAsPublished: fc.boolean(),
  retainHandling: fc.constantFrom(0 as const, 1 as const, 2 as const),
  replaying: fc.boolean(),
  identifier: fc.integer({ min: 1, max: 9 }),
  since: fc.array(fc.nat(12), { minLength: 3, maxLength: 3 }),
})

const exchange = fc.record({
  packetId: fc.integer({ min: 1, max: 0xffff }),
  qos: fc.constantFrom(1 as const, 2 as const),
  position: fc.nat(14),
  released: fc.boolean(),
  retain: fc.boolean(),
  subscriptionIdentifiers: identifiers,
})

const session = fc.record({
  clientId: fc.constantFrom(...CLIENTS),
  version: fc.constantFrom(...VERSIONS),
  username: fc.option(fc.string(), { nil: undefined }),
  expirySeconds: fc.constantFrom(0, 60, 0xffff_ffff),
  leftAt: fc.option(INSTANT, { nil: undefined }),
  will: fc.option(
    content.map((some) => ({ ...some, qos: 1 as const, properties: { willDelayInterval: 3 } })),
    { nil: undefined },
  ),
  subscriptions: fc.uniqueArray(subscription, { maxLength: 3, selector: ({ filter }) => filter }),
  next: fc.array(fc.nat(12), { minLength: 3, maxLength: 3 }),
  inFlight: fc.uniqueArray(exchange, { maxLength: 3, selector: ({ packetId }) => packetId }),
  received: fc.uniqueArray(fc.integer({ min: 1, max: 0xffff }), { maxLength: 3 }),
})

/** Any. */
export const WORLD: fc.Arbitrary<World> = fc.record({
  sessions: fc.uniqueArray(session, { maxLength: 4, selector: ({ clientId }) => clientId }),
  log: fc.array(fc.record({ published, audience }), { maxLength: 10 }),
  retained: fc.uniqueArray(published, { maxLength: 3, selector: ({ topic }) => topic }),
})

/** The same one each time, with a bit of everything. */
export function someWorld(): World {
  return fc.sample(WORLD, { numRuns: 1, seed: 3 })[0]!
}

/** A store in memory that holds it. */
export async function storeOf(
  { sessions, log, retained }: World,
  { shards = 1 }: { readonly shards?: number } = {},
): Promise<Engine> {
  const engine = await MemoryEngine.open(new MemoryStorage(), { shards })
  for (const { published, audience } of log) {
    const bytes = encodeEntry({ ...published.stored, audience })
    await engine.commit([{ appends: [{ topic: published.topic, bytes }] }])
  }
  const records = retained.map(({ topic, stored }): RecordOp => {
    return { table: 'retained', key: topic, value: encodeRetained(stored) }
  })
  for (const [index, session] of sessions.entries()) {
    records.push(...recordsOf(session, index + 1, shards))
  }
  await engine.commit([{ records }])
  return engine
}

/** Everything that a store exports. */
export async function exported(engine: Engine): Promise<readonly ExportLine[]> {
  const lines: ExportLine[] = []
  for await (const line of exportLines(engine, 'a test')) lines.push(line)
  return lines
}

/** What an export means, whatever numbers its messages have and however often each is there. */
export function meaningOf(lines: readonly ExportLine[]): unknown {
  const messages = new Map<number, Omit<MessageLine, 'id'>>()
  for (const line of lines) {
    if (line.type !== 'message') continue
    const { id, ...message } = line
    messages.set(id, message)
  }
  return lines.flatMap((line): readonly unknown[] => {
    if (line.type === 'message' || line.type === 'end') return []
    if (line.type === 'subscription') return [{ ...line, since: undefined }]
    if (line.type !== 'queued') return [line]
    const waiting = line.waiting.map(({ message, ...terms }) => {
      return { ...terms, share: undefined, message: messages.get(message) }
    })
    const inFlight = line.inFlight.map(({ message = 0, ...part }) => {
      return { ...part, message: messages.get(message) }
    })
    return [{ ...line, waiting, inFlight }]
  })
}

function recordsOf(session: WorldSession, number: number, shards: number) {
  const { subscriptions, next, inFlight, received, ...rest } = session
  const progress = { next: next.slice(0, shards), inFlight }
  return [
    {
      table: 'sessions',
      key: session.clientId,
      value: encodeSession({ ...rest, principal: rest.username, number }),
    },
    { table: 'progress', key: String(number), value: encodeProgress(progress) },
    ...subscriptions.map((held) => ({
      table: 'subscriptions' as const,
      key: `${number}/${held.filter}`,
      value: encodeSubscription({ ...held, since: held.since.slice(0, shards) }),
    })),
    ...received.map((packetId) => ({
      table: 'received' as const,
      key: `${number}/${packetId}`,
      value: new Uint8Array([1]),
    })),
  ] satisfies RecordOp[]
}
