/** Clients at the door, and steps of their authentication, for the tests of authenticators. */
import type { Attempt, ClientInfo, ExchangeStep } from '@godwit/broker'

/** What differs from a client `lamp` of MQTT 5.0 that shows nothing. */
export interface AttemptTerms {
  readonly clientId?: string
  readonly username?: string
  readonly password?: string | Uint8Array
  readonly listener?: string
  readonly peer?: NonNullable<ClientInfo['peer']>
}

/** A client that wants to be let in. */
export function attemptOf(terms: AttemptTerms = {}): Attempt {
  const { clientId = 'lamp', username, password, listener, peer } = terms
  return {
    connect: {
      type: 'connect',
      version: 5,
      clientId,
      cleanStart: true,
      keepAlive: 60,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password: Buffer.from(password) }),
    },
    client: {
      clientId,
      username,
      principal: username,
      version: 5,
      remoteAddress: '192.0.2.7',
      ...(listener !== undefined && { listener }),
      ...(peer !== undefined && { peer }),
    },
  }
}

/** One step of an enhanced authentication. */
export function stepOf(
  step: ExchangeStep['step'],
  data: string | undefined,
  connection: object,
  method = 'SCRAM-SHA-256',
): ExchangeStep {
  const bytes = data === undefined ? undefined : Buffer.from(data)
  return { ...attemptOf(), method, data: bytes, step, connection }
}
