/**
 * The W3C Trace Context that a message may carry in its User Properties `traceparent` and
 * `tracestate` (https://www.w3.org/TR/trace-context/). Read strictly: what is not quite right is
 * not there. The properties themselves stay as they are, and receivers get them.
 */
import type { SpanContext, TraceState } from '@opentelemetry/api'

/** The User Properties of a message, in order. */
export type UserProperties = readonly (readonly [name: string, value: string])[]

/** What the properties say; `undefined` for nothing, or for more than one `traceparent`. */
export function traceContextOf(properties: UserProperties): SpanContext | undefined {
  let parent: string | undefined
  const states: string[] = []
  for (const [name, value] of properties) {
    if (name === 'tracestate') states.push(value)
    if (name !== 'traceparent') continue
    if (parent !== undefined) return undefined
    parent = value
  }
  const context = parent === undefined ? undefined : parsedParent(parent)
  if (context === undefined) return undefined
  const state = states.join(',')
  return isState(state) ? { ...context, traceState: new OpaqueState(state) } : context
}

/** `version-trace-parent-flags`, in hexadecimal digits of lower case. */
function parsedParent(text: string): SpanContext | undefined {
  // A later version may say more behind the flags, and never less.
  const version = text.slice(0, 2)
  const isLong = text.length > LENGTH
  if (text.length < LENGTH || (isLong && (version === '00' || text[LENGTH] !== '-'))) {
    return undefined
  }
  const [traceId, spanId, flags] = [text.slice(3, 35), text.slice(36, 52), text.slice(53, 55)]
  const hasDashes = text[2] === '-' && text[35] === '-' && text[52] === '-'
  const isWellFormed = hasDashes && [version, traceId, spanId, flags].every(isHexadecimal)
  if (!isWellFormed || version === 'ff' || isZero(traceId) || isZero(spanId)) return undefined
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
}

const LENGTH = 55

function isHexadecimal(text: string): boolean {
  for (const digit of text) if (!'0123456789abcdef'.includes(digit)) return false
  return true
}

function isZero(text: string): boolean {
  for (const digit of text) if (digit !== '0') return false
  return true
}

/** Whether a collector can be sent it: what the standard allows is at most this. */
function isState(text: string): boolean {
  if (text.length === 0 || text.length > STATE_LENGTH_MAX) return false
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x20 || unit > 0x7e) return false
  }
  return true
}

const STATE_LENGTH_MAX = 512

/** Passed on to the collector as it came, and of no other use here. */
class OpaqueState implements TraceState {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  get(): undefined {
    return undefined
  }

  set(): TraceState {
    return this
  }

  unset(): TraceState {
    return this
  }

  serialize(): string {
    return this.#text
  }
}
