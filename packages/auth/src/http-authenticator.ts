/**
 * Asks a program of the operator who a client is. It is sent
 *
 *     { "question": "authenticate", "clientId", "username", "password", "remoteAddress",
 *       "listener", "version", "encryption", "serverName",
 *       "certificate": { "commonName", "fingerprint" } }
 *
 * without what is not known, and `passwordBase64` in place of a password that is no UTF-8. It says
 *
 *     { "allow": true, "username"?, "expiresInSeconds"?, "rules"? }   see `readClaimRules`
 *     { "allow": false, "reason"? }    the reason is for the log, not for the client
 *     { "ignore": true }               it knows no such client: the next one is asked
 */
import type { Attempt, ClientInfo, Verdict } from '@godwit/broker'
import { ReasonCode } from '@godwit/codec'
import { claimsOf } from './admittance.ts'
import type { Authenticator } from './authenticator.ts'
import { readClaimRules } from './claim-rules.ts'
import { HookError, HttpHook } from './http-hook.ts'
import type { HttpHookOptions } from './http-hook.ts'
import { quoted } from './operator-file.ts'
import { BAD_CREDENTIALS, UNDECIDED } from './refusal.ts'
import type { RefusalLog } from './refusal.ts'
import type { RuleBook } from './rule-book.ts'
import { RuledClaims } from './ruled-claims.ts'
import { isUserName } from './user-name.ts'

/** Which program says who clients are. */
export interface HttpAuthenticatorOptions extends HttpHookOptions {
  /** For logs and reloads; `http` if left out. */
  readonly name?: string
  /** Hears why somebody was refused. */
  readonly refused?: RefusalLog
}

/** Lets clients in by the word of a program. */
export class HttpAuthenticator implements Authenticator {
  readonly name: string
  readonly #hook: HttpHook
  readonly #refused: RefusalLog | undefined

  /** @throws {Error} for a URL by which passwords would be sent in the open. */
  constructor(options: HttpAuthenticatorOptions) {
    this.name = options.name ?? 'http'
    this.#hook = new HttpHook(options)
    this.#refused = options.refused
  }

  /** See {@link Authenticator}. Clients without a password are left to others. */
  async authenticate(attempt: Attempt): Promise<Verdict | undefined> {
    const { password } = attempt.connect
    if (password === undefined || password.length === 0) return undefined
    try {
      return this.#verdictOf(await this.#hook.ask(questionOf(attempt)), attempt.client)
    } catch (error) {
      if (!(error instanceof HookError)) throw error
      this.#refused?.(attempt.client, `${this.name}: the hook failed: ${error.message}`)
      return UNDECIDED
    }
  }

  /** What it has said holds until it expires. */
  mayStay(client: ClientInfo): boolean | undefined {
    return claimsOf(client) instanceof HookClaims ? true : undefined
  }

  /** @throws {HookError} for an answer that is none. */
  #verdictOf(answer: ReadonlyMap<string, unknown>, client: ClientInfo): Verdict | undefined {
    if (answer.get('ignore') === true && !answer.has('allow')) return undefined
    const allow = answer.get('allow')
    if (allow === false) {
      const reason = answer.get('reason')
      const because = typeof reason === 'string' ? `: ${quoted(reason)}` : ''
      this.#refused?.(client, `${this.name}: the hook refused it${because}`)
      return BAD_CREDENTIALS
    }
    if (allow !== true) throw new HookError('its answer says neither "allow" nor "ignore"')
    const username = usernameIn(answer)
    const expiresInMs = expiryIn(answer)
    return {
      reasonCode: ReasonCode.Success,
      claims: new HookClaims(rulesIn(answer)),
      ...(username !== undefined && { username, principal: username }),
      ...(expiresInMs !== undefined && { expiresInMs }),
    }
  }
}

/** What is remembered of a client. */
class HookClaims extends RuledClaims {}

/** Members that are `undefined` are not in the JSON. */
function questionOf({ connect, client }: Attempt): object {
  const { password = new Uint8Array() } = connect
  const { clientId, username, version, remoteAddress, listener, peer } = client
  const { commonName, fingerprint } = peer?.certificate ?? {}
  const certificate = peer?.certificate === undefined ? undefined : { commonName, fingerprint }
  return {
    question: 'authenticate',
    clientId,
    username,
    version,
    remoteAddress,
    listener,
    certificate,
    encryption: peer?.encryption,
    serverName: peer?.serverName,
    ...passwordOf(password),
  }
}

function passwordOf(bytes: Uint8Array): object {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const text = buffer.toString()
  if (Buffer.from(text).equals(buffer)) return { password: text }
  return { passwordBase64: buffer.toString('base64') }
}

function usernameIn(answer: ReadonlyMap<string, unknown>): string | undefined {
  const username = answer.get('username')
  if (username === undefined) return undefined
  if (typeof username === 'string' && isUserName(username)) return username
  throw new HookError('the "username" of its answer is no user name')
}

function expiryIn(answer: ReadonlyMap<string, unknown>): number | undefined {
  const seconds = answer.get('expiresInSeconds')
  if (seconds === undefined) return undefined
  if (typeof seconds === 'number' && seconds > 0) return Math.min(seconds * 1000, TIMER_MS_MAX)
  throw new HookError('the "expiresInSeconds" of its answer is no number above 0')
}

function rulesIn(answer: ReadonlyMap<string, unknown>): readonly RuleBook[] {
  if (!answer.has('rules')) return []
  const rules = readClaimRules(answer.get('rules'), 'rules')
  if (typeof rules === 'string') throw new HookError(`the rules of its answer: ${rules}`)
  return [rules]
}

const TIMER_MS_MAX = 2_147_483_647
