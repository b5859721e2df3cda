// The $SYS topics: every value at the first tick, then those that changed.

import { VirtualClock } from '@godwit/transport/testing'
import { expect, it } from 'vitest'
import { SystemTopics } from '../src/sys.ts'
import type { SystemFigures } from '../src/sys.ts'
import { NOTHING_DROPPED } from './peer.ts'

it('publishes nothing before the first tick, and then every value', () => {
  const { clock, take } = world()
  clock.advance(9_999)
  expect(take()).toEqual({})
  clock.advance(1)
  expect(take()).toEqual({
    '$SYS/broker/version': 'godwit version 1.2.3',
    '$SYS/broker/uptime': '10 seconds',
    '$SYS/broker/clients/connected': '3',
    '$SYS/broker/clients/active': '3',
    '$SYS/broker/clients/disconnected': '4',
    '$SYS/broker/clients/inactive': '4',
    '$SYS/broker/clients/total': '7',
    '$SYS/broker/clients/maximum': '9',
    '$SYS/broker/clients/expired': '2',
    '$SYS/broker/subscriptions/count': '12',
    '$SYS/broker/shared_subscriptions/count': '5',
    '$SYS/broker/retained messages/count': '60',
    '$SYS/broker/publish/messages/received': '0',
    '$SYS/broker/publish/messages/sent': '0',
    '$SYS/broker/publish/messages/dropped': '0',
    '$SYS/broker/load/publish/received/1min': '0.00',
    '$SYS/broker/load/publish/received/5min': '0.00',
    '$SYS/broker/load/publish/received/15min': '0.00',
    '$SYS/broker/load/publish/sent/1min': '0.00',
    '$SYS/broker/load/publish/sent/5min': '0.00',
    '$SYS/broker/load/publish/sent/15min': '0.00',
    '$SYS/broker/load/publish/dropped/1min': '0.00',
    '$SYS/broker/load/publish/dropped/5min': '0.00',
    '$SYS/broker/load/publish/dropped/15min': '0.00',
    '$SYS/broker/godwit/connections/count': '8',
    '$SYS/broker/godwit/dropped/slow-receiver': '0',
    '$SYS/broker/godwit/dropped/too-large-for-receiver': '0',
    '$SYS/broker/godwit/dropped/away': '0',
    '$SYS/broker/godwit/dropped/expired': '0',
    '$SYS/broker/godwit/dropped/backlog-full': '0',
    '$SYS/broker/godwit/dropped/session-ended': '0',
    '$SYS/broker/godwit/dropped/retained-full': '0',
    '$SYS/broker/godwit/dropped/not-authorized': '0',
    '$SYS/broker/godwit/dropped/store-full': '0',
    '$SYS/broker/godwit/dropped/not-in-store': '0',
    '$SYS/broker/godwit/dropped/overload': '0',
    '$SYS/broker/godwit/store/durability': 'memory',
    '$SYS/broker/godwit/publishes/refused': '6',
    '$SYS/broker/godwit/queued/count': '13',
    '$SYS/broker/godwit/retained/bytes': '48000',
  })
})

it('publishes only what changed since', () => {
  const { clock, take, figures } = world()
  clock.advance(10_000)
  take()
  clock.advance(10_000)
  expect(take()).toEqual({ '$SYS/broker/uptime': '20 seconds' })
  figures.clientsConnected = 4
  clock.advance(10_000)
  expect(take()).toEqual({
    '$SYS/broker/uptime': '30 seconds',
    '$SYS/broker/clients/connected': '4',
    '$SYS/broker/clients/active': '4',
    '$SYS/broker/clients/total': '8',
  })
})

it('tells the uptime of this broker, whatever the clock had shown when it was made', () => {
  const clock = new VirtualClock()
  clock.advance(123_456)
  const { take } = world({}, clock)
  clock.advance(10_000)
  expect(take()['$SYS/broker/uptime']).toBe('10 seconds')
})

it('tells drops by their reason, and those that came of a limit where dashboards look', () => {
  const { clock, take, figures } = world()
  figures.messagesDropped = {
    ...NOTHING_DROPPED,
    'slow-receiver': 3,
    'backlog-full': 4,
    expired: 5,
  }
  clock.advance(10_000)
  expect(take()).toMatchObject({
    '$SYS/broker/godwit/dropped/slow-receiver': '3',
    '$SYS/broker/godwit/dropped/backlog-full': '4',
    '$SYS/broker/godwit/dropped/expired': '5',
    '$SYS/broker/godwit/dropped/away': '0',
    '$SYS/broker/publish/messages/dropped': '7',
    '$SYS/broker/load/publish/dropped/1min': '6.45',
  })
})

