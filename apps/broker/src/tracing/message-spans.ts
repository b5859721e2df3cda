/**
 * Messages that come, as spans of OpenTelemetry: from the PUBLISH to its acknowledgement, which is
 * how long a client waits for the broker to have it safely. A message is in a trace if its sender
 * says that the trace is sampled, or else by chance.
 */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api'
import type { Attributes, Span, SpanContext, Tracer } from '@opentelemetry/api'
import type { Tap, Tapped } from '@godwit/broker'
import { PublishFrame, reasonCodeName } from '@godwit/codec'
import type { Packet } from '@godwit/codec'
import type { Clock } from '@godwit/transport'
import { clipped } from '../log.ts'
import { traceContextOf } from './trace-context.ts'
import type { UserProperties } from './trace-context.ts'

/** What spans are made with. */
export interface MessageSpansOptions {
  readonly tracer: Tracer
  /** Of the messages without a trace, how many are to have one: 0 to 1. */
  readonly sampleRatio: number
  readonly clock: Pick<Clock, 'now'>
  /** From 0 to below 1; random where left out. */
  readonly chance?: () => number
}

/** Makes spans of what it hears. */
export class MessageSpans implements Tap {
  readonly #options: MessageSpansOptions
  readonly #chance: () => number
  /** Those whose messages are not acknowledged, oldest first. */
  readonly #open = new Map<string, Span>()
  readonly #connections = new WeakMap<Tapped, number>()
  #lastConnection = 0
  #windowEndsAt = 0
  #inWindow = 0

  constructor(options: MessageSpansOptions) {
    this.#options = options
    this.#chance = options.chance ?? Math.random
  }

  /** See {@link Tap}. */
  received(packet: Packet | PublishFrame, from: Tapped): void {
    if (!(packet instanceof PublishFrame)) return
    const parent = packet.carries('userProperty') ? contextOf(packet) : undefined
    if (!this.#isSampled(parent) || !this.#isAffordable()) return
    const how = { kind: SpanKind.CONSUMER, attributes: attributesOf(packet, from) }
    const above = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent)
    const span = this.#options.tracer.startSpan('receive', how, above)
    if (packet.qos === 0) queueMicrotask(() => span.end())
    else this.#keep(this.#keyOf(from, packet.packetId), span)
  }

  /** See {@link Tap}. */
  sent(packet: Packet, to: Tapped): void {
    if (packet.type !== 'puback' && packet.type !== 'pubrec') return
    const key = this.#keyOf(to, packet.packetId)
    const span = this.#open.get(key)
    if (span === undefined) return
    this.#open.delete(key)
    const { reasonCode } = packet
    span.setAttribute('messaging.mqtt.reason_code', reasonCode)
    if (reasonCode >= 0x80) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: reasonCodeName(reasonCode) })
    }
    span.end()
  }

  /** Ends what is open. */
  end(): void {
    for (const span of this.#open.values()) span.end()
    this.#open.clear()
  }

  #isSampled(parent: SpanContext | undefined): boolean {
    if (parent !== undefined) return (parent.traceFlags & TraceFlags.SAMPLED) !== 0
    const { sampleRatio } = this.#options
    return sampleRatio > 0 && this.#chance() < sampleRatio
  }

  /** Senders choose what is sampled, and must not choose how much the broker works for that. */
  #isAffordable(): boolean {
    const now = this.#options.clock.now()
    if (now >= this.#windowEndsAt) {
      this.#windowEndsAt = now + 1000
      this.#inWindow = 0
    }
    return ++this.#inWindow <= SPANS_PER_SECOND_MAX
  }

  #keep(key: string, span: Span): void {
    // Sent again before it was acknowledged.
    this.#open.get(key)?.end()
    this.#open.delete(key)
    for (const [oldest, lost] of this.#open) {
      if (this.#open.size < OPEN_MAX) break
      this.#open.delete(oldest)
      lost.end()
    }
    this.#open.set(key, span)
  }

  #keyOf(connection: Tapped, packetId: number): string {
    let number = this.#connections.get(connection)
    if (number === undefined) {
      number = ++this.#lastConnection
      this.#connections.set(connection, number)
    }
    return `${number}:${packetId}`
  }
}

const SPANS_PER_SECOND_MAX = 1_000
const OPEN_MAX = 1_024
const TOPIC_LENGTH = 512

function contextOf({ properties }: PublishFrame): SpanContext | undefined {
  const pairs: UserProperties = properties.userProperty ?? []
  return traceContextOf(pairs)
}

/** Names of OpenTelemetry's conventions for messaging; what is MQTT's own is below `mqtt`. */
function attributesOf(frame: PublishFrame, { client, origin }: Tapped): Attributes {
  const { topic, qos, retain, dup, payload } = frame
  return {
    'messaging.system': 'mqtt',
    'messaging.operation.name': 'receive',
    'messaging.operation.type': 'receive',
    'messaging.destination.name': clipped(topic, TOPIC_LENGTH),
    'messaging.message.body.size': payload.length,
    'messaging.mqtt.qos': qos,
    'messaging.mqtt.retain': retain,
    ...(dup && { 'messaging.mqtt.dup': dup }),
    ...(client !== undefined && { 'messaging.client.id': clipped(client.clientId) }),
    'network.peer.address': origin.remoteAddress,
    ...(origin.listener !== undefined && { 'godwit.listener': origin.listener }),
  }
}
