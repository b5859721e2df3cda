/** Entries of the log: where they come to lie, and that they are what was written. */
import type { Engine, Position } from '../engine.ts'
import { claim, committed, growing, same, sameBytes } from './claims.ts'
import type { Check } from './trial.ts'
import { commitOne, entriesOf, fill, noise, said, textOf, utf8 } from './workload.ts'

/** The checks. */
export const LOG_CHECKS: readonly Check[] = [
  ['says of itself what can be true', ({ engine }) => plausibleCaps(engine)],
  ['has an empty log at first', ({ engine }) => emptyLog(engine)],
  ['puts each topic into one shard, at growing positions', ({ engine }) => shards(engine)],
  ['keeps the order of the calls on a topic when nobody waits', ({ engine }) => order(engine)],
  ['reads entries in the order they are asked for', ({ engine }) => reads(engine)],
  ['reads undefined where there is nothing', ({ engine }) => missing(engine)],
  ['lets entries be overwritten as soon as commit has returned', ({ engine }) => borrowed(engine)],
  ['keeps entries of 0 bytes to 2 MiB', ({ engine }) => sizes(engine)],
  ['says within which bounds the positions are', ({ engine }) => bounds(engine)],
]

async function plausibleCaps({ caps }: Engine): Promise<void> {
  const durabilities = ['memory', 'os', 'fsync', 'quorum', 'quorum+fsync']
  claim(durabilities.includes(caps.durability), `There is no durability ${caps.durability}`)
  claim(['all', 'shard', 'key'].includes(caps.atomic), `There is no atomic ${caps.atomic}`)
  claim(
    Number.isInteger(caps.shards) && caps.shards >= 1,
    `The number of shards must be a whole number from 1 on, and is ${caps.shards}`,
  )
}

async function emptyLog(engine: Engine): Promise<void> {
  for (let shard = 0; shard < engine.caps.shards; shard++) {
    const { first, next } = await engine.log.bounds(shard)
    claim(first >= 1 && first <= next, `Shard ${shard} is empty, its bounds are ${first}, ${next}`)
    same(`The entries of shard ${shard}`, await entriesOf(engine, shard), [])
  }
}

async function shards(engine: Engine): Promise<void> {
  const topics = Array.from({ length: 20 }, (_, n) => `building/${n}/temperature`)
  const positions: Position[] = []
  const shardOf = new Map<string, number>()
  for (let round = 0; round < 10; round++) {
    const units = topics.map((topic) => ({ appends: [said(topic, `${topic} ${round}`)] }))
    const outcomes = await engine.commit(units)
    for (const [at, topic] of topics.entries()) {
      const [position = 0, ...others] = committed(topic, outcomes[at]).positions
      same('Positions beyond the one of a single append', others, [])
      claim(Number.isSafeInteger(position) && position >= 1, `${position} is no position`)
      const shard = position % engine.caps.shards
      same(`The shard of ${topic}`, shard, shardOf.get(topic) ?? shard)
      shardOf.set(topic, shard)
      positions.push(position)
    }
  }
  for (let shard = 0; shard < engine.caps.shards; shard++) {
    const here = positions.filter((position) => position % engine.caps.shards === shard)
    growing(`The positions given in shard ${shard}`, here)
    const found = (await entriesOf(engine, shard)).map(({ position }) => position)
    same(`The positions found in shard ${shard}`, found, here)
  }
}

async function order(engine: Engine): Promise<void> {
  const calls = Array.from({ length: 50 }, (_, call) =>
    engine.commit([0, 1, 2].map((unit) => ({ appends: [said('a/b', `${call} ${unit}`)] }))),
  )
  const outcomes = (await Promise.all(calls)).flat()
  const positions = outcomes.flatMap((outcome) => committed('A unit', outcome).positions)
  growing('The positions of one topic, in the order of the calls', positions)
  const texts = (await engine.log.read(positions)).map(textOf)
  const expected = calls.flatMap((_, call) => [0, 1, 2].map((unit) => `${call} ${unit}`))
  same('The entries of one topic', texts, expected)
}

