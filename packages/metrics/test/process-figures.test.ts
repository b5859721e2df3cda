import { expect, it } from 'vitest'
import { Metrics } from '../src/index.ts'
import { statsWith } from './stats.ts'

it('the page tells how the process stands', async () => {
  using metrics = new Metrics({ stats: () => statsWith() })
  const { text } = await metrics.page()
  for (const name of [
    'process_resident_memory_bytes',
    'process_cpu_seconds_total',
    'process_start_time_seconds',
    'nodejs_heap_size_used_bytes',
    'nodejs_gc_runs_total{kind="major"}',
    'godwit_event_loop_lag_seconds{stat="p99"}',
  ]) {
    expect(text).toContain(`\n${name} `)
  }
})

it('metrics that are disposed of leave nothing that keeps a process alive', async () => {
  const before = process.getActiveResourcesInfo()
  const metrics = new Metrics({ stats: () => statsWith() })
  await metrics.prepare()
  metrics[Symbol.dispose]()
  expect(process.getActiveResourcesInfo()).toEqual(before)
})
