/** A client that others wrote, as the interoperability tests see it. */
import type { ProtocolVersion, QoS } from '@godwit/codec'
import type { RunningBroker } from '../running-broker.ts'

/** What is published and received. */
export interface Message {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: QoS
  readonly retain: boolean
}

/** A kind of client. All of them speak MQTT 3.1, 3.1.1 and 5.0. */
export interface Peer {
  readonly name: string
  /** The Debian package that is not there, or undefined. */
  readonly missing: string | undefined
  /** Connects and subscribes; resolves when the broker has granted it. */
  receive(at: Whereabouts, filters: readonly string[], how?: Receiving): Promise<Receiver>
  /** Publishes in order, each at its QoS; resolves when the broker has acknowledged it. */
  publish(at: Whereabouts, messages: readonly Message[]): Promise<void>
}

/** Which broker a peer connects to, and in which version. */
export interface Whereabouts {
  readonly broker: RunningBroker
  readonly version: ProtocolVersion
}

/** How a peer subscribes. */
interface Receiving {
  /** The highest QoS of what it gets; 2 where left out. */
  readonly qos?: QoS
  /** The Client Identifier of a session that outlives the connection; none where left out. */
  readonly session?: string
}

/** A client that has subscribed. */
export interface Receiver extends AsyncDisposable {
  /** What has come so far. */
  readonly messages: readonly Message[]
  /** The first `count` messages with topics that begin so, waiting for them if need be. */
  received(topicStart: string, count: number): Promise<readonly Message[]>
  /** Says DISCONNECT and goes. */
  leave(): Promise<void>
  /** Goes without a word. */
  cut(): Promise<void>
}

/** The three versions, as the specifications number them. */
export const VERSIONS: readonly ProtocolVersion[] = [3, 4, 5]

/** A message, at QoS 0 and not to be retained unless told otherwise. */
export function message(topic: string, text = '', rest: Partial<Message> = {}): Message {
  return { topic, payload: Buffer.from(text), qos: 0, retain: false, ...rest }
}

/**
 * Whether tests with these peers are to be skipped. Where nobody watches they run instead, and
 * fail for want of the peer.
 */
export function skips(...peers: readonly Peer[]): boolean {
  const inCi = !['', '0', 'false'].includes(process.env['CI'] ?? '')
  return !inCi && peers.some(({ missing }) => missing !== undefined)
}

/** What the title of a test says of peers that are missing; nothing if they are there. */
export function absence(...peers: readonly Peer[]): string {
  const missing = [...new Set(peers.flatMap((peer) => peer.missing ?? []))]
  return missing.length === 0 ? '' : ` (the Debian package ${missing.join(' and ')} is missing)`
}

/** @throws if the peer is not there. */
export function demand({ name, missing }: Peer): void {
  if (missing !== undefined) throw new Error(`${name} needs the Debian package ${missing}`)
}
