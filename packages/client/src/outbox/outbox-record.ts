/** Publications as they are stored, with the time of day in place of the client's clock. */
import type { StoredMessage } from './outbox-store.ts'
import { Publication } from './publication.ts'
import { setTimes, sizeOf } from './publication-measures.ts'

/** A publication for the store. `epoch` is the time of day at 0 of the client's clock. */
export function storedMessage(publication: Publication, epoch: number): StoredMessage {
  const { sequence, topic, payload, qos, retain, properties } = publication
  const { acceptedAt, waitsUntil } = publication
  return {
    sequence,
    topic,
    payload,
    qos,
    retain,
    ...(properties !== undefined && { properties }),
    acceptedAt: acceptedAt + epoch,
    ...(waitsUntil < Infinity && { expiresAt: waitsUntil + epoch }),
  }
}

/** A publication that an earlier life of the program has stored. Nobody has its promise. */
export function storedPublication(message: StoredMessage, epoch: number): Publication {
  const { sequence, topic, payload, qos, retain, properties, acceptedAt, expiresAt } = message
  const publication = new Publication(topic, payload, qos, retain)
  if (properties !== undefined) publication.properties = properties
  publication.bytes = sizeOf(publication)
  publication.sequence = sequence
  setTimes(publication, Infinity, acceptedAt - epoch)
  if (expiresAt !== undefined) publication.waitsUntil = expiresAt - epoch
  return publication
}
