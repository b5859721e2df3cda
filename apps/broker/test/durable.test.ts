/** The built app with a directory for its data: what it keeps, where, and who may have it. */
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'
import { connect } from 'mqtt'
import type { MqttClient } from 'mqtt'
import { godwit, outcomeOf, startDurableBroker } from './running-broker.ts'
import { temporaryDirectory } from './temporary-directory.ts'

vi.setConfig({ testTimeout: 60_000 })

describe('the banner', () => {
  it.each([
    ['fsync', 'acknowledged means on disk'],
    ['os', 'acknowledged outlives the process, but not a power cut'],
  ])('says what %s means, and where the data is', async (mode, meaning) => {
    await using place = await temporaryDirectory()
    await using broker = await startDurableBroker(place.path, '--durability', mode)
    const line = `  durable   ${mode}: ${meaning}, in ${place.path}`
    expect(broker.program.stdout.split('\n')).toContain(line)
  })
})

describe('a broker that was stopped or killed', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)('with %s has kept what it took', async (signal) => {
    await using place = await temporaryDirectory()
    {
      await using broker = await startDurableBroker(place.path)
      const subscriber = await session(broker.tcpUrl, 'away')
      await subscriber.subscribeAsync('a/#', { qos: 1 })
      await subscriber.endAsync()
      const publisher = await session(broker.tcpUrl, 'publisher')
      await publisher.publishAsync('a/b', 'waits', { qos: 1 })
      await publisher.publishAsync('a/c', 'waits too', { qos: 2 })
      broker.program.signal(signal)
      await broker.program.ended
      await publisher.endAsync(true)
    }
    await using broker = await startDurableBroker(place.path)
    const [, figures = ''] = await broker.program.printed(/^(.*"restored".*)$/m, 'stderr')
    expect(JSON.parse(figures)).toMatchObject({ level: 'info', sessions: 2, messages: 2 })
    const received: string[] = []
    const client = await session(broker.tcpUrl, 'away', (payload) => received.push(payload))
    await vi.waitFor(() => expect(received).toEqual(['waits', 'waits too']), 10_000)
    await client.endAsync(true)
  })
})

describe('a directory that cannot be had ends the app with one sentence and exit code 1', () => {
  it('if another broker has it', async () => {
    await using place = await temporaryDirectory()
    await using broker = await startDurableBroker(place.path)
    const { code, stdout, stderr } = await outcomeOf(godwit('--port', '0', '--data', place.path))
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^godwit-broker: [^\n]*\n$/)
    expect(stderr).toContain(String(broker.program.pid))
    expect(stderr).toContain(place.path)
  })

  it('if it is a file', async () => {
    await using place = await temporaryDirectory()
    await writeFile(place.at('file'), '')
    const { code, stdout, stderr } = await outcomeOf(
      godwit('--port', '0', '--data', place.at('file')),
    )
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(
      /^godwit-broker: Nothing can be kept in [^\n]*: name a directory [^\n]* --data, [^\n]*\n$/,
    )
  })

  // Whoever is root may write everywhere.
  it.each(process.getuid?.() === 0 ? [] : ['read-only'])('if it is %s', async (name) => {
    await using place = await temporaryDirectory()
    await mkdir(place.at(name))
    await chmod(place.at(name), 0o500)
    const { code, stderr } = await outcomeOf(godwit('--port', '0', '--data', place.at(name)))
    expect(code).toBe(1)
    expect(stderr).toMatch(/^godwit-broker: Nothing can be kept in [^\n]* --data, [^\n]*\n$/)
  })
})

async function session(
  url: string,
  clientId: string,
  onMessage: (payload: string) => void = () => {},
): Promise<MqttClient> {
  const client = connect(url, { clientId, clean: false, reconnectPeriod: 0 })
  client.on('error', () => {})
  client.on('message', (_topic, payload) => onMessage(payload.toString()))
  await new Promise<void>((resolve) => client.on('connect', () => resolve()))
  return client
}
