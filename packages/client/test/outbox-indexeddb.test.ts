// The outbox in IndexedDB, on one that is in memory, with the Web Locks of the platform.
import 'fake-indexeddb/auto'
import { describe, expect, it, vi } from 'vitest'
import { indexedDbOutbox } from '../src/outbox-indexeddb.ts'
import { storeCompliance } from './outbox-store-compliance.ts'
import { message } from './stored-message.ts'

// Node has Web Locks since version 24.
storeCompliance('indexedDbOutbox', {
  open: (place) => indexedDbOutbox(place),
  isGuarded: 'locks' in navigator,
})

describe('the outbox in IndexedDB', () => {
  it('keeps all messages of a call, or none', async () => {
    const store = indexedDbOutbox('all or none')
    await store.load()
    await store.append([message(1)])
    await expect(store.append([message(2), message(1)])).rejects.toMatchObject({
      name: 'ConstraintError',
    })
    const unclonable = { ...message(4), properties: { contentType: Symbol() as unknown as string } }
    await expect(store.append([message(3), unclonable])).rejects.toMatchObject({
      name: 'DataCloneError',
    })
    await store.append([message(5)])
    await store.close()
    const next = indexedDbOutbox('all or none')
    expect(await next.load()).toEqual([message(1), message(5)])
    await next.close()
  })

  it('lets go when somebody deletes the database, and says that it cannot go on', async () => {
    const store = indexedDbOutbox('deleted')
    await store.load()
    await new Promise((resolve) => {
      indexedDB.deleteDatabase('deleted').addEventListener('success', resolve)
    })
    await expect(store.append([message(1)])).rejects.toMatchObject({ name: 'InvalidStateError' })
    await store.close()
  })

  it('does without locks where there are none', async () => {
    vi.stubGlobal('navigator', {})
    try {
      const store = indexedDbOutbox('no locks')
      expect(await store.load()).toEqual([])
      await store.close()
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('says so where there is no IndexedDB, or it cannot be opened, and gives the lock back', async () => {
    vi.stubGlobal('indexedDB', undefined)
    try {
      await expect(indexedDbOutbox('none').load()).rejects.toThrow(
        new TypeError('There is no IndexedDB here: connect without `outbox.store`'),
      )
    } finally {
      vi.unstubAllGlobals()
    }
    const request = indexedDB.open('newer', 2)
    await new Promise((resolve) => request.addEventListener('success', resolve))
    request.result.close()
    for (let n = 0; n < 2; n++) {
      await expect(indexedDbOutbox('newer').load()).rejects.toMatchObject({ name: 'VersionError' })
    }
    const store = indexedDbOutbox('none')
    expect(await store.load()).toEqual([])
    await store.close()
  })
})

declare const indexedDB: {
  open(name: string, version: number): EventTarget & { readonly result: { close(): void } }
  deleteDatabase(name: string): EventTarget
}
