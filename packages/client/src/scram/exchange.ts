/**
 * One run of SCRAM (RFC 5802 §5), in the packets of MQTT 5.0 (§4.12):
 *
 *     CONNECT or AUTH 0x19   client-first-message
 *     AUTH 0x18              server-first-message     nonce, salt, iterations
 *     AUTH 0x18              client-final-message     proof
 *     CONNACK or AUTH 0x00   server-final-message     the server's signature
 *
 * A server may also say its final message in one more AUTH 0x18, and nothing with its success.
 */
import type { Mechanism } from '../authentication.ts'
import { readChallenge, readVerdict, rejected } from './challenge.ts'
import type { ScramKeys } from './keys.ts'

/** Who authenticates, prepared for the wire. */
export interface ScramIdentity {
  /** The GS2 header: no channel binding, and the authorization identity if there is one. */
  readonly header: string
  /** Escaped. */
  readonly username: string
  readonly keys: ScramKeys
}

/** A mechanism for one authentication. */
export class ScramExchange implements Mechanism {
  readonly method = 'SCRAM-SHA-256'
  readonly #identity: ScramIdentity
  readonly #nonce: string
  /** Once it is known: with what the server has to prove itself. */
  #expected: Uint8Array | undefined
  #verified = false

  constructor(identity: ScramIdentity, nonce: string) {
    this.#identity = identity
    this.#nonce = nonce
  }

  start(): Uint8Array {
    return encoder.encode(this.#identity.header + this.#clientFirstBare)
  }

  async respond(challenge: Uint8Array | undefined): Promise<Uint8Array | undefined> {
    const message = textOf(challenge)
    if (this.#expected === undefined) return this.#clientFinal(message)
    this.#verify(message)
    return undefined
  }

  finish(data: Uint8Array | undefined): void {
    if (this.#verified && data === undefined) return
    this.#verify(textOf(data))
  }

  get #clientFirstBare(): string {
    return `n=${this.#identity.username},r=${this.#nonce}`
  }

  async #clientFinal(serverFirst: string): Promise<Uint8Array> {
    const { header, keys } = this.#identity
    const challenge = readChallenge(serverFirst, this.#nonce)
    const withoutProof = `c=${base64Of(encoder.encode(header))},r=${challenge.nonce}`
    const authMessage = `${this.#clientFirstBare},${serverFirst},${withoutProof}`
    const { proof, serverSignature } = await keys.prove(challenge, authMessage)
    this.#expected = serverSignature
    return encoder.encode(`${withoutProof},p=${base64Of(proof)}`)
  }

  #verify(serverFinal: string): void {
    const signature = readVerdict(serverFinal)
    if (this.#verified || this.#expected === undefined) throw rejected('it speaks out of turn')
    if (!areEqual(signature, this.#expected)) {
      throw rejected('it has not proved that it knows the password, so it may be an impostor')
    }
    this.#verified = true
  }
}

const encoder = new TextEncoder()

function base64Of(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}

function textOf(data: Uint8Array | undefined): string {
  if (data === undefined) throw rejected('it says nothing')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data)
  } catch {
    throw rejected('it does not speak UTF-8')
  }
}

/** Compares in a time that does not tell where they differ. */
function areEqual(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false
  let difference = 0
  for (const [index, byte] of left.entries()) difference |= byte ^ (right[index] ?? 0)
  return difference === 0
}
