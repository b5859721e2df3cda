// What `broker.stats` counts: everything, from the first connection to the last.

import { expect, it } from 'vitest'
import { ack, lasting, lose } from './lasting.ts'
import { NOTHING_DROPPED, openWorld, publish, subscribe } from './peer.ts'

it('all of a day in the life of a broker', async () => {
  const world = await openWorld({
    guards: { authorize: (action) => action.type === 'subscribe' || action.topic !== 'denied' },
    systemTopicsEveryMs: 0,
  })
  const { broker, clock } = world
  expect(broker.stats()).toEqual({
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
