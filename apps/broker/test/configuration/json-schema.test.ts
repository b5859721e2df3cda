/** The published schema is that of the broker, and says the same of files, as far as it can. */
import { readFile } from 'node:fs/promises'
import { Ajv } from 'ajv'
import type { ValidateFunction } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { configurationJsonSchema } from '../../src/configuration/json-schema.ts'
import { BROKEN_LISTENERS } from './broken-listeners.ts'
import { BROKEN_REST } from './broken-rest.ts'
import { GOOD } from './good.ts'

const PUBLISHED = new URL('../../configuration.schema.json', import.meta.url)

describe('configuration.schema.json', () => {
  it('is up to date: `vitest -u` writes it', async () => {
    const text = `${JSON.stringify(configurationJsonSchema(), null, 2)}\n`
    await expect(text).toMatchFileSnapshot(PUBLISHED.pathname)
  })

  it.each(GOOD)('accepts $what', async ({ text }) => {
    const validate = await validator()
    validate(parseYaml(text))
    expect(validate.errors).toBeNull()
  })

  it.each(refusable())('refuses $what', async ({ text }) => {
    const validate = await validator()
    expect(validate(parseYaml(text))).toBe(false)
  })

  it('refuses most of what the broker refuses', () => {
    expect(refusable().length).toBeGreaterThanOrEqual(35)
  })

  it('describes every key', () => {
    const described = [...descriptionsIn(configurationJsonSchema())]
    expect(described.length).toBeGreaterThan(150)
    expect(described.filter((text) => text.length < 10)).toEqual([])
  })
})

// To compile it takes a while.
let compiled: Promise<ValidateFunction> | undefined

function validator(): Promise<ValidateFunction> {
  compiled ??= readFile(PUBLISHED, 'utf8').then((text) => {
    const schema = JSON.parse(text) as object
    return new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema)
  })
  return compiled
}

/** What two keys mean together, no schema says; and what is no YAML, no schema sees. */
function refusable() {
  return [...BROKEN_LISTENERS, ...BROKEN_REST].filter(
    ({ what, sentences }) =>
      // How many bits an address has depends on the address.
      what !== 'a range with too many bits' &&
      sentences.some((each) => /is not known|has to be|is missing, and/.test(each)),
  )
}

function* descriptionsIn(schema: unknown): Generator<string> {
  if (typeof schema !== 'object' || schema === null) return
  for (const [name, value] of Object.entries(schema)) {
    if (name === 'description' && typeof value === 'string') yield value
    else yield* descriptionsIn(value)
  }
}
