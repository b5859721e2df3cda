/*
 * Which strings are Topic Names and Topic Filters: section 4.7 for levels and wildcards, 4.8.2 for
 * Shared Subscriptions, 1.5.4 for the characters. A fault is a value that names the broken
 * statement by its MQTT 5.0 id; nothing here throws but `requireValid`.
 */
import { HASH, hasWildcard, PLUS, SEPARATOR } from './characters.ts'

/** Why a string is no Topic Name or no Topic Filter. */
export interface TopicFault {
  /** One sentence without the offending text, fit for a Reason String or a log. */
  readonly reason: string
  /** The MQTT 5.0 statement that is broken, such as `MQTT-4.7.1-1`. */
  readonly statement: string
}

/** What a filter of a Shared Subscription starts with (section 4.8.2). */
export const SHARE_PREFIX = '$share/'

/** The most bytes a Topic Name or Topic Filter takes as UTF-8 (section 4.7.3). */
export const TOPIC_BYTES_MAX = 65_535

/** Returns whether the text is a valid Topic Name (section 4.7). */
export function isTopicName(text: string): boolean {
  return topicNameFault(text) === undefined
}

/** Returns whether the text is a valid Topic Filter, shared or not (sections 4.7 and 4.8.2). */
export function isTopicFilter(text: string): boolean {
  return topicFilterFault(text) === undefined
}

/** Returns what keeps the text from being a Topic Name, or `undefined` if nothing does. */
export function topicNameFault(text: string): TopicFault | undefined {
  const fault = textFault(text)
  if (fault !== undefined) return fault
  return hasWildcard(text) ? WILDCARD_IN_NAME : undefined // [MQTT-4.7.0-1]
}

/** Returns what keeps the text from being a Topic Filter, or `undefined` if nothing does. */
export function topicFilterFault(text: string): TopicFault | undefined {
  if (!text.startsWith(SHARE_PREFIX)) return matchedFilterFault(text)
  return textFault(text) ?? sharedFilterFault(text)
}

/**
 * The same for a filter that Topic Names are matched with as it stands. Within a shared filter that
 * may be one which would be a malformed shared filter by itself: `$share/g/$share/h`.
 */
export function matchedFilterFault(text: string): TopicFault | undefined {
  return textFault(text) ?? wildcardFault(text, 0)
}

/**
 * Does nothing if there is no fault.
 *
 * @throws {RangeError} if there is one; the message ends with the start of the text, quoted.
 */
export function requireValid(text: string, fault: TopicFault | undefined): void {
  if (fault === undefined) return
  const excerpt = JSON.stringify(text.slice(0, 64))
  throw new RangeError(`${fault.reason} [${fault.statement}]: ${excerpt}`)
}

function textFault(text: string): TopicFault | undefined {
  if (text.length === 0) return EMPTY // [MQTT-4.7.3-1]
  if (text.length > TOPIC_BYTES_MAX) return TOO_LONG
  let bytes = 0
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit === 0) return NULL_CHARACTER // [MQTT-4.7.3-2] [MQTT-1.5.4-2]
    if (isSurrogate(unit)) {
      if (!isPair(unit, text.charCodeAt(at + 1))) return LONE_SURROGATE // [MQTT-1.5.4-1]
      at += 1
      bytes += 4
    } else {
      bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3
    }
  }
  return bytes > TOPIC_BYTES_MAX ? TOO_LONG : undefined // [MQTT-4.7.3-3]
}

function isSurrogate(unit: number): boolean {
  return (unit & 0xf800) === 0xd800
}

function isPair(high: number, low: number): boolean {
  return (high & 0xfc00) === 0xd800 && (low & 0xfc00) === 0xdc00
}

function wildcardFault(text: string, start: number): TopicFault | undefined {
  let levelStart = start
  for (let at = start; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit === SEPARATOR) levelStart = at + 1
    // [MQTT-4.7.1-1]
    if (unit === HASH && (at > levelStart || at + 1 < text.length)) return BAD_HASH
    // [MQTT-4.7.1-2]
    if (unit === PLUS && (at > levelStart || !endsLevel(text, at + 1))) return BAD_PLUS
  }
  return undefined
}

function endsLevel(text: string, at: number): boolean {
  return at === text.length || text.charCodeAt(at) === SEPARATOR
}

function sharedFilterFault(text: string): TopicFault | undefined {
  const nameStart = SHARE_PREFIX.length
  const nameEnd = text.indexOf('/', nameStart)
  if (text.length === nameStart || nameEnd === nameStart) return NO_SHARE_NAME // [MQTT-4.8.2-1]
  if (nameEnd === -1 || nameEnd + 1 === text.length) return NO_FILTER_IN_SHARE // [MQTT-4.8.2-2]
  if (hasWildcard(text.slice(nameStart, nameEnd))) return BAD_SHARE_NAME // [MQTT-4.8.2-2]
  return wildcardFault(text, nameEnd + 1)
}

const EMPTY: TopicFault = {
  reason: 'A Topic Name or Topic Filter has at least one character',
  statement: 'MQTT-4.7.3-1',
}
const NULL_CHARACTER: TopicFault = {
  reason: 'A Topic Name or Topic Filter holds no U+0000',
  statement: 'MQTT-4.7.3-2',
}
const TOO_LONG: TopicFault = {
  reason: 'A Topic Name or Topic Filter takes at most 65,535 bytes of UTF-8',
  statement: 'MQTT-4.7.3-3',
}
const LONE_SURROGATE: TopicFault = {
  reason: 'A Topic Name or Topic Filter holds no lone surrogate',
  statement: 'MQTT-1.5.4-1',
}
const WILDCARD_IN_NAME: TopicFault = {
  reason: 'A Topic Name holds no wildcard',
  statement: 'MQTT-4.7.0-1',
}
const BAD_HASH: TopicFault = {
  reason: 'The wildcard # is a level of its own and the last one',
  statement: 'MQTT-4.7.1-1',
}
const BAD_PLUS: TopicFault = {
  reason: 'The wildcard + is a level of its own',
  statement: 'MQTT-4.7.1-2',
}
const NO_SHARE_NAME: TopicFault = {
  reason: 'A Share Name has at least one character',
  statement: 'MQTT-4.8.2-1',
}
const BAD_SHARE_NAME: TopicFault = {
  reason: 'A Share Name holds no wildcard',
  statement: 'MQTT-4.8.2-2',
}
const NO_FILTER_IN_SHARE: TopicFault = {
  reason: 'A Share Name is followed by / and a Topic Filter',
  statement: 'MQTT-4.8.2-2',
}
