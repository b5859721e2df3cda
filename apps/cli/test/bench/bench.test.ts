// `godwit bench` as its users have it.

import { describe, expect, it, vi } from 'vitest'
import type { BenchResult } from '../../src/bench/bench-result.ts'
import { godwit, run } from '../program/godwit.ts'
import { startServer } from '../program/server.ts'
import type { Server } from '../program/server.ts'

vi.setConfig({ testTimeout: 60_000 })

describe('godwit bench', () => {
  it('measures publishing, and says what it found', async () => {
    await using server = await startServer()
    const { code, stdout } = await bench(server, 'pub', '-q', '1', '-C', '500', '--clients', '2')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Publishing to mqtt:\/\/127\.0\.0\.1:\d+\n/)
    expect(stdout).toMatch(/^ {2}published {5}500 messages in /m)
    expect(stdout).toMatch(/^Latency in ms, from publishing to the acknowledgement$/m)
    expect(server.packets.filter(({ type }) => type === 'publish')).toHaveLength(500)
  })

  it('measures latency for programs, in any version', async () => {
    await using server = await startServer()
    const load = ['--rate', '500', '-C', '100', '-q', '1', '-V', '3.1.1', '--json']
    const { code, stdout } = await bench(server, 'latency', ...load)
    expect(code).toBe(0)
    const result = JSON.parse(stdout) as BenchResult
    expect(result).toMatchObject({
      settings: { kind: 'latency', rate: 500, count: 100 },
      published: { count: 100 },
      received: { count: 100 },
      lost: 0,
      latencyMs: { count: 100 },
    })
    expect(result.latencyMs!.p50).toBeLessThanOrEqual(result.latencyMs!.max)
  })

  it('measures receiving, and is over with the count', async () => {
    await using server = await startServer()
    await using program = godwit('bench', 'sub', '-t', 'a/#', '-C', '10', ...at(server))
    await server.until('the subscription', () => server.broker.stats().subscriptions || undefined)
    for (let count = 0; count < 10; count++) {
      server.broker.publish({ topic: 'a/b', payload: Buffer.alloc(10), qos: 0 })
    }
    const { code, stdout } = await program.outcome()
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ {2}received {6}10 messages in /m)
  })

  it('ends by itself in any case, with exit code 1 if nothing came through', async () => {
    await using server = await startServer()
    const { code, stderr } = await bench(server, 'sub', '--duration', '100ms')
    expect(code).toBe(1)
    expect(stderr).toBe('godwit bench: No message came through\n')
  })

  it('tells what it has when it is interrupted', async () => {
    await using server = await startServer()
    const load = ['--rate', '100', '--duration', '1h', '-q', '1', '--json']
    await using program = godwit('bench', 'pub', ...load, ...at(server))
    await server.publishes(10)
    program.signal('SIGINT')
    const { signal, stdout } = await program.outcome()
    expect(signal).toBe('SIGINT')
    expect((JSON.parse(stdout) as BenchResult).published!.count).toBeGreaterThan(5)
  })

  it.each([
    [['everything'], "command-argument value 'everything' is invalid for argument 'kind'"],
    [['latency', '--size', '10'], 'a message of bench latency has at least 24 bytes'],
    [['sub', '--rate', '5'], '--rate is for publishing, and bench sub publishes nothing'],
    [['pub', '-t', 'a/#'], '--topic makes no topics'],
    [['sub', '-t', 'a/#/b'], '--topic makes no topics'],
    [['pub', '--duration', 'long'], 'It is seconds, or a time such as 500ms'],
  ])('says what is wrong with %s', async (args, sentence) => {
    const { code, stderr } = await run('bench', ...args)
    expect(code).toBe(1)
    expect(stderr.toLowerCase()).toContain(sentence.toLowerCase())
  })
})

function bench(server: Server, ...args: readonly string[]): ReturnType<typeof run> {
  return run('bench', ...args, ...at(server))
}

function at({ port }: Server): readonly string[] {
  return ['-h', '127.0.0.1', '-p', String(port)]
}
