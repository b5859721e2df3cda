// What survives the end of the process: sessions, what waits in them, and how far they have come.

import { expect, it } from 'vitest'
import { DurableWorld } from './durable-world.ts'
import { ack, inWords, lasting } from './lasting.ts'
import { publish, subscribe } from './peer.ts'

it('queued messages survive a kill', async () => {
  const world = await DurableWorld.open()
  const { peer: sub } = await world.client('sub', lasting())
  expect(inWords(await world.say(sub, subscribe({ filter: 'a', qos: 2 })))).toEqual(['suback 1'])
  sub.transport.cut()
  const { peer: pub } = await world.client('pub')
  expect(inWords(await world.say(pub, publish('a', 'one', { qos: 1, packetId: 1 })))).toEqual([
    'puback 1',
  ])
  expect(inWords(await world.say(pub, publish('a', 'two', { qos: 2, packetId: 2 })))).toEqual([
    'pubrec 2',
  ])
  await world.crash()
  const { peer, taken } = await world.client('sub', lasting())
  expect(inWords(taken)).toEqual(['connack present', 'publish 1 q1 one', 'publish 2 q2 two'])
  expect(inWords(await world.say(peer, ack('puback', 1), ack('pubrec', 2)))).toEqual(['pubrel 2'])
  await world.crash()
  const again = await world.client('sub', lasting())
  expect(inWords(again.taken)).toEqual(['connack present', 'pubrel 2'])
  expect(inWords(await world.say(again.peer, ack('pubcomp', 2)))).toEqual([])
  await world.crash()
  const last = await world.client('sub', lasting())
  expect(world.now.seen).toEqual(['connected sub v5'])
  expect(inWords(last.taken)).toEqual(['connack present', 'pubrel 2'])
})
