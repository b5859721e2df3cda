/** What happens at the doors, as log lines; none of a kind more often than a few times a second. */
import type { Logger } from 'pino'
import { described } from '../log.ts'
import type { LogRepeats } from '../log-repeats.ts'
import { rememberedKeySets } from './access.ts'
import type { Reports } from './running.ts'

/** Reports that write to a log. What strangers can cause is counted once it is too much. */
export function reportsTo(log: Logger, repeats: LogRepeats): Reports {
  const line = (fields: object, message: string): void => {
    repeats.line(
      message,
      () => log.info(fields, message),
      (more) => log.info({ more }, `${message}, and ${more.toLocaleString('en')} more of these`),
    )
  }
  return {
    access: {
      refused: (client, cause) => line({ ...described(client), cause }, 'login refused'),
      notice: (sentence) => log.warn(sentence),
      undecided: (cause) => line({ cause }, 'denied, for the service did not answer'),
      keySets: rememberedKeySets(),
    },
    gateway: {
      refused: (remoteAddress, cause, listener) =>
        line({ remoteAddress, listener, cause }, 'connection not accepted'),
      failed: (error, listener) => log.error({ err: error, listener }, 'accepting failed'),
    },
  }
}
