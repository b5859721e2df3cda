/**
 * How a client comes to be let in: its CONNECT and, with enhanced authentication, AUTH (§4.12).
 * The guards say who it is; the door of the broker, which session it gets.
 */
import { isReasonCode, ReasonCode } from '@godwit/codec'
import type { AuthPacket, ConnectPacket } from '@godwit/codec'
import type { ServerProtocol } from '@godwit/session'
import type { ConnectionHost } from './connection-host.ts'
import type { Admission } from './door.ts'
import type { EntrySurroundings } from './listeners.ts'
import type { Awaitable, ExchangeStep, Verdict } from './guards.ts'
import type { ClientInfo } from './observers.ts'

/** The connection that a client comes in by. */
export interface EntranceHost extends ConnectionHost {
  /** What is known of whoever is at the other end. */
  readonly origin: Origin
  /** Finds the session for a client that the guards let in, or refuses with a Reason Code. */
  admit(connect: ConnectPacket, verdict: Verdict): Admission | ReasonCode
  /** The client has a session and is to be told so. */
  enter(admission: Admission, connect: ConnectPacket, verdict: Verdict): void
  /** The client, which is in, has authenticated anew. */
  renew(verdict: Verdict): void
}

/** What it needs of the broker. */
type Rooms = Pick<EntrySurroundings, 'doorkeeper' | 'guarding' | 'entry'>

/** Where a client comes from, whoever it is. */
export type Origin = Pick<ClientInfo, 'remoteAddress' | 'listener' | 'peer'>

/** The entrance of one connection. */
export class Entrance {
  readonly #surroundings: Rooms
  readonly #protocol: ServerProtocol
  readonly #host: EntranceHost
  /** Stands for the connection before the guards. */
  readonly #connection = {}
  /** What CONNECT said: until the client is let in, or for as long as it can renew that. */
  #connect: ConnectPacket | undefined
  /** Whose session the client got. */
  #principal: string | undefined

  constructor(surroundings: Rooms, protocol: ServerProtocol, host: EntranceHost) {
    this.#surroundings = surroundings
    this.#protocol = protocol
    this.#host = host
  }

  /** The client has said CONNECT. */
  begin(connect: ConnectPacket): void {
    const { doorkeeper, guarding, entry } = this.#surroundings
    const client = this.#clientOf(connect)
    const refusal = doorkeeper.refusal(client, entry)
    if (refusal !== undefined) {
      this.#refuse(refusal)
      return
    }
    this.#connect = connect
    const { authenticationMethod: method, authenticationData: data } = connect.properties ?? {}
    const attempt = { connect, client }
    if (method === undefined) {
      this.#whenDecided(guarding.authenticate(attempt), false)
    } else {
      this.#exchange({ ...attempt, step: 'connect', method, data, connection: this.#connection })
    }
  }

  /** The client has said AUTH; `client` is who it is, once it is let in. */
  goOn(packet: AuthPacket, renewal: boolean, client: ClientInfo | undefined): void {
    const connect = this.#connect
    const { authenticationMethod: method, authenticationData: data } = packet.properties ?? {}
    if (connect === undefined || method === undefined) {
      throw new TypeError('There is no enhanced authentication on this connection')
    }
    const begins = packet.reasonCode === ReasonCode.Reauthenticate
    this.#exchange(
      {
        connect,
        client: client ?? this.#clientOf(connect),
        step: begins ? 'renew' : 'continue',
        method,
        data,
        connection: this.#connection,
      },
      renewal,
    )
  }

  #exchange(step: ExchangeStep, renewal = false): void {
    this.#whenDecided(this.#surroundings.guarding.exchange(step), renewal)
  }

  #whenDecided(decision: Awaitable<Verdict>, renewal: boolean): void {
    if (decision instanceof Promise) {
      this.#host.wait(decision.then((verdict) => () => this.#judge(verdict, renewal)))
    } else {
      this.#judge(decision, renewal)
    }
  }

  #judge(verdict: Verdict, renewal: boolean): void {
    const { reasonCode, authenticationData, principal } = verdict
    const protocol = this.#protocol
    if (protocol.state === 'closed') return
    if (reasonCode === ReasonCode.ContinueAuthentication) {
      this.#host.run(protocol.challenge(authenticationData))
    } else if (reasonCode >= 0x80) {
      this.#refuseLogin(verdict)
    } else if (renewal && principal !== undefined && principal !== this.#principal) {
      this.#refuse({ reasonCode: ReasonCode.NotAuthorized, reasonString: SOMEBODY_ELSE })
    } else if (renewal) {
      this.#host.renew(verdict)
      this.#host.run(protocol.renewed(authenticationData))
    } else {
      this.#admit(verdict)
    }
  }

  #admit(verdict: Verdict): void {
    const connect = this.#connect
    if (connect === undefined) return
    // Only who authenticated with AUTH can renew that, and is asked about with its CONNECT again.
    if (connect.properties?.authenticationMethod === undefined) this.#connect = undefined
    const admission = this.#host.admit(connect, verdict)
    if (typeof admission === 'number') {
      this.#refuse({ reasonCode: admission })
    } else {
      this.#principal = admission.client.principal
      this.#host.enter(admission, connect, verdict)
    }
  }

  /** Who fails again and again is told so a little later. */
  #refuseLogin(verdict: Verdict): void {
    const { doorkeeper } = this.#surroundings
    const { remoteAddress } = this.#host.origin
    const isIn = this.#protocol.state === 'connected'
    const later = isIn ? undefined : doorkeeper.afterFailure(verdict, remoteAddress)
    if (later === undefined) this.#refuse(verdict)
    else this.#host.wait(later.then(() => () => this.#refuse(verdict)))
  }

  #refuse({ reasonCode, reasonString, serverReference }: Verdict): void {
    const protocol = this.#protocol
    const cause = reasonString ?? 'The broker refused the client'
    const details = serverReference === undefined ? undefined : { serverReference }
    if (protocol.state !== 'connected') {
      this.#host.run(protocol.reject(reasonCode, cause, details))
      return
    }
    // [MQTT-4.12.1-2] What a guard says to a CONNECT may have no place in a DISCONNECT.
    const sayable = isReasonCode(reasonCode, 'disconnect')
    this.#host.run(protocol.end(sayable ? reasonCode : ReasonCode.NotAuthorized, cause, details))
  }

  #clientOf({ clientId, username, version }: ConnectPacket): ClientInfo {
    return { clientId, username, principal: username, version, ...this.#host.origin }
  }
}

const SOMEBODY_ELSE = 'The session belongs to somebody else'
