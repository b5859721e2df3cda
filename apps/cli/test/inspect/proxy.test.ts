// The proxy, between real sockets: what passes is what was sent, whatever that is.

import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { Broker } from '@godwit/broker'
import { encode } from '@godwit/codec'
import { bytesOf } from '@godwit/codec/testing'
import { systemClock, TcpListener } from '@godwit/transport/node'
import type { Happening } from '../../src/inspect/happening.ts'
import { Proxy } from '../../src/inspect/proxy.ts'

describe('a proxy', () => {
  it('shows both directions of a connection to a broker, in its version', async () => {
    await using broker = new Broker({
      listeners: [new TcpListener({ host: '127.0.0.1', port: 0 })],
      clock: systemClock,
    })
    const [url = ''] = await broker.start()
    await using proxied = await Proxied.to(Number(new URL(url).port))
    const client = await proxied.connect()
    const identity = { clientId: 'c', cleanStart: true, keepAlive: 0 } as const
    client.write(encode({ type: 'connect', version: 5, ...identity }, 5))
    await proxied.until(() => proxied.types.includes('connack'))
    client.end(bytesOf('c0 00 e0 00'))
    await proxied.until(() => proxied.notes.some((note) => note.includes('over')))
    expect(proxied.types).toEqual(['connect', 'connack', 'pingreq', 'disconnect', 'pingresp'])
    expect(proxied.versions).toEqual(new Set([5]))
    expect(proxied.notes[0]).toMatch(/^Connection 1: from 127\.0\.0\.1, port \d+$/)
    expect(proxied.notes.at(-1)).toMatch(/^Connection 1: over: \d+ bytes from the client, \d+/)
  })

  it('forwards bytes that are no packets untouched, both ways, and hears the other end out', async () => {
    const noise = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7919) & 0xff))
    await using server = await Peer.listening(async (socket) => {
      // It answers only when the client has no more to say.
      socket.end(Buffer.concat([Buffer.from('got '), await buffer(socket)]))
    })
    await using proxied = await Proxied.to(server.port)
    const client = await proxied.connect()
    client.end(noise)
    const answer = await buffer(client)
    expect(answer.equals(Buffer.concat([Buffer.from('got '), noise]))).toBe(true)
  })

  it('reads no more from a side than the other one takes', async () => {
    let accepted: Socket | undefined
    await using server = await Peer.listening((socket) => {
      accepted = socket.pause()
    })
    await using proxied = await Proxied.to(server.port)
    const client = await proxied.connect()
    const chunk = Buffer.alloc(1_048_576)
    // The buffers of two loopback connections fill up, and then nothing more is taken.
    for (let count = 0; !(await isStalled(client)); count++) {
      expect(count).toBeLessThan(100)
      client.write(chunk)
    }
    let received = 0
    accepted!.on('data', (data) => (received += data.length)).resume()
    client.end()
    await once(accepted!, 'end')
    expect(received).toBe(client.bytesWritten)
  })

  it('closes the client if there is no server, and says so', async () => {
    const closed = await Peer.listening(() => {})
    const { port } = closed
    await closed[Symbol.asyncDispose]()
    await using proxied = await Proxied.to(port)
    const client = await proxied.connect()
    expect((await buffer(client)).length).toBe(0)
    await proxied.until(() => proxied.notes.some((note) => note.includes('ECONNREFUSED')))
    expect(proxied.notes[1]).toMatch(/^Connection 1: the server: connect ECONNREFUSED/)
  })

  it('takes the client with it when the server breaks the connection', async () => {
    await using server = await Peer.listening((socket) => {
      socket.once('data', () => socket.resetAndDestroy())
    })
    await using proxied = await Proxied.to(server.port)
    const client = await proxied.connect()
    client.write(bytesOf('c0 00'))
    await buffer(client)
    await proxied.until(() => proxied.notes.some((note) => note.includes('over')))
    expect(proxied.types).toEqual(['pingreq'])
  })

  it('goes on forwarding when what is overheard cannot be told', async () => {
    await using server = await Peer.listening((socket) => void socket.pipe(socket))
    await using proxied = await Proxied.to(server.port, () => {
      throw new Error('no words for it')
    })
    const client = await proxied.connect()
    client.end(bytesOf('c0 00 c0 00'))
    expect((await buffer(client)).toString('hex')).toBe('c000c000')
    expect(proxied.notes).toContain(
      'Connection 1: it is forwarded, and told no more: no words for it',
    )
  })

  it('closes everything when it is disposed of', async () => {
    await using server = await Peer.listening(() => {})
    const proxied = await Proxied.to(server.port)
    const client = await proxied.connect()
    await proxied[Symbol.asyncDispose]()
    expect((await buffer(client)).length).toBe(0)
    await expect(connected(proxied.port)).rejects.toThrow('ECONNREFUSED')
  })

  it('cannot listen where somebody else does', async () => {
    await using server = await Peer.listening(() => {})
    const proxy = proxyAt(server.port, 1, () => {})
    await expect(proxy.start()).rejects.toThrow(
      `It cannot listen at 127.0.0.1, port ${server.port}`,
    )
  })
})

