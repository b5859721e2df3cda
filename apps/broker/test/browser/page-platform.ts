/** The part of a browser that the page's program uses, so that the tests need no types of pages. */

/** A web worker, seen from the page. */
export interface PageWorker {
  addEventListener(
    type: 'message',
    listener: (event: { readonly data: unknown }) => void,
    options: { readonly once: true },
  ): void
  addEventListener(
    type: 'error',
    listener: (event: { readonly message: string }) => void,
    options: { readonly once: true },
  ): void
  postMessage(message: unknown, transfer: readonly never[]): void
}

/** IndexedDB, as far as it takes to count what is in a database. */
export interface PageIndexedDb {
  open(name: string): PageRequest<PageDatabase> & {
    readonly transaction: { abort(): void } | null
  }
}

interface PageDatabase {
  transaction(store: string): {
    objectStore(store: string): { count(): PageRequest<number> }
  }
  close(): void
}

interface PageRequest<T> {
  readonly result: T
  addEventListener(type: 'success' | 'error' | 'upgradeneeded', listener: () => void): void
}
