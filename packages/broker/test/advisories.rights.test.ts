// Classes of advisories that other brokers have had: what a client gets, or says, that it may not.

import type { Packet } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import type { Action } from '../src/index.ts'
import { changing } from './changing-rights.ts'
import { DurableWorld } from './durable-world.ts'
import { lasting, lose, resume } from './lasting.ts'
import { openWorld, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer, World } from './peer.ts'

const TOPIC = '$SYS/broker/version'

describe('$SYS published by clients', () => {
  it.each([0, 1, 2] as const)('is refused at QoS %i, retained or not', async (qos) => {
    const { world, watcher } = await withVersion()
    const peer = world.client('p')
    peer.send(
      publish(TOPIC, 'forged', { qos, packetId: qos === 0 ? 0 : 1, retain: true }),
      publish('$SYS', 'forged', { qos, packetId: qos === 0 ? 0 : 2 }),
    )
    expect(saidAndKept(world, watcher)).toEqual([[], 'genuine'])
  })

  it('is refused by a Topic Alias, given together with the topic or before it', async () => {
    const { world, watcher } = await withVersion()
    const properties = { topicAlias: 1 }
    const peer = world.client('p')
    peer.send(publish(TOPIC, 'forged', { properties, retain: true }))
    peer.send(publish('', 'forged', { properties, retain: true }))
    expect(saidAndKept(world, watcher)).toEqual([[], 'genuine'])
  })

  it.each(VERSIONS)('is refused as a Will of version %i', async (version) => {
    const { world, watcher } = await withVersion()
    lose(world, world.client('p', { version, will: FORGED_WILL }))
    expect(saidAndKept(world, watcher)).toEqual([[], 'genuine'])
  })

  it('is refused as a Will with a delay, when it is due and when its session is ended', async () => {
    const { world, watcher } = await withVersion()
    const will = { ...FORGED_WILL, properties: { willDelayInterval: 5 } }
    lose(world, world.client('p', { ...lasting(), will }))
    lose(world, world.client('q', { ...lasting(), will }))
    await world.broker.inspection.endSession('q')
    world.clock.advance(10_000)
    expect(saidAndKept(world, watcher)).toEqual([[], 'genuine'])
  })

  it('is refused as a Will that was read from the store', async () => {
    const world = await DurableWorld.open()
    const will = { ...FORGED_WILL, properties: { willDelayInterval: 5 } }
    const { peer } = await world.client('p', { ...lasting(), will })
    lose(world.now, peer)
    await world.settle()
    await world.crash()
    const heard: string[] = []
    world.now.broker.subscribe('$SYS/#', ({ topic }) => heard.push(topic))
    world.now.clock.advance(60_000)
    await world.settle()
    expect([heard, world.now.broker.inspection.retained('$SYS/#').items]).toEqual([[], []])
  })

  it('is not reached by way of the prefix of Shared Subscriptions', async () => {
    const { world, watcher } = await withVersion()
    const peer = world.client('p')
    peer.send(publish(`$share/g/${TOPIC}`, 'forged', { retain: true }))
    expect(saidAndKept(world, watcher)).toEqual([[], 'genuine'])
  })
})

