// A process that may have 256 descriptors and is asked for 600 connections: it lives, those who are
// connected stay, and it accepts again when there is room.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { dialTcp, dialTls } from '@godwit/transport/node'
import { dialWebSocket } from '@godwit/transport/web'
import type { Transport } from '@godwit/transport'
import { expect, it, onTestFinished, vi } from 'vitest'
import { collect, text } from './connections.ts'

it('lives without descriptors, keeps its connections, and accepts again afterwards', async () => {
  const child = await Child.start()
  const early = await Promise.all(child.dialEach())
  for (const transport of early) expect(await echo(transport)).toBe('hello')

  const ports = child.urls.map((url) => Number(new URL(url).port))
  const flood = Array.from({ length: 600 }, (_, index) => socketTo(ports[index % ports.length]!))
  await Promise.all(flood.map(settled))
  await vi.waitFor(() =>
    expect(flood.filter((socket) => socket.closed).length).toBeGreaterThan(300),
  )
  for (const transport of early) expect(await echo(transport)).toBe('hello')

  for (const socket of flood) socket.destroy()
  const late = await vi.waitFor(async () => await Promise.all(child.dialEach()), 10_000)
  for (const transport of late) expect(await echo(transport)).toBe('hello')
  expect(await child.end()).toBe(0)
}, 30_000)

/** The program next to this file, with few descriptors. */
class Child {
  readonly urls: readonly string[]
  readonly #ca: string
  readonly #process: ReturnType<typeof spawn>

  constructor(process: ReturnType<typeof spawn>, said: Said) {
    this.#process = process
    this.urls = said.urls
    this.#ca = said.ca
  }

  static async start(): Promise<Child> {
    const script = fileURLToPath(new URL('descriptors-child.ts', import.meta.url))
    const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
    const argv = [process.execPath, ...flags, '--conditions=@godwit/source', script]
    const child = spawn('sh', ['-c', 'ulimit -n 256; exec "$0" "$@"', ...argv], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    return new Child(child, JSON.parse(line) as Said)
  }

  /** Dials every listener. */
  dialEach(): Promise<Transport>[] {
    const [tcp = '', tls = '', ws = ''] = this.urls
    const place = (url: string): { host: string; port: number } => {
      return { host: '127.0.0.1', port: Number(new URL(url).port) }
    }
    return [
      dialTcp(place(tcp)),
      dialTls({ ...place(tls), ca: this.#ca }),
      dialWebSocket(new URL(ws)),
    ].map(async (dialled) => {
      const transport = await dialled
      onTestFinished(() => transport.destroy())
      return transport
    })
  }

  async end(): Promise<unknown> {
    const ended = once(this.#process, 'exit')
    this.#process.stdin?.end()
    return (await ended)[0]
  }
}

interface Said {
  readonly urls: readonly string[]
  readonly ca: string
}

async function echo(transport: Transport): Promise<string> {
  const received = collect(transport, 5)
  transport.write([text('hello')])
  return await received
}

function socketTo(port: number): Socket {
  const socket = connect({ host: '127.0.0.1', port })
  onTestFinished(() => void socket.destroy())
  return socket.on('error', () => {}).resume()
}

async function settled(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) =>
    socket.once('connect', resolve).once('close', () => resolve()),
  )
}
