/**
 * Two roles make the guards of a broker: authenticators say who a client is, authorizers what it
 * may do. Of each the first that says something decides. Whatever is not plainly a yes is a no.
 *
 *     CONNECT -> authenticator, authenticator, ... -> anonymous? -> refused
 *     action  -> authorizer, authorizer, ... -> denied
 */
import { ReasonCode } from '@godwit/codec'
import type { Action, Attempt, Awaitable, ExchangeStep, Guards, Verdict } from '@godwit/broker'
import type { ClientInfo } from '@godwit/broker'
import { Admittance } from './admittance.ts'
import type { Authenticator } from './authenticator.ts'
import type { Authorizer, Ruling } from './authorizer.ts'
import { BAD_CREDENTIALS } from './refusal.ts'

/** How clients of one listener get in and what they may do. */
export interface Access {
  /** Asked in order; the first that knows the client decides. */
  readonly authenticators: readonly Authenticator[]
  /**
   * Whether a client that shows nothing at all is let in: no user name or an empty one, no password
   * and no authentication method. One that shows something nobody knows is refused, unless there
   * are no authenticators: then everybody is let in.
   */
  readonly anonymous: boolean
  /**
   * Asked in order; the first that says something decides. None there: everything is allowed. None
   * said anything: denied.
   */
  readonly authorizers: readonly Authorizer[]
}

/**
 * The guards of a broker. `accessOf` is asked for every question, with the name of the listener
 * that the client came by, and may give something else from one question to the next: that is a
 * reload. The name is `undefined` for a listener without one, and for a session that was read from
 * the store and whose client has not been there since.
 */
export function guardsOf(accessOf: (listener: string | undefined) => Access): Required<Guards> {
  const inTime = async (
    { client }: Attempt,
    decide: (access: Access) => Promise<Verdict>,
  ): Promise<Verdict> => {
    const access = accessOf(client.listener)
    const verdict = await decide(access)
    if (verdict.reasonCode !== ReasonCode.Success) return verdict
    const latest = accessOf(client.listener)
    // Who was let in by what is not valid any more has come too late.
    return latest === access || mayStay(latest, admittedAs(client, verdict))
      ? verdict
      : BAD_CREDENTIALS
  }
  return {
    authenticate: (attempt) =>
      isOpen(accessOf(attempt.client.listener))
        ? letInBy(attempt.connect)
        : inTime(attempt, (access) => authenticated(access, attempt)),
    exchange: (step) => inTime(step, (access) => exchanged(access, step)),
    authorize: (action, client) =>
      authorized(accessOf(client.listener).authorizers, action, client),
    mayStay: (client) => mayStay(accessOf(client.listener), client),
  }
}

async function authenticated(access: Access, attempt: Attempt): Promise<Verdict> {
  for (const authenticator of access.authenticators) {
    const verdict = await authenticator.authenticate?.(attempt)
    if (verdict !== undefined) return admitted(verdict, authenticator)
  }
  if (!showsNothing(attempt.connect)) return BAD_CREDENTIALS
  return access.anonymous ? ANONYMOUS : NOTHING_SHOWN
}

/** Nobody could know what a client shows, and nobody has to: whatever that is, it is let in. */
function isOpen({ authenticators, anonymous }: Access): boolean {
  return anonymous && authenticators.length === 0
}

/**
 * A name that a client gives itself is not the one that somebody else has proved: it gets no
 * session of that one.
 */
function letInBy({ username = '' }: Attempt['connect']): Verdict {
  return username === '' ? ANONYMOUS : SELF_NAMED
}

/** A user name of no characters is none, as Mosquitto has it; with a password it is a login. */
function showsNothing({ username = '', password }: Attempt['connect']): boolean {
  return username === '' && (password === undefined || password.length === 0)
}

async function exchanged(access: Access, step: ExchangeStep): Promise<Verdict> {
  for (const authenticator of access.authenticators) {
    if (authenticator.exchange === undefined) continue
    if (authenticator.methods?.includes(step.method) !== true) continue
    return admitted(await authenticator.exchange(step), authenticator)
  }
  return UNKNOWN_METHOD
}

/** Remembers who let the client in. What is no verdict becomes none, and the broker refuses it. */
function admitted(verdict: Verdict, { name }: Authenticator): Verdict {
  const { claims, ...rest } = verdict
  if (rest.reasonCode !== ReasonCode.Success) return rest
  return { ...rest, claims: new Admittance(name, claims) }
}

/** How the broker is going to know a client that was let in. */
function admittedAs(client: ClientInfo, { username, claims }: Verdict): ClientInfo {
  return {
    ...client,
    ...(username !== undefined && { username }),
    ...(claims !== undefined && { claims }),
  }
}

function authorized(
  authorizers: readonly Authorizer[],
  action: Action,
  client: ClientInfo,
): Awaitable<boolean | 'partly'> {
  if (authorizers.length === 0) return true
  for (const authorizer of authorizers) {
    const ruling = authorizer.authorize(action, client)
    if (ruling instanceof Promise) {
      const others = authorizers.slice(authorizers.indexOf(authorizer) + 1)
      return heard(ruling, others, action, client)
    }
    if (ruling !== undefined) return answerOf(ruling, action)
  }
  return false
}

/** The same, once one of them has taken its time. */
async function heard(
  first: Promise<Ruling | undefined>,
  others: readonly Authorizer[],
  action: Action,
  client: ClientInfo,
): Promise<boolean | 'partly'> {
  const ruling = await first
  if (ruling !== undefined) return answerOf(ruling, action)
  // None left is not the same as none there.
  return others.length > 0 && authorized(others, action, client)
}

function answerOf({ decision }: Ruling, action: Action): boolean | 'partly' {
  if (decision === 'partly') return action.type === 'subscribe' ? 'partly' : false
  return decision === 'allow'
}

/** Of one who let it in and is not there any more, nobody can say that it would do so again. */
function mayStay(access: Access, client: ClientInfo): boolean {
  const { claims, username = '' } = client
  if (claims !== undefined && !(claims instanceof Admittance)) return false
  // Nobody was asked who it is: a name that it gave itself counts only where that is still so.
  if (claims?.by === undefined) return isOpen(access) || (access.anonymous && username === '')
  for (const authenticator of access.authenticators) {
    if (authenticator.name !== claims.by) continue
    const answer = authenticator.mayStay === undefined ? true : authenticator.mayStay(client)
    if (answer !== undefined) return answer
  }
  return false
}

const ANONYMOUS: Verdict = {
  reasonCode: ReasonCode.Success,
  claims: new Admittance(undefined, undefined),
}

const SELF_NAMED: Verdict = { ...ANONYMOUS, principal: '' }

const NOTHING_SHOWN: Verdict = {
  reasonCode: ReasonCode.NotAuthorized,
  reasonString:
    'This server lets nobody in without authentication, such as by user name and password',
}

const UNKNOWN_METHOD: Verdict = {
  reasonCode: ReasonCode.BadAuthenticationMethod,
  reasonString: 'This server does not know the Authentication Method',
}
