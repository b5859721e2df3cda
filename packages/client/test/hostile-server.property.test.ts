// Servers at random: whatever bytes come, the client says what went wrong as a ClientError, goes on
// when the server behaves or stands still for a reason, and can be closed.

import { encode } from '@godwit/codec'
import type { Packet } from '@godwit/codec'
import { chunkings, garbage, mutations, packets } from '@godwit/codec/testing'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Client } from '../src/client.ts'
import { ClientError } from '../src/errors.ts'
import { HostileWorld, rejectionsAreHandled, settledNow } from './hostile-world.ts'
import { ack, connack, disconnect, publish, suback, unsuback } from './server-packets.ts'

const RUNS = { numRuns: 200 }

/** What a server could rightly say to the client of these tests, in order. */
const CONVERSATION: readonly Packet[] = [
  connack({ properties: { topicAliasMaximum: 10, receiveMaximum: 5 } }),
  suback(1, 2),
  publish('a', 'one', { properties: { subscriptionIdentifier: [1], userProperty: [['k', 'v']] } }),
  publish('a', 'two', { qos: 1, packetId: 1, properties: { topicAlias: 1 } }),
  publish('', 'three', { qos: 2, packetId: 2, properties: { topicAlias: 1 } }),
  ack('pubrel', 2),
  ack('puback', 2),
  ack('pubrec', 3),
  ack('pubcomp', 3),
  { type: 'pingresp' },
  unsuback(4, 0),
  disconnect(0x8b),
]

describe('a server that speaks at random', { timeout: 120_000 }, () => {
  rejectionsAreHandled()

  it('instead of CONNACK', async () => {
    const property = fc.asyncProperty(chunked(garbage()), async (chunks) => {
      const world = await HostileWorld.begin({}, { silent: ['connect'] })
      expect(await faultsAfter(world, chunks)).toEqual([])
    })
    await fc.assert(property, RUNS)
  })

  it('after CONNACK', async () => {
    const property = fc.asyncProperty(chunked(garbage()), async (chunks) => {
      expect(await faultsAfter(await HostileWorld.begin(), chunks)).toEqual([])
    })
    await fc.assert(property, RUNS)
  })

  it.each([3, 4, 5] as const)('in whole packets of version %i', async (version) => {
    const said = fc.array(packets(version), { minLength: 1, maxLength: 5 })
    const property = fc.asyncProperty(said, async (packets) => {
      const world = await HostileWorld.begin({ versions: [version] })
      const chunks = packets.map((packet) => encode(packet, version))
      expect(await faultsAfter(world, chunks)).toEqual([])
    })
    await fc.assert(property, RUNS)
  })

  it('in a conversation that was right but for a few bytes', async () => {
    const whole = Buffer.concat(CONVERSATION.map((packet) => encode(packet, 5)))
    const property = fc.asyncProperty(chunked(mutations(whole)), async (chunks) => {
      const world = await HostileWorld.begin({}, { silent: ALL })
      expect(await faultsAfter(world, chunks)).toEqual([])
    })
    await fc.assert(property, RUNS)
  })

  it('in a conversation that was right but for its order', async () => {
    const said = fc.array(fc.constantFrom(...CONVERSATION), { minLength: 1, maxLength: 30 })
    const property = fc.asyncProperty(said, async (conversation) => {
      const world = await HostileWorld.begin({}, { silent: ALL })
      const chunks = [connack(), ...conversation].map((packet) => encode(packet, 5))
      expect(await faultsAfter(world, chunks)).toEqual([])
    })
    await fc.assert(property, RUNS)
  })
})

const ALL = [
  'connect',
  'subscribe',
  'unsubscribe',
  'publish',
  'pubrec',
  'pubrel',
  'pingreq',
] as const

/** The client is busy while the chunks come; then the server behaves. What it did wrong. */
async function faultsAfter(world: HostileWorld, chunks: readonly Uint8Array[]): Promise<string[]> {
  const { client, server, clock } = world
  const outcomes = busy(client)
  await clock.settled()
  const connection = server.latest
  for (const chunk of chunks) {
    if (connection.closed === undefined) connection.sendBytes(chunk)
    await clock.settled()
  }
  server.befriend(...ALL)
  await world.pass(120_000, 5000)
  const { state } = client.status
  const ending = await world.ending()
  const values = await Promise.all(outcomes.map(settledNow))
  return [
    ...(state === 'connected' || state === 'closed' ? [] : [`It is ${state} after two minutes`]),
    ...(ending === 'closed' ? [] : [ending]),
    ...values.filter((value) => value === 'pending').map(() => 'A promise is pending for ever'),
    ...[...world.failures, ...values].filter(isUnclassified).map(String),
  ]
}

/** One of each thing that a client can do. */
function busy(client: Client): readonly Promise<unknown>[] {
  const reading = async (): Promise<void> => {
    for await (const message of await client.subscribe('a', { qos: 2 })) message.text()
  }
  return [
    reading(),
    client.publish('a', '1', { qos: 1 }),
    client.publish('a', '2', { qos: 2 }),
    client.request('a', '?', { timeoutMs: 30_000 }),
  ].map((promise) => promise.catch((error: unknown) => error))
}

function isUnclassified(value: unknown): boolean {
  return value instanceof Error && !(value instanceof ClientError)
}

function chunked(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<readonly Uint8Array[]> {
  return bytes.chain(chunkings)
}
