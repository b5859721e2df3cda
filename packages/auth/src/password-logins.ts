/**
 * Logins that were right a while ago, so that clients that come back need no hash. No password is
 * kept: the key is an HMAC of user and password, by a key that this process made up and that is
 * nowhere else. A login counts for the hash that it was checked against, and no other.
 */
import { createHmac, randomBytes } from 'node:crypto'

/** How much is remembered, and for how long. */
export interface LoginMemory {
  /** Beyond it the oldest are forgotten; 0: nothing is remembered. */
  readonly loginsMax: number
  readonly rememberMs: number
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
}

/** Logins that were right. */
export class VerifiedLogins {
  readonly #memory: LoginMemory
  readonly #key = randomBytes(32)
  /** In the order in which they were made. */
  readonly #logins = new Map<string, Login>()

  constructor(memory: LoginMemory) {
    this.#memory = memory
  }

  /** How many are remembered. */
  get size(): number {
    return this.#logins.size
  }

  /** What a login is remembered by. */
  keyOf(user: string, password: Uint8Array): string {
    const name = Buffer.from(user)
    // With its length in front, a name and a password are no other name and password.
    const length = Buffer.alloc(4)
    length.writeUInt32BE(name.length)
    const mac = createHmac('sha256', this.#key).update(length).update(name).update(password)
    return mac.digest('base64')
  }

  /** Whether a login was right for this hash, not too long ago. */
  has(key: string, written: string): boolean {
    const login = this.#logins.get(key)
    return login !== undefined && login.written === written && login.until > this.#memory.now()
  }

  /** Remembers one that was right. */
  add(key: string, user: string, written: string): void {
    const { loginsMax, rememberMs, now } = this.#memory
    this.#logins.delete(key)
    if (loginsMax === 0) return
    this.#logins.set(key, { user, written, until: now() + rememberMs })
    for (const oldest of this.#logins.keys()) {
      if (this.#logins.size <= loginsMax) break
      this.#logins.delete(oldest)
    }
  }

  /** Forgets those whose user has another hash, or none. */
  keepOnly(writtenOf: (user: string) => string | undefined): void {
    for (const [key, { user, written }] of this.#logins) {
      if (writtenOf(user) !== written) this.#logins.delete(key)
    }
  }
}

interface Login {
  readonly user: string
  readonly written: string
  readonly until: number
}
