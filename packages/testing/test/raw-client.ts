// A client that says exactly the packets it is told to, over whatever a world dials.

import { Decoder, encode } from '@godwit/codec'
import type { ConnectPacket, Packet, ProtocolVersion } from '@godwit/codec'
import type { Transport } from '@godwit/transport'
import type { World } from '../src/index.ts'
import { plainPacket } from '../src/wire-packet.ts'

/** One connection. */
export class RawClient {
  readonly transport: Transport
  readonly received: Packet[] = []
  /** How its connection ended, if it has. */
  closed: 'in order' | Error | undefined
  readonly #version: ProtocolVersion

  constructor(transport: Transport, version: ProtocolVersion) {
    this.transport = transport
    this.#version = version
    const decoder = new Decoder({ version })
    transport.onClose = (error) => {
      this.closed = error ?? 'in order'
    }
    transport.onData = (chunk) => {
      decoder.push(chunk)
      for (let packet; (packet = decoder.next()) !== undefined;) {
        this.received.push(plainPacket(packet))
      }
    }
  }

  send(...packets: readonly Packet[]): void {
    this.transport.write(packets.map((packet) => encode(packet, this.#version)))
  }
}

/** Dials, and says CONNECT. */
export async function rawClient(
  world: World,
  clientId: string,
  fields: Partial<ConnectPacket> = {},
): Promise<RawClient> {
  const { signal } = new AbortController()
  const transport = await world.dial(new URL(world.url), { signal })
  const client = new RawClient(transport, fields.version ?? 5)
  client.send({ type: 'connect', version: 5, clientId, cleanStart: true, keepAlive: 0, ...fields })
  await world.settled()
  return client
}

/** A PUBLISH of a text. */
export function publish(topic: string, text: string, packetId = 0): Packet {
  const payload = new TextEncoder().encode(text)
  const qos = packetId === 0 ? 0 : 1
  return { type: 'publish', topic, payload, qos, retain: false, dup: false, packetId }
}
