import { describe, expect, it } from 'vitest'
import { engineCompliance } from '../src/compliance/index.ts'
import { MemoryEngine, type MemoryEngineOptions, MemoryStorage } from '../src/index.ts'
import { placeIn } from './memory-place.ts'

const SHAPES: readonly MemoryEngineOptions[] = [
  {},
  { shards: 4 },
  { shards: 3, atomic: 'key' },
  { shards: 2, atomic: 'shard', durability: 'quorum' },
]

describe.each(SHAPES)('The engine in memory, opened with %j,', (options) => {
  const place = async () => placeIn(new MemoryStorage(), options)
  it.each(engineCompliance({ place, crash }))('$title', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})

describe('The suite', () => {
  it('leaves crashes out for an engine that cannot be made to crash', () => {
    const place = async () => placeIn(new MemoryStorage())
    const all = engineCompliance({ place, crash }).map(({ title }) => title)
    const some = engineCompliance({ place }).map(({ title }) => title)
    expect(all.filter((title) => !some.includes(title))).toHaveLength(4)
    expect(new Set(all).size).toBe(all.length)
  })

  it('names what is wrong in a sentence', async () => {
    const place = placeIn(new MemoryStorage())
    const [check] = engineCompliance({
      place: async () => ({
        ...place,
        open: async () => {
          const engine = await MemoryEngine.open(new MemoryStorage())
          const caps = { ...engine.caps, shards: 0.5 }
          return Object.create(engine, { caps: { value: caps } })
        },
      }),
    })
    await expect(check!.run()).rejects.toThrow(
      'The number of shards must be a whole number from 1 on, and is 0.5',
    )
  })
})

let crashes = 0

/** Leaves more of the units under way each time, and some parts of the next one if it may. */
async function crash({ storage, options }: ReturnType<typeof placeIn>): Promise<void> {
  crashes++
  const parts = (options.atomic ?? 'all') === 'all' ? 0 : crashes % 5
  storage.crash({ units: crashes % 7, parts })
}