it('tells what only some brokers count', () => {
  const { clock, take } = world({
    packetsReceived: 1,
    packetsSent: 2,
    bytesReceived: 3,
    bytesSent: 4,
    payloadBytesReceived: 5,
    payloadBytesSent: 6,
    storedMessages: 7,
    storedBytes: 8,
    connectionsAccepted: 9,
    connectsReceived: 10,
  })
  clock.advance(10_000)
  expect(take()).toMatchObject({
    '$SYS/broker/messages/received': '1',
    '$SYS/broker/messages/sent': '2',
    '$SYS/broker/bytes/received': '3',
    '$SYS/broker/bytes/sent': '4',
    '$SYS/broker/publish/bytes/received': '5',
    '$SYS/broker/publish/bytes/sent': '6',
    '$SYS/broker/store/messages/count': '7',
    '$SYS/broker/messages/stored': '7',
    '$SYS/broker/store/messages/bytes': '8',
    '$SYS/broker/connections/socket/count': '9',
    '$SYS/broker/godwit/connects/received': '10',
    '$SYS/broker/load/messages/received/1min': '0.92',
    '$SYS/broker/load/messages/sent/1min': '1.84',
    '$SYS/broker/load/bytes/received/1min': '2.76',
    '$SYS/broker/load/bytes/sent/1min': '3.68',
    '$SYS/broker/load/sockets/1min': '8.29',
    '$SYS/broker/load/connections/1min': '9.21',
  })
})

it('averages a load over 1, 5 and 15 minutes, as so many a minute', () => {
  const { clock, take, figures } = world()
  // 20 in 10 seconds are 120 a minute; the averages come nearer to it by their share of 10 s.
  figures.messagesReceived = 20
  clock.advance(10_000)
  expect(take()).toMatchObject({
    '$SYS/broker/load/publish/received/1min': '18.42',
    '$SYS/broker/load/publish/received/5min': '3.93',
    '$SYS/broker/load/publish/received/15min': '1.33',
  })
  clock.advance(10_000)
  expect(take()).toMatchObject({
    '$SYS/broker/load/publish/received/1min': '15.59',
    '$SYS/broker/load/publish/received/5min': '3.81',
    '$SYS/broker/load/publish/received/15min': '1.31',
  })
})

it('comes to the true rate if the load stays, and to nothing if it ends', () => {
  const { clock, take, figures } = world()
  for (let tick = 0; tick < 1_000; tick++) {
    figures.messagesSent += 20
    clock.advance(10_000)
  }
  expect(take()).toMatchObject({
    '$SYS/broker/load/publish/sent/1min': '120.00',
    '$SYS/broker/load/publish/sent/5min': '120.00',
    '$SYS/broker/load/publish/sent/15min': '120.00',
  })
  clock.advance(10_000_000)
  expect(take()['$SYS/broker/load/publish/sent/15min']).toBe('0.00')
})

it('publishes nothing more once it is disposed of', () => {
  const { clock, take, topics } = world()
  clock.advance(10_000)
  take()
  topics[Symbol.dispose]()
  clock.advance(100_000)
  expect(take()).toEqual({})
})

type Changeable<T> = { -readonly [K in keyof T]: T[K] }

interface World {
  readonly clock: VirtualClock
  readonly topics: SystemTopics
  readonly figures: Changeable<SystemFigures>
  /** What was published since the last call; the last value of each topic. */
  readonly take: () => Readonly<Record<string, string>>
}

/** The topics of a broker that stands like this, every 10 seconds. */
function world(changes: Partial<SystemFigures> = {}, clock = new VirtualClock()): World {
  const figures = { ...FIGURES, ...changes }
  let published: Record<string, string> = {}
  const topics = new SystemTopics(
    clock,
    10_000,
    () => figures,
    (topic, text) => (published[topic] = text),
  )
  const take = (): Readonly<Record<string, string>> => {
    const taken = published
    published = {}
    return taken
  }
  return { clock, topics, figures, take }
}

const FIGURES: SystemFigures = {
  version: '1.2.3',
  clientsConnected: 3,
  clientsDisconnected: 4,
  clientsMaximum: 9,
  clientsExpired: 2,
  subscriptions: 12,
  sharedSubscriptions: 5,
  messagesReceived: 0,
  messagesSent: 0,
  messagesDropped: NOTHING_DROPPED,
  publishesRefused: 6,
  messagesQueued: 13,
  retainedMessages: 60,
  retainedBytes: 48_000,
  connections: 8,
}
