/** From what a configuration says about getting in and about rights to those who decide. */
import { readFile } from 'node:fs/promises'
import {
  aclFile,
  CertificateAuthenticator,
  ClaimsAuthorizer,
  guardsOf,
  HttpAuthenticator,
  HttpAuthorizer,
  JwtAuthenticator,
  keySet,
  keySetAt,
  passwordFile,
  publicKey,
  readAclFile,
  readPasswordFile,
  readScramFile,
  rules,
  ScramAuthenticator,
  secretKey,
} from '@godwit/auth'
import type { Access, Authenticator, Authorizer, JwtKeys, RefusalLog, Ruling } from '@godwit/auth'
import type { Action, Awaitable, ClientInfo, Guards } from '@godwit/broker'
import type {
  AuthenticationConfiguration,
  AuthorizationConfiguration,
  Configuration,
  JwtConfiguration,
} from '../configuration/configuration.ts'

/** Who hears of what comes to light. */
export interface AccessReports {
  /** A client was refused, and why: more than it is told itself. */
  readonly refused: RefusalLog
  /** Something about a file that an operator should know. */
  readonly notice: (sentence: string) => void
  /** A service did not say what a client may do, and so it may not. */
  readonly undecided: (sentence: string) => void
  /** The keys at a URL, the same ones after a reload: what they have let in may stay. */
  readonly keySets: KeySets
}

/** Keys by their URL. */
export type KeySets = (url: string) => JwtKeys

/** Remembers the keys of each URL. */
export function rememberedKeySets(): KeySets {
  const known = new Map<string, JwtKeys>()
  return (url) => {
    const keys = known.get(url) ?? keySetAt({ url, timeOfDay })
    known.set(url, keys)
    return keys
  }
}

/** How clients get in by each listener, and what they may do. */
export class Accesses {
  readonly #byListener: ReadonlyMap<string | undefined, Access>
  readonly #general: Access
  readonly #unknown: Access

  constructor(general: Access, byListener: ReadonlyMap<string | undefined, Access>) {
    this.#general = general
    this.#byListener = byListener
    const authorizers = [new Unanimity([...byListener.values()])]
    this.#unknown = { authenticators: [], anonymous: false, authorizers }
  }

  /**
   * Of the clients of a listener; what holds in general, if that is gone; and what holds at every
   * one, for those of whom nobody knows by which they came.
   */
  of(listener: string | undefined): Access {
    if (listener === undefined) return this.#unknown
    return this.#byListener.get(listener) ?? this.#general
  }

  /** Whether everybody may come in everywhere and do everything: then nobody has to be asked. */
  get areOpen(): boolean {
    return [...this.#byListener.values()].every(
      ({ authenticators, anonymous, authorizers }) =>
        authenticators.length === 0 && anonymous && authorizers.length === 0,
    )
  }
}

/**
 * The guards of a broker, by the accesses that hold at present: a login that is under way while
 * they change is judged by the new ones.
 */
export class Doors {
  #accesses: Accesses

  constructor(accesses: Accesses) {
    this.#accesses = accesses
  }

  /** Those that hold. */
  get accesses(): Accesses {
    return this.#accesses
  }

  /** For the broker, whenever they have changed. */
  get guards(): Guards {
    return guardsFor(() => this.#accesses)
  }

  /** Of the clients of a listener. */
  of(listener: string | undefined): Access {
    return this.#accesses.of(listener)
  }

  /** From here on these hold. */
  change(accesses: Accesses): void {
    this.#accesses = accesses
  }
}

/** The guards that make it so. Where everything is open nobody is asked. */
function guardsFor(accesses: () => Accesses): Guards {
  return accesses().areOpen ? {} : guardsOf((listener) => accesses().of(listener))
}

/** Reads all files that a configuration names for this. @throws {Error} what is wrong with one. */
export async function accessesOf(
  { listeners, authentication, authorization }: Configuration,
  reports: AccessReports,
): Promise<Accesses> {
  const readers = new Readers(reports)
  const byListener = new Map<string, Access>()
  for (const listener of listeners) {
    byListener.set(listener.name, await readers.access(listener))
  }
  return new Accesses(await readers.access({ authentication, authorization }), byListener)
}

/** Reads each file once, however many listeners name it: its logins are checked once as well. */
class Readers {
  readonly #reports: AccessReports
  readonly #known = new Once<Authenticator>()
  readonly #rules = new Once<Authorizer>()

  constructor(reports: AccessReports) {
    this.#reports = reports
  }

  async access({ authentication, authorization }: AccessConfiguration): Promise<Access> {
    const authorizers = await this.#authorizers(authorization, authentication)
    return {
      authenticators: await this.#authenticators(authentication),
      anonymous: authentication.anonymous,
      authorizers,
    }
  }

