// inspect, record, replay and bench with the programs and the broker of mosquitto.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { BenchResult } from '../../src/bench/bench-result.ts'
import { godwit, run } from '../program/godwit.ts'
import { Program } from '../program/program.ts'
import { startMosquitto } from './mosquitto-broker.ts'
import { absence, MOSQUITTO, PUBLISHERS, skips } from './peer-program.ts'

vi.setConfig({ testTimeout: 60_000 })

const directory = mkdtempSync(join(tmpdir(), 'godwit-traffic-'))
afterAll(() => rmSync(directory, { recursive: true }))

const clients = PUBLISHERS.map(({ missing }) => missing).find((missing) => missing !== undefined)
const missing = MOSQUITTO === undefined ? 'mosquitto' : clients

describe.skipIf(skips(missing))(`with mosquitto${absence(missing)}`, () => {
  it.each([
    ['mqttv31', '3.1'],
    ['mqttv311', '3.1.1'],
    ['mqttv5', '5.0'],
  ])('inspect shows what mosquitto_pub and its broker say in %s', async (flag, version) => {
    await using server = await startMosquitto()
    const to = `127.0.0.1:${server.port}`
    await using proxy = godwit('inspect', '--listen', '0', '--to', to, '--json')
    const [, port = ''] = await proxy.printed(/listening at 127\.0\.0\.1, port (\d+)/, 'stderr')
    const message = ['-t', 'a/b', '-m', 'hello', '-q', '2', '-r', '-u', 'me', '-P', 'hidden']
    const will = ['--will-topic', 'gone', '--will-payload', 'bye']
    const flags = ['-h', '127.0.0.1', '-p', port, '-V', flag, '-i', 'me', ...message, ...will]
    await using publisher = new Program('mosquitto_pub', flags).input()
    expect((await publisher.outcome()).code).toBe(0)
    await proxy.printed(/"note":"end"/)
    proxy.signal('SIGINT')
    const { code, stdout } = await proxy.outcome()
    expect(code).toBe(0)
    const packets = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ type }) => type !== undefined)
    expect(packets.map(({ type, sender }) => `${String(sender)} ${String(type)}`)).toEqual([
      'client CONNECT',
      'server CONNACK',
      'client PUBLISH',
      'server PUBREC',
      'client PUBREL',
      'server PUBCOMP',
      'client DISCONNECT',
    ])
    expect(new Set(packets.map((packet) => packet['version']))).toEqual(new Set([version]))
    expect(packets.filter(({ malformed }) => malformed !== undefined)).toEqual([])
    expect(packets[0]).toMatchObject({
      fields: { clientIdentifier: 'me', userName: 'me', password: null, willTopic: 'gone' },
    })
    expect(packets[2]).toMatchObject({
      fields: { qos: 2, retain: true, topicName: 'a/b', payload: { bytes: 5, text: 'hello' } },
    })
  })

  it('record writes what mosquitto_pub publishes, and replay brings it to mosquitto_sub', async () => {
    await using server = await startMosquitto()
    const file = join(directory, 'recording.jsonl')
    await using recording = godwit('record', file, 'a/#', '-q', '2', '-C', '3', ...server.where)
    await recorded(file)
    for (const payload of ['one', 'two', 'three']) {
      const message = ['-t', 'a/b', '-m', payload, '-q', '2']
      await using publisher = new Program('mosquitto_pub', [...server.where, ...message]).input()
      expect((await publisher.outcome()).code).toBe(0)
    }
    expect((await recording.outcome()).code).toBe(0)

    const subscriber = ['-t', 'again/#', '-q', '2', '-C', '3', '-F', '%t %p %q', '-d']
    const args = ['-oL', 'mosquitto_sub', ...server.where, ...subscriber]
    await using receiving = new Program('stdbuf', args).input()
    await receiving.printed(/^Subscribed/m)
    const replay = ['replay', file, '--topic-prefix', 'again', '--speed', '10', ...server.where]
    expect((await run(...replay)).code).toBe(0)
    const { stdout } = await receiving.outcome()
    expect(stdout.split('\n').filter((line) => line.startsWith('again/'))).toEqual([
      'again/a/b one 2',
      'again/a/b two 2',
      'again/a/b three 2',
    ])
  })

  it.each(['5', '3.1.1', '3.1'])(
    'bench latency loses nothing by way of its broker in MQTT %s',
    async (version) => {
      await using server = await startMosquitto()
      const load = ['--rate', '1000', '-C', '500', '-q', '1', '--clients', '2', '-V', version]
      const { code, stdout } = await run('bench', 'latency', ...load, '--json', ...server.where)
      expect(code).toBe(0)
      const result = JSON.parse(stdout) as BenchResult
      expect(result).toMatchObject({ received: { count: 500 }, lost: 0, failures: {} })
    },
  )
})

/** Resolves when the recording has begun, which is when the server has let its client in. */
async function recorded(file: string): Promise<void> {
  await vi.waitFor(
    () => {
      expect(readFileSync(file, 'utf8')).toContain('"connected"')
    },
    { timeout: 10_000, interval: 20 },
  )
}
