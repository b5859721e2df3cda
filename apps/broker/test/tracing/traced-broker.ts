/** A broker in virtual time, with clients that say what a test wants. */
import { Broker } from '@godwit/broker'
import type { Observers } from '@godwit/broker'
import { encode } from '@godwit/codec'
import type { ConnectPacket, Packet, PropertiesOf, QoS } from '@godwit/codec'
import { MemoryListener, VirtualClock } from '@godwit/transport/testing'

/** The broker, and its time. */
export interface TracedBroker extends AsyncDisposable {
  readonly broker: Broker
  readonly clock: VirtualClock
  /** Connects a client that has said CONNECT and was let in. */
  client(clientId: string, others?: Partial<ConnectPacket>): Speaker
}

/** What a test says as a client. */
interface Speaker {
  /** Says packets, and lets the broker deal with them. */
  say(...packets: readonly Packet[]): void
  /** Closes the connection without a word. */
  cut(): void
}

export async function tracedBroker(observers: Observers = {}): Promise<TracedBroker> {
  const clock = new VirtualClock()
  const listener = new MemoryListener(clock)
  const broker = new Broker({
    listeners: [{ listener, name: 'lan' }],
    clock,
    observers,
    systemTopicsEveryMs: 0,
  })
  await broker.start()
  const client = (clientId: string, others: Partial<ConnectPacket> = {}): Speaker => {
    const transport = listener.dial()
    const { version = 5 } = others
    const say = (...packets: readonly Packet[]): void => {
      transport.write(packets.map((packet) => encode(packet, version)))
      clock.advance(1)
    }
    say({ type: 'connect', version, clientId, cleanStart: true, keepAlive: 0, ...others })
    const cut = (): void => {
      transport.destroy()
      clock.advance(1)
    }
    return { say, cut }
  }
  const dispose = async (): Promise<void> => {
    const closed = broker.close()
    await clock.settled()
    clock.advance(10_000)
    await closed
  }
  return { broker, clock, client, [Symbol.asyncDispose]: dispose }
}

/** A PUBLISH. */
export function publish(
  topic: string,
  payload: string,
  qos: QoS = 0,
  properties?: PropertiesOf<'publish'>,
): Packet {
  const bytes = Buffer.from(payload)
  const packetId = qos === 0 ? 0 : 7
  const flags = { qos, dup: false, retain: false, packetId }
  return { type: 'publish', topic, payload: bytes, ...flags, ...(properties && { properties }) }
}

/** A SUBSCRIBE to one filter. */
export function subscribe(filter: string, qos: QoS = 0): Packet {
  const options = { noLocal: false, retainAsPublished: false, retainHandling: 0 } as const
  return { type: 'subscribe', packetId: 3, subscriptions: [{ filter, qos, ...options }] }
}
