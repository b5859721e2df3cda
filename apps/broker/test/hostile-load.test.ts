/** Clients that mean harm, in numbers, and a process that runs out of what the system gives it. */
import { fileURLToPath } from 'node:url'
import { writeFile } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'
import { Program } from './program.ts'
import { publishPacket, RawClient } from './raw-client.ts'
import { startBroker } from './running-broker.ts'
import { temporaryDirectory } from './temporary-directory.ts'

vi.setConfig({ testTimeout: 60_000 })

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url))

describe('connections that never say CONNECT', () => {
  it('are all closed when their time is over, and others get in meanwhile', async () => {
    await using broker = await startBroker('--set', 'limits.connectTimeoutMs=1500')
    const strangers = await opened(broker.port, 400)
    // Half of them begin a CONNECT, and do not go on.
    for (const stranger of strangers.slice(200)) stranger.socket.write(Buffer.from([0x10, 0x80]))
    using client = await RawClient.connected(broker.port)
    await client.subscribe('a')
    await Promise.all(strangers.map(({ closed }) => closed))
    expect(client.socket.closed).toBe(false)
  })

  it('claim 256 MiB and are refused at the fixed header', async () => {
    await using broker = await startBroker()
    using stranger = await RawClient.open(broker.port)
    stranger.socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]))
    await stranger.closed
    expect(stranger.bytes).toBe(0)
  })
})

describe('a process with 256 descriptors and 600 connections', () => {
  it('keeps its rules, whatever it can read again, and its clients', async () => {
    await using directory = await temporaryDirectory()
    await writeFile(directory.at('acl'), RULES)
    await using program = new Program('sh', [
      '-c',
      'ulimit -n 256 && exec "$0" "$@"',
      process.execPath,
      MAIN,
      '--port',
      '0',
      '--durability',
      'memory',
      '--acl-file',
      directory.at('acl'),
    ])
    const [, port = ''] = await program.printed(/^listening mqtt:\/\/127\.0\.0\.1:(\d+)$/m)
    using client = await RawClient.connected(Number(port))
    const crowd = await opened(Number(port), 600)
    for (let round = 0; round < 5; round++) {
      await writeFile(directory.at('acl'), `${RULES}# ${round}\n`)
      program.signal('SIGHUP')
      expect(await answerTo(client, 'secret/x', round * 2 + 1)).toBe(0x87)
      expect(await answerTo(client, 'open/x', round * 2 + 2)).toBeLessThan(0x80)
    }
    for (const { socket } of crowd) socket.destroy()
    await program.until('read its rules again', () => /read again/.exec(program.stderr))
    using late = await letIn(Number(port))
    expect(await answerTo(late, 'secret/x', 1)).toBe(0x87)
  })
})

const RULES = 'topic readwrite open/#\n'

/** A client that finds a place, as soon as the broker has seen that others are gone. */
async function letIn(port: number): Promise<RawClient> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const client = await RawClient.connected(port)
    const { reasonCode } = await client.packet('connack')
    if (reasonCode === 0) return client
    client[Symbol.dispose]()
  }
  throw new Error('Nobody is let in any more')
}

async function answerTo(client: RawClient, topic: string, packetId: number): Promise<number> {
  client.send(publishPacket(topic, Buffer.from('x'), { qos: 1, packetId }))
  const isAnswer = (packet: (typeof client.received)[number]): boolean =>
    packet.type === 'puback' && packet.packetId === packetId
  await client.until(() => client.received.some(isAnswer))
  const answer = client.received.find(isAnswer)
  return answer?.type === 'puback' ? answer.reasonCode : NaN
}

async function opened(port: number, count: number): Promise<readonly RawClient[]> {
  const clients: RawClient[] = []
  for (let left = count; left > 0; left--) clients.push(await RawClient.open(port))
  return clients
}
