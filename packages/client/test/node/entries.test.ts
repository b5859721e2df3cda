// The two entry points: the same names, and on Node every scheme by which a server is reached.

import { Decoder, encode } from '@godwit/codec'
import type { Transport } from '@godwit/transport'
import { TcpListener } from '@godwit/transport/node'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as web from '../../src/index.ts'
import * as node from '../../src/node/index.ts'

describe('the entry points', () => {
  it('have the same names', () => {
    expect(Object.keys(node)).toEqual(Object.keys(web))
  })

  it('differ in their schemes', async () => {
    await expect(web.connect('mqtt://host')).rejects.toThrow(
      'No connection is made by mqtt: here: ws://host, wss://host',
    )
    await expect(node.connect('tcp://host')).rejects.toThrow(
      'here: mqtt://host, mqtts://host, mqtt+unix:///path, ws://host, wss://host',
    )
    expect(() => web.open('mqtts://host')).toThrow(TypeError)
  })
})

describe('on Node', () => {
  it('mqtt: is TCP', async () => {
    await using listener = new TcpListener({ host: '127.0.0.1', port: 0 })
    const { url } = await listener.listen(letIn)
    const client = await node.connect(url.replace('tcp:', 'mqtt:'))
    expect(client.status.state).toBe('connected')
    await client.close()
    expect(client.status).toEqual({ state: 'closed' })
  })

  it('mqtt+unix: is a Unix domain socket', async () => {
    const path = join(tmpdir(), `godwit-${process.pid}.sock`)
    const server = createServer((socket) => {
      socket.on('data', () => socket.write(CONNACK)).on('error', () => {})
    })
    await new Promise<void>((resolve) => void server.listen(path, resolve))
    const client = await node.connect(`mqtt+unix://${path}`)
    expect(client.status.state).toBe('connected')
    await client.close()
    await new Promise((resolve) => void server.close(resolve))
  })

  it.each(['mqtt', 'mqtts'])('%s: says what cannot be reached', async (scheme) => {
    const listener = new TcpListener({ host: '127.0.0.1', port: 0 })
    const { url } = await listener.listen(() => {})
    await listener.close()
    const { host } = new URL(url)
    await expect(node.connect(`${scheme}://u:secret@${host}`)).rejects.toMatchObject({
      code: 'connection-failed',
      message: expect.stringMatching(
        new RegExp(`^Connecting to ${scheme}://${host} failed: .*ECONNREFUSED`),
      ),
    })
  })
})

const CONNACK = encode({ type: 'connack', sessionPresent: false, reasonCode: 0 }, 5)

function letIn(transport: Transport): void {
  const decoder = new Decoder()
  transport.onData = (chunk) => {
    decoder.push(chunk)
    for (let packet; (packet = decoder.next()) !== undefined;) {
      if (packet.type === 'connect') transport.write([CONNACK])
      if (packet.type === 'disconnect') transport.close()
    }
  }
}
