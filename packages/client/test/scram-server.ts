// The server's side of SCRAM-SHA-256 for tests, written from RFC 5802 on Node's own cryptography:
// it shares no line with the client's.

import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'

/** Whom the server knows, and how it keeps the password. */
export interface ScramAccount {
  readonly username: string
  readonly password: string
  readonly salt?: Uint8Array
  readonly iterations?: number
}

/** One authentication at a server with one account. */
export class ScramServer {
  readonly #account: ScramAccount
  /** What the client asked to be, if somebody else than it is. */
  authzid: string | undefined
  #header = ''
  #exchange = ''
  #nonce = ''

  constructor(account: ScramAccount) {
    this.#account = account
  }

  /** The client-first-message came: the server-first-message. */
  challenge(clientFirst: Uint8Array): Uint8Array {
    const text = Buffer.from(clientFirst).toString()
    const [, header = '', bare = ''] = /^(n,(?:a=[^,]*)?,)(.*)$/.exec(text) ?? []
    const [, name = '', clientNonce = ''] = /^n=([^,]*),r=([^,]+)$/.exec(bare) ?? []
    if (unescaped(name) !== this.#account.username) throw new Error(`Nobody is called ${name}`)
    this.#header = header
    this.authzid = header === 'n,,' ? undefined : unescaped(header.slice(4, -1))
    this.#nonce = clientNonce + randomBytes(12).toString('base64')
    const { salt = SALT, iterations = 4096 } = this.#account
    const serverFirst = `r=${this.#nonce},s=${base64(salt)},i=${iterations}`
    this.#exchange = `${bare},${serverFirst}`
    return Buffer.from(serverFirst)
  }

  /** The client-final-message came: the server-final-message. @throws Error for a wrong proof. */
  conclude(clientFinal: Uint8Array): Uint8Array {
    const text = Buffer.from(clientFinal).toString()
    const [, withoutProof = '', proof = ''] = /^(.*),p=([^,]+)$/.exec(text) ?? []
    const expected = `c=${base64(Buffer.from(this.#header))},r=${this.#nonce}`
    if (withoutProof !== expected) throw new Error(`${withoutProof} is not ${expected}`)
    const { password, salt = SALT, iterations = 4096 } = this.#account
    const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
    const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest()
    const message = `${this.#exchange},${withoutProof}`
    const signature = hmac(storedKey, message)
    const clientKey = Buffer.from(proof, 'base64').map((byte, index) => byte ^ signature[index]!)
    if (!createHash('sha256').update(clientKey).digest().equals(storedKey)) {
      throw new Error('The proof is wrong')
    }
    return Buffer.from(`v=${base64(hmac(hmac(salted, 'Server Key'), message))}`)
  }
}

const SALT = Buffer.from('0123456789abcdef')

function hmac(key: Uint8Array, message: string): Buffer {
  return createHmac('sha256', key).update(message).digest()
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

function unescaped(name: string): string {
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=')
}
