// Brokers of which the guards change their minds, or take their time over deliveries.

import type { ProtocolVersion } from '@godwit/codec'
import type { Action, BrokerLimits, Guards } from '../src/index.ts'
import { lasting, lose } from './lasting.ts'
import { openWorld, subscribe } from './peer.ts'
import type { Peer, World } from './peer.ts'
import { SlowGuard } from './slow-guard.ts'

/** A guard that denies what it is told to, such as `deliver a` or `subscribe b/#`. */
export async function changing(pace: 'sync' | 'slow'): Promise<{
  world: World
  rights: { denied: string[] }
  asked: Action[]
  changed: World['broker']['rightsChanged']
}> {
  const rights = { denied: [] as string[] }
  const asked: Action[] = []
  const authorize: Guards['authorize'] = (action) => {
    asked.push(action)
    const about = action.type === 'subscribe' ? action.filter : action.topic
    const may = !rights.denied.includes(`${action.type} ${about}`)
    return pace === 'sync' ? may : Promise.resolve(may)
  }
  const world = await openWorld({ guards: { authorize }, systemTopicsEveryMs: 0 })
  const changed: World['broker']['rightsChanged'] = async (chosen) => {
    const done = world.broker.rightsChanged(chosen)
    await world.clock.settled()
    await done
  }
  return { world, rights, asked, changed }
}

/** A guard that is slow about deliveries, and a client whose rights have changed. */
export async function watched(
  limits: Partial<BrokerLimits> = {},
  withOther = true,
): Promise<Awaited<ReturnType<typeof slowly>> & { peer: Peer; other: Peer; publisher: Peer }> {
  const { world, slow } = await slowly({
    limits,
    backlogPolicy: withOther ? 'drop-oldest' : 'refuse',
  })
  const peer = world.client('c', lasting())
  peer.send(subscribe({ filter: 'a', qos: 1 }))
  peer.take()
  void world.broker.rightsChanged(({ clientId }) => clientId === 'c')
  const other = world.client('watcher')
  if (withOther) other.send(subscribe('a'))
  other.take()
  return { world, slow, peer, other, publisher: world.client('p') }
}

/** A guard that is slow about deliveries. */
export async function slowly(
  options: Parameters<typeof openWorld>[0] = {},
): Promise<{ world: World; slow: SlowGuard<Action, boolean> }> {
  const slow = new SlowGuard<Action, boolean>()
  const authorize: Guards['authorize'] = (action) =>
    action.type === 'deliver' ? slow.guard(action) : true
  return { world: await openWorld({ ...options, guards: { authorize } }), slow }
}

/** A client that is away, for whom these wait, at QoS 1: `topic text`. */
export async function away(
  world: World,
  version: ProtocolVersion,
  messages: readonly string[],
): Promise<void> {
  const peer = world.client('c', lasting(version))
  peer.send(subscribe({ filter: '#', qos: 1 }))
  await world.clock.settled()
  lose(world, peer)
  for (const message of messages) {
    const [topic = '', text = ''] = message.split(' ')
    world.broker.publish({ topic, payload: new TextEncoder().encode(text), qos: 1 })
  }
  world.clock.settle()
}

/** Answers the questions with these numbers, one after the other. */
export async function answering(
  { clock }: World,
  slow: SlowGuard<Action, boolean>,
  numbers: readonly number[],
  answer = true,
): Promise<void> {
  for (const number of numbers) {
    slow.answer(number, answer)
    await clock.settled()
  }
}
