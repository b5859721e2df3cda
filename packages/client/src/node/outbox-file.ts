/**
 * `@godwit/client/outbox-file`: an outbox in a file, for Node. What was appended is on the disk
 * when the call resolves, and what several calls want while the disk is busy goes there together.
 */
import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { OutboxStore, StoredMessage } from '../outbox/outbox-store.ts'
import { FileLock } from './file-lock.ts'
import { forgettingEntry, messageEntry } from './outbox-format.ts'
import type { Entry } from './outbox-format.ts'
import { OutboxLog } from './outbox-log.ts'

/**
 * Keeps the outbox of one client in a file, which is made if it is not there; its directory has to
 * be. Nobody but the user of the process can read it, and one process at a time can use it: beside
 * it there is a lock, `<path>.lock`, and `<path>.new` while it is written anew.
 *
 * `load` throws an `Error` that says what to do for a file that is in use, damaged, or of a later
 * format. What a crash has left unfinished at its end is cut off: nobody was told that it is safe.
 */
export function fileOutbox(path: string): OutboxStore {
  return new FileOutbox(path)
}

class FileOutbox implements OutboxStore {
  readonly #path: string
  #lock: FileLock | undefined
  #log: OutboxLog | undefined
  #isLoaded = false
  #isClosed = false
  #commits: Commit[] = []
  /** While the disk is busy. */
  #work: Promise<void> | undefined

  constructor(path: string) {
    this.#path = resolve(path)
  }

  async load(): Promise<readonly StoredMessage[]> {
    if (this.#isLoaded) throw new TypeError(`The outbox file ${this.#path} was loaded before`)
    this.#isLoaded = true
    const path = await realPath(this.#path)
    const lock = await FileLock.take(path)
    try {
      const { log, messages } = await OutboxLog.open(path)
      if (this.#isClosed) {
        await log.close()
        throw this.#notOpen()
      }
      this.#lock = lock
      this.#log = log
      return messages
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  async append(messages: readonly StoredMessage[]): Promise<void> {
    await this.#commit(messages.map(messageEntry))
  }

  async remove(sequences: readonly number[]): Promise<void> {
    await this.#commit([forgettingEntry(sequences)])
  }

  async close(): Promise<void> {
    const log = this.#log
    const lock = this.#lock
    this.#log = undefined
    this.#lock = undefined
    this.#isClosed = true
    await this.#work
    await log?.close()
    await lock?.release()
  }

  #commit(entries: readonly Entry[]): Promise<void> {
    const log = this.#log
    const lock = this.#lock
    if (log === undefined || lock === undefined) {
      return Promise.reject(this.#notOpen())
    }
    return new Promise((resolve, reject) => {
      this.#commits.push({ entries, resolve, reject })
      this.#work ??= this.#writeAll(log, lock)
    })
  }

  /** Everything that was asked for while the disk was busy goes into one frame. */
  async #writeAll(log: OutboxLog, lock: FileLock): Promise<void> {
    while (this.#commits.length > 0) {
      const commits = this.#commits
      this.#commits = []
      try {
        await lock.check()
        await log.write(commits.flatMap(({ entries }) => entries))
        for (const { resolve } of commits) resolve()
      } catch (error) {
        for (const { reject } of commits) reject(error)
      }
    }
    this.#work = undefined
  }

  #notOpen(): TypeError {
    return new TypeError(`The outbox file ${this.#path} is not open`)
  }
}

interface Commit {
  readonly entries: readonly Entry[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** The one name of a file that has several, so that it has one lock; it need not be there yet. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch {
    return join(await realpath(dirname(path)), basename(path))
  }
}
