/** The log of this process: how much of it, in which form and where to, all of which can change. */
import { isatty } from 'node:tty'
import { pino } from 'pino'
import type { Logger } from 'pino'
import { LogOutput } from './log-output.ts'
import type { LogFormat, LogLevel } from './log-terms.ts'
import { jsonLine, prettyLine } from './log-text.ts'
import type { LineForm } from './log-text.ts'

/** What can be said about a log. */
export interface LogOptions {
  readonly level: LogLevel
  /** `json` where left out; `auto` is for people where stderr is a terminal. */
  readonly format?: LogFormat
  /** Lines are appended to it; stderr where left out. */
  readonly file?: string
}

/** Opens a log. @throws {Error} a sentence, if its file cannot be opened. */
export async function openLog(options: LogOptions): Promise<Log> {
  return new Log(options, await formOf(options))
}

/** A log that never makes the broker wait for who reads it. */
export class Log implements Disposable {
  /** What writes lines. */
  readonly logger: Logger
  readonly #output: LogOutput

  /** See {@link openLog}. */
  constructor({ level, file }: LogOptions, form: LineForm) {
    this.#output = spoken(file, () => new LogOutput(file, form, this))
    this.logger = pino(
      {
        level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label: string) => ({ level: label }) },
      },
      this.#output,
    )
  }

  /** From here on it says more or less. */
  setLevel(level: LogLevel): void {
    this.logger.level = level
  }

  /** Everything may be different from here on. @throws {Error} a sentence: all is as before. */
  async change(options: LogOptions): Promise<void> {
    const { level, file } = options
    const form = await formOf(options)
    spoken(file, () => this.#output.moveTo(file))
    this.#output.form = form
    this.setLevel(level)
  }

  /**
   * Opens the file anew, after it was moved away; nothing where there is none. If that fails, goes
   * on with the old one and says so there: whether it was done.
   */
  reopen(): boolean {
    try {
      this.#output.reopen()
      return true
    } catch (error) {
      this.logger.error({ err: error }, 'the log could not be opened again, and goes on as before')
      return false
    }
  }

  /** Of {@link LogOutput}. */
  lost(lines: number): void {
    this.logger.warn({ lines }, 'lines of the log were lost: who reads it is too slow')
  }

  /** Of {@link LogOutput}. */
  failed(error: Error): void {
    this.logger.error({ err: error }, 'lines of the log could not be written for a while')
  }

  /** Writes what waits. */
  [Symbol.dispose](): void {
    this.#output.end()
  }
}

async function formOf({ format = 'json', file }: LogOptions): Promise<LineForm> {
  const isTerminal = file === undefined && isatty(STDERR)
  if (format === 'json' || (format === 'auto' && !isTerminal)) return jsonLine
  // Takes 15 ms, which only who asked for it waits for.
  const { prettyFactory } = await import('pino-pretty')
  return prettyLine(
    prettyFactory({
      colorize: isTerminal && (process.env['NO_COLOR'] ?? '') === '',
      translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l',
      singleLine: true,
    }),
  )
}

function spoken<T>(file: string | undefined, open: () => T): T {
  try {
    return open()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`The log file ${file} cannot be opened: ${reason}`, { cause })
  }
}

const STDERR = 2
