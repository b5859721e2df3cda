/** The cryptography of SCRAM-SHA-256 (RFC 5802 §3), by the host. */
import { bytesOfBase64 } from './challenge.ts'
import type { ScramChallenge } from './challenge.ts'

/** What proves the client to the server, and what the server has to prove itself with. */
export interface ScramProof {
  readonly proof: Uint8Array<ArrayBuffer>
  readonly serverSignature: Uint8Array<ArrayBuffer>
}

/** The keys of one password. Those of the last salt and iteration count are kept. */
export class ScramKeys {
  readonly #subtle: WebCrypto['subtle']
  readonly #password: Uint8Array<ArrayBuffer>
  #kept: SaltedKeys | undefined

  constructor(subtle: WebCrypto['subtle'], password: string) {
    this.#subtle = subtle
    this.#password = new TextEncoder().encode(password)
  }

  /** Signs what both have said. */
  async prove(challenge: ScramChallenge, authMessage: string): Promise<ScramProof> {
    const { clientKey, storedKey, serverKey } = await this.#keysFor(challenge)
    const message = new TextEncoder().encode(authMessage)
    const clientSignature = await this.#hmac(storedKey, message)
    return {
      proof: clientKey.map((byte, index) => byte ^ (clientSignature[index] ?? 0)),
      serverSignature: await this.#hmac(serverKey, message),
    }
  }

  async #keysFor({ salt, iterations }: ScramChallenge): Promise<SaltedKeys> {
    if (this.#kept?.salt === salt && this.#kept.iterations === iterations) return this.#kept
    const salted = await this.#saltedPassword(bytesOfBase64(salt), iterations)
    const clientKey = await this.#hmac(salted, CLIENT_KEY)
    const storedKey = new Uint8Array(await this.#subtle.digest(SHA_256, clientKey))
    const serverKey = await this.#hmac(salted, SERVER_KEY)
    this.#kept = { salt, iterations, clientKey, storedKey, serverKey }
    return this.#kept
  }

  /** `Hi` of the RFC, which is PBKDF2 with HMAC. */
  async #saltedPassword(salt: Bytes, iterations: number): Promise<Bytes> {
    const key = await this.#subtle.importKey('raw', this.#password, PBKDF2, false, ['deriveBits'])
    const algorithm = { name: PBKDF2, hash: SHA_256, salt, iterations }
    return new Uint8Array(await this.#subtle.deriveBits(algorithm, key, 256))
  }

  async #hmac(key: Bytes, message: Bytes): Promise<Bytes> {
    const hmac = { name: 'HMAC', hash: SHA_256 }
    const imported = await this.#subtle.importKey('raw', key, hmac, false, ['sign'])
    return new Uint8Array(await this.#subtle.sign('HMAC', imported, message))
  }
}

type WebCrypto = typeof globalThis.crypto

type Bytes = Uint8Array<ArrayBuffer>

interface SaltedKeys {
  readonly salt: string
  readonly iterations: number
  readonly clientKey: Bytes
  readonly storedKey: Bytes
  readonly serverKey: Bytes
}

const SHA_256 = 'SHA-256'
const PBKDF2 = 'PBKDF2'
const CLIENT_KEY = new TextEncoder().encode('Client Key')
const SERVER_KEY = new TextEncoder().encode('Server Key')
