/** What a program asks to be published: checked before anything is done. */
import { isQoS } from '@godwit/codec'
import { topicNameFault } from '@godwit/topic'
import { misuse } from '../misuse.ts'
import type { PublishOptions } from '../options.ts'
import { bytesOf } from '../payload.ts'
import { Publication } from './publication.ts'

/** The publication that is asked for. @throws {TypeError} for what no server could be sent. */
export function publicationFor(
  topic: string,
  payload: string | Uint8Array,
  options: PublishOptions,
): Publication {
  if (topic !== lastTopic) checkTopic(topic)
  if (typeof payload !== 'string' && !(payload instanceof Uint8Array)) {
    throw misuse('A payload is a string or a Uint8Array', payload)
  }
  const { qos = 0, retain = false, properties, offline, timeToLiveMs } = options
  if (!isQoS(qos)) throw misuse('A QoS is 0, 1 or 2', qos)
  if (timeToLiveMs !== undefined && !(timeToLiveMs >= 0)) {
    throw misuse('timeToLiveMs is a number of milliseconds from 0 on', timeToLiveMs)
  }
  if (offline !== undefined && !POLICIES.includes(offline)) {
    throw misuse("offline is 'wait', 'drop' or 'keep-last'", offline)
  }
  const publication = new Publication(topic, bytesOf(payload), qos, retain)
  if (properties !== undefined) publication.properties = properties
  if (offline !== undefined) publication.offline = offline
  return publication
}

const POLICIES = ['wait', 'drop', 'keep-last']

/** A program publishes to few topics, and walking through one of 20 characters takes 25 ns. */
let lastTopic: string | undefined

function checkTopic(topic: string): void {
  if (typeof topic !== 'string') throw misuse('A Topic Name is a string', topic)
  const fault = topicNameFault(topic)
  if (fault !== undefined) throw misuse(`${fault.reason} [${fault.statement}]`, topic)
  lastTopic = topic
}
