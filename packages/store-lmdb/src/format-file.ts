/**
 * The file `format`, which says what a directory holds, before anything else in it is read:
 *
 *     godwit store
 *     format 1
 *     program 0.1.0
 *     state complete
 *
 * It is there first, with `state new`, and `complete` once the data file is: a data file beside
 * `state new` has nothing in it that anybody was told of, and is made anew.
 */
import { StoreError } from '@godwit/store'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { corruption } from './corruption.ts'
import { version } from './version.ts'

/** The file of LMDB in the directory of a store. */
export const DATA_FILE = 'data.mdb'

/** The version of what this program writes. */
const STORE_FORMAT = 1

/** What a directory holds. `new`: nothing that anybody was told of. */
export type StoreState = 'new' | 'complete'

/** Brings a directory from one format to the next; how often that was done is in the file. */
type Migration = (directory: string) => Promise<void>

/** From which format on what is to be done. There was none before the first. */
const MIGRATIONS: ReadonlyMap<number, Migration> = new Map()

/**
 * Reads the file and brings an older format up to date; `new` if there is neither file nor data.
 * @throws {StoreError} `version` of a format that this program does not read; `corrupt` of data
 *   without a format, or of a format without data.
 */
export async function readFormat(directory: string, hasData: boolean): Promise<StoreState> {
  const text = await readFile(pathOf(directory), 'utf8').catch(orMissing)
  if (text === undefined || text.trim() === '') {
    if (!hasData) return 'new'
    const state = text === undefined ? 'is missing' : 'is empty'
    throw corruption(directory, 'its file format', `the file ${state}, but there are data`)
  }
  const { format, program, state } = parse(directory, text)
  await migrate(directory, format, program)
  if (state === 'complete' && !hasData) {
    throw corruption(directory, 'its file data.mdb', 'it is missing, and the store was complete')
  }
  return state
}

/** Writes the file so that it is either the old one or the new one, whatever happens. */
export async function writeFormat(directory: string, state: StoreState): Promise<void> {
  const path = pathOf(directory)
  const lines = [TITLE, `format ${STORE_FORMAT}`, `program ${version}`, `state ${state}`, '']
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(lines.join('\n'))
    await file.chmod(0o600)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  await sync(directory)
}

/** Makes a file, or what was created and renamed in a directory, survive a power cut. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Creates a directory, and those above it; what was created survives a power cut. */
export async function makeDirectory(directory: string): Promise<boolean> {
  const first = await mkdir(directory, { recursive: true, mode: 0o700 })
  if (first === undefined) return false
  // From the first that was made down to the one that was asked for: each is an entry of another.
  const top = resolve(first)
  for (let made = resolve(directory); ; made = dirname(made)) {
    await sync(dirname(made))
    if (made === top || made === dirname(made)) return true
  }
}

const TITLE = 'godwit store'

interface Format {
  readonly format: number
  readonly program: string
  readonly state: StoreState
}

function parse(directory: string, text: string): Format {
  const [title, ...lines] = text.split('\n')
  const fields = new Map(lines.map((line) => split(line)))
  const format = Number(fields.get('format') ?? NaN)
  const state = fields.get('state')
  const program = fields.get('program') ?? 'unknown'
  if (title !== TITLE || !Number.isSafeInteger(format) || format < 1) {
    throw unknownFormat(directory, `begins with ${JSON.stringify(text.slice(0, 40))}`)
  }
  if (format > STORE_FORMAT) {
    throw unknownFormat(directory, `has format ${format}, written by version ${program}`)
  }
  if (state !== 'new' && state !== 'complete') {
    throw corruption(directory, 'its file format', `the state is ${JSON.stringify(state)}`)
  }
  return { format, program, state }
}

async function migrate(directory: string, from: number, program: string): Promise<void> {
  for (let format = from; format < STORE_FORMAT; format++) {
    const step = MIGRATIONS.get(format)
    if (step === undefined) {
      throw unknownFormat(directory, `has format ${format}, written by version ${program}`)
    }
    await step(directory)
  }
}

function unknownFormat(directory: string, found: string): StoreError {
  return new StoreError(
    'version',
    `The store in ${directory} ${found}; this program, version ${version}, reads format ` +
      `${STORE_FORMAT}: start the version that wrote it, or choose another directory`,
  )
}

function split(line: string): [string, string] {
  const at = line.indexOf(' ')
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
}

function orMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}

function pathOf(directory: string): string {
  return join(directory, 'format')
}