  async #authenticators(given: AuthenticationConfiguration): Promise<readonly Authenticator[]> {
    const { certificate, jwt, passwordFile: passwords, scramFile, http } = given
    const { refused } = this.#reports
    const found: Authenticator[] = []
    if (certificate !== undefined) {
      found.push(new CertificateAuthenticator({ ...certificate, timeOfDay, refused }))
    }
    if (jwt !== undefined) {
      found.push(await this.#known.of(jwt, () => tokens(jwt, this.#reports)))
    }
    if (passwords !== undefined) {
      found.push(await this.#known.of({ passwords }, () => this.#passwords(passwords)))
    }
    if (scramFile !== undefined) {
      found.push(await this.#known.of({ scramFile }, () => scram(scramFile, refused)))
    }
    if (http !== undefined) {
      found.push(
        await this.#known.of(http, async () => new HttpAuthenticator({ ...http, refused })),
      )
    }
    return found
  }

  async #authorizers(
    { aclFile: file, rules: given, http, otherwise }: AuthorizationConfiguration,
    { jwt, http: login }: AuthenticationConfiguration,
  ): Promise<readonly Authorizer[]> {
    const bringRules = jwt !== undefined || login !== undefined
    if (given.length === 0 && http === undefined && file === undefined) {
      return bringRules ? [new ClaimsAuthorizer('claims', 'free-without-rules')] : []
    }
    const found: Authorizer[] = bringRules ? [new ClaimsAuthorizer()] : []
    // The file has an answer to everything, so what is said beside it comes first.
    const isLast = http === undefined && file === undefined
    if (given.length > 0) found.push(rules({ rules: given, ...(isLast && { otherwise }) }))
    if (http !== undefined) {
      const failed = this.#reports.undecided
      found.push(
        await this.#rules.of({ http }, async () => new HttpAuthorizer({ ...http, failed })),
      )
    }
    if (file !== undefined) found.push(await this.#rules.of({ file }, () => this.#acl(file)))
    else if (http !== undefined) found.push(rules({ rules: [], otherwise, name: 'otherwise' }))
    return found
  }

  async #passwords(path: string): Promise<Authenticator> {
    const parsed = await readPasswordFile(path)
    parsed.notices.forEach((notice) => this.#reports.notice(notice))
    // One name for whatever file it is: who has the same line in another one may stay.
    return passwordFile(parsed, { name: 'passwords', refused: this.#reports.refused })
  }

  async #acl(path: string): Promise<Authorizer> {
    const parsed = await readAclFile(path)
    parsed.notices.forEach((notice) => this.#reports.notice(notice))
    return aclFile(parsed)
  }
}

/** Makes each thing once. */
class Once<T> {
  readonly #made = new Map<string, Promise<T>>()

  of(key: object, make: () => Promise<T>): Promise<T> {
    const name = JSON.stringify(key)
    const made = this.#made.get(name) ?? make()
    this.#made.set(name, made)
    return made
  }
}

/** What every listener would let a client do whose own nobody knows: it was read from the store. */
class Unanimity implements Authorizer {
  readonly name = 'every listener'
  readonly #all: readonly ReturnType<typeof guardsOf>[]

  constructor(accesses: readonly Access[]) {
    this.#all = accesses.map((access) => guardsOf(() => access))
  }

  authorize(action: Action, client: ClientInfo): Awaitable<Ruling> {
    const answers = this.#all.map((guards) => guards.authorize(action, client))
    return answers.some((answer) => answer instanceof Promise)
      ? Promise.all(answers.map(async (answer) => answer)).then((all) => rulingBy(all, action))
      : rulingBy(answers, action)
  }
}

function rulingBy(answers: readonly unknown[], { type }: Action): Ruling {
  if (answers.every((answer) => answer === true)) return ALL_AGREE
  // Its messages are asked about one by one, when it is back.
  return type === 'subscribe' ? NOT_ALL_SUBSCRIBE : NOT_ALL_AGREE
}

const ALL_AGREE: Ruling = { decision: 'allow', because: 'Every listener allows it' }

const NOT_ALL_AGREE: Ruling = {
  decision: 'deny',
  because: 'Not every listener allows it, and the client has not come by one yet',
}

const NOT_ALL_SUBSCRIBE: Ruling = { ...NOT_ALL_AGREE, decision: 'partly' }

type AccessConfiguration = Pick<Configuration, 'authentication' | 'authorization'>

const timeOfDay = (): number => Date.now()

async function scram(path: string, refused: RefusalLog): Promise<Authenticator> {
  return new ScramAuthenticator({ users: await readScramFile(path), timeOfDay, refused })
}

async function tokens(
  given: JwtConfiguration,
  { refused, keySets }: AccessReports,
): Promise<Authenticator> {
  const { issuer, audience, algorithms, clientIdClaim, aclClaim, from, usernameClaim } = given
  return new JwtAuthenticator({
    keys: await keysOf(given, keySets),
    timeOfDay,
    refused,
    from,
    usernameClaim,
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
    ...(algorithms !== undefined && { algorithms }),
    ...(clientIdClaim !== undefined && { clientIdClaim }),
    ...(aclClaim !== undefined && { aclClaim }),
  })
}

async function keysOf(given: JwtConfiguration, keySets: KeySets): Promise<JwtKeys> {
  const { secret, secretFile, publicKeyFile, jwksUrl, jwksFile } = given
  if (secret !== undefined) return secretKey(new TextEncoder().encode(secret))
  if (secretFile !== undefined) return secretKey(withoutLineBreak(await readFile(secretFile)))
  if (publicKeyFile !== undefined) {
    return publicKey(await readFile(publicKeyFile, 'utf8'), publicKeyFile)
  }
  if (jwksFile !== undefined) return keySet(await readFile(jwksFile, 'utf8'), jwksFile)
  if (jwksUrl !== undefined) return keySets(jwksUrl)
  throw new Error('authentication.jwt has no key: name one with secretFile or publicKeyFile')
}

/** An editor puts one at the end, which is no part of the secret. */
function withoutLineBreak(secret: Uint8Array): Uint8Array {
  let end = secret.length
  while (end > 0 && (secret[end - 1] === 0x0a || secret[end - 1] === 0x0d)) end--
  return secret.subarray(0, end)
}
