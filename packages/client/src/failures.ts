/** From what the engines say to errors: what was tried, what came back, what to do. */
import { reasonCodeName } from '@godwit/codec'
import type { MqttError, ReasonCode, ReasonCodeCarrier } from '@godwit/codec'
import type { ConnectionEnd } from '@godwit/session'
import { adviceFor } from './advice.ts'
import { ClientError } from './errors.ts'
import type { ClientErrorCode, ClientErrorDetails } from './errors.ts'
import { remedyFor } from './connection/remedies.ts'

/** The part of an answer that says no. */
export interface RefusingAnswer {
  readonly type: ReasonCodeCarrier
  readonly reasonCode: ReasonCode
  readonly properties?: {
    readonly reasonString?: string
    readonly userProperty?: readonly (readonly [name: string, value: string])[]
  }
}

/** The error for an answer of 0x80 or above to what was tried, such as `Publishing to "a"`. */
export function refusal(code: ClientErrorCode, tried: string, answer: RefusingAnswer): ClientError {
  const { type, reasonCode, properties = {} } = answer
  const { reasonString, userProperty } = properties
  const reasonName = reasonCodeName(reasonCode, type)
  const said = reasonString === undefined ? '' : `, ${JSON.stringify(reasonString)}`
  const sentence = `${tried} was refused: ${reasonName} (${hex(reasonCode)})${said}.`
  return new ClientError(withAdvice(sentence, reasonCode), {
    code,
    reasonCode,
    reasonName,
    ...(reasonString !== undefined && { reasonString }),
    ...(userProperty !== undefined && { userProperty }),
  })
}

/** What an end is told with. */
export interface EndContext {
  /** The server's address, without credentials. */
  readonly address: string
  /** Whether the server had let the client in. */
  readonly entered: boolean
  /** What was thrown, if something was. */
  readonly fault?: unknown
}

/** The error for a connection that came to its end, not by our own will. */
export function endFailure(end: ConnectionEnd, context: EndContext): ClientError {
  const { reasonCode, name, cause, serverReference, userProperty, statement } = end
  const { fault } = context
  const said = cause.endsWith(name) ? '' : `, ${JSON.stringify(cause)}`
  return new ClientError(withAdvice(sentenceFor(end, said, context), adviceCode(end)), {
    code: codeFor(end, context.entered),
    remedy: remedyFor(end, context.entered),
    reasonCode,
    reasonName: name,
    ...(said !== '' && end.origin === 'server' && { reasonString: cause }),
    ...(serverReference !== undefined && { serverReference }),
    ...(userProperty !== undefined && { userProperty }),
    ...(statement !== undefined && { statement }),
    ...(fault !== undefined && { cause: fault }),
  })
}

/** The error for a connection that did not come about; it may be tried again. */
export function connectionFailure(address: string, cause: unknown, advice = ''): ClientError {
  const what = cause instanceof Error ? cause.message : String(cause)
  const sentence = `Connecting to ${address} failed: ${stopped(what)}${advice}`
  return new ClientError(sentence, { code: 'connection-failed', remedy: 'retry', cause })
}

/** The error for what was tried, a phrase such as `Authenticating again`, and may not be said. */
export function optionFailure(tried: string, cause: MqttError): ClientError {
  const { reasonCode, statement } = cause
  return new ClientError(`${tried} is not possible: ${stopped(cause.message)}`, {
    code: 'not-allowed',
    reasonCode,
    reasonName: reasonCodeName(reasonCode),
    ...(statement !== undefined && { statement }),
    cause,
  })
}

/** The error of an authentication that came to nothing on our side. */
export function authenticationFailure(address: string, cause: unknown): ClientError {
  const what = cause instanceof Error ? cause.message : String(cause)
  const sentence = `Authenticating with ${address} failed: ${stopped(what)}`
  return new ClientError(sentence, { code: 'authentication-failed', cause })
}

/** The error for another authentication while there is one. */
export function twiceFailure(): ClientError {
  const sentence = 'Authenticating again is not possible: it is going on. Wait for its end.'
  return new ClientError(sentence, { code: 'not-allowed' })
}

/** The error of what was asked of a client that is closed, because of `cause` if it failed. */
export function closedFailure(cause?: ClientError): ClientError {
  const why = cause === undefined ? '' : `, because of this: ${cause.message}`
  const details: ClientErrorDetails = { code: 'closed' }
  return new ClientError(
    `The client is closed${stopped(why)}`,
    cause === undefined ? details : { ...details, cause },
  )
}

/** The error of a client whose `reconnect` has failed. */
export function policyFailure(cause: unknown): ClientError {
  const sentence = 'The client gives up, for `reconnect` has failed: see the cause.'
  return new ClientError(sentence, { code: 'connection-failed', cause })
}

function sentenceFor(end: ConnectionEnd, said: string, context: EndContext): string {
  const { origin, reasonCode, name, cause, serverReference } = end
  const { address, entered } = context
  if (origin === 'violation') {
    const advice = entered ? '' : ' Is it an MQTT server that listens there?'
    return `${address} broke the rules of MQTT: ${stopped(cause)}${advice}`
  }
  if (origin === 'server') {
    const deed = entered ? 'ended the connection' : 'refused the connection'
    const to = serverReference === undefined ? '' : `, to ${JSON.stringify(serverReference)}`
    return `${address} ${deed}: ${name} (${hex(reasonCode)})${to}${said}.`
  }
  return entered
    ? `The connection to ${address} was lost: ${stopped(cause)}`
    : `Connecting to ${address} failed: ${stopped(cause)}`
}

function codeFor({ origin }: ConnectionEnd, entered: boolean): ClientErrorCode {
  if (origin === 'violation') return 'violation'
  if (entered) return 'connection-lost'
  return origin === 'server' ? 'connect-refused' : 'connection-failed'
}

function adviceCode({ origin, reasonCode }: ConnectionEnd): ReasonCode | undefined {
  return origin === 'server' ? reasonCode : undefined
}

function withAdvice(sentence: string, reasonCode: ReasonCode | undefined): string {
  const advice = reasonCode === undefined ? '' : adviceFor(reasonCode)
  return advice === '' ? sentence : `${sentence} ${advice}`
}

function stopped(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`
}

function hex(reasonCode: ReasonCode): string {
  return `0x${reasonCode.toString(16).padStart(2, '0')}`
}
