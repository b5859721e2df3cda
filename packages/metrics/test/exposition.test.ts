import { describe, expect, it } from 'vitest'
import { Metrics } from '../src/index.ts'
import type { Format } from '../src/index.ts'
import { absence, parsed, skipped } from './prometheus.ts'
import type { ParsedFamily } from './prometheus.ts'
import { HOSTILE_NAME, statsWith } from './stats.ts'

const FORMATS = ['text', 'openmetrics'] as const

describe.skipIf(skipped)(`the page as a client of Prometheus reads it${absence}`, () => {
  it.each(FORMATS)('has every figure of the broker, in %s', async (format) => {
    const families = await scraped(format)
    expect(samplesOf(families, 'godwit_messages_received')).toEqual([
      ['godwit_messages_received_total', { qos: '0' }, 100],
      ['godwit_messages_received_total', { qos: '1' }, 11],
      ['godwit_messages_received_total', { qos: '2' }, 12],
    ])
    expect(samplesOf(families, 'godwit_connections_refused')).toEqual([
      ['godwit_connections_refused_total', { code: '0x80' }, 1],
      ['godwit_connections_refused_total', { code: '0x87' }, 5],
    ])
    expect(samplesOf(families, 'godwit_store_full')).toEqual([['godwit_store_full', {}, 1]])
  })

  it.each(FORMATS)('has names of listeners as they are, in %s', async (format) => {
    expect(samplesOf(await scraped(format), 'godwit_connections')).toEqual([
      ['godwit_connections', { listener: 'lan' }, 3],
      ['godwit_connections', { listener: HOSTILE_NAME }, 1],
      ['godwit_connections', { listener: '3' }, 0],
    ])
  })

  it.each(FORMATS)(
    'has the durations of commits as a histogram in seconds, in %s',
    async (format) => {
      const families = await scraped(format)
      expect(families.find(({ name }) => name === 'godwit_commit_seconds')).toMatchObject({
        type: 'histogram',
        samples: [
          ['godwit_commit_seconds_bucket', { le: '0.0005' }, 4],
          ['godwit_commit_seconds_bucket', { le: '0.25' }, 9],
          ['godwit_commit_seconds_bucket', { le: '+Inf' }, 10],
          ['godwit_commit_seconds_sum', {}, 1.5],
          ['godwit_commit_seconds_count', {}, 10],
        ],
      })
    },
  )

  it.each(FORMATS)('follows the conventions, in %s', async (format) => {
    const families = await scraped(format)
    expect(families.flatMap(faults)).toEqual([])
    expect(new Set(families.map(({ name }) => name)).size).toBe(families.length)
  })

  it('leaves out what there is none of', async () => {
    const { store: _, ...stats } = statsWith({ listeners: [] })
    using metrics = new Metrics({ stats: () => stats })
    const { text } = await metrics.page()
    const names = (await parsed(text, 'text')).map(({ name }) => name)
    expect(names.filter((name) => /store|commit|^godwit_connections$/.test(name))).toEqual([])
  })
})

describe('a page', () => {
  it('has the counters as they are when it is made, and asks for them once', async () => {
    let asked = 0
    const stats = () => statsWith({ messagesQueued: ++asked })
    using metrics = new Metrics({ stats, version: '1.2.3' })
    expect(asked).toBe(0)
    expect((await metrics.page()).text).toContain('\ngodwit_queue_messages 1\n')
    expect((await metrics.page('openmetrics')).text).toContain('\ngodwit_queue_messages 2\n')
    const { text } = await metrics.page()
    expect(text).toContain('\ngodwit_queue_messages 3\n')
    // A registry that has made a page of OpenMetrics has other names of counters.
    expect(text).toContain('\n# TYPE godwit_connects_total counter\n')
    expect(text).toContain(
      `\ngodwit_build_info{version="1.2.3",node="${process.versions.node}"} 1\n`,
    )
  })

  it('is not made where the broker cannot be asked', async () => {
    const stats = () => {
      throw new Error('A sentence')
    }
    using metrics = new Metrics({ stats })
    await expect(metrics.page()).rejects.toThrow('A sentence')
  })
})

/** What promtool would say against a family. */
function faults({ name, type, help, samples }: ParsedFamily): readonly string[] {
  const labels = samples.flatMap(([, all]) => Object.keys(all))
  const sampleNames = new Set(samples.map(([sampleName]) => sampleName))
  return [
    [!/^(?:godwit|process|nodejs)_[a-z0-9_]+$/.test(name), 'has a name of another form'],
    [/_(?:ms|millis|kb|mb|count|sum|bucket|info_total)$/.test(name), 'ends in no base unit'],
    [!/^[A-Z].*[^.]\.$/.test(help), 'has no sentence for help'],
    [type === 'unknown' || type === 'untyped', 'has no type'],
    [type === 'counter' && !sampleNames.has(`${name}_total`), 'is a counter without _total'],
    [type === 'gauge' && name.endsWith('_total'), 'is a gauge with _total'],
    [labels.some((label) => !/^(?:[a-z]+)$/.test(label)), 'has a label of another form'],
    [samples.length === 0, 'has no samples'],
    [samples.some(([, , value]) => !(value >= 0)), 'has a value below 0, or none'],
  ].flatMap(([isSo, fault]) => (isSo === true ? [`${name} ${String(fault)}`] : []))
}

async function scraped(format: Format): Promise<readonly ParsedFamily[]> {
  using metrics = new Metrics({ stats: () => statsWith(), version: '1.2.3' })
  const { text } = await metrics.page(format)
  return parsed(text, format)
}

function samplesOf(families: readonly ParsedFamily[], name: string): ParsedFamily['samples'] {
  return families.find((family) => family.name === name)?.samples ?? []
}
