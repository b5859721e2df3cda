// SUBSCRIBE and UNSUBSCRIBE (§3.8 to §3.11): passed to the owner, answered with what it decided.

import { ReasonCode } from '@godwit/codec'
import type { SubscribePacket, Subscription } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { unavailableFilter } from '../src/index.ts'
import { at, connected, faultOf, OLDER, opened, send, VERSIONS } from './protocol.ts'

const SUBSCRIPTION: Subscription = {
  filter: 'a',
  qos: 0,
  noLocal: false,
  retainAsPublished: false,
  retainHandling: 0,
}

describe('a SUBSCRIBE', () => {
  it.each(VERSIONS)('is the business of the owner in version %i', (version) => {
    const packet = subscribe({ filter: 'a/+' }, { filter: '#' })
    const effects = connected({ version }).receive(packet, at(0))
    expect(effects).toEqual([{ type: 'subscribe', packet }])
  })

  it.each(VERSIONS)(
    'is answered with SUBACK and its identifier in version %i [MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-2.2.1-6]',
    (version) => {
      expect(connected({ version }).subscribed(9, [ReasonCode.GrantedQoS0])).toEqual([
        send({ type: 'suback', packetId: 9, reasonCodes: [0] }),
      ])
    },
  )

  it.each([
    [5, [1, 0x97, 2, 0]],
    [4, [1, 0x80, 2, 0]],
    [3, [1, 0x00, 2, 0]],
  ] as const)(
    'is answered with one code for each filter, in order [MQTT-3.8.4-6] [MQTT-3.9.3-1]',
    (version, reasonCodes) => {
      const codes = [1, ReasonCode.QuotaExceeded, 2, 0] as const
      expect(connected({ version }).subscribed(9, codes)).toEqual([
        send({ type: 'suback', packetId: 9, reasonCodes }),
      ])
    },
  )

  it.each([
    [4, 0x80],
    [3, 0x00],
  ] as const)('that is refused is told version %i as %i [MQTT-3.9.3-2]', (version, told) => {
    const codes = [ReasonCode.GrantedQoS1, ReasonCode.TopicFilterInvalid]
    expect(connected({ version }).subscribed(9, codes)).toEqual([
      send({ type: 'suback', packetId: 9, reasonCodes: [1, told] }),
    ])
  })

  it('is answered with codes of SUBACK only [MQTT-3.9.3-2]', () => {
    const codes = [ReasonCode.GrantedQoS2, ReasonCode.SessionTakenOver]
    expect(connected().subscribed(9, codes)).toEqual([
      send({ type: 'suback', packetId: 9, reasonCodes: [2, 0x80] }),
    ])
  })

  it('with No Local on a Shared Subscription is a Protocol Error [MQTT-3.8.3-4]', () => {
    const packet = subscribe(
      { filter: 'a', noLocal: true },
      { filter: '$share/s/a', noLocal: true },
    )
    expect(faultOf(() => connected().receive(packet, at(0)))).toEqual([0x82, 'MQTT-3.8.3-4'])
  })

  it('may have No Local, and may be of a Shared Subscription, but not both', () => {
    const packet = subscribe({ filter: 'a', noLocal: true }, { filter: '$share/s/a' })
    expect(connected().receive(packet, at(0))).toEqual([{ type: 'subscribe', packet }])
  })
})

describe('a SUBSCRIBE at a server that lacks something', () => {
  const identified = { ...subscribe({ filter: 'a' }), properties: { subscriptionIdentifier: 7 } }
  const shared = subscribe({ filter: 'a' }, { filter: '$share/s/a' })

  it('is a fault with 0x9E if it is of a Shared Subscription', () => {
    const server = connected({}, { sharedSubscriptionAvailable: false })
    expect(faultOf(() => server.receive(shared, at(0)))).toEqual([0x9e, undefined])
    expect(server.receive(identified, at(0))).toHaveLength(1)
  })

  it.each(['#', '+', 'a/+/b', 'a/#', '$share/s/+'])(
    'is a fault with 0xA2 if it is of %s',
    (filter) => {
      const server = connected({}, { wildcardSubscriptionAvailable: false })
      expect(faultOf(() => server.receive(subscribe({ filter }), at(0)))).toEqual([0xa2, undefined])
      expect(server.receive(shared, at(0))).toHaveLength(1)
    },
  )

  it('is a fault with 0xA1 if it has a Subscription Identifier', () => {
    const server = connected({}, { subscriptionIdentifierAvailable: false })
    expect(faultOf(() => server.receive(identified, at(0)))).toEqual([0xa1, undefined])
    expect(server.receive(shared, at(0))).toHaveLength(1)
    expect(connected().receive(identified, at(0))).toHaveLength(1)
  })

  it('may ask for QoS 2 of one that has QoS 0 only [MQTT-3.2.2-10]', () => {
    const packet = subscribe({ filter: 'a', qos: 2 })
    const server = connected({}, { maximumQoS: 0 })
    expect(server.receive(packet, at(0))).toEqual([{ type: 'subscribe', packet }])
  })

  it.each(OLDER)('leaves the filter to the owner in version %i [MQTT311-3.8.3-2]', (version) => {
    const limits = { sharedSubscriptionAvailable: false, wildcardSubscriptionAvailable: false }
    const packet = subscribe({ filter: 'a/#' }, { filter: '$share/s/a' }, { filter: 'a' })
    const effects = connected({ version }, limits).receive(packet, at(0))
    expect(effects).toEqual([{ type: 'subscribe', packet }])
    const refusals = packet.subscriptions.map(({ filter }) => unavailableFilter(filter, limits))
    expect(refusals).toEqual([0xa2, 0x9e, undefined])
  })
})

