/** Carries out `godwit-broker data ...`: opens what it is about, and says what came of it. */
import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '@godwit/store'
import type { DataOrder } from '../data-commands.ts'
import { defaultDataDirectory } from '../data-directory.ts'
import { openDirectory } from '../opening.ts'
import { version } from '../version.ts'
import { checkData, repairData } from './care.ts'
import { exportLines } from './export.ts'
import { writeToFile, writeToStdout } from './export-output.ts'
import { importItems } from './import.ts'
import type { ImportFigures } from './import.ts'
import { importedFrom } from './import-source.ts'
import { importIsUnfinished } from './import-mark.ts'

/** Does what was ordered, and returns the exit code. @throws {Error} a sentence. */
export async function lookAfterData(order: DataOrder): Promise<number> {
  const directory = order.directory ?? defaultDataDirectory()
  if (order.type === 'import') return importData(directory, order.file)
  demandData(directory)
  if (order.type === 'export') return exportData(directory, order.file)
  return order.type === 'check'
    ? checkData(directory, order.json)
    : repairData(directory, order.json)
}

async function exportData(directory: string, file: string | undefined): Promise<number> {
  await using engine = await openDirectory(directory, 'fsync', notice)
  if (await importIsUnfinished(engine)) {
    throw new Error(
      `An import into ${directory} has not come to its end, so there is no whole state: ` +
        'run godwit-broker data import again, which begins anew',
    )
  }
  const lines = textLines(engine)
  await (file === undefined ? writeToStdout(lines) : writeToFile(file, lines))
  return 0
}

async function* textLines(engine: Engine): AsyncGenerator<string> {
  for await (const line of exportLines(engine, `godwit-broker ${version}`)) {
    yield JSON.stringify(line)
  }
}

async function importData(directory: string, file: string | undefined): Promise<number> {
  // A file that is not there must not leave a store behind.
  const source = file === undefined ? process.stdin : await streamOf(file)
  await using engine = await openDirectory(directory, 'fsync', notice)
  const items = importedFrom(source, { now: Date.now(), onNotice: notice })
  print(`${imported(await importItems(engine, items))} into ${directory}`)
  return 0
}

async function streamOf(file: string): Promise<AsyncIterable<Uint8Array>> {
  const handle = await open(file).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`${file} cannot be read: ${why}`, { cause })
  })
  return handle.createReadStream()
}

function imported({ sessions, subscriptions, retained, messages }: ImportFigures): string {
  return (
    `Imported ${sessions} sessions, ${subscriptions} subscriptions, ` +
    `${retained} retained messages and ${messages} messages that wait`
  )
}

/** Whoever looks for data that is not there shall not find an empty store from then on. */
function demandData(directory: string): void {
  if (existsSync(join(directory, 'data.mdb'))) return
  throw new Error(`No broker has kept anything in ${directory}: name another directory with --data`)
}

function notice(sentence: string): void {
  process.stderr.write(`godwit-broker: ${sentence}\n`)
}

function print(sentence: string): void {
  process.stdout.write(`${sentence}\n`)
}
