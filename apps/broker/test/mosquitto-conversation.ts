/**
 * What is said to a Mosquitto before it writes its file, and what the file says then. The file
 * `fixtures/mosquitto/version-6.db` is what Mosquitto 2.0.11 of Debian wrote after it.
 */
import type { ConnectPacket, SubscribePacket } from '@godwit/codec'
import { ReasonCode } from '@godwit/codec'
import type { MosquittoDelivery, MosquittoState } from '../src/mosquitto/mosquitto-state.ts'
import { Program } from './program.ts'
import { publishPacket, RawClient, subscribePacket } from './raw-client.ts'

/** Makes sessions of all kinds and leaves messages on all their ways. */
export async function converse(port: number): Promise<void> {
  await subscribeFromShell(port)
  await subscribeWithOptions(port)
  using receiver = await RawClient.connected(port, lasting('receiver'))
  receiver.send(subscribePacket(['flight/#'], 2))
  await receiver.packet('suback')
  await publishFromShell(port)
  await leaveInFlight(receiver)
  await leaveUnreleased(port)
  // The last one, for the sake of the fixture: what Mosquitto 2.0.11 writes for sessions behind it
  // that have no User Name is another test.
  await run(port, 'mosquitto_sub', '-E', '-c', '-i', 'named', '-u', 'alice', '-t', 'nothing')
}

/** What a file says, in short: without numbers of messages and without times. */
export function outlineOf(state: MosquittoState): object {
  return {
    sessions: state.sessions.map((session) => ({
      clientId: session.clientId,
      username: session.username,
      expirySeconds: session.sessionExpirySeconds,
      expires: session.expiresAt !== undefined,
      // Mosquitto 2.0 does not write Shared Subscriptions, but what comes through them.
      subscriptions: session.subscriptions.filter(({ filter }) => !filter.startsWith('$share/')),
      outgoing: session.outgoing.map(deliveryText),
      incoming: session.incoming.map(
        ({ message, packetId, retain }) =>
          `${packetId} ${message?.topic} ${textOf(message?.payload)}${retain ? ' retain' : ''}`,
      ),
    })),
    retained: state.retained
      .map(({ id: _id, payload, expiresAt, ...rest }) => ({
        ...rest,
        payload: textOf(payload),
        expires: expiresAt !== undefined,
      }))
      .toSorted((one, other) => (one.topic < other.topic ? -1 : 1)),
    skipped: state.skipped,
    usernamesUntold: state.usernamesUntold,
  }
}

const plain = {
  noLocal: false,
  retainAsPublished: false,
  retainHandling: 0,
  identifier: undefined,
}
const FOR_EVER = 0xffff_ffff

/** What a file says in short after the conversation. */
export const OUTLINE: object = {
  sessions: [
    {
      clientId: 'plain',
      username: undefined,
      expirySeconds: FOR_EVER,
      expires: false,
      subscriptions: [
        { ...plain, filter: 'plant/+/state', qos: 1 },
        { ...plain, filter: 'log', qos: 1 },
      ],
      outgoing: [
        'waiting 1: plant/1/state "on" qos 1',
        'waiting 2: plant/2/state "off" qos 1',
        'waiting 3: log "grüße" qos 1',
      ],
      incoming: [],
    },
    {
      clientId: 'five',
      username: undefined,
      expirySeconds: 3600,
      expires: true,
      subscriptions: [
        { ...plain, filter: 'plant/#', qos: 2, retainAsPublished: true, identifier: 77 },
      ],
      outgoing: [
        'waiting 1: plant/1/state "on" qos 1 retain subscriptions 77',
        'waiting 2: plant/2/state "off" qos 2 subscriptions 77',
        'waiting 3: flight/1 "one" qos 1 subscriptions 77',
        'waiting 4: flight/2 "two" qos 2 subscriptions 77',
        'waiting 5: flight/3 "three" qos 2 subscriptions 77',
      ],
      incoming: [],
    },
    {
      clientId: 'local',
      username: undefined,
      expirySeconds: FOR_EVER,
      expires: false,
      subscriptions: [{ ...plain, filter: 'log/#', qos: 0, noLocal: true }],
      outgoing: [],
      incoming: [],
    },
    {
      clientId: 'receiver',
      username: undefined,
      expirySeconds: FOR_EVER,
      expires: false,
      subscriptions: [{ ...plain, filter: 'flight/#', qos: 2 }],
      outgoing: [
        'sent 1: flight/1 "one" qos 1',
        'sent 2: flight/2 "two" qos 2',
        'released 3: flight/3 "three" qos 2',
      ],
      incoming: [],
    },
    {
      clientId: 'publisher',
      username: undefined,
      expirySeconds: FOR_EVER,
      expires: false,
      subscriptions: [],
      outgoing: [],
      incoming: ['7 plant/3/state "unreleased" retain', '9 log "unreleased, too"'],
    },
    {
      clientId: 'named',
      username: 'alice',
      expirySeconds: FOR_EVER,
      expires: false,
      subscriptions: [{ ...plain, filter: 'nothing', qos: 0 }],
      outgoing: [],
      incoming: [],
    },
  ],
  retained: [
    {
      topic: 'plant/1/state',
      payload: '"on"',
      qos: 1,
      retain: true,
      properties: {
        contentType: 'text/plain',
        payloadFormatIndicator: 1,
        responseTopic: 'answers',
        correlationData: new TextEncoder().encode('c1'),
        userProperty: [
          ['unit', 'none'],
          ['unit', 'again'],
        ],
      },
      expires: true,
      publisher: 'shell',
      username: 'bob',
    },
    {
      topic: 'zone',
      payload: '"kept"',
      qos: 0,
      retain: true,
      properties: {},
      expires: false,
      publisher: 'shell',
      username: undefined,
    },
  ],
  skipped: [],
  usernamesUntold: 0,
}

