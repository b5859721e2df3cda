// SUBSCRIBE and UNSUBSCRIBE from the client (§3.8 to §3.11): asked, answered, and matched.

import { ReasonCode } from '@godwit/codec'
import type { Subscription } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { ClientSession } from '../src/index.ts'
import type { OutgoingMessage } from '../src/index.ts'
import { letIn, localFaultOf, message, Output, sends } from './client-protocol.ts'
import { at, faultOf, VERSIONS } from './protocol.ts'

describe('a SUBSCRIBE', () => {
  it.each(VERSIONS)('is answered with one code for each filter in version %i', (version) => {
    const client = letIn({ fields: { version } })
    const subscriptions = [subscription({ filter: 'a/+' }), subscription({ filter: '#' })]
    const request = { type: 'subscribe', packetId: 1, subscriptions } as const
    expect(client.subscribe(subscriptions, at(0))).toEqual([sends(request)])
    const suback = { type: 'suback', packetId: 1, reasonCodes: [0, 1] } as const
    expect(client.receive(suback, at(0))).toEqual([
      { type: 'subscribed', request, reasonCodes: [0, 1], properties: {} },
    ])
  })

  it('and its answer have properties in MQTT 5.0', () => {
    const client = letIn()
    const properties = { subscriptionIdentifier: 7 }
    expect(client.subscribe([subscription()], at(0), properties)).toMatchObject([
      { packet: { type: 'subscribe', properties } },
    ])
    const said = { reasonString: 'No' }
    const refusal = { type: 'suback', packetId: 1, reasonCodes: [0x87], properties: said } as const
    expect(client.receive(refusal, at(0))).toMatchObject([
      { reasonCodes: [0x87], properties: said },
    ])
  })

  it('has an identifier that no message has, and the other way round [MQTT-2.2.1-3]', () => {
    const client = letIn()
    const output = new Output()
    client.publish(message({ qos: 1 }), at(0), output)
    expect(client.subscribe([subscription()], at(0))).toMatchObject([{ packet: { packetId: 2 } }])
    expect(client.unsubscribe(['a'], at(0))).toMatchObject([{ packet: { packetId: 3 } }])
    for (let index = 0; index < 65_532; index++) client.unsubscribe(['a'], at(0))
    expect(localFaultOf(() => client.unsubscribe(['a'], at(0)))).toEqual([0x97, 'MQTT-2.2.1-3'])
    expect(client.hasRoom).toBe(false)
    expect(client.publish(message({ qos: 1 }), at(0), output)).toBe('wait')
    client.receive({ type: 'unsuback', packetId: 3, reasonCodes: [0] }, at(0))
    client.publish(message({ qos: 1 }), at(0), output)
    expect(output.sent).toEqual(['publish 1 a/b qos 1', 'publish 3 a/b qos 1'])
  })

  it('without a filter is not sent [MQTT-3.8.3-2]', () => {
    const client = letIn()
    for (let index = 0; index < 65_535; index++) {
      expect(localFaultOf(() => client.subscribe([], at(0)))).toEqual([0x83, 'MQTT-3.8.3-2'])
    }
    expect(client.subscribe([subscription()], at(0))).toMatchObject([{ packet: { packetId: 1 } }])
  })

  it('of a Shared Subscription may not be No Local [MQTT-3.8.3-4]', () => {
    const client = letIn()
    const shared = subscription({ filter: '$share/s/a', noLocal: true })
    expect(localFaultOf(() => client.subscribe([shared], at(0)))).toEqual([0x82, 'MQTT-3.8.3-4'])
    const either = [subscription({ noLocal: true }), subscription({ filter: '$share/s/a' })]
    expect(client.subscribe(either, at(0))).toHaveLength(1)
  })

  it('above the Maximum Packet Size is not sent [MQTT-3.2.2-15]', () => {
    const client = letIn({ terms: { maximumPacketSize: 9 } })
    expect(client.subscribe([subscription({ filter: 'a' })], at(0))).toHaveLength(1)
    expect(localFaultOf(() => client.subscribe([subscription({ filter: 'ab' })], at(0)))).toEqual([
      0x95,
      'MQTT-3.2.2-15',
    ])
  })

  it.each([
    [{ wildcardSubscriptionAvailable: 0 }, 'a/+', 0xa2, 'Wildcard Subscriptions not supported'],
    [{ wildcardSubscriptionAvailable: 0 }, '#', 0xa2, 'Wildcard Subscriptions not supported'],
    [{ sharedSubscriptionAvailable: 0 }, '$share/s/a', 0x9e, 'Shared Subscriptions not supported'],
  ])('is not sent to a server with %o if it asks for %s', (terms, filter, reasonCode, cause) => {
    const client = letIn({ terms })
    const call = () => client.subscribe([subscription({ filter })], at(0))
    expect(localFaultOf(call)).toEqual([reasonCode, undefined])
    expect(call).toThrow(cause)
    expect(client.subscribe([subscription()], at(0))).toMatchObject([{ packet: { packetId: 1 } }])
  })

  it('has no identifier for a server that takes none', () => {
    const client = letIn({ terms: { subscriptionIdentifierAvailable: 0 } })
    const properties = { subscriptionIdentifier: 7 }
    const call = () => client.subscribe([subscription()], at(0), properties)
    expect(localFaultOf(call)).toEqual([0xa1, undefined])
  })
})

