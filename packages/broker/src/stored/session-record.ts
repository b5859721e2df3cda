/**
 * The record of a session: whose it is, and what becomes of it when its client is away.
 *
 *     1 | flags | number | Client Identifier | Session Expiry Interval
 *       | left at (bit 4) | username (bit 2) | principal (bit 3) | Will (bit 5)
 *
 *     flags: bits 0-1 version - 3, bits 2-5 what is there
 *
 * How numbers and texts are written: `stored-writer.ts`.
 */
import type { ProtocolVersion, WillMessage } from '@godwit/codec'
import { StoredReader, VERSION_MIN } from './stored-reader.ts'
import { readWill, writeWill } from './stored-will.ts'
import { StoredWriter } from './stored-writer.ts'
import { INSTANT, SESSION_EXPIRY, SESSION_NUMBER } from './whole-field.ts'

/** A session, as far as it is not in records of its own. All times are ms since 1970. */
export interface StoredSession {
  readonly clientId: string
  /** Its number, from 1 on, which no other session has had. */
  readonly number: number
  /** Of the last connection. */
  readonly version: ProtocolVersion
  readonly username: string | undefined
  readonly principal: string | undefined
  /** How long it outlives its connection; 0xFFFFFFFF for ever; 0: it is kept for its Will only. */
  readonly expirySeconds: number
  /** When its connection was lost or closed; `undefined` while it is connected. */
  readonly leftAt: number | undefined
  readonly will: WillMessage | undefined
}

/**
 * Writes a session. @throws {RangeError} for a number out of bounds or half a surrogate pair;
 * {MqttError} for a Will that is none.
 */
export function encodeSession(session: StoredSession): Uint8Array {
  const { leftAt, username, principal, will } = session
  const writer = new StoredWriter()
  writer.byte(flagsOf(session))
  writer.whole(SESSION_NUMBER, session.number)
  writer.text(session.clientId)
  writer.whole(SESSION_EXPIRY, session.expirySeconds)
  if (leftAt !== undefined) writer.whole(INSTANT, leftAt)
  if (username !== undefined) writer.text(username)
  if (principal !== undefined) writer.text(principal)
  if (will !== undefined) writeWill(writer, will)
  return writer.finish()
}

/** Reads a session out of any bytes. @throws {StoredFormatError} */
export function decodeSession(bytes: Uint8Array): StoredSession {
  const reader = new StoredReader('session', bytes)
  const flags = reader.flags(0x03 | HAS_USERNAME | HAS_PRINCIPAL | HAS_LEFT | HAS_WILL)
  const session = {
    version: reader.version(flags),
    number: reader.whole(SESSION_NUMBER),
    clientId: reader.text('the Client Identifier'),
    expirySeconds: reader.whole(SESSION_EXPIRY),
    leftAt: (flags & HAS_LEFT) === 0 ? undefined : reader.whole(INSTANT),
    username: (flags & HAS_USERNAME) === 0 ? undefined : reader.text('the username'),
    principal: (flags & HAS_PRINCIPAL) === 0 ? undefined : reader.text('the principal'),
    will: (flags & HAS_WILL) === 0 ? undefined : readWill(reader),
  }
  reader.done()
  return session
}

const HAS_USERNAME = 0x04
const HAS_PRINCIPAL = 0x08
const HAS_LEFT = 0x10
const HAS_WILL = 0x20

function flagsOf({ version, username, principal, leftAt, will }: StoredSession): number {
  return (
    (version - VERSION_MIN) |
    (username === undefined ? 0 : HAS_USERNAME) |
    (principal === undefined ? 0 : HAS_PRINCIPAL) |
    (leftAt === undefined ? 0 : HAS_LEFT) |
    (will === undefined ? 0 : HAS_WILL)
  )
}
