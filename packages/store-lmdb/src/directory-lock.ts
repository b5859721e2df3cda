/**
 * Keeps a second process out of a directory. Node has no file locks of the kernel, so this is a
 * file `lock` that names its holder, and a way to take it over from one that is dead which no two
 * processes can go at once:
 *
 *     lock              made with link(), which fails if it is there
 *     lock.after.NONCE  the right to take over from the holder with this nonce, made likewise
 *
 * Whoever made `lock.after.NONCE` and then still finds NONCE in `lock` replaces `lock` by its own,
 * with one rename(). Whoever comes late makes `lock.after.NONCE` again, finds another nonce in
 * `lock`, and has no right to anything. If it dies with the right in its hands, the same goes for
 * the right: `lock.after.ITS-NONCE`. A lock whose holder lives is never touched.
 *
 * Whether a holder lives cannot always be told, above all in another container. Therefore holders
 * touch their lock each second, and one that is not touched for four seconds has no holder.
 */
import { StoreError } from '@godwit/store'
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { formatOwner, livenessOf, type LockOwner, parseOwner, thisOwner } from './lock-owner.ts'

/** A lock that is held until it is disposed of. */
export class DirectoryLock implements AsyncDisposable {
  readonly #path: string
  readonly #owner: LockOwner
  readonly #beat: NodeJS.Timeout

  private constructor(path: string, owner: LockOwner) {
    this.#path = path
    this.#owner = owner
    this.#beat = setInterval(() => {
      const now = new Date()
      // What is gone cannot be touched, and whoever removed it wanted it so.
      utimes(path, now, now).catch(() => {})
    }, BEAT_MS).unref()
  }

  /**
   * Locks a directory, at once or, if it cannot be told whether the holder lives, after four
   * seconds. @throws {StoreError} `locked`, with who holds it.
   */
  static async acquire(directory: string): Promise<DirectoryLock> {
    const path = join(directory, 'lock')
    const owner = thisOwner()
    const draft = join(directory, `lock.new.${owner.nonce}`)
    try {
      await writeFile(draft, formatOwner(owner), { mode: 0o600, flag: 'wx' })
      await acquire({ directory, path, draft, owner })
    } finally {
      await rm(draft, { force: true })
    }
    return new DirectoryLock(path, owner)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#beat)
    const held = await holderOf(this.#path)
    if (held?.nonce === this.#owner.nonce) await rm(this.#path, { force: true })
  }
}

const BEAT_MS = 1000
const PATIENCE_MS = 4 * BEAT_MS
const ATTEMPTS = 100

interface Attempt {
  readonly directory: string
  readonly path: string
  /** A file that says who wants it. */
  readonly draft: string
  readonly owner: LockOwner
}

async function acquire(attempt: Attempt): Promise<void> {
  const { directory, draft, path } = attempt
  for (let left = ATTEMPTS; left > 0; left--) {
    if (await isLinked(draft, path)) return
    const holder = await holderOf(path)
    if (holder === undefined) continue
    await refuseIfAlive(directory, path, holder)
    if (await isTakenOver(attempt, holder)) return
  }
  throw new StoreError(
    'locked',
    `The store in ${directory} changes its holder again and again: ` +
      'stop what opens it there, then open it again',
  )
}

/** Takes over from a dead holder; false if somebody else did first. */
async function isTakenOver(attempt: Attempt, dead: LockOwner): Promise<boolean> {
  const { directory, path, draft, owner } = attempt
  const rights: string[] = []
  let predecessor = dead
  for (;;) {
    const right = join(directory, `lock.after.${predecessor.nonce}`)
    rights.unshift(right)
    if (await isLinked(draft, right)) break
    const rival = await holderOf(right)
    if (rival === undefined) return false
    await refuseIfAlive(directory, right, rival)
    predecessor = rival
  }
  try {
    if ((await holderOf(path))?.nonce !== dead.nonce) return false
    const successor = `${draft}.lock`
    await writeFile(successor, formatOwner(owner), { mode: 0o600 })
    await rename(successor, path)
    return true
  } finally {
    // The own right goes first: the others are of the dead.
    for (const right of rights) await rm(right, { force: true })
  }
}

/** Makes a file that has the content of the draft; false if it is there already. */
async function isLinked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** Who holds it; `undefined` if it is gone. A damaged one has a holder that does not live. */
async function holderOf(path: string): Promise<LockOwner | undefined> {
  try {
    return parseOwner(await readFile(path, 'utf8')) ?? NOBODY
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** A process number that none has. */
const NOBODY: LockOwner = {
  pid: 2 ** 31 - 1,
  started: 'never',
  boot: undefined,
  pidNamespace: thisOwner().pidNamespace,
  nonce: 'nobody',
}

/** @throws {StoreError} `locked`. */
async function refuseIfAlive(directory: string, path: string, holder: LockOwner): Promise<void> {
  const liveness = livenessOf(holder)
  if (liveness === 'dead') return
  if (liveness === 'unknown' && !(await isTouched(path))) return
  const isThis = holder.pid === process.pid && liveness === 'alive'
  const who = isThis ? 'this very process' : `process ${holder.pid}`
  throw new StoreError(
    'locked',
    `The store in ${directory} is open in ${who}, which holds ${path}: ` +
      'stop it first, or choose another directory',
  )
}

/** Whether a holder touches its lock. */
async function isTouched(path: string): Promise<boolean> {
  const before = await touchedAt(path)
  await sleep(PATIENCE_MS)
  return (await touchedAt(path)) !== before
}

async function touchedAt(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found?.mtimeMs
}
