/**
 * How clients are refused. They hear the same words whatever was wrong, so that nobody learns which
 * user names there are or how far a forged token came; the log of the broker hears the rest.
 */
import type { ClientInfo, Verdict } from '@godwit/broker'
import { ReasonCode } from '@godwit/codec'

/** Is told why a client was refused. The sentence is safe for a log, and has no secrets in it. */
export type RefusalLog = (client: ClientInfo, sentence: string) => void

/** For a wrong password, an unknown user, a token that is not valid, and everything like it. */
export const BAD_CREDENTIALS: Verdict = Object.freeze({
  reasonCode: ReasonCode.BadUserNameOrPassword,
  reasonString: 'User name or password is wrong',
})

/** For all that cannot be decided at present, such as when a server on the web does not answer. */
export const UNDECIDED: Verdict = Object.freeze({
  reasonCode: ReasonCode.ServerUnavailable,
  reasonString: 'The server cannot say at present who is let in: try again later',
})
