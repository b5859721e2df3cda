/** Connections to listeners of every kind, and what becomes of a CONNECT on them. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { fileURLToPath } from 'node:url'
import type { Mechanism } from '@godwit/client'
import { Decoder, encode, PublishFrame, returnCodeOfReasonCode } from '@godwit/codec'
import type { ConnectPacket, DecodedPacket, Packet, ProtocolVersion } from '@godwit/codec'
import { WebSocketLine } from './websocket-line.ts'

/** How a listener is come to. */
export interface Approach {
  readonly url: string
  /** For `mqtts` and `wss`: whom the client trusts, and what it shows. */
  readonly tls?: ConnectionOptions
  /** The client's address, if a proxy passes its connection on. */
  readonly proxiedFor?: string
}

/** A connection by which MQTT is spoken. */
class Line implements Disposable {
  readonly #stream: Duplex
  readonly #decoder: Decoder
  readonly #version: ProtocolVersion
  readonly #packets: DecodedPacket[] = []
  #fault: string | undefined
  #changed: () => void = () => {}

  private constructor(stream: Duplex, version: ProtocolVersion) {
    this.#stream = stream
    this.#version = version
    this.#decoder = new Decoder({ version })
    stream.on('data', (chunk: Buffer) => this.#take(chunk))
    stream.on('error', (error) => (this.#fault ??= codeOf(error)))
    stream.on('close', () => this.#changed())
  }

  /** @throws what the handshake fails with */
  static async open(approach: Approach, version: ProtocolVersion): Promise<Line> {
    return new Line(await streamTo(approach), version)
  }

  send(packet: Packet): void {
    this.#stream.write(encode(packet, this.#version))
  }

  /** The next packet; `undefined` if the connection ends before. */
  async next(): Promise<DecodedPacket | undefined> {
    while (this.#packets.length === 0) {
      if (this.#stream.destroyed) return undefined
      await new Promise<void>((resolve) => (this.#changed = resolve))
    }
    return this.#packets.shift()
  }

  [Symbol.dispose](): void {
    this.#stream.destroy()
  }

  #take(chunk: Buffer): void {
    this.#decoder.push(chunk)
    for (let packet; (packet = this.#decoder.next()) !== undefined;) {
      this.#packets.push(packet instanceof PublishFrame ? packet.own() : packet)
    }
    this.#changed()
  }
}

/** The code of CONNACK as it is written in this version; or how the connection ended without. */
export type Answer = number | string

/** What a client hears that says CONNECT, and AUTH if it has a mechanism. */
export async function answerTo(
  approach: Approach,
  connect: ConnectPacket,
  mechanism?: Mechanism,
): Promise<Answer> {
  let line: Line
  try {
    line = await Line.open(approach, connect.version)
  } catch (error) {
    return codeOf(error)
  }
  using open = line
  open.send(connect)
  return await answerOn(open, connect.version, mechanism)
}

/** The answer to a CONNECT that was sent. */
async function answerOn(
  line: Line,
  version: ProtocolVersion,
  mechanism?: Mechanism,
): Promise<Answer> {
  for (;;) {
    const packet = await line.next()
    if (packet === undefined) return CLOSED
    if (packet.type === 'connack') {
      const { reasonCode } = packet
      return version === 5 ? reasonCode : (returnCodeOfReasonCode(reasonCode) ?? -1)
    }
    if (packet.type !== 'auth' || mechanism === undefined) return packet.type
    const data = await mechanism.respond(packet.properties?.authenticationData)
    const authenticationMethod = mechanism.method
    const properties = { authenticationMethod, ...(data && { authenticationData: data }) }
    line.send({ type: 'auth', reasonCode: 0x18, properties })
  }
}

/** The connection was closed without a CONNACK. */
const CLOSED = 'closed'

async function streamTo({ url, tls, proxiedFor }: Approach): Promise<Duplex> {
  const { protocol, hostname, port, pathname } = new URL(url)
  if (protocol === 'mqtt+unix:') {
    return connected(connect({ path: fileURLToPath(`file://${pathname}`) }), 'connect')
  }
  const place = { host: hostname, port: Number(port) }
  const isEncrypted = protocol === 'mqtts:' || protocol === 'wss:'
  const socket = isEncrypted
    ? await connected(connectTls({ ...place, ...tls }), 'secureConnect')
    : await connected(connect(place), 'connect')
  if (proxiedFor !== undefined) socket.write(proxyHeader(proxiedFor))
  return protocol.startsWith('ws') ? new WebSocketLine(socket) : socket
}

async function connected(socket: Socket, event: string): Promise<Socket> {
  socket.setNoDelay()
  try {
    await once(socket, event)
  } catch (error) {
    socket.destroy()
    throw error
  }
  // Until somebody else listens: a connection may be broken at once.
  return socket.on('error', () => {})
}

/** Of version 2, for TCP over IPv4. */
function proxyHeader(address: string): Buffer {
  const body = Buffer.from([...address.split('.').map(Number), 192, 0, 2, 1, 0x80, 0, 0x07, 0x5b])
  return Buffer.concat([PROXY_SIGNATURE, Buffer.from([0x21, 0x11, 0, body.length]), body])
}

const PROXY_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
