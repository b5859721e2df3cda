// Filters that are not subscribed to, and what each version is told (§3.9.3): MQTT 5.0 why, 3.1.1
// that, and 3.1 nothing.

import { describe, expect, it } from 'vitest'
import { openWorld, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer } from './peer.ts'

describe.each([
  ['#/a', 'a wildcard that is not the last'],
  ['a#', 'a wildcard inside a level'],
  ['+a', 'another inside a level'],
  ['$share/g', 'a share without a filter'],
  ['$share//a', 'a share without a name'],
  ['$share/g+/a', 'a wildcard in the name of a share'],
  ['$share/g/', 'a share of nothing'],
  ['$share/g/a#', 'a share of a filter that is none'],
  ['a/b/c/d', 'more levels than the limit'],
  ['too-long-by-one', 'more characters than the limit'],
])('the filter %s: %s', (filter) => {
  it.each([
    [5, 0x8f],
    [4, 0x80],
    [3, 0x00],
  ] as const)('gets in version %i %i [MQTT-3.9.3-2]', async (version, code) => {
    const limits = { topicLengthMax: 14, topicLevelsMax: 3 }
    const { client, broker } = await openWorld({ limits })
    const peer = client('s', { version })
    peer.send(subscribe(filter, 'ok'))
    expect(codesOf(peer)).toEqual([[code, 0]])
    expect(peer.closed).toBeUndefined()
    expect(broker.stats().subscriptions).toBe(1)
  })
})

describe('the Reason String of a SUBACK', () => {
  it('says why the first filter that was refused was', async () => {
    const { client } = await openWorld({ limits: { subscriptionsMax: 1 } })
    const peer = client('s')
    const reasonString = 'Filter 2 of 3: The wildcard # is a level of its own and the last one'
    peer.send(subscribe('ok', 'a#', 'one too many'))
    expect(peer.take()).toMatchObject([
      { reasonCodes: [0, 0x8f, 0x97], properties: { reasonString } },
    ])
    peer.send(subscribe('one too many'))
    const properties = { reasonString: 'Filter 1 of 1: Quota exceeded' }
    expect(peer.take()).toMatchObject([{ reasonCodes: [0x97], properties }])
  })

  it('is not there where nothing was refused, or the client wants none [MQTT-3.1.2-29]', async () => {
    const { client } = await openWorld()
    const peer = client('s', { properties: { requestProblemInformation: 0 } })
    peer.send(subscribe('a#'))
    expect(peer.take()).toEqual([{ type: 'suback', packetId: 1, reasonCodes: [0x8f] }])
    const other = client('other')
    other.send(subscribe('a'))
    expect(other.take()).toEqual([{ type: 'suback', packetId: 1, reasonCodes: [0] }])
  })
})

describe('subscriptionsMax', () => {
  it.each([
    [5, 0x97],
    [4, 0x80],
    [3, 0x00],
  ] as const)('refuses one more in version %i with %i', async (version, code) => {
    const { client, broker } = await openWorld({ limits: { subscriptionsMax: 2 } })
    const peer = client('s', { version })
    peer.send(subscribe('a', 'b', 'c', { filter: 'a', qos: 1 }, 'd'))
    expect(codesOf(peer)).toEqual([[0, 0, code, 1, code]])
    expect(broker.stats().subscriptions).toBe(2)
    client('p').send(publish('c', 'lost'), publish('b', 'got'))
    expect(peer.takeTexts()).toEqual(['got'])
  })

  it('has room when one is given up, shared ones among them', async () => {
    const { client, broker } = await openWorld({ limits: { subscriptionsMax: 1 } })
    const peer = client('s')
    peer.send(subscribe('$share/g/a'), subscribe('b'))
    expect(codesOf(peer)).toEqual([[0], [0x97]])
    peer.send({ type: 'unsubscribe', packetId: 1, filters: ['$share/g/a'] }, subscribe('b'))
    expect(codesOf(peer)).toEqual([[0]])
    expect(broker.stats()).toMatchObject({ subscriptions: 1, sharedSubscriptions: 0 })
  })

  it('is of each session', async () => {
    const { client } = await openWorld({ limits: { subscriptionsMax: 1 } })
    for (const name of ['one', 'two']) {
      const peer = client(name)
      peer.send(subscribe('a'))
      expect(codesOf(peer)).toEqual([[0]])
    }
  })
})

describe('subscribeFiltersMax', () => {
  it.each([
    [5, 0x97],
    [4, 0x80],
    [3, 0x00],
  ] as const)('looks at no more in one SUBSCRIBE of version %i', async (version, code) => {
    const { client, broker } = await openWorld({ limits: { subscribeFiltersMax: 2 } })
    const peer = client('s', { version })
    peer.send(subscribe('#/bad', 'b', 'c', '#/bad'))
    const bad = version === 5 ? 0x8f : code
    expect(codesOf(peer)).toEqual([[bad, 0, code, code]])
    peer.send(subscribe('c', 'd'))
    expect(codesOf(peer)).toEqual([[0, 0]])
    expect(broker.stats().subscriptions).toBe(3)
  })
})

it.each(VERSIONS)(
  'version %i is told in the order of its filters [MQTT-3.9.3-1]',
  async (version) => {
    const { client, clock } = await openWorld({
      limits: { subscriptionsMax: 3 },
      guards: {
        authorize: async (action) => action.type !== 'subscribe' || action.filter !== 'secret',
      },
    })
    const peer = client('s', { version })
    peer.send(
      subscribe(
        { filter: 'a', qos: 2 },
        '#/bad',
        { filter: 'secret', qos: 1 },
        { filter: 'b', qos: 1 },
        'c',
        'one too many',
      ),
    )
    await clock.settled()
    const expected = {
      5: [2, 0x8f, 0x87, 1, 0, 0x97],
      4: [2, 0x80, 0x80, 1, 0, 0x80],
      3: [2, 0x00, 0x00, 1, 0, 0x00],
    }
    expect(codesOf(peer)).toEqual([expected[version]])
  },
)

it('an UNSUBSCRIBE for a filter that is none is answered like any other', async () => {
  const { client } = await openWorld()
  const peer = client('s')
  peer.send({ type: 'unsubscribe', packetId: 1, filters: ['#/bad', '$share/g'] })
  expect(peer.take()).toEqual([{ type: 'unsuback', packetId: 1, reasonCodes: [0x11, 0x11] }])
})

/** The codes of each SUBACK. */
function codesOf(peer: Peer): readonly (readonly number[])[] {
  return peer.take().flatMap((one) => (one.type === 'suback' ? [one.reasonCodes] : []))
}
