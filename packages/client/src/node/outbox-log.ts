/**
 * The file of an outbox: a log that grows at its end, and is written anew without what is over
 * when that is most of it. It does one thing at a time: its owner waits for each call.
 */
import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { StoredMessage } from '../outbox/outbox-store.ts'
import {
  bodyAt,
  entriesIn,
  FRAME_HEADER_BYTES,
  frameOf,
  HEADER_BYTES,
  headerOf,
  isTorn,
  messageIn,
  saltIn,
} from './outbox-format.ts'
import type { Entry } from './outbox-format.ts'

/** A smaller file is not worth writing anew. */
const COMPACTED_BYTES_MIN = 256 * 1024
/** How much is read and written at once when a file is written anew. */
const PORTION_BYTES = 1024 * 1024

/** One file, which is open. */
export class OutboxLog {
  readonly #path: string
  #handle: FileHandle | undefined
  #salt = 0
  /** Where the next frame goes. */
  #end = 0
  /** Whether something that failed may have left bytes behind the end. */
  #isDirty = false
  /** Where the entries are whose messages are not over, in the order of the file. */
  readonly #places = new Map<number, Place>()
  #liveBytes = 0
  #compactedBytesMin = COMPACTED_BYTES_MIN

  private constructor(path: string) {
    this.#path = path
  }

