import { describe, expect, it } from 'vitest'
import { type LmdbEngine, openLmdb } from '../src/index.ts'
import { Child } from './child.ts'
import { temporaryDirectory } from './directory.ts'

const ROUNDS = 10

describe.each(['fsync', 'os'])('A process with durability %s that is killed', (durability) => {
  it(
    `leaves all that it was told is durable, in order, ${ROUNDS} times`,
    { timeout: 120_000 },
    async () => {
      await using directory = await temporaryDirectory()
      const told = new Map<number, string>()
      for (let round = 1; round <= ROUNDS; round++) {
        await commitAndKill({ directory: directory.path, durability, round, told })
        await using engine = await openLmdb({ directory: directory.path })
        const found = await entriesOf(engine)
        const missing = [...told].filter(([position, text]) => found.get(position) !== text)
        expect(missing).toEqual([])
        expect(sequencesOf(found, round)).toEqual(
          sequencesOf(found, round).toSorted((a, b) => a - b),
        )
        const newest = await engine.records.get('progress', 'newest')
        expect(Buffer.from(newest!.value).toString()).toBe([...found.values()].at(-1))
      }
    },
  )
})

interface Round {
  readonly directory: string
  readonly durability: string
  readonly round: number
  readonly told: Map<number, string>
}

async function commitAndKill({ directory, durability, round, told }: Round): Promise<void> {
  await using child = new Child('committing-child.ts', directory, durability, String(round))
  const note = (line: string): void => {
    const [position, ...words] = line.split(' ')
    told.set(Number(position), words.join(' '))
  }
  for (let lines = 20 * round + 7; lines > 0; lines--) note(await child.line())
  await child.kill()
  for (const line of await child.rest()) note(line)
}

async function entriesOf(engine: LmdbEngine): Promise<Map<number, string>> {
  const found = new Map<number, string>()
  for await (const entries of engine.log.scan(0, 1)) {
    for (const { position, bytes } of entries)
      found.set(position, Buffer.from(bytes).toString().trim())
  }
  return found
}

function sequencesOf(found: ReadonlyMap<number, string>, round: number): number[] {
  const words = [...found.values()].map((text) => text.split(' ').map(Number))
  return words.filter(([of]) => of === round).map(([, sequence]) => sequence!)
}
