/**
 * Logs users of a password file in. A user that is not there costs the same as a wrong password:
 * a hash of the kind that most users have, in the same queue, and then the same words.
 *
 *     no user name, or no password     nothing is said: this is somebody else's business
 *     an empty password                refused, whoever it is
 *     a user that is not in the file   a hash for nothing; nothing is said, the next one is asked
 *     a user of the file               let in, or refused; nobody else is asked
 *     too many logins at once          refused with Server busy, whoever it is
 */
import { ReasonCode } from '@godwit/codec'
import type { Attempt, ClientInfo, Verdict } from '@godwit/broker'
import { claimsOf } from './admittance.ts'
import type { Authenticator } from './authenticator.ts'
import { decoyOf, digestOf, isSameDigest } from './hashing.ts'
import type { Hasher } from './hashing.ts'
import { HashingQueue } from './hashing-queue.ts'
import { quoted } from './operator-file.ts'
import { commonestHash } from './password-file.ts'
import type { ParsedPasswordFile, PasswordEntry } from './password-file.ts'
import type { PasswordHash } from './password-hash.ts'
import { VerifiedLogins } from './password-logins.ts'
import { BAD_CREDENTIALS } from './refusal.ts'
import type { RefusalLog } from './refusal.ts'

/** What may be said about logging in by a password file. */
export interface PasswordFileOptions {
  /** For logs, and for who is asked after a reload: the path of the file where left out. */
  readonly name?: string
  /** The passwords hashed at a time: 2 where left out, of the 4 threads that sync files too. */
  readonly concurrency?: number
  /** The logins that may wait for that; 500 where left out. Beyond it: Server busy. */
  readonly waitingMax?: number
  /** The logins remembered, so that who comes back costs no hash; 10,000 where left out. */
  readonly loginsMax?: number
  /** For how long; 5 minutes where left out. */
  readonly rememberMs?: number
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
  /** Hears why somebody was refused. */
  readonly refused?: RefusalLog
  /** What hashes, for tests that count. */
  readonly hasher?: Hasher
}

/** An authenticator by a password file, which can be replaced. */
export interface PasswordFile extends Authenticator {
  authenticate(attempt: Attempt): Promise<Verdict | undefined>
  mayStay(client: ClientInfo): boolean | undefined
  /**
   * Takes another file, at once and as a whole. Logins that are being checked are checked by the
   * old one, and refused if their user has another hash in the new one.
   */
  replace(parsed: ParsedPasswordFile): void
}

/** Makes an authenticator of a file that `readPasswordFile` has read. */
export function passwordFile(
  parsed: ParsedPasswordFile,
  options: PasswordFileOptions = {},
): PasswordFile {
  return new FileOfPasswords(parsed, options)
}

/** By which line a client was let in; its claims. */
class PasswordLogin {
  readonly user: string
  readonly written: string

  constructor({ user, written }: PasswordEntry) {
    this.user = user
    this.written = written
  }
}

class FileOfPasswords implements PasswordFile {
  readonly name: string
  readonly #queue: HashingQueue
  readonly #logins: VerifiedLogins
  readonly #hasher: Hasher
  readonly #refused: RefusalLog
  /** Hashes under way, by the login: a thousand clients with one password cost one. */
  readonly #underway = new Map<string, Promise<boolean | undefined>>()
  #entries: ReadonlyMap<string, PasswordEntry>
  #decoy: PasswordHash | undefined

  constructor(parsed: ParsedPasswordFile, options: PasswordFileOptions) {
    const { concurrency = 2, waitingMax = 500, hasher = digestOf } = options
    const { loginsMax = 10_000, rememberMs = 300_000, now = () => performance.now() } = options
    this.name = options.name ?? parsed.path
    this.#queue = new HashingQueue({ concurrency, waitingMax })
    this.#logins = new VerifiedLogins({ loginsMax, rememberMs, now })
    this.#hasher = hasher
    this.#refused = options.refused ?? (() => {})
    this.#entries = parsed.entries
    this.#decoy = decoyFor(parsed)
  }

  replace(parsed: ParsedPasswordFile): void {
    this.#entries = parsed.entries
    this.#decoy = decoyFor(parsed)
    this.#logins.keepOnly((user) => parsed.entries.get(user)?.written)
  }

  async authenticate({ connect, client }: Attempt): Promise<Verdict | undefined> {
    const { username, password } = connect
    if (username === undefined || username === '' || password === undefined) return undefined
    if (password.length === 0) return this.#refusal(client, 'an empty password')
    const entry = this.#entries.get(username)
    const key = this.#logins.keyOf(username, password)
    if (entry !== undefined && this.#logins.has(key, entry.written)) return letIn(entry)
    const isRight = await this.#checked(key, password, entry)
    if (isRight === undefined) return BUSY
    if (entry === undefined) return undefined
    if (!isRight) return this.#refusal(client, `a wrong password of user ${quoted(username)}`)
    if (this.#entries.get(username)?.written !== entry.written) {
      return this.#refusal(client, `user ${quoted(username)} was changed in the meantime`)
    }
    this.#logins.add(key, username, entry.written)
    return letIn(entry)
  }

  mayStay(client: ClientInfo): boolean | undefined {
    const login = claimsOf(client)
    if (!(login instanceof PasswordLogin)) return undefined
    return this.#entries.get(login.user)?.written === login.written
  }

  #refusal(client: ClientInfo, why: string): Verdict {
    this.#refused(client, `${this.name}: ${why}`)
    return BAD_CREDENTIALS
  }

  /** Whether the password is right; `undefined`: too much is waiting to find out. */
  #checked(
    key: string,
    password: Uint8Array,
    entry: PasswordEntry | undefined,
  ): Promise<boolean | undefined> {
    // Of a login that is checked by an older hash the answer is of no use.
    const login = `${key} ${entry?.written ?? ''}`
    const underway = this.#underway.get(login)
    if (underway !== undefined) return underway
    const hash = entry?.hash ?? this.#decoy
    const checking = this.#queue
      .run(async () => {
        if (hash === undefined) return false
        return isSameDigest(await this.#hasher(password, hash), hash.digest)
      })
      .finally(() => this.#underway.delete(login))
    this.#underway.set(login, checking)
    return checking
  }
}

function decoyFor({ entries }: ParsedPasswordFile): PasswordHash | undefined {
  const usual = commonestHash(entries)
  return usual === undefined ? undefined : decoyOf(usual)
}

function letIn(entry: PasswordEntry): Verdict {
  return { reasonCode: ReasonCode.Success, claims: new PasswordLogin(entry) }
}

const BUSY: Verdict = {
  reasonCode: ReasonCode.ServerBusy,
  reasonString: 'Too many clients log in at the same time: try again later',
}
