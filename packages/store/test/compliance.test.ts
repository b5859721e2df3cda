import { describe, expect, it } from 'vitest'
import { engineCompliance } from '../src/compliance/index.ts'
import { type Breakage, BREAKAGES, brokenPlace } from './broken-engines.ts'

describe('The suite', () => {
  it.each(BREAKAGES)('finds an engine that $what', async (breakage) => {
    await expect(verdict(breakage)).resolves.toMatchObject([
      { title: breakage.foundBy, error: expect.any(Error) },
    ])
  })

  it.each(BREAKAGES)('is content with the same engine unless it $what', async ({ foundBy }) => {
    const sound = { what: 'is sound', foundBy }
    await expect(verdict(sound)).resolves.toEqual([{ title: foundBy, error: undefined }])
  })
})

/** The case that has to find it, and what it throws. */
async function verdict(breakage: Breakage): Promise<readonly { title: string; error: unknown }[]> {
  const cases = engineCompliance({
    place: async () => brokenPlace(breakage),
    crash: async ({ world }) => (breakage.crash ?? (async () => world.storage.crash()))(world),
  })
  const chosen = cases.filter(({ title }) => title === breakage.foundBy)
  return Promise.all(
    chosen.map(async ({ title, run }) => ({
      title,
      error: await run().then(
        () => undefined,
        (error: unknown) => error,
      ),
    })),
  )
}
