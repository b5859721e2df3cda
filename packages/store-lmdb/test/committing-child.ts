/** Appends to the store in the directory that is named, and says what is durable, until killed. */
import { writeSync } from 'node:fs'
import { openLmdb } from '../src/index.ts'

const [directory = '', durability = '', round = ''] = process.argv.slice(2)
const engine = await openLmdb({ directory, durability: durability === 'os' ? 'os' : 'fsync' })
let sequence = 0
const lines = Array.from({ length: 8 }, () => commitOn())
await Promise.all(lines)

async function commitOn(): Promise<void> {
  for (;;) {
    const text = `${round} ${++sequence}`
    const bytes = Buffer.from(text.padEnd(200))
    const records = [{ table: 'progress' as const, key: 'newest', value: Buffer.from(text) }]
    const [outcome] = await engine.commit([{ appends: [{ topic: 'a', bytes }], records }])
    if (outcome?.committed !== true) throw new Error('There was a conflict')
    writeSync(1, `${outcome.positions[0]} ${text}\n`)
  }
}
