/**
 * How the process stands: memory, time, garbage and the event loop. Names are those that other
 * programs use (`process_`, and `nodejs_` as prom-client has them). Asks the kernel for one small
 * file a page; what grows with the connections, such as the list of descriptors, is not read.
 */
import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import type { PerformanceEntry } from 'node:perf_hooks'
import { by, counter, gauge, only } from './family.ts'
import type { Family } from './family.ts'

/** Watches this process until it is disposed of. */
export class ProcessFigures implements Disposable {
  readonly #loop: ReturnType<typeof monitorEventLoopDelay>
  readonly #collections = new Map<string, Collections>()
  readonly #observer: PerformanceObserver

  constructor() {
    this.#loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    this.#loop.enable()
    for (const kind of KINDS.values()) this.#collections.set(kind, { count: 0, ms: 0 })
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.#collected(entry)
    })
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  [Symbol.dispose](): void {
    this.#loop.disable()
    this.#observer.disconnect()
  }

  /** The families of the process. The lag is that since they were read last. */
  families(): readonly Family[] {
    return [...memoryFamilies(), ...timeFamilies(), this.#lag(), ...this.#garbage()]
  }

  #collected(entry: PerformanceEntry): void {
    const detail: unknown = 'detail' in entry ? entry.detail : undefined
    if (typeof detail !== 'object' || detail === null || !('kind' in detail)) return
    const collections = this.#collections.get(KINDS.get(detail.kind) ?? '')
    if (collections === undefined) return
    collections.count++
    collections.ms += entry.duration
  }

  #lag(): Family {
    const loop = this.#loop
    const seconds = (ns: number): number => Math.max(0, ns / 1e9 - RESOLUTION_MS / 1000)
    const stats = [
      ['p50', seconds(loop.percentile(50))],
      ['p99', seconds(loop.percentile(99))],
      ['max', seconds(loop.max)],
    ] as const
    loop.reset()
    return gauge(
      'godwit_event_loop_lag_seconds',
      'How late the event loop came to a timer since the page was read last.',
      ...by('stat', stats),
    )
  }

  #garbage(): readonly Family[] {
    const all = [...this.#collections]
    return [
      counter(
        'nodejs_gc_runs_total',
        'Garbage collections, by their kind.',
        ...by(
          'kind',
          all.map(([kind, { count }]) => [kind, count] as const),
        ),
      ),
      counter(
        'nodejs_gc_seconds_total',
        'Seconds that garbage collections took, by their kind.',
        ...by(
          'kind',
          all.map(([kind, { ms }]) => [kind, ms / 1000] as const),
        ),
      ),
    ]
  }
}

interface Collections {
  count: number
  ms: number
}

/** How often the event loop is looked at; what Node reports has this much in it. */
const RESOLUTION_MS = 20

const KINDS: ReadonlyMap<unknown, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

function memoryFamilies(): readonly Family[] {
  const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage()
  return [
    gauge('process_resident_memory_bytes', 'Memory of the process.', ...only(rss)),
    gauge('nodejs_heap_size_total_bytes', 'Memory of the heap of V8.', ...only(heapTotal)),
    gauge('nodejs_heap_size_used_bytes', 'What is used of that.', ...only(heapUsed)),
    gauge(
      'nodejs_external_memory_bytes',
      'Memory that objects own off the heap.',
      ...only(external),
    ),
    gauge('nodejs_array_buffers_bytes', 'What of that is buffers.', ...only(arrayBuffers)),
  ]
}

function timeFamilies(): readonly Family[] {
  const { user, system } = process.cpuUsage()
  return [
    counter(
      'process_cpu_seconds_total',
      'Seconds of processor time, of the program and of the kernel for it.',
      ...only((user + system) / 1e6),
    ),
    gauge(
      'process_start_time_seconds',
      'When the process started, in seconds since 1970.',
      ...only(Math.round(Date.now() / 1000 - process.uptime())),
    ),
  ]
}
