/**
 * Tracing by option: OpenTelemetry, which is loaded only here and only if it is wanted, and the
 * way of spans to a collector. They wait in a queue that has an end; a collector that is not there
 * costs them, and one line of the log.
 */
import type { Broker } from '@godwit/broker'
import { systemClock } from '@godwit/transport/node'
import type { SpanExporter } from '@opentelemetry/sdk-trace'
import type { Logger } from 'pino'

/** Where spans go, and how many there are. */
export interface TracingOptions {
  /** An OTLP collector by HTTP: `http://127.0.0.1:4318`, or the whole path of its traces. */
  readonly otlpUrl: string
  /** Of the messages that carry no trace, how many get one: 0 to 1. */
  readonly sampleRatio: number
  /** `godwit-broker` where left out. */
  readonly serviceName?: string
  /** What `service.version` says. */
  readonly version?: string
  /** How long spans are gathered; 5,000 ms where left out. */
  readonly delayMs?: number
}

/** Tracing that is on. */
export interface Tracing {
  /** Makes spans of the messages of a broker. */
  attach(broker: Pick<Broker, 'tap'>): void
  /** Sends what is left, for a second at most. */
  close(): Promise<void>
}

/** Loads OpenTelemetry, which takes 150 ms. @throws {Error} a sentence, if it cannot be loaded. */
export async function openTracing(options: TracingOptions, log: Logger): Promise<Tracing> {
  const { MessageSpans, resources, sdk, OTLPTraceExporter } = await loaded()
  const { otlpUrl, sampleRatio, serviceName = 'godwit-broker', version, delayMs } = options
  const exporter = new OTLPTraceExporter({ url: tracesUrl(otlpUrl), timeoutMillis: TIMEOUT_MS })
  const provider = new sdk.TracerProvider({
    resource: resources.resourceFromAttributes({
      'service.name': serviceName,
      ...(version !== undefined && { 'service.version': version }),
    }),
    sampler: new sdk.AlwaysOnSampler(), // What is not sampled gets no span.
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: reporting(exporter, log),
        maxQueueSize: QUEUE_SPANS_MAX,
        exportTimeoutMillis: TIMEOUT_MS,
        scheduledDelayMillis: delayMs ?? DELAY_MS,
      }),
    ],
  })
  const tracer = provider.getTracer('@godwit/broker', version)
  const spans = new MessageSpans({ tracer, sampleRatio, clock: systemClock })
  let tap: Disposable | undefined
  return {
    attach(broker) {
      tap ??= broker.tap(spans)
    },
    async close() {
      tap?.[Symbol.dispose]()
      spans.end()
      await Promise.resolve() // Messages of QoS 0 end theirs behind what is under way.
      await atMost(CLOSE_MS, provider.shutdown())
    },
  }
}

async function loaded() {
  try {
    const [sdk, resources, { OTLPTraceExporter }, { MessageSpans }] = await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('./message-spans.ts'),
    ])
    return { sdk, resources, OTLPTraceExporter, MessageSpans }
  } catch (cause) {
    const sentence = 'OpenTelemetry cannot be loaded, which needs Node.js 22.15 or later'
    throw new Error(`${sentence}: ${String(cause)}`, { cause })
  }
}

/** A collector is named by its root, as others do, or by the path that takes traces. */
function tracesUrl(url: string): string {
  const { pathname } = new URL(url)
  return pathname === '/' ? new URL('v1/traces', url).href : url
}

/** Says when spans begin to be lost, and when they are taken again; not each time. */
function reporting(exporter: SpanExporter, log: Logger): SpanExporter {
  let isLost = false
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const code: number = result.code
        const fails = code !== EXPORTED
        if (fails && !isLost)
          log.warn({ err: result.error }, 'traces are lost: no collector takes them')
        if (!fails && isLost) log.info('traces are taken again')
        isLost = fails
        done(result)
      })
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  }
}

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  let timeout: Disposable | undefined
  const late = new Promise<void>((resolve) => {
    timeout = systemClock.after(ms, resolve)
  })
  // What is left then is lost, and the log said so.
  await Promise.race([work.catch(() => {}), late])
  timeout?.[Symbol.dispose]()
}

/** `ExportResultCode.SUCCESS`. */
const EXPORTED = 0

const QUEUE_SPANS_MAX = 2_048

/** For a request and its repetitions. The process does not end before, where nobody answers. */
const TIMEOUT_MS = 2_000
const DELAY_MS = 5_000
const CLOSE_MS = 1_000
