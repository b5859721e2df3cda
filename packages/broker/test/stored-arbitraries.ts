// Anything that can be stored.

import type { ProtocolVersion, WillMessage } from '@godwit/codec'
import { binaries, strings, topicFilters, willMessages } from '@godwit/codec/testing'
import * as fc from 'fast-check'
import type {
  Audience,
  StoredEntry,
  StoredExchange,
  StoredProgress,
  StoredRetained,
  StoredSession,
  StoredSubscription,
} from '../src/stored/index.ts'

/** Sessions, their Wills as a CONNECT of any version may have them. */
export function storedSessions(): fc.Arbitrary<StoredSession> {
  return plainRecord({
    clientId: strings(),
    number: numbers(),
    version: versions(),
    username: optional(strings()),
    principal: optional(strings(300)),
    expirySeconds: fc.oneof(fc.constantFrom(0, 0xffff_ffff), fc.nat(0xffff_ffff)),
    leftAt: optional(fc.maxSafeNat()),
    will: optional(wills()),
  })
}

/** Subscriptions with one position for each shard, of which there are any number. */
export function storedSubscriptions(): fc.Arbitrary<StoredSubscription> {
  const fields = {
    filter: topicFilters(),
    qos: fc.constantFrom(0, 1, 2),
    noLocal: fc.boolean(),
    retainAsPublished: fc.boolean(),
    retainHandling: fc.constantFrom(0, 1, 2),
    since: fc.array(positions()),
    replaying: fc.boolean(),
  }
  const plain = fc.record(fields, { noNullPrototype: true })
  const identified = fc.record({ ...fields, identifier: identifiers() }, { noNullPrototype: true })
  return fc.oneof(plain, identified)
}

/** Progress with positions near each other and far. */
export function storedProgress(): fc.Arbitrary<StoredProgress> {
  const exchange: fc.Arbitrary<StoredExchange> = plainRecord({
    packetId: fc.integer({ min: 1, max: 65_535 }),
    qos: fc.constantFrom(1, 2),
    position: positions(),
    released: fc.boolean(),
    retain: fc.boolean(),
    subscriptionIdentifiers: optional(fc.array(identifiers())),
  })
  return plainRecord({ next: fc.array(positions()), inFlight: fc.array(exchange) })
}

/** Entries for anyone. */
export function storedEntries(): fc.Arbitrary<StoredEntry> {
  const chosen = fc.array(plainRecord({ filter: topicFilters(), number: numbers() }))
  const toSubscribers = plainRecord({ type: fc.constant('subscribers' as const), chosen })
  const toSession = plainRecord({
    type: fc.constant('session' as const),
    number: numbers(),
    qos: fc.constantFrom(1, 2),
    retain: fc.boolean(),
    subscriptionIdentifiers: optional(fc.array(identifiers())),
  })
  const audience: fc.Arbitrary<Audience> = fc.oneof(toSubscribers, toSession)
  return plainRecord({ ...message(), audience })
}

/** Retained Messages. */
export function storedRetained(): fc.Arbitrary<StoredRetained> {
  return plainRecord(message())
}

interface MessageFields {
  readonly receivedAt: fc.Arbitrary<number>
  readonly publisher: fc.Arbitrary<string | undefined>
  readonly version: fc.Arbitrary<ProtocolVersion>
  readonly packet: fc.Arbitrary<Uint8Array>
}

function message(): MessageFields {
  return {
    receivedAt: fc.maxSafeNat(),
    publisher: optional(strings(300)),
    version: versions(),
    packet: binaries(),
  }
}

function wills(): fc.Arbitrary<WillMessage> {
  const withEmptyProperties = willMessages(4).map((will) => ({ ...will, properties: {} }))
  return fc.oneof(willMessages(3), willMessages(5), withEmptyProperties).map((will) => ({
    ...will,
    ...(will.properties === undefined ? {} : { properties: { ...will.properties } }),
  }))
}

function versions(): fc.Arbitrary<ProtocolVersion> {
  return fc.constantFrom(3, 4, 5)
}

function numbers(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: 1, max: 300 }),
    fc.maxSafeNat().map((n) => Math.max(1, n)),
  )
}

function positions(): fc.Arbitrary<number> {
  const edges = fc.constantFrom(2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1)
  return fc.oneof(fc.nat(300), edges, fc.maxSafeNat())
}

function identifiers(): fc.Arbitrary<number> {
  return fc.integer({ min: 1, max: 268_435_455 })
}

function optional<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(value, { nil: undefined })
}

function plainRecord<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true })
}
