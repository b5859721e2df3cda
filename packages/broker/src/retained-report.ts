/** Puts Retained Messages into words, for whoever looks into them. */
import { Message } from './message.ts'
import type { RetainedDetails, RetainedSummary } from './inspected-session.ts'
import type { NumberedMessage } from './retained.ts'

/** What is said of one without its payload; `undefined` if it is past its expiry. */
export function retainedSummaryOf(kept: NumberedMessage, now: number): RetainedSummary | undefined {
  const { frame, receivedAt, expiresAt, publisher } = kept
  if (expiresAt <= now) return undefined // [MQTT-3.3.2-5]
  return {
    topic: frame.topic,
    qos: frame.qos,
    payloadBytes: frame.length - frame.payloadAt,
    ageMs: Math.max(0, Math.round(now - receivedAt)),
    ...(expiresAt !== Infinity && { expiresInSeconds: Math.ceil((expiresAt - now) / 1000) }),
    ...(publisher !== undefined && { publisher }),
  }
}

/** The whole of it. */
export function retainedDetailsOf(kept: NumberedMessage, now: number): RetainedDetails | undefined {
  const summary = retainedSummaryOf(kept, now)
  if (summary === undefined) return undefined
  const { frame, receivedAt, publisher } = kept
  const { payload, source } = new Message(frame, receivedAt, publisher)
  const { topicAlias: _, ...properties } = source.properties ?? {}
  return { ...summary, payload: new Uint8Array(payload), properties }
}
