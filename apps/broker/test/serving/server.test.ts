/** The broker with its ports, while it is opened. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { loadConfiguration } from '../../src/configuration/loading.ts'
import { LogRepeats } from '../../src/log-repeats.ts'
import { openLog } from '../../src/log-writer.ts'
import { reportsTo } from '../../src/serving/reports.ts'
import { prepare } from '../../src/serving/running.ts'
import { Server } from '../../src/serving/server.ts'
import { StoreFailure } from '../../src/store-failure.ts'
import { systemClock } from '@godwit/transport/node'

describe('a server that is closed while it starts', () => {
  it.each([0, 1, 2, 5, 20])('leaves no port open: %i turns later', async (turns) => {
    const port = await freePort()
    await using server = await serverWith(port)
    const starting = server.start([])
    const outcome = starting.then(
      () => 'started',
      () => 'given up',
    )
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
    await server.close()
    expect(['started', 'given up']).toContain(await outcome)
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed')
  })
})

async function serverWith(port: number): Promise<Server> {
  const json = { durability: 'memory', metrics: { url: `http://127.0.0.1:${port}` } }
  const sources = {
    env: {},
    flags: {},
    proposal: { text: JSON.stringify(json), format: 'json' as const },
  }
  const { configuration } = await loadConfiguration(sources)
  const listeners = configuration.listeners.map((one) => ({ ...one, url: 'mqtt://127.0.0.1:0' }))
  const log = await openLog({ level: 'fatal' })
  const repeats = new LogRepeats(systemClock)
  const reports = reportsTo(log.logger, repeats)
  const failure = new StoreFailure(configuration.stop.timeoutMs)
  const prepared = await prepare({ ...configuration, listeners }, reports)
  return new Server(prepared, { sources, log, repeats, failure, engine: undefined, reports })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const closed = once(server, 'close')
  server.close()
  await closed
  return typeof address === 'object' && address !== null ? address.port : 0
}