  /**
   * Opens a file, or makes it, and cuts off what a crash has torn.
   * @throws {Error} that names the file and the place, for one that is damaged.
   */
  static async open(path: string): Promise<{ log: OutboxLog; messages: StoredMessage[] }> {
    const log = new OutboxLog(path)
    try {
      const messages = await log.#read()
      if (log.#handle === undefined) await log.#rewrite()
      else await log.#compact()
      return { log, messages }
    } catch (error) {
      await log.close()
      throw error
    }
  }

  /** Writes entries and resolves when they are safe; where that fails none of them is there. */
  async write(entries: readonly Entry[]): Promise<void> {
    const handle = this.#requireHandle()
    const frame = frameOf(entries, this.#salt)
    if (this.#isDirty) await handle.truncate(this.#end)
    this.#isDirty = true
    await writeAll(handle, frame, this.#end)
    await handle.datasync()
    this.#isDirty = false
    this.#note(entries, this.#end + FRAME_HEADER_BYTES)
    this.#end += frame.length
    await this.#compact()
  }

  /** Lets go of the file. */
  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  async #read(): Promise<StoredMessage[]> {
    const handle = await openExisting(this.#path)
    this.#handle = handle
    if (handle === undefined) return []
    const file = await handle.readFile()
    const messages = new Map<number, StoredMessage>()
    try {
      this.#salt = saltIn(file)
      this.#end = HEADER_BYTES
      while (this.#end < file.length && this.#readFrame(file, messages)) continue
    } catch (error) {
      throw unreadable(this.#path, error)
    }
    this.#isDirty = this.#end < file.length
    if (this.#isDirty) await handle.truncate(this.#end)
    return [...messages.values()].toSorted((one, other) => one.sequence - other.sequence)
  }

  /** Returns whether there was one. @throws {Error} if there was, and it is damaged. */
  #readFrame(file: Buffer, messages: Map<number, StoredMessage>): boolean {
    const body = bodyAt(file, this.#end, this.#salt)
    if (body === undefined) {
      if (isTorn(file, this.#end, this.#salt)) return false
      throw new Error(`what it has at byte ${this.#end} is damaged, and there is more behind it`)
    }
    const entries = entriesIn(body)
    this.#note(entries, this.#end + FRAME_HEADER_BYTES)
    for (const entry of entries) {
      if (entry.sequence !== undefined) messages.set(entry.sequence, messageIn(entry))
      for (const sequence of entry.forgets) messages.delete(sequence)
    }
    this.#end += FRAME_HEADER_BYTES + body.length
    return true
  }

  /** Entries are in the file from there on. */
  #note(entries: readonly Entry[], from: number): void {
    let at = from
    for (const { bytes, sequence, forgets } of entries) {
      if (sequence !== undefined) {
        this.#forget(sequence)
        this.#places.set(sequence, { at, length: bytes.length })
        this.#liveBytes += bytes.length
      }
      for (const forgotten of forgets) this.#forget(forgotten)
      at += bytes.length
    }
  }

  #forget(sequence: number): void {
    const place = this.#places.get(sequence)
    if (place === undefined) return
    this.#places.delete(sequence)
    this.#liveBytes -= place.length
  }

  async #compact(): Promise<void> {
    if (this.#end < this.#compactedBytesMin || this.#liveBytes * 2 > this.#end) return
    try {
      await this.#rewrite()
      this.#compactedBytesMin = COMPACTED_BYTES_MIN
    } catch {
      // A full disk, most likely: what is there is safe, and it is tried again when it has doubled.
      this.#compactedBytesMin = this.#end * 2
    }
  }

  /** Writes a file with what is not over, under another name, and puts it in the place of this. */
  async #rewrite(): Promise<void> {
    const name = `${this.#path}.new`
    await rm(name, { force: true })
    const handle = await open(name, 'wx+', 0o600)
    const salt = randomBytes(4).readUInt32BE()
    const places: [sequence: number, place: Place][] = []
    let end = 0
    try {
      end = await this.#copyTo(handle, salt, places)
      await handle.sync()
      // Windows does not put one file in the place of another that is open.
      await this.#handle?.close()
      this.#handle = undefined
      await rename(name, this.#path)
    } catch (error) {
      await handle.close()
      await rm(name, { force: true })
      this.#handle ??= await openExisting(this.#path)
      throw error
    }
    this.#handle = handle
    this.#salt = salt
    this.#end = end
    this.#isDirty = false
    this.#places.clear()
    for (const [sequence, place] of places) this.#places.set(sequence, place)
    await syncDirectory(dirname(this.#path))
  }

  /** Returns how long the new file is. */
  async #copyTo(to: FileHandle, salt: number, places: [number, Place][]): Promise<number> {
    let end = HEADER_BYTES
    await writeAll(to, headerOf(salt), 0)
    for (const { from, to: until, sequences } of this.#portions()) {
      const bytes = await readAll(this.#requireHandle(), from, until - from)
      const entries: { bytes: Buffer }[] = []
      let at = end + FRAME_HEADER_BYTES
      for (const [sequence, place] of sequences) {
        const { length } = place
        const start = place.at - from
        entries.push({ bytes: bytes.subarray(start, start + length) })
        places.push([sequence, { at, length }])
        at += length
      }
      const frame = frameOf(entries, salt)
      await writeAll(to, frame, end)
      end += frame.length
    }
    return end
  }

  /** What is not over, in pieces of the file that are read at once and make one frame each. */
  *#portions(): Generator<Portion> {
    let portion: Portion | undefined
    for (const [sequence, place] of this.#places) {
      const end = place.at + place.length
      if (portion === undefined || end - portion.from > PORTION_BYTES) {
        if (portion !== undefined) yield portion
        portion = { from: place.at, to: end, sequences: [] }
      }
      portion.to = end
      portion.sequences.push([sequence, place])
    }
    if (portion !== undefined) yield portion
  }

  #requireHandle(): FileHandle {
    if (this.#handle === undefined) throw new Error(`The outbox file ${this.#path} is not open`)
    return this.#handle
  }
}

interface Place {
  readonly at: number
  readonly length: number
}

interface Portion {
  readonly from: number
  to: number
  readonly sequences: [sequence: number, place: Place][]
}

/** An empty file is none: it is what somebody has left who wanted to make one. */
async function openExisting(path: string): Promise<FileHandle | undefined> {
  let handle
  try {
    handle = await open(path, 'r+')
    const { size } = await handle.stat()
    if (size > 0) return handle
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  await handle?.close()
  return undefined
}

async function writeAll(handle: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done)
    done += bytesWritten
  }
}

async function readAll(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(bytes, done, length - done, at + done)
    if (bytesRead === 0) throw new Error(`The outbox file has become shorter than ${at + length}`)
    done += bytesRead
  }
  return bytes
}

/** Makes a new name safe, where a directory can be opened: not on Windows. */
async function syncDirectory(path: string): Promise<void> {
  let directory
  try {
    directory = await open(path, 'r')
    await directory.sync()
  } catch {
    // The contents are safe under one name or the other.
  } finally {
    await directory?.close()
  }
}

function unreadable(path: string, error: unknown): Error {
  const what = error instanceof Error ? error.message : String(error)
  const advice = 'Put a copy in its place, or move it away to begin with an empty outbox.'
  return new Error(`The outbox file ${path} cannot be read: ${what}. ${advice}`, { cause: error })
}
