/**
 * Tells when files have changed: written in place, replaced by a rename, made, removed, or reached
 * by another symbolic link, as Kubernetes does. What the system tells of a directory is only a hint
 * to look; whether something has changed is seen by the file itself. Files are looked at from time
 * to time too, for network disks and links into other directories tell nothing.
 */
import { statSync, watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'

/** What may be said about watching. */
export interface FileWatchOptions {
  /** How long nothing must happen before it is told; 200 where left out. */
  readonly settleMs?: number
  /** How often the files are looked at in any case; 5,000 where left out. */
  readonly lookMs?: number
}

/** Files that are watched, until it is disposed of. Keeps no process alive. */
export interface FileWatch extends Disposable {
  /** The paths as they were given. */
  readonly paths: readonly string[]
}

/**
 * Watches files, from what they are at the time of the call: watch first, and read them then.
 * `changed` gets the paths that have changed since the last time, as they were given. What it
 * throws is not caught. Files and directories that are not there are waited for.
 */
export function watchFiles(
  paths: readonly string[],
  changed: (paths: readonly string[]) => void,
  options: FileWatchOptions = {},
): FileWatch {
  return new WatchedFiles(paths, changed, options)
}

class WatchedFiles implements FileWatch {
  readonly paths: readonly string[]
  readonly #changed: (paths: readonly string[]) => void
  readonly #settleMs: number
  readonly #seen: Map<string, string>
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #looking: NodeJS.Timeout
  #settling: NodeJS.Timeout | undefined
  /** What has changed and was not told yet. */
  readonly #news = new Set<string>()

  constructor(
    paths: readonly string[],
    changed: (paths: readonly string[]) => void,
    { settleMs = 200, lookMs = 5_000 }: FileWatchOptions,
  ) {
    this.paths = paths
    this.#changed = changed
    this.#settleMs = settleMs
    this.#seen = new Map(paths.map((path) => [path, signatureOf(path)]))
    this.#watchDirectories()
    this.#looking = setInterval(() => {
      this.#watchDirectories()
      this.#look()
    }, lookMs).unref()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#looking)
    clearTimeout(this.#settling)
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  /** A directory that is removed and made again is another one. */
  #watchDirectories(): void {
    for (const path of this.paths) {
      const directory = dirname(resolve(path))
      if (!this.#watchers.has(directory)) this.#watchDirectory(directory)
    }
  }

  #watchDirectory(directory: string): void {
    let watcher: FSWatcher
    try {
      watcher = watch(directory, { persistent: false }, (event, name) => {
        if (event === 'rename' && name === basename(directory)) this.#leave(directory)
        this.#look()
      })
    } catch {
      // It is not there, or there are too many watches: the files are looked at all the same.
      return
    }
    watcher.on('error', () => this.#leave(directory))
    this.#watchers.set(directory, watcher)
  }

  #leave(directory: string): void {
    this.#watchers.get(directory)?.close()
    this.#watchers.delete(directory)
  }

  #look(): void {
    const changed = this.paths.filter((path) => {
      const signature = signatureOf(path)
      const isOther = signature !== this.#seen.get(path)
      this.#seen.set(path, signature)
      return isOther
    })
    if (changed.length === 0) return
    changed.forEach((path) => this.#news.add(path))
    clearTimeout(this.#settling)
    this.#settling = setTimeout(() => this.#tell(), this.#settleMs).unref()
  }

  #tell(): void {
    const news = this.paths.filter((path) => this.#news.has(path))
    this.#news.clear()
    this.#changed(news)
  }
}

/** What is another if the file is, or what is in it. Times are in nanoseconds where they can be. */
function signatureOf(path: string): string {
  try {
    const stats = statSync(path, { bigint: true })
    const { dev, ino, size, mtimeNs, ctimeNs } = stats
    return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  }
}