describe('an UNSUBSCRIBE', () => {
  it.each(VERSIONS)('is the business of the owner in version %i', (version) => {
    const packet = { type: 'unsubscribe', packetId: 9, filters: ['a', 'b'] } as const
    const effects = connected({ version }).receive(packet, at(0))
    expect(effects).toEqual([{ type: 'unsubscribe', packet }])
  })

  it.each([
    [5, [0x11, 0]],
    [4, []],
    [3, []],
  ] as const)(
    'is answered with UNSUBACK in version %i, also for nothing [MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT-2.2.1-6]',
    (version, reasonCodes) => {
      const codes = [ReasonCode.NoSubscriptionExisted, ReasonCode.Success]
      expect(connected({ version }).unsubscribed(9, codes)).toEqual([
        send({ type: 'unsuback', packetId: 9, reasonCodes }),
      ])
    },
  )
})

describe('the codes of UNSUBACK in MQTT 5.0', () => {
  it('stand in the order of the filters [MQTT-3.11.3-1]', () => {
    expect(connected().unsubscribed(9, [0x11, 0x87, 0])).toEqual([
      send({ type: 'unsuback', packetId: 9, reasonCodes: [0x11, 0x87, 0] }),
    ])
  })

  it('are those of UNSUBACK only [MQTT-3.11.3-2]', () => {
    expect(connected().unsubscribed(9, [ReasonCode.GrantedQoS1, ReasonCode.Banned])).toEqual([
      send({ type: 'unsuback', packetId: 9, reasonCodes: [0x80, 0x80] }),
    ])
  })
})

describe('the remarks of a SUBACK or UNSUBACK', () => {
  const remarks = { reasonString: 'Why', userProperty: [['a', 'b']] } as const
  const suback = { type: 'suback', packetId: 9, reasonCodes: [0] } as const
  const unsuback = { type: 'unsuback', packetId: 9, reasonCodes: [0] } as const
  const [reasonString, userProperty] = [6, 7]

  it('go with it in MQTT 5.0, and in no other version', () => {
    expect(connected().subscribed(9, [0], remarks)).toEqual([
      send({ ...suback, properties: remarks }),
    ])
    expect(connected().unsubscribed(9, [0], remarks)).toEqual([
      send({ ...unsuback, properties: remarks }),
    ])
    expect(connected({ version: 4 }).subscribed(9, [0], remarks)).toEqual([send(suback)])
    expect(connected({ version: 4 }).unsubscribed(9, [0], remarks)).toEqual([
      send({ ...unsuback, reasonCodes: [] }),
    ])
  })

  it('are left out where the client wants none [MQTT-3.1.2-29]', () => {
    const server = connected({ properties: { requestProblemInformation: 0 } })
    expect(server.subscribed(9, [0], remarks)).toEqual([send(suback)])
    expect(server.unsubscribed(9, [0], remarks)).toEqual([send(unsuback)])
  })

  it('leave out the Reason String that does not fit [MQTT-3.9.2-1] [MQTT-3.11.2-1]', () => {
    const room = { properties: { maximumPacketSize: 12 } }
    const said = { reasonString: 'Why not?' }
    expect(connected(room).subscribed(9, [0], said)).toEqual([send(suback)])
    expect(connected(room).unsubscribed(9, [0], said)).toEqual([send(unsuback)])
  })

  it('leave out the User Properties that do not fit [MQTT-3.9.2-2] [MQTT-3.11.2-2]', () => {
    const size = 6 + reasonString + userProperty
    const properties = { reasonString: 'Why' }
    const tight = { properties: { maximumPacketSize: size - 1 } }
    expect(connected(tight).subscribed(9, [0], remarks)).toEqual([send({ ...suback, properties })])
    expect(connected(tight).unsubscribed(9, [0], remarks)).toEqual([
      send({ ...unsuback, properties }),
    ])
    const roomy = connected({ properties: { maximumPacketSize: size } })
    expect(roomy.subscribed(9, [0], remarks)).toEqual([send({ ...suback, properties: remarks })])
  })
})

it('answers nobody who is gone, or is not there yet', () => {
  const gone = connected()
  gone.lost('gone')
  for (const server of [gone, opened()]) {
    expect(server.subscribed(9, [ReasonCode.GrantedQoS0])).toEqual([])
    expect(server.unsubscribed(9, [ReasonCode.Success])).toEqual([])
  }
})

function subscribe(...subscriptions: readonly Partial<Subscription>[]): SubscribePacket {
  return {
    type: 'subscribe',
    packetId: 9,
    subscriptions: subscriptions.map((fields) => ({ ...SUBSCRIPTION, ...fields })),
  }
}