async function reads(engine: Engine): Promise<void> {
  const positions = await fill(engine, 'a', 300)
  const wanted = positions.map((_, at) => (at * 7) % positions.length)
  const found = await engine.log.read([...wanted, 5, 5].map((at) => positions[at] ?? 0))
  same('Entries read out of order', found.map(textOf), [...wanted, 5, 5].map(String))
  same('Entries read at no positions', await engine.log.read([]), [])
}

async function missing(engine: Engine): Promise<void> {
  same('An entry of an empty log', await textAt(engine, 1), undefined)
  const [position = 0] = await fill(engine, 'a', 1)
  for (const steps of [1, 2, 300, 1_000_000_000]) {
    const beyond = position + steps * engine.caps.shards
    same(
      `The entry at position ${beyond}, which nobody wrote`,
      await textAt(engine, beyond),
      undefined,
    )
  }
  const found = await engine.log.read([position + engine.caps.shards, position])
  same('Entries, the first missing', found.map(textOf), [undefined, '0'])
}

async function textAt(engine: Engine, position: Position): Promise<string | undefined> {
  const found = await engine.log.read([position])
  same('The number of answers to a read of one position', found.length, 1)
  return textOf(found[0])
}

async function borrowed(engine: Engine): Promise<void> {
  const buffer = new Uint8Array(64)
  const calls = Array.from({ length: 100 }, (_, n) => {
    const bytes = buffer.subarray(n % 50, (n % 50) + 10)
    bytes.set(utf8(String(1_000_000_000 + n)))
    const call = engine.commit([{ appends: [{ topic: 'a', bytes }] }])
    buffer.fill(0xee)
    return call
  })
  for (const [n, call] of calls.entries()) {
    const [outcome] = await call
    const [position = 0] = committed('A unit with borrowed bytes', outcome).positions
    const what = 'An entry whose bytes were overwritten after commit had returned'
    same(what, await textAt(engine, position), String(1_000_000_000 + n))
  }
}

async function sizes(engine: Engine): Promise<void> {
  const written = SIZES.map((length) => noise(length, length))
  const { positions } = await commitOne(engine, {
    appends: written.map((bytes) => ({ topic: 'a', bytes })),
  })
  const read = await engine.log.read(positions)
  const scanned = await entriesOf(engine, (positions[0] ?? 0) % engine.caps.shards)
  for (const [at, bytes] of written.entries()) {
    sameBytes(`An entry of ${bytes.length} bytes that was read`, read[at], bytes)
    sameBytes(`An entry of ${bytes.length} bytes that was scanned`, scanned[at]?.bytes, bytes)
  }
}

/** In bytes, around the sizes of pages and of blocks. */
const SIZES = [0, 1, 127, 128, 255, 256, 2047, 4095, 4096, 4097, 65_535, 65_536, 2 ** 20, 2 ** 21]

async function bounds(engine: Engine): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const before = await Promise.all(shardsOf(engine).map((shard) => engine.log.bounds(shard)))
    const positions = await fill(engine, `topic ${round}`, 100)
    for (const position of positions) {
      const next = before[position % engine.caps.shards]?.next ?? 0
      claim(position >= next, `Position ${position} was given where ${next} was to be the next`)
    }
    for (const shard of shardsOf(engine)) {
      const { first, next } = await engine.log.bounds(shard)
      for (const { position } of await entriesOf(engine, shard)) {
        const bounds = `the bounds of shard ${shard}, ${first} and ${next}`
        claim(first <= position && position < next, `Position ${position} is outside ${bounds}`)
      }
    }
  }
}

function shardsOf({ caps }: Engine): readonly number[] {
  return Array.from({ length: caps.shards }, (_, shard) => shard)
}
