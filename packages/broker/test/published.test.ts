// What observers hear of messages that are taken, whoever publishes them.

import { expect, it } from 'vitest'
import type { PublishedMessage } from '../src/index.ts'
import { ack, lose } from './lasting.ts'
import { openWorld, publish, subscribe } from './peer.ts'
import type { World } from './peer.ts'

it('is each message as it was published, a Will and what the program says included', async () => {
  const { world, heard } = await observed()
  const will = { topic: 'w', payload: bytes('gone'), qos: 1, retain: false } as const
  const peer = world.client('c', { will })
  const properties = { contentType: 'text', topicAlias: 1 } as const
  peer.send(publish('a', 'x', { qos: 2, packetId: 1, retain: true, properties }))
  lose(world, peer)
  world.broker.publish({ topic: 'p', payload: bytes('mine') })
  expect(heard).toEqual([
    message('a', 'x', { qos: 2, retain: true, properties: { contentType: 'text' } }),
    message('w', 'gone', { qos: 1 }),
    message('p', 'mine', { publisher: undefined }),
  ])
})

it('is not what was refused, and a message of QoS 2 is one however often it comes', async () => {
  const { world, heard } = await observed({
    backlogPolicy: 'refuse',
    limits: { backlogMessagesMax: 1 },
  })
  const full = world.client('full', { properties: { sessionExpiryInterval: 60 } })
  full.send(subscribe({ filter: 'f', qos: 1 }))
  lose(world, full)
  const peer = world.client('c')
  peer.send(publish('f', 'fits', { qos: 1, packetId: 1 }))
  peer.send(publish('f', 'does not', { qos: 1, packetId: 2 }))
  peer.send(publish('a', 'once', { qos: 2, packetId: 3 }))
  peer.send(publish('a', 'once', { qos: 2, packetId: 3, dup: true }), ack('pubrel', 3))
  const texts = heard.map(({ payload }) => new TextDecoder().decode(payload))
  expect(texts).toEqual(['fits', 'once'])
})

it('leaves the answer to its publisher as it was', async () => {
  const { world } = await observed()
  const peer = world.client('c')
  peer.send(publish('a', 'x', { qos: 1, packetId: 1 }))
  expect(peer.take()).toEqual([ack('puback', 1, 0x10)])
})

async function observed(
  options: Parameters<typeof openWorld>[0] = {},
): Promise<{ world: World; heard: PublishedMessage[] }> {
  const heard: PublishedMessage[] = []
  const observers = { published: (message: PublishedMessage) => void heard.push(message) }
  return { world: await openWorld({ observers, ...options }), heard }
}

function message(
  topic: string,
  text: string,
  fields: Partial<PublishedMessage> = {},
): PublishedMessage {
  const payload = bytes(text)
  return { topic, payload, qos: 0, retain: false, properties: {}, publisher: 'c', ...fields }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
