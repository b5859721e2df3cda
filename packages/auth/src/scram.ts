/**
 * SCRAM-SHA-256 (RFC 5802, RFC 7677) as the enhanced authentication of MQTT 5.0 (§4.12), the
 * server's side:
 *
 *     CONNECT or AUTH 0x19   client-first-message
 *     AUTH 0x18              server-first-message     nonces, salt, iterations
 *     AUTH 0x18              client-final-message     proof
 *     CONNACK or AUTH 0x00   server-final-message     the server's signature
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { ClientInfo, ExchangeStep, Verdict } from '@godwit/broker'
import { ReasonCode } from '@godwit/codec'
import { claimsOf } from './admittance.ts'
import type { Authenticator } from './authenticator.ts'
import { quoted } from './operator-file.ts'
import { BAD_CREDENTIALS } from './refusal.ts'
import type { RefusalLog } from './refusal.ts'
import { saslprep } from './saslprep.ts'
import { Decoy, secretOf } from './scram-decoy.ts'
import { base64Of, hmac, SCRAM_SHA_256, sha256 } from './scram-entry.ts'
import type { ScramUsers } from './scram-file.ts'
import { readClientFinal, readClientFirst } from './scram-messages.ts'
import type { ClientFirst } from './scram-messages.ts'

/** Who can log in. */
export interface ScramOptions {
  readonly users: ScramUsers
  /** Milliseconds since 1970. */
  readonly timeOfDay: () => number
  /** For logs and reloads; `scram` if left out. */
  readonly name?: string
  /** What the salts of users that are not there are made with; from the keys if left out. */
  readonly decoySecret?: Uint8Array
  /** Hears why somebody was refused. */
  readonly refused?: RefusalLog
  /** Makes the server's part of the nonce, for tests that know what comes out. */
  readonly makeNonce?: () => string
}

/** Lets clients in that prove that they know a password, without saying it. */
export class ScramAuthenticator implements Authenticator {
  readonly name: string
  readonly methods: readonly string[] = [SCRAM_SHA_256]
  readonly #options: ScramOptions
  #users: ScramUsers
  #decoy: Decoy
  /** By connection; each is there from one step to the next. */
  #begun = new WeakMap<object, Begun>()

  constructor(options: ScramOptions) {
    this.name = options.name ?? 'scram'
    this.#options = options
    this.#users = options.users
    this.#decoy = this.#decoyOf(options.users)
  }

  /**
   * Takes other users, at once and as a whole; who may stay is for `mayStay` to say. Exchanges that
   * have begun are refused: they are about the old ones.
   */
  replace(users: ScramUsers): void {
    this.#begun = new WeakMap()
    this.#users = users
    this.#decoy = this.#decoyOf(users)
  }

  /** See {@link Authenticator}. */
  exchange(step: ExchangeStep): Verdict {
    return step.step === 'continue' ? this.#finish(step) : this.#begin(step)
  }

  /** Whether its user is still there, with the same password. */
  mayStay(client: ClientInfo): boolean | undefined {
    const claims = claimsOf(client)
    if (!(claims instanceof ScramClaims)) return undefined
    const entry = this.#users.get(claims.username)
    return entry !== undefined && timingSafeEqual(entry.storedKey, claims.storedKey)
  }

  #begin(step: ExchangeStep): Verdict {
    const first = readClientFirst(step.data)
    const username = first === undefined ? undefined : saslprep(first.username)
    if (first === undefined || username === undefined) {
      return this.#refuse(step, 'the first message is none of SCRAM-SHA-256')
    }
    const entry = this.#users.get(username)
    const decoy = this.#decoy.for(username)
    const { iterations, salt, storedKey, serverKey } = entry ?? decoy
    const { makeNonce = randomNonce, timeOfDay } = this.#options
    const nonce = first.nonce + makeNonce()
    const challenge = `r=${nonce},s=${base64Of(salt)},i=${iterations}`
    const at = timeOfDay()
    const signing = { first, username, nonce, challenge }
    const isThere = entry !== undefined
    this.#begun.set(step.connection, { ...signing, storedKey, serverKey, at, isThere })
    return {
      reasonCode: ReasonCode.ContinueAuthentication,
      authenticationData: Buffer.from(challenge),
    }
  }

  #finish(step: ExchangeStep): Verdict {
    const begun = this.#begun.get(step.connection)
    this.#begun.delete(step.connection)
    if (begun === undefined) return this.#refuse(step, 'it continues what was not begun')
    const { first, username, nonce, challenge, storedKey, serverKey, at, isThere } = begun
    // A clock that was set back must not make it eternal.
    if (Math.abs(this.#options.timeOfDay() - at) > EXCHANGE_MS_MAX) {
      return this.#refuse(step, `it took longer than ${EXCHANGE_MS_MAX / 1000} s`)
    }
    const final = readClientFinal(step.data, first.header)
    if (final?.nonce !== nonce) {
      return this.#refuse(step, 'the second message does not belong to the first')
    }
    const signed = `${first.bare},${challenge},${final.withoutProof}`
    const clientKey = xor(final.proof, hmac(storedKey, signed))
    const isProved = timingSafeEqual(sha256(clientKey), storedKey)
    if (!isProved || !isThere) {
      return this.#refuse(step, `${quoted(username)} is no user, or the password is wrong`)
    }
    return {
      reasonCode: ReasonCode.Success,
      username,
      principal: username,
      claims: new ScramClaims(username, storedKey),
      authenticationData: Buffer.from(`v=${base64Of(hmac(serverKey, signed))}`),
    }
  }

  #decoyOf(users: ScramUsers): Decoy {
    return new Decoy(users, this.#options.decoySecret ?? secretOf(users))
  }

  #refuse({ client }: ExchangeStep, why: string): Verdict {
    this.#options.refused?.(client, `${this.name}: ${why}`)
    return BAD_CREDENTIALS
  }
}

/** An exchange that waits for the client's proof. */
interface Begun {
  readonly first: ClientFirst
  readonly username: string
  readonly nonce: string
  readonly challenge: string
  readonly storedKey: Uint8Array
  readonly serverKey: Uint8Array
  readonly at: number
  /** Whether there is such a user. */
  readonly isThere: boolean
}

/** What is remembered of a client. */
class ScramClaims {
  readonly username: string
  readonly storedKey: Uint8Array

  constructor(username: string, storedKey: Uint8Array) {
    this.username = username
    this.storedKey = storedKey
  }
}

function xor(left: Uint8Array, right: Uint8Array): Uint8Array {
  return left.map((byte, at) => byte ^ (right[at] ?? 0))
}

/** 144 random bits, as 24 characters without a comma. */
function randomNonce(): string {
  return randomBytes(18).toString('base64')
}

const EXCHANGE_MS_MAX = 60_000