async function subscribeFromShell(port: number): Promise<void> {
  const lastingSession = ['-E', '-c', '-i']
  const subscribe = (...flags: readonly string[]): Promise<void> =>
    run(port, 'mosquitto_sub', ...flags)
  await subscribe(...lastingSession, 'plain', '-q', '1', '-t', 'plant/+/state', '-t', 'log')
  const five = ['-V', 'mqttv5', '-x', '3600', '-q', '2', '-t', 'plant/#']
  const options = ['--retain-as-published', '-D', 'subscribe', 'subscription-identifier', '77']
  await subscribe(...lastingSession, 'five', ...five, ...options, '-t', '$share/g/flight/#')
  // It asks for a session that lasts, and Mosquitto 2.0 does not write it down.
  await subscribe('-E', '-i', 'clean', ...five)
}

async function subscribeWithOptions(port: number): Promise<void> {
  const version = { version: 5, properties: { sessionExpiryInterval: FOR_EVER } } as const
  using client = await RawClient.connected(port, { ...lasting('local'), ...version })
  const { subscriptions, ...rest } = subscribePacket(['log/#'])
  const options = { noLocal: true, retainHandling: 2 } as const
  const packet: SubscribePacket = {
    ...rest,
    subscriptions: subscriptions.map((one) => ({ ...one, ...options })),
  }
  client.send(packet)
  await client.packet('suback')
}

async function publishFromShell(port: number): Promise<void> {
  const publish = (topic: string, payload: string, ...flags: readonly string[]): Promise<void> =>
    run(port, 'mosquitto_pub', '-i', 'shell', '-t', topic, '-m', payload, ...flags)
  const properties = [
    ['content-type', 'text/plain'],
    ['payload-format-indicator', '1'],
    ['response-topic', 'answers'],
    ['correlation-data', 'c1'],
    ['message-expiry-interval', '100000'],
  ]
  const flags = properties.flatMap((property) => ['-D', 'publish', ...property])
  const units = ['none', 'again'].flatMap((unit) => [
    '-D',
    'publish',
    'user-property',
    'unit',
    unit,
  ])
  const five = ['-V', 'mqttv5', '-u', 'bob', '-r', '-q', '1']
  await publish('plant/1/state', 'on', ...five, ...flags, ...units)
  await publish('plant/2/state', 'off', '-q', '2')
  await publish('log', 'grüße', '-q', '1')
  await publish('log', 'at most once')
  await publish('zone', 'replaced', '-r', '-q', '1')
  await publish('zone', 'kept', '-r')
  await publish('flight/1', 'one', '-q', '1')
  await publish('flight/2', 'two', '-q', '2')
  await publish('flight/3', 'three', '-q', '2')
}

/** One of three messages is answered, with PUBREC. */
async function leaveInFlight(receiver: RawClient): Promise<void> {
  await receiver.until(() => receiver.received.length >= 5)
  const third = receiver.received.find(
    (packet) => packet.type === 'publish' && packet.topic === 'flight/3',
  )
  const packetId = third?.type === 'publish' ? third.packetId : 0
  receiver.send({ type: 'pubrec', packetId, reasonCode: ReasonCode.Success })
  await receiver.packet('pubrel')
}

async function leaveUnreleased(port: number): Promise<void> {
  using publisher = await RawClient.connected(port, lasting('publisher'))
  const publish = (topic: string, text: string, packetId: number, retain: boolean): void => {
    const packet = publishPacket(topic, new TextEncoder().encode(text))
    publisher.send({ ...packet, qos: 2, packetId, retain })
  }
  publish('plant/3/state', 'unreleased', 7, true)
  publish('log', 'unreleased, too', 9, false)
  await publisher.until(() => publisher.received.length >= 3)
}

function lasting(clientId: string): Partial<ConnectPacket> {
  return { version: 4, clientId, cleanStart: false }
}

async function run(port: number, command: string, ...flags: readonly string[]): Promise<void> {
  const at = ['-h', '127.0.0.1', '-p', String(port)]
  await using program = new Program(command, [...at, ...flags]).input()
  const { code } = await program.ended
  if (code !== 0) throw new Error(`${command} failed: ${program.stderr}`)
}

function deliveryText(delivery: MosquittoDelivery): string {
  const { message, qos, retain, packetId, state, subscriptionIdentifiers } = delivery
  return [
    `${state} ${packetId}: ${message?.topic} ${textOf(message?.payload)} qos ${qos}`,
    ...(retain ? ['retain'] : []),
    ...(subscriptionIdentifiers.length > 0 ? ['subscriptions', ...subscriptionIdentifiers] : []),
  ].join(' ')
}

function textOf(payload: Uint8Array | undefined): string {
  return JSON.stringify(new TextDecoder().decode(payload))
}
