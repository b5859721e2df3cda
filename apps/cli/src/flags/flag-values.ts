/** The values of flags: what they may be, and the sentence for what they may not be. */
import { isProtocolVersion, isQoS, UINT16_MAX, UINT32_MAX } from '@godwit/codec'
import type { ProtocolVersion, QoS } from '@godwit/codec'
import { InvalidArgumentError } from 'commander'

/** A reader of whole numbers from `least` to `greatest`. */
export function wholeNumber(least: number, greatest: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d{1,16}$/.test(text) ? Number(text) : NaN
    if (value >= least && value <= greatest) return value
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${greatest}.`)
  }
}

/** A reader of numbers, with or without a fraction, from `least` to `greatest`. */
export function realNumber(least: number, greatest: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,12}(\.\d{0,9})?$|^\.\d{1,9}$/.test(text) ? Number(text) : NaN
    if (value >= least && value <= greatest) return value
    throw new InvalidArgumentError(`It is a number from ${least} to ${greatest}.`)
  }
}

/** A port that somebody listens at. */
export const port: (text: string) => number = wholeNumber(1, UINT16_MAX)

/** Seconds of the Keep Alive; 0 is off. */
export const keepAlive: (text: string) => number = wholeNumber(0, UINT16_MAX)

/** Longest of the timers that count seconds: 24 days. */
const TIMER_SECONDS_MAX = 2_147_483

/** Seconds to wait, with a fraction if need be. */
export const delaySeconds: (text: string) => number = realNumber(0, TIMER_SECONDS_MAX)

/** Seconds after which something is given up. */
export function timeoutSeconds(text: string): number {
  const value = delaySeconds(text)
  if (value > 0) return value
  throw new InvalidArgumentError('It is a number above 0.')
}

/** 0, 1 or 2. */
export function qos(text: string): QoS {
  const value = /^\d$/.test(text) ? Number(text) : NaN
  if (isQoS(value)) return value
  throw new InvalidArgumentError('It is 0, 1 or 2.')
}

const VERSIONS: ReadonlyMap<string, number> = new Map([
  ['5', 5],
  ['5.0', 5],
  ['mqttv5', 5],
  ['311', 4],
  ['3.1.1', 4],
  ['mqttv311', 4],
  ['31', 3],
  ['3.1', 3],
  ['mqttv31', 3],
])

/** A version of MQTT by its name, as the protocol numbers it. */
export function protocolVersion(text: string): ProtocolVersion {
  const version = VERSIONS.get(text)
  if (version !== undefined && isProtocolVersion(version)) return version
  throw new InvalidArgumentError('It is 5, 3.1.1 or 3.1.')
}

/** For ever, as a Session Expiry Interval (§3.1.2.11.2). */
export const NEVER: number = UINT32_MAX

/** Seconds of a Session Expiry Interval; -1 and ∞ are for ever. */
export function sessionExpiry(text: string): number {
  if (text === '-1' || text === '∞') return NEVER
  return wholeNumber(0, UINT32_MAX)(text)
}

/** Collects the values of a flag that may be given again. */
export function collected(text: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), text]
}

/** A User Property, `name=value`, collected. */
export function userProperty(
  text: string,
  previous: readonly UserProperty[] | undefined,
): UserProperty[] {
  const equals = text.indexOf('=')
  if (equals === -1) throw new InvalidArgumentError('It is a name and a value: name=value.')
  return [...(previous ?? []), [text.slice(0, equals), text.slice(equals + 1)]]
}

/** A name and a value. */
export type UserProperty = readonly [name: string, value: string]
