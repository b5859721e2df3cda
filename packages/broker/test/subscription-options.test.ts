// The Subscription Options (§3.8.3.1): QoS, No Local and Retain As Published.

import { describe, expect, it } from 'vitest'
import { openWorld, publish, subscribe, VERSIONS } from './peer.ts'

describe('the Subscription Options', () => {
  it('No Local leaves out what the client itself publishes [MQTT-3.8.3-3]', async () => {
    const { client } = await openWorld()
    const [peer, other] = [client('c'), client('o')]
    peer.send(subscribe({ filter: 'a', noLocal: true }))
    peer.take()
    peer.send(publish('a', 'own'))
    other.send(publish('a', 'of another'))
    expect(peer.takeTexts()).toEqual(['of another'])
  })

  it('No Local of one subscription does not count for another that overlaps', async () => {
    const { client } = await openWorld()
    const [peer, other] = [client('c'), client('o')]
    peer.send(subscribe({ filter: 'a', noLocal: true, identifier: 1 }))
    peer.send(subscribe({ filter: '#', identifier: 2 }))
    peer.take()
    peer.send(publish('a', 'own'))
    expect(peer.take().map(identifierOf)).toEqual([[2]])
    other.send(publish('a', 'of another'))
    expect(new Set(peer.take().map(identifierOf).flat())).toEqual(new Set([1, 2]))
  })

  it('Retain As Published decides about RETAIN [MQTT-3.3.1-12] [MQTT-3.3.1-13]', async () => {
    const { client, broker } = await openWorld()
    const [plain, kept] = [client('plain'), client('kept')]
    plain.send(subscribe('a'))
    kept.send(subscribe({ filter: 'a', retainAsPublished: true }))
    plain.take()
    kept.take()
    broker.publish({ topic: 'a', payload: new Uint8Array(), retain: true })
    client('p', { version: 4 }).send(publish('a', 'x', { retain: true }), publish('a', 'y'))
    expect(plain.take()).toEqual([publish('a'), publish('a', 'x'), publish('a', 'y')])
    const retain = true
    expect(kept.take()).toEqual([
      publish('a', '', { retain }),
      publish('a', 'x', { retain }),
      publish('a', 'y'),
    ])
  })

  it.each(VERSIONS)('QoS is granted as asked for in version %i', async (version) => {
    const { client } = await openWorld()
    const subscriber = client('s', { version })
    subscriber.send(subscribe('a', { filter: 'b', qos: 1 }, { filter: 'c', qos: 2 }))
    expect(subscriber.take()).toEqual([{ type: 'suback', packetId: 1, reasonCodes: [0, 1, 2] }])
  })

  it.each(VERSIONS)(
    'QoS is granted up to the Maximum QoS in version %i, and nobody is refused [MQTT-3.2.2-10]',
    async (version) => {
      const { client } = await openWorld({ capabilities: { maximumQoS: 1 } })
      const subscriber = client('s', { version })
      subscriber.send(subscribe('a', { filter: 'b', qos: 1 }, { filter: 'c', qos: 2 }))
      expect(subscriber.take()).toEqual([{ type: 'suback', packetId: 1, reasonCodes: [0, 1, 1] }])
    },
  )
})

function identifierOf(packet: { readonly type: string; readonly properties?: object }): unknown {
  const { properties } = packet
  return properties !== undefined && 'subscriptionIdentifier' in properties
    ? properties.subscriptionIdentifier
    : undefined
}
