/** Messages as spans at a collector. */
import { setTimeout as later } from 'node:timers/promises'
import { ReasonCode } from '@godwit/codec'
import { pino } from 'pino'
import type { Logger } from 'pino'
import { describe, expect, it, vi } from 'vitest'
import { openTracing } from '../../src/tracing/exporting.ts'
import type { Tracing, TracingOptions } from '../../src/tracing/exporting.ts'
import { collector } from './collector.ts'
import { publish, subscribe, tracedBroker } from './traced-broker.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const SAMPLED = [
  ['traceparent', `00-${TRACE}-${SPAN}-01`],
  ['tracestate', 'vendor=1'],
] as const

describe('a message with a trace', () => {
  it('is a span below that of its sender', async () => {
    await using at = await collector()
    await using world = await tracedBroker()
    await using tracing = await opened({ otlpUrl: at.url, sampleRatio: 0, version: '1.2.3' })
    tracing.attach(world.broker)
    world.client('lamp').say(publish('rooms/1', 'on', 1, { userProperty: SAMPLED }))
    const [span] = await at.spans(1)
    expect(span).toMatchObject({
      traceId: TRACE,
      parentSpanId: SPAN,
      traceState: 'vendor=1',
      name: 'receive',
      kind: 5, // CONSUMER
      status: { code: 0 },
      attributes: {
        'messaging.system': 'mqtt',
        'messaging.operation.name': 'receive',
        'messaging.operation.type': 'receive',
        'messaging.destination.name': 'rooms/1',
        'messaging.client.id': 'lamp',
        'messaging.message.body.size': 2,
        'messaging.mqtt.qos': 1,
        'messaging.mqtt.retain': false,
        'messaging.mqtt.reason_code': ReasonCode.NoMatchingSubscribers,
        'network.peer.address': 'memory',
        'godwit.listener': 'lan',
      },
      resource: { 'service.name': 'godwit-broker', 'service.version': '1.2.3' },
    })
    expect(BigInt(span!.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span!.startTimeUnixNano))
  })

  it('is passed on with its properties as they are', async () => {
    await using at = await collector()
    await using world = await tracedBroker()
    await using tracing = await opened({ otlpUrl: at.url, sampleRatio: 1 })
    tracing.attach(world.broker)
    const got: unknown[] = []
    world.broker.subscribe('#', ({ properties }) => got.push(properties.userProperty))
    world.client('lamp').say(publish('rooms/1', 'on', 0, { userProperty: SAMPLED }))
    expect(got).toEqual([SAMPLED])
  })

  it('that was refused is an error', async () => {
    await using at = await collector()
    await using world = await tracedBroker()
    await using tracing = await opened({ otlpUrl: at.url, sampleRatio: 0 })
    tracing.attach(world.broker)
    world.client('lamp').say(publish('$SYS/broker', 'on', 2, { userProperty: SAMPLED }))
    expect(await at.spans(1)).toMatchObject([
      { status: { code: 2, message: 'Not authorized' }, attributes: { 'messaging.mqtt.qos': 2 } },
    ])
  })
})

describe('which messages are spans', () => {
  it('is for their senders to say, where they do', async () => {
    await using at = await collector()
    await using world = await tracedBroker()
    await using tracing = await opened({ otlpUrl: at.url, sampleRatio: 1 })
    tracing.attach(world.broker)
    const notSampled = [['traceparent', `00-${TRACE}-${SPAN}-00`]] as const
    const lamp = world.client('lamp')
    lamp.say(publish('a', '', 0, { userProperty: notSampled }))
    lamp.say(publish('b', '', 0, { userProperty: [['traceparent', 'nonsense']] }))
    lamp.say(publish('c', ''), subscribe('d'))
    const spans = await at.spans(2)
    expect(spans.map((span) => span.attributes['messaging.destination.name'])).toEqual(['b', 'c'])
    expect(spans[0]).not.toHaveProperty('parentSpanId')
  })

  it('is a matter of chance without', async () => {
    await using at = await collector()
    await using world = await tracedBroker()
    await using tracing = await opened({ otlpUrl: at.url, sampleRatio: 0 })
    tracing.attach(world.broker)
    world.client('lamp', { version: 4 }).say(publish('a', ''))
    await tracing.close()
    expect(at.requests()).toBe(0)
  })

  it('is bounded in number', async () => {
    await using at = await collector()
    await using world = await tracedBroker()
    await using tracing = await opened({ otlpUrl: at.url, sampleRatio: 0 })
    tracing.attach(world.broker)
    const messages = Array.from({ length: 1_200 }, () =>
      publish('a', '', 0, { userProperty: SAMPLED }),
    )
    world.client('lamp').say(...messages)
    await tracing.close()
    expect(await at.spans(1_000)).toHaveLength(1_000)
  })
})

describe('a collector', () => {
  it('that refuses is told once, and once more when it takes spans again', async () => {
    await using at = await collector()
    at.answer(400)
    await using world = await tracedBroker()
    const { log, lines } = noted()
    const tracing = await openTracing(options({ otlpUrl: at.url }), log)
    tracing.attach(world.broker)
    const lamp = world.client('lamp')
    const say = (): void => lamp.say(publish('a', '', 0, { userProperty: SAMPLED }))
    for (const count of [1, 2]) {
      say()
      await vi.waitFor(() => expect(at.requests()).toBe(count))
    }
    await vi.waitFor(() => expect(lines).toHaveLength(1))
    at.answer(200)
    say()
    await at.spans(1)
    await vi.waitFor(() => expect(lines).toHaveLength(2))
    await tracing.close()
    expect(lines).toEqual(['traces are lost: no collector takes them', 'traces are taken again'])
  })

  it('that is not there costs the spans, and does not keep the broker from its end', async () => {
    await using world = await tracedBroker()
    const { log, lines } = noted()
    const gone = await collector()
    await gone[Symbol.asyncDispose]()
    const tracing = await openTracing(options({ otlpUrl: gone.url }), log)
    tracing.attach(world.broker)
    world.client('lamp').say(publish('a', '', 1, { userProperty: SAMPLED }))
    const closed = tracing.close().then(() => 'closed')
    expect(await Promise.race([closed, later(4_000, 'late', { ref: false })])).toBe('closed')
    expect(lines.length).toBeLessThanOrEqual(1)
  })

  it('may be named by the whole path', async () => {
    await using at = await collector()
    await using world = await tracedBroker()
    await using tracing = await opened({ otlpUrl: `${at.url}/v1/traces`, sampleRatio: 1 })
    tracing.attach(world.broker)
    world.client('lamp').say(publish('a', ''))
    expect(await at.spans(1)).toHaveLength(1)
  })
})

function options(others: Partial<TracingOptions>): TracingOptions {
  return { otlpUrl: '', sampleRatio: 0, delayMs: 1, ...others }
}

async function opened(others: Partial<TracingOptions>): Promise<Tracing & AsyncDisposable> {
  const tracing = await openTracing(options(others), pino({ enabled: false }))
  return { ...tracing, [Symbol.asyncDispose]: () => tracing.close() }
}

function noted(): { readonly log: Logger; readonly lines: unknown[] } {
  const lines: unknown[] = []
  const stream = {
    write: (line: string) => void lines.push((JSON.parse(line) as { readonly msg: unknown }).msg),
  }
  return { log: pino({ base: null }, stream), lines }
}
