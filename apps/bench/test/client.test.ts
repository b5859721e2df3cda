/** What the client benchmark counts and reads. */
import { describe, expect, it } from 'vitest'
import { bundleSize } from '../src/client/bundle-size.ts'
import { thirdParties } from '../src/client/installed-packages.ts'
import { parseRun } from '../src/client/subjects.ts'

describe('parseRun', () => {
  it('reads the last line that a client printed', () => {
    const printed = 'a warning\n{"messages":2000,"cpuUs":1000,"seconds":0.5}\n'
    expect(parseRun(printed)).toEqual({ cpuUsPerMessage: 0.5, messagesPerSecond: 4000 })
  })

  it.each(['{"messages":0,"cpuUs":1000,"seconds":0.5}', '{}', 'null'])(
    'refuses %j, by which nothing was done',
    (printed) => {
      expect(() => parseRun(printed)).toThrow(/^No message in /)
    },
  )
})

describe('thirdParties', () => {
  it('counts dependencies and theirs, but not the package itself', () => {
    const found = thirdParties('mqtt')
    expect(found).toContain('mqtt-packet@9.0.2')
    expect([...found].filter((name) => name.startsWith('mqtt@'))).toEqual([])
    expect([...found].some((name) => name.startsWith('base64-js@'))).toBe(true)
  })

  it('counts none for a package that has only those of its own scope', () => {
    expect([...thirdParties('@godwit/client')]).toEqual([])
  })
})

describe('bundleSize', () => {
  it('counts what a page has to load, and nothing that it does not use', async () => {
    const all = await bundleSize("export * from '@godwit/topic'")
    const some = await bundleSize("export { isTopicName } from '@godwit/topic'")
    expect(some.minified).toBeGreaterThan(100)
    expect(some.minified).toBeLessThan(all.minified)
    expect(all.gzipped).toBeLessThan(all.minified)
  })
})
