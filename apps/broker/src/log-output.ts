/**
 * Where log lines go: stderr, or a file that can be opened again under the same name after
 * somebody has moved it away. Never waits for whoever reads: what does not fit is lost and counted.
 */
import { closeSync, constants, openSync } from 'node:fs'
import { pino } from 'pino'
import type { LineForm } from './log-text.ts'

/** What waits for a reader of the log that is slow or has stopped; lines beyond it are lost. */
const LOG_BYTES_MAX = 1024 * 1024

/** Hears of what became of lines. */
export interface OutputOwner {
  /** So many lines were lost, and there is room again. */
  lost(lines: number): void
  /** Lines could not be written, and now they can. */
  failed(error: Error): void
}

/** Takes lines from a logger. */
export class LogOutput {
  form: LineForm
  readonly #owner: OutputOwner
  #file: string | undefined
  #stream: Stream
  #hasEnded = false

  /** Writes to a file, or to stderr. @throws {Error} of the system, if it cannot be opened. */
  constructor(file: string | undefined, form: LineForm, owner: OutputOwner) {
    this.form = form
    this.#owner = owner
    this.#file = file
    this.#stream = this.#open(file)
  }

  /** What a logger calls. */
  write(line: string): void {
    // What has its end behind the log's own is not worth a throw.
    if (!this.#hasEnded) this.#stream.write(this.form(line))
  }

  /** What a logger calls before the process ends. */
  flushSync(): void {
    this.#stream.flushSync()
  }

  /**
   * Opens the file anew; nothing where there is none.
   * @throws {Error} of the system, if it cannot be opened: then everything is as before.
   */
  reopen(): void {
    if (this.#file !== undefined) this.moveTo(this.#file)
  }

  /** Goes on in a file, or at stderr; what is on its way goes where it was. Throws likewise. */
  moveTo(file: string | undefined): void {
    if (file === undefined && this.#file === undefined) return
    const old = this.#stream
    this.#stream = this.#open(file)
    this.#file = file
    old.on('error', () => old.destroy())
    old.end()
  }

  /** Writes what waits and lets go of the file. */
  end(): void {
    this.#hasEnded = true
    this.#stream.end()
  }

  #open(file: string | undefined): Stream {
    const fd = file === undefined ? STDERR : openSync(file, APPENDING, FILE_MODE)
    try {
      return this.#watched(pino.destination({ fd, sync: false, maxLength: LOG_BYTES_MAX }))
    } catch (error) {
      if (fd !== STDERR) closeSync(fd)
      throw error
    }
  }

  #watched(stream: Stream): Stream {
    let lost = 0
    let trouble: Error | undefined
    stream.on('drop', () => {
      lost++
    })
    // Without a listener a full disk would end the process.
    stream.on('error', (error) => {
      trouble = error
    })
    stream.on('drain', () => {
      const [lines, error] = [lost, trouble]
      lost = 0
      trouble = undefined
      if (error !== undefined) this.#owner.failed(error)
      if (lines > 0) this.#owner.lost(lines)
    })
    return stream
  }
}

type Stream = ReturnType<typeof pino.destination>

const STDERR = 2

/** A pipe that nobody reads is an error at once; else opening it would wait for a reader. */
const APPENDING =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0)

/** Read by the group, so that those who collect logs need not be root; by nobody else. */
const FILE_MODE = 0o640
