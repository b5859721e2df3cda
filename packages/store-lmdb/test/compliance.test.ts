/** The suite that every engine has to pass, on a real directory. */
import { engineCompliance, type Place } from '@godwit/store/compliance'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from './directory.ts'
import { openWeakly, type WeakStore } from './weak-tree.ts'

const DURABILITIES = ['fsync', 'os'] as const

describe.each(DURABILITIES)('An LMDB store with durability %s', (durability) => {
  const cases = engineCompliance({
    place: () => placeFor(durability),
    crash: (place) => place.die(),
  })

  it.each(cases)('$title', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})

interface LmdbPlace extends Place {
  die(): Promise<void>
}

async function placeFor(durability: 'fsync' | 'os'): Promise<LmdbPlace> {
  const directory = await temporaryDirectory()
  let store: WeakStore | undefined
  return {
    open: async () => {
      store = await openWeakly({ directory: directory.path, durability })
      return store.engine
    },
    die: async () => store?.die(),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  }
}
