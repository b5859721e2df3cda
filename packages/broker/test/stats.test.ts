// What `broker.stats` counts: everything, from the first connection to the last.

import { encode } from '@godwit/codec'
import { expect, it } from 'vitest'
import { ack, lasting, lose } from './lasting.ts'
import { connect, NOTHING_DROPPED, openWorld, PINGREQ, publish, subscribe } from './peer.ts'

it('all of a day in the life of a broker', async () => {
  const world = await openWorld({
    guards: { authorize: (action) => action.type === 'subscribe' || action.topic !== 'denied' },
    systemTopicsEveryMs: 0,
  })
  const { broker, clock } = world
  expect(broker.stats()).toEqual({
    ...NOTHING_COUNTED,
    connections: 0,
    clients: 0,
    sessions: 0,
    sessionsMax: 0,
    sessionsExpired: 0,
    subscriptions: 0,
    sharedSubscriptions: 0,
    messagesIn: 0,
    messagesOut: 0,
    messagesDropped: NOTHING_DROPPED,
    messagesQueued: 0,
    retainedMessages: 0,
    retainedBytes: 0,
    publishesRefused: 0,
    guardFailures: 0,
  })
  world.dial()
  const peer = world.client('c', lasting())
  const publisher = world.client('p')
  peer.send(subscribe({ filter: 'a', qos: 2 }, 'b', '$share/g/s'))
  publisher.send(
    publish('a', '1', { qos: 2, packetId: 1 }),
    ack('pubrel', 1),
    publish('b', '2', { retain: true }),
    publish('denied', '3', { qos: 1, packetId: 2 }),
    publish('nobody', '4'),
  )
  lose(world, peer)
  publisher.send(
    publish('a', '5', { qos: 1, packetId: 3 }),
    publish('b', '6'),
    publish('a', '7', { qos: 1, packetId: 4, properties: { messageExpiryInterval: 5 } }),
  )
  const before = broker.stats()
  expect(before).toEqual({
    ...NOTHING_COUNTED,
    connectionsAccepted: 3,
    connectsReceived: 2,
    listeners: [{ connections: 2, connectionsAccepted: 3 }],
    publishesIn: { 0: 3, 1: 3, 2: 1 },
    publishesOut: { 0: 1, 1: 0, 2: 1 },
    payloadBytesIn: 7,
    payloadBytesOut: 2,
    packetsIn: 11,
    packetsOut: 10,
    bytesIn: expect.any(Number),
    bytesOut: expect.any(Number),
    bytesQueued: expect.any(Number),
    memoryBytes: expect.any(Number),
    connections: 2,
    clients: 1,
    sessions: 2,
    sessionsMax: 2,
    sessionsExpired: 0,
    subscriptions: 3,
    sharedSubscriptions: 1,
    messagesIn: 7,
    messagesOut: 2,
    messagesDropped: { ...NOTHING_DROPPED, away: 1 },
    messagesQueued: 2,
    retainedMessages: 1,
    retainedBytes: expect.any(Number),
    publishesRefused: 1,
    guardFailures: 0,
  })
  clock.advance(3_601_000)
  expect(broker.stats()).toMatchObject({
    connections: 1,
    sessions: 1,
    sessionsExpired: 1,
    subscriptions: 0,
    sharedSubscriptions: 0,
    messagesQueued: 0,
    messagesDropped: { away: 1, 'session-ended': 3 },
  })
  expect(before).toMatchObject({ sessions: 2, messagesDropped: { 'session-ended': 0 } })
})

it('what was refused, by Reason Code, and keeps what it has told', async () => {
  const { broker, dial } = await openWorld({ limits: { clientIdLengthMax: 3 } })
  for (const clientId of ['long', 'longer', '']) dial().send(connect({ clientId }))
  dial().write('ff')
  const told = broker.stats()
  dial().send(connect({ clientId: 'longest' }))
  expect(told.connectionsRefused).toEqual({ [0x85]: 2 })
  expect(broker.stats().connectionsRefused).toEqual({ [0x81]: 1, [0x85]: 3 })
})

it('every byte that comes and goes', async () => {
  const { broker, client, clock } = await openWorld({ systemTopicsEveryMs: 0 })
  const peer = client('c')
  const sent = { in: 0, out: 0 }
  sent.in += encode(connect(), 5).length
  const { bytesIn, bytesOut, packetsIn, packetsOut } = broker.stats()
  expect([bytesIn, packetsIn, packetsOut]).toEqual([sent.in, 1, 1])
  const large = publish('a', 'x'.repeat(500_000))
  peer.send(subscribe('a'), large, PINGREQ)
  clock.settle()
  const after = broker.stats()
  expect(after.bytesIn - bytesIn).toBe(
    encode(subscribe('a'), 5).length + encode(large, 5).length + 2,
  )
  const suback = encode({ type: 'suback', packetId: 1, reasonCodes: [0] }, 5)
  expect(after.bytesOut - bytesOut).toBe(suback.length + encode(large, 5).length + 2)
  expect(after).toMatchObject({ packetsIn: 4, packetsOut: 4, payloadBytesOut: 500_000 })
})

const NOTHING_COUNTED = {
  connectionsAccepted: 0,
  connectionsDelayed: 0,
  connectionsTurnedAway: 0,
  connectionsRefused: {},
  banned: 0,
  bans: 0,
  listeners: [{ connections: 0, connectionsAccepted: 0 }],
  connectsReceived: 0,
  loginsFailed: 0,
  loginsDelayed: 0,
  publishesIn: { 0: 0, 1: 0, 2: 0 },
  publishesOut: { 0: 0, 1: 0, 2: 0 },
  payloadBytesIn: 0,
  payloadBytesOut: 0,
  packetsIn: 0,
  packetsOut: 0,
  bytesIn: 0,
  bytesOut: 0,
  throttled: 0,
  bytesQueued: 0,
  outboxBytes: 0,
  memoryBytes: 0,
  overloadLevel: 0,
}
