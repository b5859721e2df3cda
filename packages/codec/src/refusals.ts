/**
 * What the encoder refuses about values that no type checker has seen (§1.5, §4.7): a program in
 * plain JavaScript gets an `MqttError` that names what it passed, and never a packet that says
 * something else.
 */
import { unencodable } from './error.ts'

/** The flag if the condition holds, else 0. @throws {MqttError} unless it is a boolean. */
export function flagIf(condition: boolean, flag: number): number {
  if (typeof condition !== 'boolean') throw unencodable('A flag is true or false', condition)
  return condition ? flag : 0
}

/** Refuses what is no array, and an empty one. @throws {MqttError} */
export function refuseEmpty(list: readonly unknown[], wanted: string, statement: string): void {
  refuseNoArray(list, wanted)
  if (list.length === 0) throw unencodable(wanted, 'none', statement)
}

/** Refuses what is no array. @throws {MqttError} */
export function refuseNoArray(list: unknown, wanted: string): void {
  if (!Array.isArray(list)) throw unencodable(wanted, list)
}

/** Refuses what has no fields. @throws {MqttError} */
export function refuseNoObject(value: unknown, wanted: string): void {
  if (typeof value !== 'object' || value === null) throw unencodable(wanted, value)
}

/**
 * Refuses what is no Topic Name: an empty one, or one with wildcards (§4.7). `statement` is the
 * one that a wildcard breaks here. @throws {MqttError}
 */
export function refuseBadTopicName(topic: string, statement: string): void {
  if (typeof topic !== 'string') throw unencodable('A Topic Name is a string', topic)
  if (topic === '') throw unencodable('A Topic Name has at least one character', '', 'MQTT-4.7.3-1')
  if (topic.includes('#') || topic.includes('+')) {
    throw unencodable('A Topic Name may not hold the wildcards # and +', topic, statement)
  }
}
