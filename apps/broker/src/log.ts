/** What the broker does, as log lines. What came from a client is clipped and escaped. */
import { ReasonCode, reasonCodeName } from '@godwit/codec'
import type { ClientInfo, Observers } from '@godwit/broker'
import { pino } from 'pino'
import type { Logger } from 'pino'
import type { LogLevel } from './command-line.ts'

/** What waits for a reader of the log that is slow or has stopped; lines beyond it are lost. */
const LOG_BYTES_MAX = 1024 * 1024

/** A log that writes JSON lines to stderr and never makes the broker wait for who reads them. */
export function stderrLog(level: LogLevel): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  return pino(options, pino.destination({ fd: 2, sync: false, maxLength: LOG_BYTES_MAX }))
}

/** Observers that write to a log: who comes and goes at `debug`, who is sent away at `info`. */
export function loggingObservers(log: Logger): Observers {
  return {
    connected: (client) => log.debug(described(client), 'client connected'),
    disconnected: (client, reasonCode, cause) => {
      const ending = { ...described(client), ...explained(reasonCode, cause) }
      if (ORDINARY.has(reasonCode)) log.debug(ending, 'client gone')
      else log.info(ending, 'client sent away')
    },
    refused: (remoteAddress, reasonCode, cause) => {
      const ending = { remoteAddress, ...explained(reasonCode, cause) }
      if (ORDINARY.has(reasonCode)) log.debug(ending, 'connection gone before CONNECT')
      else log.info(ending, 'connection refused')
    },
    dropped: (client, reason) => log.warn({ ...described(client), reason }, 'messages dropped'),
    storeFull: (full) => {
      if (full) log.warn('the store is full: messages above QoS 0 are refused until there is room')
      else log.info('the store has room again')
    },
    failed: (error) => log.fatal({ err: error }, 'the store has failed'),
    fault: (error) => log.error({ err: error }, 'the broker failed and closed a connection'),
  }
}

/** Ends that leave nothing to look into: said in order, a lost connection, our own shutdown. */
const ORDINARY: ReadonlySet<ReasonCode> = new Set([
  ReasonCode.NormalDisconnection,
  ReasonCode.DisconnectWithWillMessage,
  ReasonCode.UnspecifiedError,
  ReasonCode.ServerShuttingDown,
])

function explained(reasonCode: ReasonCode, cause: string): object {
  return { reason: reasonCodeName(reasonCode, 'disconnect'), cause }
}

const CLIPPED_LENGTH = 128

/** Commands to terminals that JSON leaves as they are: DEL and the C1 controls. */
const CONTROLS = /[\u007f-\u009f]/g

function described({ clientId, username, remoteAddress, version }: ClientInfo): object {
  return {
    clientId: harmless(clientId),
    ...(username !== undefined && { username: harmless(username) }),
    remoteAddress,
    mqtt: version,
  }
}

function harmless(text: string): string {
  return text.slice(0, CLIPPED_LENGTH).replaceAll(CONTROLS, '\uFFFD')
}