describe.each(['sync', 'slow'] as const)('messages after rights are lost, %s', (pace) => {
  it('neither live nor retained ones reach a client that was connected', async () => {
    const { world, rights, changed } = await changing(pace)
    retain(world, 'secret', 'old')
    const peer = await subscribed(world, { filter: '#', qos: 1 })
    expect(peer.takeTexts()).toEqual(['old'])
    rights.denied.push('deliver secret')
    await changed()
    for (const qos of [0, 1, 2] as const) say(world, 'secret', `live ${qos}`, qos)
    peer.send(subscribe({ filter: '#', qos: 1 }, { filter: 'secret', qos: 2 }))
    await world.clock.settled()
    say(world, 'open', 'public', 0)
    await world.clock.settled()
    expect(peer.takeTexts()).toEqual(['public'])
  })

  it('neither queued nor retained ones reach a client that comes back', async () => {
    const { world, rights, changed } = await changing(pace)
    const former = await subscribed(world, { filter: '#', qos: 2 })
    lose(world, former)
    for (const qos of [1, 2] as const) say(world, 'secret', `queued ${qos}`, qos)
    say(world, 'open', 'public', 1)
    rights.denied.push('deliver secret')
    await changed()
    retain(world, 'secret', 'kept')
    const { peer, taken } = resume(world, 'c', lasting())
    await world.clock.settled()
    peer.send(subscribe({ filter: '#', qos: 2 }))
    await world.clock.settled()
    expect([...textsOf(taken), ...peer.takeTexts()]).toEqual(['public'])
  })

  it('neither live nor retained ones come by a subscription that is denied', async () => {
    const { world, rights, changed } = await changing(pace)
    const peer = await subscribed(world, { filter: 'secret/#', qos: 1 })
    peer.send(subscribe('$share/g/secret/#'))
    await world.clock.settled()
    peer.take()
    rights.denied.push('subscribe secret/#', 'subscribe $share/g/secret/#')
    await changed()
    say(world, 'secret/x', 'live', 1)
    retain(world, 'secret/y', 'kept')
    peer.send(subscribe('secret/#'))
    await world.clock.settled()
    expect(peer.takeTexts()).toEqual([])
    expect(world.broker.inspection.matching('secret/x')).toEqual({ subscriptions: [], total: 0 })
  })

  it('none that wait on disk reach a client, over a kill', async () => {
    const denied = new Set<string>()
    const authorize = (action: Action): boolean | Promise<boolean> => {
      const may = action.type !== 'deliver' || !denied.has(action.topic)
      return pace === 'sync' ? may : Promise.resolve(may)
    }
    const world = await DurableWorld.open({ guards: { authorize } })
    const { peer } = await world.client('c', lasting())
    await world.say(peer, subscribe({ filter: '#', qos: 2 }))
    lose(world.now, peer)
    say(world.now, 'secret', 'queued', 1)
    say(world.now, 'secret', 'queued', 2)
    say(world.now, 'open', 'public', 1)
    await world.settle()
    denied.add('secret')
    await world.crash()
    const back = await world.client('c', lasting())
    await world.settle()
    const texts = [...textsOf(back.taken), ...back.peer.takeTexts()]
    expect(texts).toEqual(['public'])
  })
})

function textsOf(packets: readonly Packet[]): readonly string[] {
  return packets.flatMap((packet) =>
    packet.type === 'publish' ? [new TextDecoder().decode(packet.payload)] : [],
  )
}

const FORGED_WILL = {
  topic: TOPIC,
  payload: new TextEncoder().encode('forged'),
  qos: 1,
  retain: true,
} as const

/** A broker that says its version once, and somebody who hears all that is said below `$SYS`. */
async function withVersion(): Promise<{ world: World; watcher: Peer }> {
  const world = await openWorld({ systemTopicsEveryMs: 0 })
  retain(world, TOPIC, 'genuine')
  const watcher = world.client('watcher')
  watcher.send(subscribe({ filter: '$SYS/#', qos: 2 }, '#'))
  expect(watcher.takeTexts()).toEqual(['genuine'])
  return { world, watcher }
}

/** What was said below `$SYS` since then, and what is retained there. */
function saidAndKept({ broker }: World, watcher: Peer): readonly unknown[] {
  const kept = broker.inspection.retainedMessage(TOPIC)?.payload
  return [watcher.takeTexts(), new TextDecoder().decode(kept)]
}

async function subscribed(
  world: World,
  subscription: { filter: string; qos: 0 | 1 | 2 },
): Promise<Peer> {
  const peer = world.client('c', lasting())
  peer.send(subscribe(subscription))
  await world.clock.settled()
  return peer
}

function retain({ broker }: World, topic: string, text: string): void {
  broker.publish({ topic, payload: new TextEncoder().encode(text), retain: true })
}

function say({ broker, clock }: World, topic: string, text: string, qos: 0 | 1 | 2): void {
  broker.publish({ topic, payload: new TextEncoder().encode(text), qos })
  clock.settle()
}
