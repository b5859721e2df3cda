// What an inspection prints, in tests: for people without colours, and for programs.

import pc from 'picocolors'
import { Conversation } from '../../src/inspect/conversation.ts'
import type { Detail, Happening } from '../../src/inspect/happening.ts'
import { tellingForPrograms } from '../../src/inspect/packet-json.ts'
import { tellingForPeople } from '../../src/inspect/packet-text.ts'

export const PLAIN: Detail = { offsets: false, payloadBytes: 32, secrets: false }

/** What people are told of these bytes, from a client. */
export function toldToPeople(bytes: Uint8Array, detail: Partial<Detail> = {}): readonly string[] {
  const tell = tellingForPeople({ ...PLAIN, ...detail }, pc.createColors(false))
  return happenings(bytes).map(tell).join('').trimEnd().split('\n')
}

/** What programs are told of these bytes. */
export function toldToPrograms(
  bytes: Uint8Array,
  detail: Partial<Detail> = {},
): readonly unknown[] {
  const tell = tellingForPrograms({ ...PLAIN, ...detail })
  return happenings(bytes).map((happening): unknown => JSON.parse(tell(happening)))
}

function happenings(bytes: Uint8Array): readonly Happening[] {
  const conversation = new Conversation()
  const sightings = [...conversation.receive('client', bytes), ...conversation.end('client')]
  return sightings.map((sighting) => ({ type: 'packet', sighting }))
}
