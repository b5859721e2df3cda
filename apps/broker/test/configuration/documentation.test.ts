/** docs/configuration.md has every key, and its examples can be used. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DURABILITIES } from '../../src/keeping.ts'
import { IGNORED, REFUSED } from '../../src/configuration/mosquitto/untranslated.ts'
import { loadText } from './loaded.ts'
import { referenceTables } from './reference.ts'

const TEXT = readFileSync(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8')

/** As tables are laid out for the eye, cells are filled with spaces. */
const PLAIN = TEXT.replaceAll(/ +/g, ' ')

describe('docs/configuration.md', () => {
  it.each(referenceTables())('has all keys of $title, with default and reload', ({ rows }) => {
    for (const cells of rows) expect(PLAIN).toContain(`| ${cells.join(' | ')} |`)
  })

  it('has no key that there is not', () => {
    const known = referenceTables().flatMap(({ rows }) => rows.map(([name = '']) => name))
    const written = [...PLAIN.matchAll(/^\| (`[^`]+`) \|/gm)].map(([, name = '']) => name)
    expect(written.toSorted()).toEqual(known.toSorted())
  })

  it.each(['yaml', 'toml'])('has an example in %s that can be used', async (language) => {
    const { configuration, notices } = await loadText(`a.${language}`, exampleIn(language))
    expect(DURABILITIES).toContain(configuration.keeping.durability)
    expect(notices).toEqual([])
  })

  it('has an example with all keys of the whole broker but four', () => {
    const [top] = referenceTables()
    const missing = top!.rows
      .map(([name = '']) => name.slice(1, -1))
      .filter((name) => !new RegExp(`^${name}:`, 'm').test(exampleIn('yaml')))
    expect(missing).toEqual(['capabilities', 'backlogPolicy', 'shareStrategy', 'sys'])
  })
})

describe('the reasons for directives of Mosquitto', () => {
  it('are there, and are no sentences of their own', () => {
    for (const reason of [...IGNORED.values(), ...REFUSED.values()]) {
      expect(reason).toMatch(/^[a-zJHI].*[^.]$/)
    }
  })
})

function exampleIn(language: string): string {
  return new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'm').exec(TEXT)?.[1] ?? ''
}
