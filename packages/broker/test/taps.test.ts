// What a tap hears of the packets that pass, and what it costs the others.

import { expect, it } from 'vitest'
import type { Tap } from '../src/index.ts'
import { Taps } from '../src/taps.ts'
import { ack } from './lasting.ts'
import { openWorld, publish, subscribe } from './peer.ts'

it('is every packet of every client, in both directions, messages under their topics', async () => {
  const world = await openWorld()
  const { tap, heard } = hearing()
  world.broker.tap(tap)
  const peer = world.client('c')
  peer.send(subscribe({ filter: 'a/#', qos: 2 }))
  peer.send(publish('a/1', 'one', { qos: 1, packetId: 5, properties: { topicAlias: 1 } }))
  peer.send(publish('', 'two', { qos: 2, packetId: 6, properties: { topicAlias: 1 } }))
  peer.send(ack('pubrel', 6), ack('puback', 1), ack('pubrec', 2), ack('pubcomp', 2))
  expect(heard).toEqual([
    '? connect',
    'c < connack',
    'c subscribe',
    'c < suback',
    'c publish a/1 one',
    'c < publish a/1 one qos 1 id 1',
    'c < puback 5',
    'c publish a/1 two',
    'c < publish a/1 two qos 2 id 2',
    'c < pubrec 6',
    'c pubrel 6',
    'c < pubcomp 6',
    'c puback 1',
    'c pubrec 2',
    'c < pubrel 2',
    'c pubcomp 2',
  ])
})

it('is nothing after the tap is taken away, and the other taps go on', async () => {
  const world = await openWorld()
  const [first, second] = [hearing(), hearing()]
  const put = world.broker.tap(first.tap)
  world.broker.tap(second.tap)
  const peer = world.client('c')
  put[Symbol.dispose]()
  put[Symbol.dispose]()
  peer.send({ type: 'pingreq' })
  expect(first.heard).toEqual(['? connect', 'c < connack'])
  expect(second.heard).toEqual(['? connect', 'c < connack', 'c pingreq', 'c < pingresp'])
})

it('leaves no function behind for the packets that follow', () => {
  const taps = new Taps({})
  const { tap } = hearing()
  const [one, other] = [taps.put(tap), taps.put({ sent: () => {} })]
  expect([taps.received, taps.sent, taps.delivered].every((hear) => hear !== undefined)).toBe(true)
  one[Symbol.dispose]()
  expect([taps.received, taps.delivered]).toEqual([undefined, undefined])
  other[Symbol.dispose]()
  expect(taps.sent).toBeUndefined()
})

it('cannot throw into the broker', async () => {
  const faults: unknown[] = []
  const world = await openWorld({ observers: { fault: (error) => faults.push(error) } })
  const error = new Error('A sentence')
  const throws = (): never => {
    throw error
  }
  world.broker.tap({ received: throws, sent: throws, delivered: throws })
  const peer = world.client('c')
  peer.send(subscribe({ filter: 'a', qos: 0 }), publish('a', 'x'))
  expect(peer.take().map(({ type }) => type)).toEqual(['suback', 'publish'])
  expect(faults).toEqual(Array.from({ length: 6 }, () => error))
})

it('is told who is meant before the client is let in, and after it is gone', async () => {
  const world = await openWorld()
  const connections = new Set<unknown>()
  const clients: unknown[] = []
  const note: Tap['sent'] = (_, at) => {
    connections.add(at)
    clients.push(at.client?.clientId, at.origin.remoteAddress)
  }
  world.broker.tap({ received: note, sent: note })
  world.client('c').send({ type: 'pingreq' })
  expect(connections.size).toBe(1)
  expect(clients.filter((client) => client === undefined)).toHaveLength(1)
})

function hearing(): { readonly tap: Tap; readonly heard: string[] } {
  const heard: string[] = []
  const text = (payload: Uint8Array): string => new TextDecoder().decode(payload)
  const tap: Tap = {
    received(packet, { client }) {
      const id = 'packetId' in packet && packet.type.startsWith('pub') ? ` ${packet.packetId}` : ''
      const what = packet.type === 'publish' ? ` ${packet.topic} ${text(packet.payload)}` : id
      heard.push(`${client?.clientId ?? '?'} ${packet.type}${what}`)
    },
    sent(packet, { client }) {
      const id = 'packetId' in packet && packet.type.startsWith('pub') ? ` ${packet.packetId}` : ''
      heard.push(`${client?.clientId ?? '?'} < ${packet.type}${id}`)
    },
    delivered({ message, qos, packetId }, { client }) {
      const { topic, payload } = message
      heard.push(
        `${client?.clientId ?? '?'} < publish ${topic} ${text(payload)} qos ${qos} id ${packetId}`,
      )
    },
  }
  return { tap, heard }
}
