/** Opens the store in the directory that is named, says so or why not, and holds it for a while. */
import { openLmdb } from '../src/index.ts'

const [directory = ''] = process.argv.slice(2)
try {
  const engine = await openLmdb({ directory })
  process.stdout.write('opened\n')
  process.stdin.resume().once('end', () => void engine.close())
} catch (error) {
  process.stdout.write(`${String(error)}\n`)
}