/** A proxy at a free port, and what it tells. */
class Proxied implements AsyncDisposable {
  readonly happenings: Happening[] = []
  readonly #proxy: Proxy
  #changed: () => void = () => {}
  port = 0

  private constructor(serverPort: number, onPacket: () => void) {
    this.#proxy = proxyAt(0, serverPort, (happening) => {
      if (happening.type === 'packet') onPacket()
      this.happenings.push(happening)
      this.#changed()
    })
  }

  static async to(serverPort: number, onPacket: () => void = () => {}): Promise<Proxied> {
    const proxied = new Proxied(serverPort, onPacket)
    proxied.port = await proxied.#proxy.start()
    return proxied
  }

  get types(): readonly (string | undefined)[] {
    return this.happenings.flatMap((each) => (each.type === 'packet' ? [each.sighting.type] : []))
  }

  get versions(): ReadonlySet<number> {
    return new Set(
      this.happenings.flatMap((each) => (each.type === 'packet' ? [each.sighting.version] : [])),
    )
  }

  get notes(): readonly string[] {
    return this.happenings.flatMap((each) => (each.type === 'note' ? [each.text] : []))
  }

  connect(): Promise<Socket> {
    return connected(this.port)
  }

  /** Resolves when it holds, asked again whenever something was told. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => (this.#changed = resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy[Symbol.asyncDispose]()
  }
}

/** A server that knows no MQTT. */
class Peer implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets: Socket[] = []

  private constructor(serve: (socket: Socket) => unknown) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.push(socket.on('error', () => {}))
      void serve(socket)
    })
  }

  static async listening(serve: (socket: Socket) => unknown): Promise<Peer> {
    const peer = new Peer(serve)
    peer.#server.listen(0, '127.0.0.1')
    await once(peer.#server, 'listening')
    return peer
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

function proxyAt(port: number, serverPort: number, tell: (happening: Happening) => void): Proxy {
  return new Proxy({
    listen: { host: '127.0.0.1', port },
    dial: () => connect({ host: '127.0.0.1', port: serverPort, allowHalfOpen: true }),
    now: () => Date.now(),
    tell,
  })
}

async function connected(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  await once(socket, 'connect')
  return socket.on('error', () => {})
}

/** Whether nothing is taken from a socket any more while the event loop has gone round often. */
async function isStalled(socket: Socket): Promise<boolean> {
  for (let calm = 0, last = -1; calm < 200;) {
    await new Promise((resolve) => setImmediate(resolve))
    calm = socket.writableLength === last ? calm + 1 : 0
    last = socket.writableLength
  }
  return socket.writableLength > 0
}
