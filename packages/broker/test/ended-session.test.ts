// A session that has ended with so many subscriptions that they are not given up at once: nobody is
// subscribed any more. And what its client still publishes on its account.

import { describe, expect, it } from 'vitest'
import { encode } from '@godwit/codec'
import type { Action } from '../src/index.ts'
import { inWords, lasting, lose } from './lasting.ts'
import { disconnect, openWorld, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer, World } from './peer.ts'
import { SlowGuard } from './slow-guard.ts'

describe.each(VERSIONS)('a session of version %i that has ended', (version) => {
  it.each(['t/', '$share/g/t/'])('is not waited for on account of %s', async (prefix) => {
    const world = await openWorld()
    for (const granted of [0, 1] as const) {
      const leaves = await subscribed(world, version, prefix, granted)
      const sender = world.client('sender', { version })
      leaves.write(encode(disconnect(), version))
      for (const qos of [1, 2] as const) {
        sender.write(encode(publish('t/999', 'x', { qos, packetId: qos }), version))
      }
      const none = version === 5 ? ' 0x10' : ''
      expect(inWords(sender.take())).toEqual([`puback 1${none}`, `pubrec 2${none}`])
    }
    expect(world.broker.stats()).toMatchObject({
      subscriptions: 0,
      messagesDropped: { away: 0, 'backlog-full': 0 },
    })
  })

  it('leaves what is shared to members that are not gone', async () => {
    const world = await openWorld()
    const leaves = await subscribed(world, version, '$share/g/t/', 1)
    const stays = world.client('stays', { version })
    stays.send(subscribe({ filter: '$share/g/t/999', qos: 1 }))
    stays.take()
    leaves.write(encode(disconnect(), version))
    const sender = world.client('sender', { version })
    for (const packetId of [1, 2]) {
      sender.write(encode(publish('t/999', `${packetId}`, { qos: 1, packetId }), version))
    }
    expect(inWords(sender.take())).toEqual(['puback 1', 'puback 2'])
    expect(stays.takeTexts()).toEqual(['1', '2'])
  })
})

it('a will that is late comes to no later session of its client with No Local [MQTT-3.8.3-3]', async () => {
  const slow = new SlowGuard<Action, boolean>()
  const authorize = (action: Action): boolean | Promise<boolean> =>
    action.type === 'will' ? slow.guard(action) : true
  const world = await openWorld({ guards: { authorize } })
  const will = { topic: 'w', payload: new Uint8Array(), qos: 1, retain: false } as const
  lose(world, world.client('c', { ...lasting(), will }))
  expect(slow.asked).toHaveLength(1)
  const later = world.client('c', { cleanStart: true })
  const other = world.client('d')
  for (const peer of [later, other]) {
    peer.send(subscribe({ filter: 'w', noLocal: true }))
    peer.take()
  }
  slow.answer(0, true)
  await world.clock.settled()
  expect(inWords(other.take())).toEqual(['publish q0 '])
  expect(later.take()).toEqual([])
})

/** A client with 1000 subscriptions, to 0 and so on up to 999 behind the prefix. */
async function subscribed(
  world: World,
  version: 3 | 4 | 5,
  prefix: string,
  qos: 0 | 1,
): Promise<Peer> {
  const peer = world.client('leaves', { version })
  const filters = Array.from({ length: 1000 }, (_, index) => ({ filter: `${prefix}${index}`, qos }))
  peer.send(subscribe(...filters))
  await world.clock.settled()
  expect(world.broker.stats().subscriptions).toBe(1000)
  peer.take()
  return peer
}
