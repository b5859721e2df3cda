/** The same configuration in all formats, and what each of them is told where it cannot be read. */
import { describe, expect, it } from 'vitest'
import { loadText, sentencesOf } from './loaded.ts'

const YAML = `
listeners:
  - name: lan
    url: mqtt://0.0.0.0
    versions: [3.1, 3.1.1, 5.0]
    limits: { packetBytesMax: 64 KiB }
authentication: { passwordFile: pw }
authorization:
  rules:
    - { allow: [publish, subscribe], topics: ['home/%u/#'] }
limits: { sessionExpirySecondsMax: 30 d, connectTimeoutMs: 2500 }
durability: memory
`

const TOML = `
durability = "memory"
[[listeners]]
name = "lan"
url = "mqtt://0.0.0.0"
versions = [3.1, "3.1.1", 5.0]
limits.packetBytesMax = "64 KiB"
[authentication]
passwordFile = "pw"
[[authorization.rules]]
allow = ["publish", "subscribe"]
topics = ["home/%u/#"]
[limits]
sessionExpirySecondsMax = "30 d"
connectTimeoutMs = 2500
`

const JSON_TEXT = JSON.stringify({
  $schema: './configuration.schema.json',
  listeners: [
    {
      name: 'lan',
      url: 'mqtt://0.0.0.0:1883',
      versions: ['3.1', '3.1.1', '5'],
      limits: { packetBytesMax: 65_536 },
    },
  ],
  authentication: { passwordFile: 'pw' },
  authorization: { rules: [{ allow: ['publish', 'subscribe'], topics: ['home/%u/#'] }] },
  limits: { sessionExpirySecondsMax: 2_592_000, connectTimeoutMs: '2.5 s' },
  durability: 'memory',
})

describe('one configuration', () => {
  it.each([
    ['a.yaml', YAML],
    ['a.YML', YAML],
    ['a.toml', TOML],
    ['a.json', JSON_TEXT],
    ['a.mjs', `export default ${JSON_TEXT}`],
    ['a.js', `export const config = ${JSON_TEXT}`],
    ['b.mjs', `export default Promise.resolve(${JSON_TEXT})`],
  ])('is the same as %s', async (file, text) => {
    const { configuration } = await loadText(file, text)
    expect(configuration).toMatchObject({
      listeners: [
        {
          name: 'lan',
          url: 'mqtt://0.0.0.0:1883',
          versions: [3, 4, 5],
          limits: { packetBytesMax: 65_536 },
          authentication: { anonymous: false },
          authorization: { rules: [{ allow: ['publish', 'subscribe'], topics: ['home/%u/#'] }] },
        },
      ],
      limits: { sessionExpirySecondsMax: 2_592_000, connectTimeoutMs: 2500 },
      keeping: { durability: 'memory' },
    })
  })
})

describe('JSON', () => {
  it('may be indented with tabs, and knows its places then too', async () => {
    const text = '{\n\t"log": {\n\t\t"level": "loud"\n\t}\n}\n'
    expect(await sentencesOf(loadText('a.json', text))).toEqual([
      'a.json:3:3: log.level is "loud", and has to be silent, fatal, error, warn, info, debug or trace',
    ])
  })
})

describe('TOML', () => {
  it('knows the places of dotted keys, quoted keys, and of keys behind long texts', async () => {
    const text = [
      'data = """',
      'log.level = "in a text"',
      '"""',
      '"log"."level" = "loud"',
      '[limits]',
      'sessionsMax = 0',
      '[listeners]',
      'x = 1',
    ].join('\n')
    const places = (await sentencesOf(loadText('a.toml', text))).map(
      (each) => each.split(' ', 1)[0],
    )
    expect(places).toEqual(['a.toml:4:1:', 'a.toml:6:1:', 'a.toml:7:1:'])
  })
})

describe('a module', () => {
  it('is told what it has to export', async () => {
    expect(await sentencesOf(loadText('a.mjs', 'export const cfg = {}'))).toEqual([
      'a.mjs: exports no configuration: write `export default defineConfig({ ... })`, ' +
        "with defineConfig of '@godwit/broker-cli'",
    ])
  })

  it('that throws says what', async () => {
    const text = "throw new Error('no such secret')"
    expect(await sentencesOf(loadText('a.mjs', text))).toEqual([
      'a.mjs: cannot be run: no such secret',
    ])
  })

  it('has the name of its file, and its keys, for a place', async () => {
    const text = "export default { log: { level: 'loud' }, data: () => 'x' }"
    expect(await sentencesOf(loadText('a.mjs', text))).toEqual([
      'a.mjs: data is a function, and has to be the path of a directory',
      'a.mjs: log.level is "loud", and has to be silent, fatal, error, warn, info, debug or trace',
    ])
  })
})

describe('YAML', () => {
  it('may have anchors', async () => {
    const text = 'listeners:\n  - &a { url: "mqtt://127.0.0.1:0", connectionsMax: 5 }\n  - *a\n'
    const { configuration } = await loadText('a.yaml', text)
    expect(configuration.listeners.map(({ name }) => name)).toEqual(['mqtt-0', 'mqtt-0-2'])
  })

  it('is not read on for ever where they multiply', async () => {
    const levels = Array.from(
      { length: 12 },
      (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(9)}]`,
    )
    const text = `a0: &a0 [x]\n${levels.join('\n')}\n`
    expect(await sentencesOf(loadText('a.yaml', text))).toEqual([
      'a.yaml:1:1: Excessive alias count indicates a resource exhaustion attack',
    ])
  })
})
