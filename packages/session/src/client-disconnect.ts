/** How a client leaves (§3.14): which DISCONNECT it sends, or none. */
import { encode, isReasonCode, ReasonCode, senderOf } from '@godwit/codec'
import type { DisconnectPacket, MqttError } from '@godwit/codec'
import type { ConnectRequest } from './client-connect.ts'
import { localFault } from './local-fault.ts'
import { remarked } from './remarks.ts'
import type { Remarkable, Remarks } from './remarks.ts'
import { sessionExpiryAsked } from './server-terms.ts'

/** What a client may say at the end beside its reason, in MQTT 5.0. */
export interface LeavingDetails {
  /** Seconds for which the session is to outlive the connection, in place of what was agreed. */
  readonly sessionExpiryInterval?: number
  readonly userProperty?: Remarks['userProperty'] & {}
}

/**
 * The last packet of a client, or `undefined` where closing says it better: before MQTT 5.0 any
 * DISCONNECT is a good one, which drops the Will.
 */
export class Leaving {
  readonly #request: ConnectRequest
  readonly #maximumPacketSize: number

  /** The packet may have as many bytes as the server reads. */
  constructor(request: ConnectRequest, maximumPacketSize: number) {
    this.#request = request
    this.#maximumPacketSize = maximumPacketSize
  }

  /** The owner leaves for this reason. @throws {MqttError} for details that may not be said. */
  packet(reasonCode: ReasonCode, cause: string, details: LeavingDetails): Remarkable | undefined {
    const code = isClientCode(reasonCode) ? reasonCode : ReasonCode.UnspecifiedError
    if (this.#request.version !== 5) {
      encode({ ...NORMAL, properties: details }, this.#request.version)
      return reasonCode === ReasonCode.NormalDisconnection ? NORMAL : undefined
    }
    const { sessionExpiryInterval, userProperty } = details
    if (sessionExpiryAsked(this.#request) === 0 && (sessionExpiryInterval ?? 0) > 0) {
      const sentence = 'CONNECT asked for no Session Expiry Interval: DISCONNECT may not set one'
      throw localFault(sentence, ReasonCode.ProtocolError)
    }
    return this.#fitting(
      {
        ...NORMAL,
        reasonCode: code,
        ...(sessionExpiryInterval !== undefined && { properties: { sessionExpiryInterval } }),
      },
      {
        ...(reasonCode !== ReasonCode.NormalDisconnection && { reasonString: cause }),
        ...(userProperty !== undefined && { userProperty }),
      },
    )
  }

  /** The server has broken a rule. */
  accusation({ reasonCode, message }: MqttError): Remarkable | undefined {
    if (this.#request.version !== 5) return undefined
    const code = isClientCode(reasonCode) ? reasonCode : ReasonCode.ProtocolError
    return this.#fitting({ ...NORMAL, reasonCode: code }, { reasonString: message })
  }

  /** [MQTT-3.14.2-3] [MQTT-3.14.2-4] [MQTT-3.2.2-15] */
  #fitting(packet: DisconnectPacket, remarks: Remarks): Remarkable | undefined {
    const said = remarked(packet, remarks, this.#maximumPacketSize)
    return encode(said, 5).length > this.#maximumPacketSize ? undefined : said
  }
}

const NORMAL: DisconnectPacket = { type: 'disconnect', reasonCode: ReasonCode.NormalDisconnection }

/** Whether a client may say this in DISCONNECT. [MQTT-3.14.2-1] */
function isClientCode(reasonCode: ReasonCode): boolean {
  return isReasonCode(reasonCode, 'disconnect') && senderOf(reasonCode, 'disconnect') !== 'server'
}
