/** Every broken configuration gets its sentences: place, key, what was got, what is allowed. */
import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { checkConfiguration } from '../../src/configuration/check-order.ts'
import { sentenceOf } from '../../src/configuration/fault.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { BROKEN_FORMATS } from './broken-formats.ts'
import { BROKEN_LISTENERS } from './broken-listeners.ts'
import { BROKEN_REST } from './broken-rest.ts'
import { loadText, sentencesOf } from './loaded.ts'

const BROKEN = [...BROKEN_LISTENERS, ...BROKEN_REST, ...BROKEN_FORMATS]

describe('check says what is wrong with', () => {
  it.each(BROKEN)('$file: $what', async ({ file, text, sentences }) => {
    await using directory = await temporaryDirectory()
    await writeFile(directory.at(file), text)
    const report = await checkConfiguration({ file, env: {}, flags: {}, directory: directory.path })
    const said = report.faults.map(sentenceOf)
    expect({ ok: report.ok, said }).toEqual({
      ok: false,
      said: sentences.map((each) => each.replace('DIRECTORY', directory.path)),
    })
  })

  it('fifty files and more', () => {
    expect(BROKEN.length).toBeGreaterThanOrEqual(50)
  })
})

describe('a sentence', () => {
  it('comes for all faults at once, and starts the broker not at all', async () => {
    const text = 'log: { level: loud }\nlimits: { sessionsMax: 0 }\n'
    await expect(loadText('a.yaml', text)).rejects.toThrow(
      'the configuration is wrong in 2 places:\n' +
        '  a.yaml:1:8: log.level is "loud", and has to be ' +
        'silent, fatal, error, warn, info, debug or trace\n' +
        '  a.yaml:2:11: limits.sessionsMax is 0, and has to be a whole number from 1 to 2147483647',
    )
  })

  it('never shows a secret, wherever it was said', async () => {
    const secret = 'hunter2'
    const file = `admin: { url: 'http://127.0.0.1:1', tokens: [${secret}, { a: ${secret} }] }`
    const env = { GODWIT_BROKER_AUTHENTICATION_JWT_SECRET: secret }
    const sentences = await sentencesOf(loadText('a.yaml', `${file}\n`, { env }))
    expect(sentences).toHaveLength(3)
    expect(sentences.join('\n')).not.toContain(secret)
  })

  it('is of bounded length, whatever stands in the file', async () => {
    const text = `data: [${'x'.repeat(10_000)}]\n${'y'.repeat(500)}: 1\nlog: { level: ${'z'.repeat(9999)} }\n`
    const sentences = await sentencesOf(loadText('a.yaml', text))
    expect(Math.max(...sentences.map(({ length }) => length))).toBeLessThan(500)
  })
})
