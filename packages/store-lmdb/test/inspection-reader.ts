/**
 * Reads the files named by stdin with LMDB, writes into some, and tells how many records differ
 * from those of the first one. Runs as a process of its own, which LMDB may kill.
 */
import { readFileSync } from 'node:fs'
import { open } from 'lmdb'

const [original = '', ...paths] = readFileSync(0, 'utf8').split('\n')
const expected = await read(original, false)
for (const [index, path] of paths.entries()) {
  const found = await read(path, index % 4 === 0)
  const different = [...expected].filter(([key, value]) => found.get(key) !== value)
  const extra = [...found.keys()].filter((key) => !expected.has(key))
  process.stdout.write(`${different.length + extra.length} `)
}

async function read(path: string, isWritten: boolean): Promise<Map<string, string>> {
  const db = open<Uint8Array, Uint8Array>({
    path,
    noSubdir: true,
    encoding: 'binary',
    keyEncoding: 'binary',
    overlappingSync: false,
    noSync: true,
  })
  const records = new Map<string, string>()
  for (const { key, value } of db.getRange({})) {
    records.set(Buffer.from(key).toString('latin1'), Buffer.from(value).toString('latin1'))
  }
  // New pages come from the free list: if that is wrong, what is there is overwritten.
  const count = isWritten ? 20 : 0
  for (let index = 0; index < count; index++) {
    void db.put(Buffer.from(`z${index}`), Buffer.alloc(3000))
  }
  await db.flushed
  await db.close()
  return records
}
