/**
 * Families as text, in the two formats that Prometheus reads. The text is prom-client's, in a
 * registry that lives as long as one page: its counters are set to what the broker counted, and a
 * registry that served both formats would rename its counters for good. To load this file takes
 * 150 ms, which a broker without metrics does not wait for.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { OpenMetricsContentType } from 'prom-client'
import type { Distribution, Family, Plain } from './family.ts'

/** A format: `text`, which every Prometheus reads, or the one for whoever asks for it. */
export type Format = 'text' | 'openmetrics'

/** A page, and what HTTP calls its format. */
export interface Page {
  readonly contentType: string
  readonly text: string
}

/** The page of families that all have different names. */
export async function exposition(families: readonly Family[], format: Format): Promise<Page> {
  const registry = registryFor(format)
  for (const family of families) {
    if (family.type === 'histogram') await addDistribution(family, registry)
    else if (family.samples.length > 0) addPlain(family, registry)
  }
  return { contentType: registry.contentType, text: await registry.metrics() }
}

type Registering = Registry | Registry<OpenMetricsContentType>

function registryFor(format: Format): Registering {
  if (format === 'text') return new Registry()
  const registry = new Registry<OpenMetricsContentType>()
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  return registry
}

function addPlain({ name, help, type, samples }: Plain, registry: Registering): void {
  const labelNames = Object.keys(samples[0]?.labels ?? {})
  const terms = { name, help, labelNames, registers: [registry] }
  const metric = type === 'counter' ? new Counter(terms) : new Gauge(terms)
  for (const { labels = {}, value } of samples) metric.inc(labels, value)
}

/** prom-client's own histogram can only be told of one observation after the other. */
async function addDistribution(
  { name, help, buckets, count, sum }: Distribution,
  registry: Registering,
): Promise<void> {
  const { values: _, ...family } = await new Histogram({ name, help, registers: [] }).get()
  const bucket = (le: string | number, value: number) => ({
    metricName: `${name}_bucket`,
    labels: { le },
    value,
  })
  const values = [
    ...buckets.map(({ bound, count: upTo }) => bucket(bound, upTo)),
    bucket('+Inf', count),
    { metricName: `${name}_sum`, labels: {}, value: sum },
    { metricName: `${name}_count`, labels: {}, value: count },
  ]
  const metric = new Gauge<string>({ name, help, registers: [registry] })
  metric.get = () => Promise.resolve({ ...family, values })
}
