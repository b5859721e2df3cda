/**
 * What the broker does, as log lines. What a client says of itself is clipped; how it is escaped
 * is the output's affair (`log-text.ts`). At `debug` every line is written; above it, no kind of
 * line more often than a few times a second.
 */
import { ReasonCode, reasonCodeName } from '@godwit/codec'
import type { ClientInfo, Observers } from '@godwit/broker'
import { systemClock } from '@godwit/transport/node'
import type { Logger } from 'pino'
import { LogRepeats } from './log-repeats.ts'

/** Observers that write to a log: who comes and goes at `debug`, who is sent away at `info`. */
export function loggingObservers(
  log: Logger,
  repeats: LogRepeats = new LogRepeats(systemClock),
): Observers {
  const line = (level: 'info' | 'warn' | 'error', fields: Fields, message: string): void => {
    const kind = `${message} ${fields.reason ?? ''}`
    const tell = (more: number): void => {
      const reason = fields.reason === undefined ? {} : { reason: fields.reason }
      log[level]({ ...reason, more }, `${message}, and ${more.toLocaleString('en')} more of these`)
    }
    repeats.line(kind, () => log[level](fields, message), tell)
  }
  return {
    connected: (client) => log.debug(described(client), 'client connected'),
    disconnected: (client, reasonCode, cause) => {
      const ending = { ...described(client), ...explained(reasonCode, cause) }
      if (ORDINARY.has(reasonCode)) log.debug(ending, 'client gone')
      else line('info', ending, 'client sent away')
    },
    refused: (remoteAddress, reasonCode, cause) => {
      const ending = { remoteAddress, ...explained(reasonCode, cause) }
      if (ORDINARY.has(reasonCode)) log.debug(ending, 'connection gone before CONNECT')
      else line('info', ending, 'connection refused')
    },
    dropped: (client, reason) => {
      line('warn', { ...described(client), reason }, 'messages dropped')
    },
    storeFull: (full) => {
      if (full) log.warn('the store is full: messages above QoS 0 are refused until there is room')
      else log.info('the store has room again')
    },
    overload: (level, cause) => {
      if (level === 0) log.info({ overloadLevel: level, cause }, 'the broker keeps up again')
      else log.warn({ overloadLevel: level, cause }, 'the broker is overloaded')
    },
    failed: (error) => log.fatal({ err: error }, 'the store has failed'),
    fault: (error) => line('error', { err: error }, 'the broker failed and closed a connection'),
  }
}

interface Fields {
  readonly reason?: string
  readonly err?: unknown
}

/** Ends that leave nothing to look into: said in order, a lost connection, our own shutdown. */
const ORDINARY: ReadonlySet<ReasonCode> = new Set([
  ReasonCode.NormalDisconnection,
  ReasonCode.DisconnectWithWillMessage,
  ReasonCode.UnspecifiedError,
  ReasonCode.ServerShuttingDown,
])

function explained(reasonCode: ReasonCode, cause: string): { reason: string; cause: string } {
  return { reason: reasonCodeName(reasonCode, 'disconnect'), cause: clipped(cause, CAUSE_LENGTH) }
}

/** Who a client is, in the words of the log. */
export function described(client: ClientInfo): object {
  const { clientId, username, remoteAddress, version, listener } = client
  return {
    clientId: clipped(clientId),
    ...(username !== undefined && { username: clipped(username) }),
    remoteAddress,
    ...(listener !== undefined && { listener }),
    mqtt: version,
  }
}

/** A client may have a long name, and nobody reads a log for it. */
export function clipped(text: string, length: number = NAME_LENGTH): string {
  return text.length <= length ? text : text.slice(0, length)
}

const NAME_LENGTH = 128
const CAUSE_LENGTH = 512
