/** How large a publication is, and how long it lasts. */
import type { MessageProperties } from '../message.ts'
import type { Publication } from './publication.ts'

/** About how many bytes it takes, its properties included. */
export function sizeOf({ topic, payload, properties }: Publication): number {
  return topic.length + payload.length + (properties === undefined ? 0 : propertyBytes(properties))
}

/** Sets the times of a publication that was accepted at `now`. */
export function setTimes(publication: Publication, timeToLiveMs: number, now: number): void {
  const seconds = publication.properties?.messageExpiryInterval
  publication.acceptedAt = now
  publication.waitsUntil = now + timeToLiveMs
  if (seconds !== undefined) publication.expiresAt = now + seconds * 1000
}

/** Until when it may wait: one that was sent before has its Message Expiry Interval only. */
export function dueTime({ attempted, waitsUntil, expiresAt }: Publication): number {
  return attempted ? expiresAt : Math.min(waitsUntil, expiresAt)
}

function propertyBytes(properties: MessageProperties): number {
  let bytes = 0
  for (const value of Object.values(properties)) bytes += valueBytes(value)
  return bytes
}

function valueBytes(value: unknown): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length
  if (!Array.isArray(value)) return NUMBER_BYTES
  let bytes = 0
  for (const item of value) bytes += valueBytes(item)
  return bytes
}

const NUMBER_BYTES = 4
