// What the scenarios of a durable broker do again and again.

import type { ConnectPacket, Packet, ProtocolVersion, QoS, Subscription } from '@godwit/codec'
import type { DurableWorld } from './durable-world.ts'
import { inWords, lasting } from './lasting.ts'
import { publish, subscribe } from './peer.ts'
import type { Peer } from './peer.ts'

/** A filter at QoS 0, or a whole subscription. */
export type Wanted = string | (Partial<Subscription> & { identifier?: number })

/** The state of a client at a moment: the way to it, and what has just come. */
export interface Arrived {
  readonly peer: Peer
  readonly words: readonly string[]
}

/** A client with a session that is kept comes, or comes back. */
export async function come(
  world: DurableWorld,
  clientId: string,
  fields: Partial<ConnectPacket> = lasting(),
): Promise<Arrived> {
  const { peer, taken } = await world.client(clientId, fields)
  return { peer, words: inWords(taken) }
}

/** The same, which subscribes. */
export async function subscriber(
  world: DurableWorld,
  clientId: string,
  subscriptions: readonly Wanted[],
  fields: Partial<ConnectPacket> = lasting(),
): Promise<Peer> {
  const { peer } = await world.client(clientId, fields)
  await world.say(peer, subscribe(...subscriptions))
  return peer
}

/** The same, which has left without a word. */
export async function away(
  world: DurableWorld,
  clientId: string,
  subscriptions: readonly Wanted[],
  fields: Partial<ConnectPacket> = lasting(),
): Promise<void> {
  const peer = await subscriber(world, clientId, subscriptions, fields)
  await lost(world, peer)
}

/** The connections of these clients break. */
export async function lost(world: DurableWorld, ...peers: readonly Peer[]): Promise<void> {
  for (const { transport } of peers) transport.cut()
  await world.settle()
}

/** Sends packets, and returns what came back, in words. */
export async function said(
  world: DurableWorld,
  peer: Peer,
  ...packets: readonly Packet[]
): Promise<readonly string[]> {
  return inWords(await world.say(peer, ...packets))
}

/** The program publishes these texts, one after the other. */
export async function published(
  world: DurableWorld,
  topic: string,
  qos: QoS,
  texts: readonly string[],
): Promise<void> {
  for (const text of texts) {
    world.now.broker.publish({ topic, qos, payload: new TextEncoder().encode(text) })
  }
  await world.settle()
}

/** Time passes, and what is due happens. */
export async function passes(world: DurableWorld, ms: number): Promise<void> {
  world.now.clock.advance(ms)
  await world.settle()
}

/** What of a topic is retained, as a new subscriber sees it. */
export async function retainedOn(
  world: DurableWorld,
  filter: string,
  version: ProtocolVersion = 5,
): Promise<readonly string[]> {
  const { peer } = await world.client(`looking ${filter}`, { version })
  const taken = await world.say(peer, subscribe({ filter, qos: 2 }))
  await lost(world, peer)
  return inWords(taken.filter(({ type }) => type === 'publish'))
}

/** How many commits the store has seen. */
export function commits(world: DurableWorld): number {
  return world.now.broker.stats().store?.commits ?? 0
}

/** PUBLISH of QoS 1. */
export function once(topic: string, text: string, packetId = 1): Packet {
  return publish(topic, text, { qos: 1, packetId })
}

/** PUBLISH of QoS 2. */
export function exactly(topic: string, text: string, packetId = 1): Packet {
  return publish(topic, text, { qos: 2, packetId })
}
