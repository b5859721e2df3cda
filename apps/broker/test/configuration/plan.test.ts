/** What changes from one configuration to the next, and what that takes. */
import { writeFile } from 'node:fs/promises'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planOf } from '../../src/configuration/plan.ts'
import { planFor, planText } from '../../src/configuration/plan-order.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { GOOD } from './good.ts'
import { loadText, loadWithout } from './loaded.ts'

const BEFORE = `
listeners:
  - { name: lan, url: mqtt://127.0.0.1:1883 }
  - { name: web, url: ws://127.0.0.1:8080 }
limits: { packetBytesMax: 1 MiB }
log: { level: info }
durability: os
data: /var/lib/godwit
`

const AFTER = `
listeners:
  - name: lan
    url: mqtt://127.0.0.1:2883
    origins:
    authentication: { passwordFile: pw }
  - { name: pages, url: ws://127.0.0.1:8080 }
limits: { packetBytesMax: 64 KiB }
log: { level: debug }
durability: fsync
data: /var/lib/elsewhere
shareStrategy: sticky
metrics: { url: 'http://127.0.0.1:9090' }
`.replace('    origins:\n', '')

describe('a plan', () => {
  it('has every difference, what it takes, and what it does', async () => {
    const changes = planOf(await loaded(BEFORE), await loaded(AFTER))
    const lines = planText(changes)
      .replace(/"\S*[/\\]pw"/, 'FILE')
      .split('\n')
    expect(lines).toEqual([
      '~ listeners.lan.url "mqtt://127.0.0.1:1883" -> "mqtt://127.0.0.1:2883"  ' +
        '(reload: is closed there and opened here)',
      '~ listeners.lan.authentication.anonymous true -> false  ' +
        '(reload: clients that may not stay are sent away)',
      '+ listeners.lan.authentication.passwordFile FILE  ' +
        '(reload: clients that may not stay are sent away)',
      '- listeners.web ws://127.0.0.1:8080  ' +
        '(reload: no new connections; those that came by it stay)',
      '+ listeners.pages ws://127.0.0.1:8080  (reload: is opened)',
      '~ limits.packetBytesMax 1048576 -> 65536  (reload)',
      '~ shareStrategy "round-robin" -> "sticky"  (restart)',
      '~ log.level "info" -> "debug"  (reload)',
      '+ metrics set  (reload)',
      '~ durability "os" -> "fsync"  (restart)',
      '~ data "/var/lib/godwit" -> "/var/lib/elsewhere"  (restart)',
      '3 of 11 take a restart of the broker.',
      '',
    ])
  })

  it('shows no secret', async () => {
    const secret = (letter: string): string => letter.repeat(32)
    const text = (letter: string): string =>
      `authentication: { jwt: { secret: ${secret(letter)} } }\n` +
      `admin: { url: 'http://127.0.0.1:1', tokens: ['a:read:${secret(letter)}'] }\ndurability: memory\n`
    const changes = planOf(await loaded(text('x')), await loaded(text('y')))
    expect(changes.map(({ key }) => key)).toEqual(['authentication.jwt.secret', 'admin.tokens'])
    expect(planText(changes)).not.toMatch(/x{32}|y{32}/)
  })

  it('is empty from a configuration to itself', async () => {
    for (const { text } of GOOD) {
      const configuration = await loaded(text)
      expect(planOf(configuration, structuredClone(configuration))).toEqual([])
    }
    expect(planText([])).toBe('Nothing changes.\n')
  })

  it('has the same keys in both directions, and is empty only between the same', async () => {
    const base = (await loadWithout({ flags: { durability: 'memory' } })).configuration
    const limits = fc.record({
      packetBytesMax: fc.integer({ min: 1, max: 3 }),
      sessionsMax: fc.integer({ min: 1, max: 3 }),
    })
    const some = limits.map((chosen) => ({ ...base, limits: { ...base.limits, ...chosen } }))
    fc.assert(
      fc.property(some, some, (one, other) => {
        const there = planOf(one, other)
        const back = planOf(other, one)
        expect(there.map(({ key }) => key)).toEqual(back.map(({ key }) => key))
        expect(there.map(({ before }) => before)).toEqual(back.map(({ after }) => after))
        expect(there.length === 0).toBe(JSON.stringify(one) === JSON.stringify(other))
      }),
    )
  })
})

describe('planFor', () => {
  it('compares two files, and refuses one whose own files cannot be used', async () => {
    await using directory = await temporaryDirectory()
    await writeFile(directory.at('a.yaml'), BEFORE)
    await writeFile(directory.at('b.yaml'), BEFORE.replace('1 MiB', '2 MiB'))
    await writeFile(directory.at('c.yaml'), `${BEFORE}\nauthorization: { aclFile: acl }\n`)
    const sources = { file: 'a.yaml', env: {}, flags: {}, directory: directory.path }
    expect(await planFor(sources, 'b.yaml')).toEqual([
      { key: 'limits.packetBytesMax', before: '1048576', after: '2097152', applies: 'reload' },
    ])
    await expect(planFor(sources, 'c.yaml')).rejects.toThrow(
      `c.yaml:10:18: authorization.aclFile names ${directory.at('acl')}, which is not there`,
    )
  })
})

async function loaded(text: string) {
  return (await loadText('a.yaml', text)).configuration
}
