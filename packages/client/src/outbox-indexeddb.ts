/**
 * `@godwit/client/outbox-indexeddb`: an outbox in IndexedDB, for browsers and their workers. One
 * database for each name, with one object store, whose keys are the sequence.
 */
import type { MessageProperties } from './message.ts'
import type { OutboxStore, StoredMessage } from './outbox/outbox-store.ts'
import type {
  PlatformDatabase,
  PlatformIndexedDb,
  PlatformLocks,
  PlatformObjectStore,
} from './outbox/platform-indexeddb.ts'

/**
 * Keeps the outbox of one client in the database of that name. What was appended is on the disk
 * when the call resolves, as far as the browser knows. Where there are Web Locks, which is on every
 * `https:` page, a second tab or worker with the same name is refused by `load`; elsewhere, see to
 * it that there is none. The browser may delete it all unless `navigator.storage.persist()` was
 * granted.
 */
export function indexedDbOutbox(name: string): OutboxStore {
  return new IndexedDbOutbox(name)
}

declare const indexedDB: PlatformIndexedDb<StoredMessage> | undefined
declare const navigator: { readonly locks?: PlatformLocks } | undefined

const STORE = 'messages'
const VERSION = 1

class IndexedDbOutbox implements OutboxStore {
  readonly #name: string
  #database: PlatformDatabase<StoredMessage> | undefined
  #isLoaded = false
  #isClosed = false
  #unlock: () => void = () => {}

  constructor(name: string) {
    this.#name = name
  }

  async load(): Promise<readonly StoredMessage[]> {
    if (this.#isLoaded) throw new TypeError(`The outbox "${this.#name}" was loaded before`)
    this.#isLoaded = true
    this.#unlock = await lock(this.#name)
    try {
      const database = await openDatabase(this.#name)
      if (this.#isClosed) {
        database.close()
        throw this.#notOpen()
      }
      this.#database = database
      return await this.#all()
    } catch (error) {
      this.#unlock()
      throw error
    }
  }

  append(messages: readonly StoredMessage[]): Promise<void> {
    return this.#change((store) => {
      for (const message of messages) store.add(compact(message))
    })
  }

  remove(sequences: readonly number[]): Promise<void> {
    return this.#change((store) => {
      for (const sequence of sequences) store.delete(sequence)
    })
  }

  /** IndexedDB itself waits for the transactions that are under way. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#database?.close()
    this.#database = undefined
    this.#unlock()
  }

  async #all(): Promise<StoredMessage[]> {
    const request = this.#transaction('readonly').objectStore(STORE).getAll()
    return new Promise((resolve, reject) => {
      request.addEventListener('success', () => resolve(request.result))
      request.addEventListener('error', () => reject(request.error))
    })
  }

  async #change(make: (store: PlatformObjectStore<StoredMessage>) => void): Promise<void> {
    const transaction = this.#transaction('readwrite')
    const end = new Promise<void>((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve())
      transaction.addEventListener('abort', () => reject(transaction.error))
    })
    try {
      make(transaction.objectStore(STORE))
    } catch (error) {
      transaction.abort()
      await end.catch(() => {})
      throw error
    }
    await end
  }

  #transaction(
    mode: 'readonly' | 'readwrite',
  ): ReturnType<PlatformDatabase<StoredMessage>['transaction']> {
    if (this.#database === undefined) throw this.#notOpen()
    return this.#database.transaction(STORE, mode, { durability: 'strict' })
  }

  #notOpen(): TypeError {
    return new TypeError(`The outbox "${this.#name}" is not open`)
  }
}

function openDatabase(name: string): Promise<PlatformDatabase<StoredMessage>> {
  if (typeof indexedDB === 'undefined') {
    throw new TypeError('There is no IndexedDB here: connect without `outbox.store`')
  }
  const request = indexedDB.open(name, VERSION)
  return new Promise((resolve, reject) => {
    request.addEventListener('upgradeneeded', () => {
      request.result.createObjectStore(STORE, { keyPath: 'sequence' })
    })
    request.addEventListener('error', () => reject(request.error))
    request.addEventListener('success', () => {
      const database = request.result
      // Somebody wants to delete it: holding on would only keep them waiting.
      database.addEventListener('versionchange', () => database.close())
      resolve(database)
    })
  })
}

/** Resolves with what gives the lock back. @throws {Error} if somebody else has it. */
function lock(name: string): Promise<() => void> {
  const locks = typeof navigator === 'undefined' ? undefined : navigator.locks
  if (locks === undefined) return Promise.resolve(() => {})
  return new Promise((resolve, reject) => {
    const held = locks.request(`godwit-outbox ${name}`, { ifAvailable: true }, (taken) => {
      if (taken !== null) return new Promise((release) => resolve(release))
      reject(inUse(name))
      return undefined
    })
    held.catch(reject)
  })
}

function inUse(name: string): Error {
  const advice = 'Give each client an outbox of its own, or close the other client first.'
  return new Error(`The outbox "${name}" is in use, by this or another tab or worker. ${advice}`)
}

/** What is cloned into the database takes all the memory along that its bytes are a view of. */
function compact(message: StoredMessage): StoredMessage {
  const { payload, properties } = message
  return {
    ...message,
    payload: new Uint8Array(payload),
    ...(properties !== undefined && { properties: compactProperties(properties) }),
  }
}

function compactProperties(properties: MessageProperties): MessageProperties {
  const { correlationData } = properties
  if (correlationData === undefined) return properties
  return { ...properties, correlationData: new Uint8Array(correlationData) }
}
