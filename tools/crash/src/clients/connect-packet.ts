/** The CONNECT of a client whose session outlives its connections, or does not. */
import type { ConnectPacket, WillMessage } from '@godwit/codec'

/** Who connects, and how. */
export interface Introduction {
  readonly clientId: string
  readonly version: 4 | 5
  /** Whether the session outlives the connection. */
  readonly lasting: boolean
  readonly will?: WillMessage
  /** MQTT 5.0 only. */
  readonly receiveMaximum?: number | undefined
}

/** The packet. Keep Alive is off: the clients notice the death of a broker on one machine. */
export function connectPacketOf(introduction: Introduction): ConnectPacket {
  const { clientId, version, lasting, will, receiveMaximum } = introduction
  const rest = will === undefined ? {} : { will }
  const packet = { type: 'connect', version, clientId, keepAlive: 0, ...rest } as const
  if (version === 4) return { ...packet, cleanStart: !lasting }
  const properties = {
    ...(lasting ? { sessionExpiryInterval: SESSION_EXPIRY_S } : {}),
    ...(receiveMaximum === undefined ? {} : { receiveMaximum }),
  }
  return { ...packet, cleanStart: !lasting, properties }
}

const SESSION_EXPIRY_S = 3600
