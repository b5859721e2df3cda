// SUBSCRIBE and UNSUBSCRIBE (§3.8 to §3.11): passed to the owner, answered with what it decided.

import { ReasonCode } from '@godwit/codec'
import type { SubscribePacket, Subscription } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { at, connected, faultOf, opened, send, VERSIONS } from './protocol.ts'

describe('a SUBSCRIBE', () => {
  it.each(VERSIONS)('is the business of the owner in version %i', (version) => {
    const packet = subscribe({ filter: 'a/+' }, { filter: '#' })
    const effects = connected({ version }).receive(packet, at(0))
    expect(effects).toEqual([{ type: 'subscribe', packet }])
  })

  it.each(VERSIONS)(
    'is answered with SUBACK and its identifier in version %i [MQTT-3.8.4-1] [MQTT-3.8.4-2]',
    (version) => {
      expect(connected({ version }).subscribed(9, [ReasonCode.GrantedQoS0])).toEqual([
        send({ type: 'suback', packetId: 9, reasonCodes: [0] }),
      ])
    },
  )

  it('is answered with one code for each filter, in order [MQTT-3.8.4-6]', () => {
    const codes = [ReasonCode.GrantedQoS1, ReasonCode.QuotaExceeded, ReasonCode.GrantedQoS0]
    expect(connected().subscribed(9, codes)).toEqual([
      send({ type: 'suback', packetId: 9, reasonCodes: [1, 0x97, 0] }),
    ])
  })

  it.each([
    [4, 0x80],
    [3, 0x00],
  ] as const)('that is refused is told version %i as %i [MQTT-3.9.3-2]', (version, told) => {
    const codes = [ReasonCode.GrantedQoS1, ReasonCode.TopicFilterInvalid]
    expect(connected({ version }).subscribed(9, codes)).toEqual([
      send({ type: 'suback', packetId: 9, reasonCodes: [1, told] }),
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
    'is answered with UNSUBACK in version %i, also for nothing [MQTT-3.10.4-4] [MQTT-3.10.4-5]',
    (version, reasonCodes) => {
      const codes = [ReasonCode.NoSubscriptionExisted, ReasonCode.Success]
      expect(connected({ version }).unsubscribed(9, codes)).toEqual([
        send({ type: 'unsuback', packetId: 9, reasonCodes }),
      ])
    },
  )
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

const SUBSCRIPTION: Subscription = {
  filter: 'a',
  qos: 0,
  noLocal: false,
  retainAsPublished: false,
  retainHandling: 0,
}
