// Topic Aliases of clients (§3.3.2.3.4): each connection has its own, and no message is misled by
// them.

import type { PublishPacket } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { inWords, lasting, lose, resume } from './lasting.ts'
import { openWorld, publish, subscribe } from './peer.ts'
import type { Peer, World } from './peer.ts'

describe('a Topic Alias of a client', () => {
  it('stands for its Topic Name from then on [MQTT-3.3.2-12]', async () => {
    const { watcher, client } = await watched()
    const peer = client('p')
    peer.send(aliased('long/topic', 1, 'one'), aliased('', 1, 'two'), aliased('', 1, 'three'))
    expect(watcher.take()).toEqual([
      publish('long/topic', 'one'),
      publish('long/topic', 'two'),
      publish('long/topic', 'three'),
    ])
  })

  it('may be given to another topic, at every QoS, with other properties', async () => {
    const { watcher, client } = await watched()
    const peer = client('p')
    const properties = { contentType: 'text', topicAlias: 32, messageExpiryInterval: 60 }
    peer.send(
      aliased('one', 32, '1'),
      publish('two', '2', { properties, qos: 1, packetId: 1 }),
      publish('', '3', { properties, qos: 2, packetId: 2 }),
      aliased('', 32, '4'),
    )
    expect(inWords(peer.take())).toEqual(['puback 1', 'pubrec 2'])
    const { topicAlias: _, ...kept } = properties
    expect(watcher.take()).toEqual([
      publish('one', '1'),
      publish('two', '2', { properties: kept, qos: 1, packetId: 1 }),
      publish('two', '3', { properties: kept, qos: 2, packetId: 2 }),
      publish('two', '4'),
    ])
  })

  it('is never passed on, not to clients of MQTT 3.1.1 either', async () => {
    const { client } = await openWorld()
    const [five, four] = [client('five'), client('four', { version: 4 })]
    for (const peer of [five, four]) peer.send(subscribe('#'))
    client('p').send(aliased('topic', 1, 'one'), aliased('', 1, 'two'))
    for (const peer of [five, four]) {
      expect(peer.take().slice(1)).toEqual([publish('topic', 'one'), publish('topic', 'two')])
    }
  })

  it('is retained and queued under its Topic Name', async () => {
    const world = await openWorld()
    const absent = world.client('s', lasting())
    absent.send(subscribe({ filter: 'topic', qos: 1 }))
    lose(world, absent)
    const peer = world.client('p')
    peer.send(aliased('topic', 1, 'one', { qos: 1, packetId: 1, retain: true }))
    peer.send(aliased('', 1, 'two', { qos: 1, packetId: 2, retain: true }))
    const { taken } = resume(world, 's', lasting(5))
    expect(taken.slice(1)).toMatchObject([
      { topic: 'topic', payload: bytes('one') },
      { topic: 'topic', payload: bytes('two') },
    ])
    const late = world.client('late')
    late.send(subscribe('topic'))
    expect(inWords(late.take())).toEqual(['suback 1', 'publish q0 retain two'])
  })

  it.each([
    ['above the Topic Alias Maximum', aliased('topic', 33, ''), 0x94],
    ['that was never explained', aliased('', 2, ''), 0x82],
  ])('%s ends the connection [MQTT-3.3.2-9]', async (_, packet, reasonCode) => {
    const { watcher, client } = await watched()
    const peer = client('p')
    peer.send(aliased('topic', 1, 'one'), packet)
    expect(peer.take()).toMatchObject([{ type: 'disconnect', reasonCode }])
    expect(watcher.takeTexts()).toEqual(['one'])
  })

  it('ends with its connection [MQTT-3.3.2-7]', async () => {
    const world = await openWorld()
    const first = world.client('p', lasting())
    first.send(aliased('topic', 1, ''))
    lose(world, first)
    const { peer } = resume(world, 'p', lasting())
    peer.send(aliased('', 1, ''))
    expect(inWords(peer.take())).toEqual(['disconnect 0x82'])
  })

  it('is one for each client, and for each direction', async () => {
    const { client } = await openWorld()
    const [one, two] = [client('one'), client('two')]
    one.send(subscribe('#'))
    one.take()
    one.send(aliased('topic/1', 1, 'a'))
    two.send(aliased('topic/2', 1, 'b'), aliased('', 1, 'c'))
    one.send(aliased('', 1, 'd'))
    const topics = one.take().map((packet) => ('topic' in packet ? packet.topic : ''))
    expect(topics).toEqual(['topic/1', 'topic/2', 'topic/2', 'topic/1'])
  })

  it('does not make a frame that waits for a guard forget its topic', async () => {
    const doors: (() => void)[] = []
    const asked: string[] = []
    const world = await openWorld({
      guards: {
        authorize: (action) => {
          if (action.type !== 'publish') return true
          asked.push(action.topic)
          return new Promise((resolve) => doors.push(() => resolve(true)))
        },
      },
    })
    const watcher = world.client('w')
    watcher.send(subscribe('#'))
    watcher.take()
    world.client('p').send(aliased('topic', 1, 'one'), aliased('', 1, 'two'), aliased('x', 1, 'x'))
    for (let door; (door = doors.shift()) !== undefined;) {
      door()
      await world.clock.settled()
    }
    expect(asked).toEqual(['topic', 'topic', 'x'])
    expect(watcher.take()).toEqual([
      publish('topic', 'one'),
      publish('topic', 'two'),
      publish('x', 'x'),
    ])
  })
})

describe('topicAliasMaximum', () => {
  it('is told to MQTT 5.0 clients, and enforced', async () => {
    const world = await openWorld({ limits: { topicAliasMaximum: 2 } })
    const { peer, taken } = resume(world, 'p', {})
    expect(taken).toMatchObject([{ properties: { topicAliasMaximum: 2 } }])
    peer.send(aliased('topic', 2, ''))
    expect(peer.take()).toEqual([])
    peer.send(aliased('topic', 3, ''))
    expect(inWords(peer.take())).toEqual(['disconnect 0x94'])
  })
})

describe('topicAliasBytesMax', () => {
  it('bounds the Topic Names of one client; beyond it 0x94', async () => {
    const world = await openWorld({ limits: { topicAliasBytesMax: 100 } })
    const peer = world.client('p')
    const twenty = 'x'.repeat(20)
    peer.send(aliased(twenty, 1, ''), aliased(twenty, 2, ''), aliased('y'.repeat(20), 1, ''))
    peer.send(aliased('z'.repeat(10), 3, ''))
    expect(peer.take()).toEqual([])
    peer.send(aliased('zz', 4, ''))
    expect(inWords(peer.take())).toEqual(['disconnect 0x94'])
  })
})

function aliased(
  topic: string,
  topicAlias: number,
  text: string,
  fields: Partial<PublishPacket> = {},
): PublishPacket {
  return publish(topic, text, { properties: { topicAlias }, ...fields })
}

async function watched(): Promise<World & { watcher: Peer }> {
  const world = await openWorld()
  const watcher = world.client('watcher')
  watcher.send(subscribe({ filter: '#', qos: 2 }))
  watcher.take()
  return { ...world, watcher }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
