// What a broker is told not to offer (§3.2.2.3): said in CONNACK, and refused all the same.

import { describe, expect, it } from 'vitest'
import type { Capabilities } from '../src/index.ts'
import { connect, openWorld, publish, subscribe, VERSIONS } from './peer.ts'

const NOTHING: Capabilities = {
  maximumQoS: 0,
  retainAvailable: false,
  wildcardSubscriptionAvailable: false,
  subscriptionIdentifierAvailable: false,
  sharedSubscriptionAvailable: false,
}

describe('a client of MQTT 5.0', () => {
  it('is told in CONNACK what there is not [MQTT-3.2.2-9]', async () => {
    const { dial } = await openWorld({ capabilities: NOTHING })
    const peer = dial()
    peer.send(connect())
    expect(peer.take()).toMatchObject([
      {
        type: 'connack',
        reasonCode: 0,
        properties: {
          maximumQoS: 0,
          retainAvailable: 0,
          wildcardSubscriptionAvailable: 0,
          subscriptionIdentifierAvailable: 0,
          sharedSubscriptionAvailable: 0,
        },
      },
    ])
  })

  it.each([
    ['a PUBLISH of QoS 1', 0x9b, publish('a', '', { qos: 1, packetId: 1 })],
    ['a PUBLISH of QoS 2', 0x9b, publish('a', '', { qos: 2, packetId: 1 })],
    ['a PUBLISH with RETAIN', 0x9a, publish('a', '', { retain: true })],
    ['a SUBSCRIBE with an identifier', 0xa1, subscribe({ filter: 'a', identifier: 1 })],
    ['a SUBSCRIBE to a wildcard', 0xa2, subscribe('a/+')],
    ['a SUBSCRIBE to a share', 0x9e, subscribe('$share/g/a')],
  ])('that sends %s is told %i and closed', async (_, reasonCode, packet) => {
    const { client, seen } = await openWorld({ capabilities: NOTHING })
    const peer = client('c')
    peer.send(packet)
    expect(peer.take()).toMatchObject([{ type: 'disconnect', reasonCode }])
    expect(peer.closed).toBe('in order')
    expect(seen.join()).not.toContain('fault')
  })

  it('may publish up to the Maximum QoS', async () => {
    const { client } = await openWorld({ capabilities: { maximumQoS: 1 } })
    const peer = client('c')
    peer.send(publish('a', '', { qos: 1, packetId: 1 }))
    expect(peer.take()).toEqual([{ type: 'puback', packetId: 1, reasonCode: 0x10 }])
    peer.send(publish('a', '', { qos: 2, packetId: 1 }))
    expect(peer.take()).toMatchObject([{ type: 'disconnect', reasonCode: 0x9b }])
  })
})

describe.each([3, 4] as const)('a client of version %i, which cannot be told', (version) => {
  it('is closed for a PUBLISH above the Maximum QoS', async () => {
    const { client } = await openWorld({ capabilities: NOTHING })
    const peer = client('c', { version })
    peer.send(publish('a', '', { qos: 1, packetId: 1 }))
    expect(peer.take()).toEqual([])
    expect(peer.closed).toBe('in order')
  })

  it('has its RETAIN passed over: who is subscribed gets it, and nothing is kept', async () => {
    const { client, broker } = await openWorld({
      capabilities: NOTHING,
      systemTopicsEveryMs: 0,
    })
    const peer = client('c', { version })
    peer.send(subscribe('a'), publish('a', 'x', { retain: true }))
    expect(peer.takeTexts()).toEqual(['x'])
    expect(broker.stats().retainedMessages).toBe(0)
  })
})

it('a filter that is not available is refused alone in MQTT 3.1.1 [MQTT311-3.8.3-2]', async () => {
  const { client } = await openWorld({ capabilities: NOTHING })
  const peer = client('c', { version: 4 })
  peer.send(subscribe('a', 'a/#', '$share/g/a', '+'))
  expect(peer.take()).toMatchObject([{ type: 'suback', reasonCodes: [0, 0x80, 0x80, 0x80] }])
})

it.each(VERSIONS)('a session of version %i works without any of it', async (version) => {
  const { client } = await openWorld({ capabilities: NOTHING })
  const peer = client('c', { version })
  peer.send(subscribe({ filter: 'a', qos: 2 }), publish('a', 'x'))
  expect(peer.take()).toEqual([
    { type: 'suback', packetId: 1, reasonCodes: [0] },
    publish('a', 'x'),
  ])
})
