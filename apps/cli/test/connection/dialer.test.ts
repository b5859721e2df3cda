/** How a connection is made by SRV records, and by a proxy that does not play along. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { dialerOf } from '../../src/connection/dialer.ts'
import type { SrvLookup } from '../../src/connection/dialer.ts'
import { startServer } from '../program/server.ts'

const NEVER = new AbortController().signal

describe('--srv', () => {
  it('connects to the best service of the host', async () => {
    await using server = await startServer()
    const asked: string[] = []
    const lookUp: SrvLookup = async (name) => {
      asked.push(name)
      const bad = { name: 'bad.invalid', port: 1, weight: 99 }
      const good = { name: '127.0.0.1', port: server.port, priority: 1 }
      return [
        { ...bad, priority: 2 },
        { ...good, weight: 1 },
      ]
    }
    const dial = dialerOf({ srv: true }, lookUp)
    const transport = await dial(new URL('mqtt://godwit.test'), { signal: NEVER })
    expect(transport.remoteAddress).toBe('127.0.0.1')
    expect(asked).toEqual(['_mqtt._tcp.godwit.test'])
    transport.destroy()
  })

  it('asks for the secure service with TLS, and says when there is none', async () => {
    const dial = dialerOf({ srv: true }, async () => [])
    await expect(dial(new URL('mqtts://a'), { signal: NEVER })).rejects.toThrow(
      'There is no SRV record of _secure-mqtt._tcp.a',
    )
    const failing = dialerOf({ srv: true }, async () => {
      throw new Error('queryA ENOTFOUND')
    })
    await expect(failing(new URL('mqtt://a'), { signal: NEVER })).rejects.toThrow(
      'The SRV record of _mqtt._tcp.a cannot be had: queryA ENOTFOUND',
    )
  })
})

describe('--proxy', () => {
  it.each([
    ['speaks another language', Buffer.from('HTTP/1.1 400'), 'it does not speak SOCKS 5'],
    ['wants a password', Uint8Array.of(5, 0xff), 'it wants another authentication'],
    ['refuses', Uint8Array.of(5, 0, 5, 2, 0, 1), 'its rules do not allow it, godwit.test:1883'],
    ['knows other codes', Uint8Array.of(5, 0, 5, 99, 0, 1), 'reply 99, godwit.test:1883'],
    ['leaves', Uint8Array.of(5), 'it has ended the connection'],
  ])('that %s is an error', async (_, answer, reason) => {
    await using proxy = await saying(answer)
    const dial = dialerOf({ proxy: `socks5h://127.0.0.1:${proxy.port}` })
    await expect(dial(new URL('mqtt://godwit.test'), { signal: NEVER })).rejects.toThrow(
      `The proxy does not connect: ${reason}`,
    )
  })

  it('that says nothing is given up with the attempt', async () => {
    await using proxy = await saying()
    const controller = new AbortController()
    const dial = dialerOf({ proxy: `socks5h://127.0.0.1:${proxy.port}` })
    const dialling = dial(new URL('mqtt://a'), { signal: controller.signal })
    await proxy.connected
    controller.abort(new Error('enough'))
    await expect(dialling).rejects.toThrow('enough')
  })

  it('that is not there is an error', async () => {
    const proxy = await saying()
    await proxy[Symbol.asyncDispose]()
    const dial = dialerOf({ proxy: `socks5h://127.0.0.1:${proxy.port}` })
    await expect(dial(new URL('mqtt://a'), { signal: NEVER })).rejects.toThrow(
      `Cannot connect to the proxy 127.0.0.1, port ${proxy.port}: connect ECONNREFUSED`,
    )
  })

  it('cannot be had with a WebSocket', async () => {
    const dial = dialerOf({ proxy: 'socks5h://a' })
    await expect(dial(new URL('ws://a'), { signal: NEVER })).rejects.toThrow(
      '--proxy cannot be had with a WebSocket',
    )
  })
})

interface Sayer extends AsyncDisposable {
  readonly port: number
  readonly connected: Promise<unknown>
}

/** Says something to whoever connects, and then goes; or says nothing, and stays. */
async function saying(answer?: Uint8Array): Promise<Sayer> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    if (answer !== undefined) socket.once('data', () => socket.end(answer))
  })
  await once(server.listen({ host: '127.0.0.1', port: 0 }), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    connected: once(server, 'connection'),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
