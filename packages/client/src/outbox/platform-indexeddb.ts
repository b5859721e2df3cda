/**
 * The part of the web's IndexedDB and Web Locks that is used here, so that the types of no platform
 * are needed. What is in an object store has the type with which it was put there.
 */

/** A request. */
interface PlatformRequest<T> {
  readonly result: T
  readonly error: Error | null
  addEventListener(type: 'success' | 'error' | 'upgradeneeded', listener: () => void): void
}

/** A database with one object store. */
export interface PlatformDatabase<T> {
  addEventListener(type: 'versionchange', listener: () => void): void
  createObjectStore(name: string, options: { readonly keyPath: string }): unknown
  transaction(
    store: string,
    mode: 'readonly' | 'readwrite',
    options: { readonly durability: 'strict' },
  ): PlatformTransaction<T>
  close(): void
}

/** A transaction: all of it happens, or nothing. */
interface PlatformTransaction<T> {
  readonly error: Error | null
  addEventListener(type: 'complete' | 'abort', listener: () => void): void
  objectStore(name: string): PlatformObjectStore<T>
  abort(): void
}

/** An object store. */
export interface PlatformObjectStore<T> {
  add(value: T): unknown
  delete(key: number): unknown
  /** In the order of the keys. */
  getAll(): PlatformRequest<T[]>
}

/** Opens databases. */
export interface PlatformIndexedDb<T> {
  open(name: string, version: number): PlatformRequest<PlatformDatabase<T>>
}

/** Locks that all tabs and workers of one origin share. */
export interface PlatformLocks {
  request(
    name: string,
    options: { readonly ifAvailable: true },
    use: (lock: object | null) => Promise<void> | undefined,
  ): Promise<unknown>
}
