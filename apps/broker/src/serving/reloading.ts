/**
 * Reads the configuration again, when it is asked to and when one of its files has changed. One
 * reload at a time; what cannot be used changes nothing, and the log says why.
 */
import { watchFiles } from '@godwit/auth'
import type { FileWatch } from '@godwit/auth'
import type { Logger } from 'pino'
import type { LoadedConfiguration } from '../configuration/loading.ts'
import { noticeText } from '../configuration/notice.ts'
import type { Change } from '../configuration/plan.ts'

/** What a reload works on. */
export interface ReloadingOptions {
  readonly load: () => Promise<LoadedConfiguration>
  /** Goes over to a configuration: all of it, or it throws and nothing has changed. */
  readonly change: (loaded: LoadedConfiguration) => Promise<readonly Change[]>
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
}

/** Keeps a broker to what its configuration says. */
export class Reloading implements Disposable {
  readonly #options: ReloadingOptions
  /** The last reload that was begun. */
  #last: Promise<unknown> = Promise.resolve()
  #watch: FileWatch | undefined
  #isOver = false

  /** Watches the files of the configuration that is in force. */
  constructor(options: ReloadingOptions, files: readonly string[]) {
    this.#options = options
    this.#look(files)
  }

  /** Reloads behind those under way. @throws {Error} what is wrong, and nothing has changed. */
  reload(): Promise<readonly Change[]> {
    const done = this.#last.then(() => this.#reload())
    this.#last = done.catch(() => {})
    return done
  }

  /** The same, where nobody waits for it: the log says how it went. */
  async reloadBecause(why: string): Promise<void> {
    const { log } = this.#options
    try {
      const changes = await this.reload()
      log.info({ why, changes: changes.length }, 'the configuration was read again')
    } catch (error) {
      const sentence = error instanceof Error ? error.message : String(error)
      log.error({ why, sentence }, 'the configuration was not changed: it cannot be used')
    }
  }

  /** Watches no more; what is under way comes to its end. */
  async end(): Promise<void> {
    this[Symbol.dispose]()
    await this.#last
  }

  [Symbol.dispose](): void {
    this.#isOver = true
    this.#watch?.[Symbol.dispose]()
    this.#watch = undefined
  }

  async #reload(): Promise<readonly Change[]> {
    const { load, change, log } = this.#options
    const loaded = await load()
    const changes = await change(loaded)
    this.#look(loaded.files)
    for (const notice of loaded.notices) log.warn(noticeText(notice))
    for (const { key, applies } of changes) {
      if (applies === 'restart') log.warn({ key }, 'a change takes a restart of the broker')
      else log.info({ key }, 'a change is in force')
    }
    return changes
  }

  #look(files: readonly string[]): void {
    if (this.#isOver || isSame(this.#watch?.paths, files)) return
    const watch = watchFiles(files, (paths) => {
      void this.reloadBecause(`changed: ${paths.join(', ')}`)
    })
    this.#watch?.[Symbol.dispose]()
    this.#watch = watch
  }
}

function isSame(before: readonly string[] | undefined, after: readonly string[]): boolean {
  return before?.length === after.length && after.every((file) => before.includes(file))
}
