/** The message that a client leaves behind (§3.1.2.5), when its time has come. */
import { ReasonCode } from '@godwit/codec'
import type { WillMessage } from '@godwit/codec'
import { Message } from './message.ts'
import { isReserved } from './reserved-topics.ts'
import type { BrokerSession } from './session.ts'
import type { Surroundings } from './surroundings.ts'

/** Publishes a will as its client would have, if it may. Never throws: what fails is reported. */
export function publishWill(
  will: WillMessage,
  session: BrokerSession,
  surroundings: Surroundings,
): void {
  const { topic, qos, retain } = will
  const { guarding, turn, observers } = surroundings
  turn.begin()
  const decision = isReserved(topic)
    ? ReasonCode.NotAuthorized
    : guarding.authorize({ type: 'will', topic, qos, retain }, session.client)
  if (decision instanceof Promise) {
    void publishLater(will, session, decision, surroundings)
    return
  }
  try {
    publishDecided(will, session, decision, surroundings)
  } catch (error) {
    observers.fault?.(error)
  }
}

async function publishLater(
  will: WillMessage,
  session: BrokerSession,
  decision: Promise<ReasonCode>,
  surroundings: Surroundings,
): Promise<void> {
  const code = await decision
  surroundings.turn.begin()
  try {
    publishDecided(will, session, code, surroundings)
  } catch (error) {
    surroundings.observers.fault?.(error)
  }
}

function publishDecided(
  will: WillMessage,
  session: BrokerSession,
  code: ReasonCode,
  { turn, intake, counters, journal }: Surroundings,
): void {
  const { topic, payload, qos, retain, properties } = will
  if (code >= 0x80) {
    counters.publishesRefused++
    session.keeping?.willPublished()
    return
  }
  const { willDelayInterval: _, ...kept } = properties ?? {}
  // [MQTT-3.1.2-14] [MQTT-3.1.2-15]
  const message = { topic, payload, qos, retain, properties: kept }
  const packet = { type: 'publish', dup: false, packetId: 0, ...message } as const
  const published = new Message(packet, turn.now, session.client.clientId)
  const taken = intake.take(published, session)
  if (taken === ReasonCode.QuotaExceeded) {
    counters.publishesRefused++
    return
  }
  session.keeping?.willPublished()
  if (published.entry === undefined) return
  // Then it is published when the broker is started again.
  journal?.when({ durable: () => {}, full: () => session.keeping?.willNotPublished(will) })
}
