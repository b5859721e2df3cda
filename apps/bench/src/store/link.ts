/**
 * One connection of MQTT 3.1.1 for loads of our own: few messages over a great many connections,
 * which mqtt-load does not do. What arrives is heard at once; answers to one chunk leave together.
 */
import { ACK_BYTES, ClientDecoder, encode, writeAck } from '@godwit/codec'
import type { Packet, PublishFrame, WholePacket } from '@godwit/codec'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Who connects, and to whom. */
export interface LinkOptions {
  readonly port: number
  readonly clientId: string
  /** Whether its session ends with it. */
  readonly clean: boolean
  /** The address that it comes from: each has some 28,000 ports. */
  readonly from?: string
  /** Hears every message; what it is given is borrowed. Those above QoS 0 are acknowledged. */
  readonly hear?: (message: PublishFrame) => void
}

/** A connection whose CONNECT was accepted. */
export class Link {
  readonly #socket: Socket
  readonly #decoder = new ClientDecoder({ version: 4 })
  readonly #hear: (message: PublishFrame) => void
  readonly #acks: number[] = []
  #waiting: Waiting | undefined
  #sessionPresent = false

  private constructor(socket: Socket, hear: (message: PublishFrame) => void) {
    this.#socket = socket
    this.#hear = hear
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('The broker closed the connection')))
  }

  /** Connects. @throws {Error} if it is refused. */
  static async open({ port, clientId, clean, from, hear }: LinkOptions): Promise<Link> {
    const socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      ...(from !== undefined && { localAddress: from }),
    })
    const link = new Link(socket, hear ?? (() => {}))
    const connack = link.ask(
      { type: 'connect', version: 4, clientId, cleanStart: clean, keepAlive: 0 },
      'connack',
    )
    const { sessionPresent, reasonCode } = await connack
    if (reasonCode !== 0) {
      socket.destroy()
      throw new Error(`The broker refused ${clientId} with Reason Code ${reasonCode}`)
    }
    link.#sessionPresent = sessionPresent
    return link
  }

  /** Whether the broker had a session for it. */
  get sessionPresent(): boolean {
    return this.#sessionPresent
  }

  /** Sends a packet. */
  say(packet: Packet): void {
    this.#socket.write(encode(packet, 4))
  }

  /** Sends a packet and waits for the next of another type. One at a time. */
  async ask<T extends WholePacket['type']>(
    packet: Packet,
    type: T,
  ): Promise<Extract<WholePacket, { type: T }>> {
    const answer = await new Promise<WholePacket>((resolve, reject) => {
      this.#waiting = { type, resolve, reject }
      this.say(packet)
    })
    if (isOf(answer, type)) return answer
    throw new Error(`The broker answered with ${answer.type} where ${type} was due`)
  }

  /** Subscribes to one filter. @throws {Error} if that is not granted. */
  async subscribe(filter: string, qos: 0 | 1): Promise<void> {
    const subscription = { filter, qos, noLocal: false, retainAsPublished: false } as const
    const subscriptions = [{ ...subscription, retainHandling: 0 }] as const
    const { reasonCodes } = await this.ask(
      { type: 'subscribe', packetId: 1, subscriptions },
      'suback',
    )
    if (reasonCodes[0] !== qos) throw new Error(`${filter} was granted ${reasonCodes[0]}`)
  }

  /** Takes its leave, and waits until the broker has seen to that. */
  async leave(): Promise<void> {
    this.#waiting = undefined
    if (this.#socket.closed) return
    const closed = once(this.#socket, 'close')
    this.#socket.end(encode({ type: 'disconnect', reasonCode: 0 }, 4))
    await closed
  }

  #read(chunk: Uint8Array): void {
    try {
      this.#decoder.push(chunk)
      for (let packet; (packet = this.#decoder.next()) !== undefined;) {
        if (packet.type === 'publish') this.#take(packet)
        else if (packet.type === this.#waiting?.type) this.#settle(packet)
      }
      this.#acknowledge()
    } catch (error) {
      this.#socket.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #take(message: PublishFrame): void {
    if (message.qos > 0) this.#acks.push(message.packetId)
    this.#hear(message)
  }

  #acknowledge(): void {
    if (this.#acks.length === 0) return
    const bytes = new Uint8Array(this.#acks.length * ACK_BYTES)
    let end = 0
    for (const packetId of this.#acks) end = writeAck(bytes, end, 'puback', packetId)
    this.#acks.length = 0
    this.#socket.write(bytes)
  }

  #settle(packet: WholePacket): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve(packet)
  }

  #fail(error: Error): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.reject(error)
  }
}

interface Waiting {
  readonly type: WholePacket['type']
  readonly resolve: (packet: WholePacket) => void
  readonly reject: (error: Error) => void
}

function isOf<T extends WholePacket['type']>(
  packet: WholePacket,
  type: T,
): packet is Extract<WholePacket, { type: T }> {
  return packet.type === type
}
