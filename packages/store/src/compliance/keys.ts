/** Records of any key and of any size: a key is a Client Identifier or a Topic Name of a client. */
import type { Engine } from '../engine.ts'
import { claim, same, sameBytes } from './claims.ts'
import type { Check, Trial } from './trial.ts'
import { commitOne, noise, record, recordsOf, textOf } from './workload.ts'

/** The checks. */
export const KEY_CHECKS: readonly Check[] = [
  ['keeps records of any key', anyKey],
  ['takes no key for another one', ({ engine }) => distinct(engine)],
  ['keeps values of 0 bytes to 2 MiB', sizes],
]

/** As many three-byte characters as it takes to fill the longest string of MQTT, and some less. */
const LONG = '\u20ac'.repeat(4096)

const KEYS: readonly string[] = [
  '',
  ' ',
  '\0',
  '\0\0',
  'a\0',
  'a\0b',
  'a',
  'A',
  '/',
  '//',
  '1/a',
  '1/a/',
  '__proto__',
  'constructor',
  'toString',
  'null',
  '0',
  '00',
  '-1',
  '\u00e9',
  'e\u0301',
  '\ufeff',
  '\ufeffa',
  '\uffff',
  '\u{1f422}',
  '\u{10ffff}',
  '\u{1f422}'.repeat(1000),
  'x'.repeat(255),
  'x'.repeat(256),
  'x'.repeat(500),
  'x'.repeat(511),
  'x'.repeat(512),
  'x'.repeat(1977),
  'x'.repeat(1978),
  'x'.repeat(1979),
  'x'.repeat(65_535),
  `${'x'.repeat(65_534)}y`,
  `y${'x'.repeat(65_534)}`,
  LONG,
  `${LONG}a`,
  `${LONG}b`,
  `a${LONG}`,
  `b${LONG}`,
  `${LONG}\0`,
]

async function anyKey(trial: Trial): Promise<void> {
  const value = (key: string) => String(KEYS.indexOf(key))
  await commitOne(trial.engine, { records: KEYS.map((key) => record(key, value(key))) })
  for (const again of [false, true]) {
    const engine = again ? await trial.reopen() : trial.engine
    const found = await recordsOf(engine, 'settings')
    same('The number of records of all sorts of keys', found.size, KEYS.length)
    for (const key of KEYS) {
      const what = `The record ${shown(key)}`
      same(`${what} in a scan`, textOf(found.get(key)?.value), value(key))
      const record = await engine.records.get('settings', key)
      same(what, textOf(record?.value), value(key))
      claim(record?.key === key, `${what} says its key is ${shown(record?.key ?? '')}`)
      same(`The revision of ${what} in a scan`, found.get(key)?.revision, record.revision)
    }
  }
}

async function distinct(engine: Engine): Promise<void> {
  for (const key of KEYS) {
    const found = await engine.records.get('settings', key)
    same(`The record ${shown(key)}, which is not there yet`, found, undefined)
    const { revisions } = await commitOne(engine, { records: [record(key, 'one', 0)] })
    await commitOne(engine, { records: [record(key, 'two', revisions[0])] })
  }
  for (const [at, key] of KEYS.entries()) {
    await commitOne(engine, { records: [record(key, null)] })
    const left = (await recordsOf(engine, 'settings')).size
    same(`The records left without ${shown(key)}`, left, KEYS.length - at - 1)
  }
}

async function sizes(trial: Trial): Promise<void> {
  for (const length of SIZES) {
    const value = noise(length, length)
    const records = [
      { table: 'retained', key: String(length), value },
      { table: 'retained', key: 'replaced', value },
    ] as const
    await commitOne(trial.engine, { records })
    const found = await trial.engine.records.get('retained', 'replaced')
    sameBytes(`A value of ${length} bytes`, found?.value, value)
  }
  const found = await recordsOf(await trial.reopen(), 'retained')
  for (const length of SIZES) {
    const bytes = found.get(String(length))?.value
    sameBytes(`A value of ${length} bytes, opened again`, bytes, noise(length, length))
  }
}

/** In bytes, around the sizes of pages and of blocks; the last one replaces a large one. */
const SIZES = [0, 1, 255, 256, 2047, 4095, 4096, 65_535, 65_536, 2 ** 20, 2 ** 21, 7]

function shown(key: string): string {
  const start = JSON.stringify(key.slice(0, 20))
  return key.length <= 20 ? start : `${start}... of ${key.length} code units`
}
