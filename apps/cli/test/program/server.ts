/** A broker of ours at a real port, which remembers every packet that its clients have sent. */
import { Broker } from '@godwit/broker'
import type { BrokerOptions } from '@godwit/broker'
import { Decoder, PublishFrame } from '@godwit/codec'
import type { ConnectPacket, Packet, PublishPacket, SubscribePacket } from '@godwit/codec'
import type { Listener, Transport } from '@godwit/transport'
import { systemClock, TcpListener } from '@godwit/transport/node'
import { createServer, type Server as NetServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { createServer as createTlsServer, type TlsOptions, type TLSSocket } from 'node:tls'
import { TcpTransport } from '@godwit/transport/node'

/** A broker that listens. */
export interface Server extends AsyncDisposable {
  readonly broker: Broker
  readonly port: number
  /** What clients have sent, in order. */
  readonly packets: readonly Packet[]
  /** The first CONNECT. */
  connect(): Promise<ConnectPacket>
  /** The PUBLISHes, as soon as there are so many. */
  publishes(count: number): Promise<readonly PublishPacket[]>
  /** The SUBSCRIBEs, as soon as there are so many. */
  subscribes(count: number): Promise<readonly SubscribePacket[]>
  /** What `find` finds, asked again with each packet. */
  until<T>(what: string, find: () => T | undefined): Promise<T>
}

const PATIENCE_MS = 20_000

/** Starts one at a port of 127.0.0.1, or by other means. */
export async function startServer(
  options: Partial<BrokerOptions> = {},
  place: (accepted: (transport: Transport) => Transport) => Listener = tcp,
): Promise<Server> {
  const packets: Packet[] = []
  const waiting = new Set<() => void>()
  const listener = place((transport) =>
    overheard(transport, (packet) => {
      packets.push(packet)
      for (const wake of waiting) wake()
    }),
  )
  const broker = new Broker({ listeners: [listener], clock: systemClock, ...options })
  const [url = ''] = await broker.start()
  const until = async <T>(what: string, find: () => T | undefined): Promise<T> => {
    const timeout = AbortSignal.timeout(PATIENCE_MS)
    for (;;) {
      const found = find()
      if (found !== undefined) return found
      if (timeout.aborted) throw new Error(`${what} did not come: ${JSON.stringify(packets)}`)
      await new Promise<void>((resolve) => {
        waiting.add(resolve)
        timeout.addEventListener('abort', () => resolve(), { once: true })
      })
      waiting.clear()
    }
  }
  const all = <T extends Packet['type']>(type: T, count: number) =>
    until(`${count} ${type}`, () => {
      const found = packets.filter((packet) => packet.type === type)
      return found.length >= count ? (found as Extract<Packet, { type: T }>[]) : undefined
    })
  return {
    broker,
    port: Number(new URL(url).port),
    packets,
    until,
    connect: async () => (await all('connect', 1))[0]!,
    publishes: (count) => all('publish', count),
    subscribes: (count) => all('subscribe', count),
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  }
}

type Accepted = (transport: Transport) => Transport

function tcp(accepted: Accepted): Listener {
  const listener = new TcpListener({ host: '127.0.0.1', port: 0 })
  return {
    listen: (accept) => listener.listen((transport) => accept(accepted(transport))),
    close: () => listener.close(),
    [Symbol.asyncDispose]: () => listener.close(),
  }
}

/** A listener with TLS at 127.0.0.1, which tells of each connection. */
export function tls(
  options: TlsOptions,
  secured: (socket: TLSSocket) => void = () => {},
): (accepted: Accepted) => Listener {
  return (accepted) =>
    socketListener('mqtts', (accept) =>
      createTlsServer(options, (socket) => {
        secured(socket)
        accept(accepted(new TcpTransport(socket)))
      }),
    )
}

/** A listener at a Unix domain socket. */
export function unix(path: string): (accepted: Accepted) => Listener {
  return (accepted) =>
    socketListener(
      'mqtt',
      (accept) => createServer((socket) => accept(accepted(new TcpTransport(socket)))),
      path,
    )
}

function socketListener(
  scheme: string,
  make: (accept: (transport: Transport) => void) => NetServer,
  path?: string,
): Listener {
  let server: NetServer | undefined
  const sockets = new Set<Socket>()
  const close = async (): Promise<void> => {
    server?.close()
    for (const socket of sockets) socket.destroy()
  }
  return {
    async listen(accept) {
      server = make(accept)
      server.on('connection', (socket: Socket) => sockets.add(socket))
      if (path === undefined) server.listen({ host: '127.0.0.1', port: 0 })
      else server.listen({ path })
      await once(server, 'listening')
      const bound = server.address()
      const port = typeof bound === 'object' ? bound?.port : 0
      return { url: `${scheme}://127.0.0.1:${port ?? 0}` }
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function overheard(transport: Transport, hear: (packet: Packet) => void): Transport {
  const decoder = new Decoder()
  return new Proxy(transport, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
    set: (target, name, value) => {
      if (name !== 'onData') return Reflect.set(target, name, value, target)
      target.onData = (chunk) => {
        decoder.push(chunk)
        for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) {
          hear(packet instanceof PublishFrame ? plain(packet) : packet)
        }
        value(chunk)
      }
      return true
    },
  })
}

function plain(frame: PublishFrame): PublishPacket {
  const { type, topic, qos, retain, dup, packetId, properties } = frame
  const payload = Buffer.from(frame.payload)
  return { type, topic, payload, qos, retain, dup, packetId, properties }
}