describe('an UNSUBSCRIBE', () => {
  it.each([
    [5, [0x11, 0], [0x11, 0]],
    [4, [], [0, 0]],
    [3, [], [0, 0]],
  ] as const)(
    'of version %i that is answered with %o is told as %o',
    (version, said, reasonCodes) => {
      const client = letIn({ fields: { version } })
      const request = { type: 'unsubscribe', packetId: 1, filters: ['a', 'b'] } as const
      expect(client.unsubscribe(['a', 'b'], at(0))).toEqual([sends(request)])
      const unsuback = { type: 'unsuback', packetId: 1, reasonCodes: said } as const
      expect(client.receive(unsuback, at(0))).toEqual([
        { type: 'unsubscribed', request, reasonCodes, properties: {} },
      ])
    },
  )

  it('may have properties in MQTT 5.0', () => {
    const properties = { userProperty: [['a', 'b']] } as const
    expect(letIn().unsubscribe(['a'], at(0), properties)).toMatchObject([
      { packet: { type: 'unsubscribe', properties } },
    ])
  })

  it('without a filter is not sent [MQTT-3.10.3-2]', () => {
    expect(localFaultOf(() => letIn().unsubscribe([], at(0)))).toEqual([0x83, 'MQTT-3.10.3-2'])
  })
})

describe('an answer that a server may not give', () => {
  it('is a SUBACK to nothing, or to an UNSUBSCRIBE [MQTT-3.8.4-2]', () => {
    const client = letIn()
    client.unsubscribe(['a'], at(0))
    for (const packetId of [1, 2]) {
      const suback = { type: 'suback', packetId, reasonCodes: [0] } as const
      expect(faultOf(() => client.receive(suback, at(0)))).toEqual([0x82, 'MQTT-3.8.4-2'])
    }
  })

  it('is a second SUBACK to the same SUBSCRIBE [MQTT-2.2.1-6]', () => {
    const client = letIn()
    const suback = { type: 'suback', packetId: 1, reasonCodes: [0] } as const
    client.subscribe([subscription()], at(0))
    client.receive(suback, at(0))
    expect(faultOf(() => client.receive(suback, at(0)))).toEqual([0x82, 'MQTT-3.8.4-2'])
  })

  it('is an UNSUBACK to nothing, or to a SUBSCRIBE [MQTT-3.10.4-5]', () => {
    const client = letIn()
    client.subscribe([subscription()], at(0))
    for (const packetId of [1, 2]) {
      const unsuback = { type: 'unsuback', packetId, reasonCodes: [0] } as const
      expect(faultOf(() => client.receive(unsuback, at(0)))).toEqual([0x82, 'MQTT-3.10.4-5'])
    }
  })

  it.each([{ reasonCodes: [] }, { reasonCodes: [0, 0] }] as const)(
    'has not one code for each filter: $reasonCodes [MQTT-3.8.4-6] [MQTT-3.11.3-1]',
    ({ reasonCodes }) => {
      const client = letIn()
      client.subscribe([subscription()], at(0))
      client.unsubscribe(['a'], at(0))
      const suback = { type: 'suback', packetId: 1, reasonCodes } as const
      const unsuback = { type: 'unsuback', packetId: 2, reasonCodes } as const
      expect(faultOf(() => client.receive(suback, at(0)))).toEqual([0x82, 'MQTT-3.8.4-6'])
      expect(faultOf(() => client.receive(unsuback, at(0)))).toEqual([0x82, 'MQTT-3.11.3-1'])
    },
  )
})

it('forgets what was asked when the connection ends, and frees its identifiers', () => {
  const session = new ClientSession<OutgoingMessage>()
  const fields = { cleanStart: false, properties: { sessionExpiryInterval: 60 } }
  const first = letIn({ session, fields })
  for (let index = 0; index < 65_535; index++) first.unsubscribe(['a'], at(0))
  first.lost('reset')
  const second = letIn({ session, fields, sessionPresent: true })
  expect(second.hasRoom).toBe(true)
  const late = { type: 'unsuback', packetId: 1, reasonCodes: [ReasonCode.Success] } as const
  expect(faultOf(() => second.receive(late, at(0)))).toEqual([0x82, 'MQTT-3.10.4-5'])
})

function subscription(fields: Partial<Subscription> = {}): Subscription {
  return {
    filter: 'a',
    qos: 0,
    noLocal: false,
    retainAsPublished: false,
    retainHandling: 0,
    ...fields,
  }
}
