// How a decoder or the encoder says no, in a form that fits in an expectation.

import { encode, MqttError } from '../src/index.ts'
import type { Packet, ProtocolVersion } from '../src/index.ts'
import { bytesOf, decodeChunks } from '../src/testing/index.ts'

/** What a refusal tells programs. */
export interface Refusal {
  readonly fault: 'peer' | 'local'
  readonly reasonCode: number
  readonly statement: string | undefined
}

/** How a decoder of this version refuses these bytes. */
export function refusalOf(version: ProtocolVersion, hex: string): Refusal {
  return refusalBy(() => decodeChunks([bytesOf(hex)], { version }))
}

/** How the encoder refuses a packet, which may be anything at all. */
export function encodingRefusal(packet: unknown, version: unknown): Refusal {
  return refusalBy(() => encode(packet as Packet, version as ProtocolVersion))
}

/** How this refuses, whatever it is. Anything but an MqttError is a failure of the test. */
export function refusalBy(act: () => unknown): Refusal {
  try {
    act()
  } catch (error) {
    if (!(error instanceof MqttError)) throw error
    const { fault, reasonCode, statement } = error
    return { fault, reasonCode, statement }
  }
  throw new Error('It was not refused.')
}

/** A refusal of bytes as malformed, by this statement. */
export function malformedBy(statement?: string): Refusal {
  return { fault: 'peer', reasonCode: 0x81, statement }
}

/** A refusal of bytes as a Protocol Error, by this statement. */
export function protocolErrorBy(statement?: string): Refusal {
  return { fault: 'peer', reasonCode: 0x82, statement }
}

/** A refusal to encode, by this statement. */
export function unencodableBy(statement?: string): Refusal {
  return { fault: 'local', reasonCode: 0x83, statement }
}
