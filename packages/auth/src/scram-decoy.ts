/**
 * What a user gets who is not there: the same steps as one who is, a salt that is made from the
 * name, so that it is always the same one, and keys that no password has.
 *
 * What it is made with comes from the keys in the file, and is as secret; so it is the same after a
 * restart. A changed file changes these salts, and only these, which shows to whoever has asked
 * before: who minds gives a secret that stays.
 */
import { createHash } from 'node:crypto'
import { hmac, SCRAM_ITERATIONS } from './scram-entry.ts'
import type { ScramEntry } from './scram-entry.ts'
import type { ScramUsers } from './scram-file.ts'

/** Makes users that are not there. */
export class Decoy {
  readonly #secret: Uint8Array
  readonly #like: ScramEntry
  readonly #saltBytes: number

  /** They look like the first in the file. */
  constructor(users: ScramUsers, secret: Uint8Array) {
    const [first] = users.values()
    this.#secret = secret
    this.#saltBytes = Math.min(first?.salt.length ?? SALT_BYTES, SALT_BYTES_MAX)
    this.#like = {
      iterations: first?.iterations ?? SCRAM_ITERATIONS,
      salt: new Uint8Array(),
      storedKey: hmac(secret, 'StoredKey'),
      serverKey: hmac(secret, 'ServerKey'),
    }
  }

  /** The user of this name who is not there. */
  for(username: string): ScramEntry {
    const salt = hmac(this.#secret, `salt of ${username}`).subarray(0, this.#saltBytes)
    return { ...this.#like, salt }
  }
}

/** Nobody can compute it who has not the keys of all users. */
export function secretOf(users: ScramUsers): Uint8Array {
  const hash = createHash('sha256')
  for (const { storedKey, serverKey } of users.values()) hash.update(storedKey).update(serverKey)
  return hash.digest()
}

const SALT_BYTES = 16

/** No more can be made from a name. */
const SALT_BYTES_MAX = 32
