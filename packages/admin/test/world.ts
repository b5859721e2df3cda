// The world of these tests: a broker on a network in memory with virtual time, clients that say
// what they are told, and the admin API before it on a real port, which is the subject.

import { Broker } from '@godwit/broker'
import type { BrokerOptions } from '@godwit/broker'
import { Decoder, encode } from '@godwit/codec'
import type { ConnectPacket, Packet } from '@godwit/codec'
import { plainPacket } from '@godwit/codec/testing'
import { MemoryListener, VirtualClock } from '@godwit/transport/testing'
import { AdminClient, AdminServer, brokerBackend, Problem } from '../src/index.ts'
import type { AdminServerOptions, BrokerBackendOptions } from '../src/index.ts'
import { parseToken } from '../src/index.ts'

/** What a test may look at and turn. */
export interface World extends AsyncDisposable {
  readonly broker: Broker
  readonly clock: VirtualClock
  readonly server: AdminServer
  readonly url: string
  /** May change things. */
  readonly admin: AdminClient
  /** May look. */
  readonly reader: AdminClient
  /** Connects a client, and returns what it can do. */
  readonly connect: (clientId: string, fields?: Partial<ConnectPacket>) => Device
  /** Asks by hand. */
  readonly ask: (method: string, path: string, init?: Asked) => Promise<Response>
}

/** A client of the broker. */
interface Device {
  readonly send: (...packets: readonly Packet[]) => void
  /** What came since it was asked last. */
  readonly take: () => readonly Packet[]
  /** Breaks the connection. */
  readonly cut: () => void
}

/** Secrets of the tokens. */
export const WRITE_TOKEN: string = 'w'.repeat(32)
export const READ_TOKEN: string = 'r'.repeat(32)

/** What is asked by hand. */
interface Asked {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
}

/** What may be said differently. */
export interface WorldOptions {
  readonly broker?: Partial<BrokerOptions>
  readonly backend?: Partial<BrokerBackendOptions>
  readonly server?: Partial<AdminServerOptions>
}

/** Starts a broker and its admin API. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const clock = new VirtualClock()
  const listener = new MemoryListener(clock)
  const quiet = { systemTopicsEveryMs: 0, seed: 1 }
  const broker = new Broker({ listeners: [listener], clock, ...quiet, ...options.broker })
  const listeners = await broker.start()
  const program = { version: '0.0.0', listeners: () => listeners, ...options.backend }
  const server = new AdminServer({
    backend: brokerBackend({ broker, ...program }),
    tokens: [
      parseToken(`operator:write:${WRITE_TOKEN}`, 'test'),
      parseToken(`grafana:read:${READ_TOKEN}`, 'test'),
    ],
    port: 0,
    ...options.server,
  })
  const url = await server.listen()
  return {
    broker,
    clock,
    server,
    url,
    admin: new AdminClient({ url, token: WRITE_TOKEN }),
    reader: new AdminClient({ url, token: READ_TOKEN }),
    connect: (clientId, fields) => deviceOf(clock, listener, { ...CONNECT, clientId, ...fields }),
    ask: (method, path, init = {}) =>
      fetch(`${url}${path}`, {
        method,
        ...init,
        headers: { Authorization: `Bearer ${WRITE_TOKEN}`, ...init.headers },
      }),
    [Symbol.asyncDispose]: async () => {
      await server.close()
      const closed = broker.close()
      await clock.settled()
      await closed
    },
  }
}

/** A program behind the broker that offers everything, and remembers what was done. */
export function wholeProgram(): Required<Pick<BrokerBackendOptions, Offered>> {
  const traces = new Map<string, { kind: 'client' | 'topic'; value: string }>()
  let level = 'info'
  return {
    explain: async (action) => ({
      decision: action.type === 'subscribe' ? 'partly' : 'deny',
      because: 'acl.txt:3: topic deny secret/#',
      opinions: [
        { authorizer: 'jwt', ruling: undefined },
        { authorizer: 'acl.txt', ruling: { decision: 'deny', because: 'acl.txt:3' } },
      ],
    }),
    traces: {
      list: async () => [...traces.values()].map((trace) => ({ ...trace, expiresInSeconds: 5 })),
      start: async (kind, value, seconds) => {
        traces.set(`${kind} ${value}`, { kind, value })
        return { kind, value, expiresInSeconds: seconds }
      },
      stop: async (kind, value) => traces.delete(`${kind} ${value}`),
    },
    reload: async () => ({ changes: ['rates.logins is 5'], restart: [], affected: [] }),
    plan: async ({ text }) => {
      if (text === '') throw new Problem('refused', 'The configuration is empty')
      return { changes: [], restart: ['data'], affected: [{ clientId: 'c', loses: 'a/#' }] }
    },
    logLevel: {
      levels: ['info', 'debug'],
      get: () => ({ level }),
      set: (to) => {
        level = to
      },
    },
  }
}

type Offered = 'explain' | 'traces' | 'reload' | 'plan' | 'logLevel'

const CONNECT: ConnectPacket = {
  type: 'connect',
  version: 5,
  clientId: 'c',
  cleanStart: true,
  keepAlive: 0,
}

function deviceOf(clock: VirtualClock, listener: MemoryListener, connect: ConnectPacket): Device {
  const transport = listener.dial()
  const decoder = new Decoder({ version: connect.version })
  let taken: Packet[] = []
  transport.onData = (chunk) => {
    decoder.push(chunk)
    for (let packet; (packet = decoder.next()) !== undefined;) taken.push(plainPacket(packet))
  }
  const device: Device = {
    send: (...packets) => {
      transport.write(packets.map((packet) => encode(packet, connect.version)))
      clock.settle()
    },
    take: () => {
      clock.settle()
      const was = taken
      taken = []
      return was
    },
    cut: () => {
      transport.cut()
      clock.settle()
    },
  }
  device.send(connect)
  device.take()
  return device
}

/** A SUBSCRIBE. */
export function subscribe(...filters: readonly string[]): Packet {
  return {
    type: 'subscribe',
    packetId: 1,
    subscriptions: filters.map((filter) => ({
      filter,
      qos: 1,
      noLocal: false,
      retainAsPublished: false,
      retainHandling: 0,
    })),
  }
}
