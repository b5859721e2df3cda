/** Why a publication came to nothing, in sentences that say what to do. */
import {
  encode,
  MqttError,
  reasonCodeName,
  UINT16_MAX,
  VARIABLE_BYTE_INTEGER_MAX,
} from '@godwit/codec'
import { ClientError } from '../errors.ts'
import type { Publication } from './publication.ts'

/** What was tried, as the sentences begin. */
export function publishing(topic: string): string {
  return `Publishing to ${JSON.stringify(topic.length > 64 ? `${topic.slice(0, 63)}…` : topic)}`
}

/** Its policy is `drop`. */
export function offline(topic: string): ClientError {
  const why = `the client is not connected, and offline: 'drop' was asked for`
  return new ClientError(`${publishing(topic)} was given up: ${why}.`, { code: 'offline' })
}

/** Its policy is `keep-last`. */
export function superseded(topic: string): ClientError {
  const why = `there is a later one for this topic, and offline: 'keep-last' was asked for`
  return new ClientError(`${publishing(topic)} was given up: ${why}.`, { code: 'superseded' })
}

/** Its `timeToLiveMs` or its Message Expiry Interval was over before it could be sent. */
export function expired(topic: string): ClientError {
  const why = 'its timeToLiveMs or its messageExpiryInterval is over, and it could not be sent'
  return new ClientError(`${publishing(topic)} was given up: ${why}.`, { code: 'expired' })
}

/** The outbox has no room, for the reason in `holding`. */
export function full(topic: string, holding: string): ClientError {
  const advice =
    'Wait for what was published before, allow more in the options of `outbox`, ' +
    "or publish with offline: 'drop' or 'keep-last', or a timeToLiveMs."
  const sentence = `${publishing(topic)} was not accepted: ${holding}. ${advice}`
  return new ClientError(sentence, { code: 'outbox-full' })
}

/** It cannot be sent to this server, or to any: what the link or the encoder has thrown. */
export function notAllowed(topic: string, error: unknown): unknown {
  if (!(error instanceof MqttError)) return error
  const { message, reasonCode, statement } = error
  return new ClientError(`${publishing(topic)} is not possible: ${message}.`, {
    code: 'not-allowed',
    reasonCode,
    reasonName: reasonCodeName(reasonCode, 'disconnect'),
    ...(statement !== undefined && { statement }),
    cause: error,
  })
}

/**
 * What keeps a publication from being sent to any server, found out before it waits for hours, and
 * before a store has it.
 */
export function encodingFault(publication: Publication): unknown {
  const { topic, payload, qos, retain, properties } = publication
  if (properties === undefined && payload.length < LARGE_BYTES) return undefined
  const packetId = qos === 0 ? 0 : 1
  const said = properties === undefined ? {} : { properties }
  try {
    encode({ type: 'publish', topic, payload, qos, retain, dup: false, packetId, ...said }, 5)
    return undefined
  } catch (error) {
    return notAllowed(topic, error)
  }
}

/** Less than this fits into a packet with any Topic Name. */
const LARGE_BYTES = VARIABLE_BYTE_INTEGER_MAX - 2 * UINT16_MAX

/** The store has failed. */
export function notStored(tried: string, cause: unknown): ClientError {
  const said = cause instanceof Error ? cause.message : String(cause)
  const advice = 'Mend the store, or connect without `outbox.store`.'
  const sentence = `${tried} failed: the store of the outbox says "${said}". ${advice}`
  return new ClientError(sentence, { code: 'store-failed', cause })
}
