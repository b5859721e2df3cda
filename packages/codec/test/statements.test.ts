// Every statement that the sources name has a test that names it in its title.

import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const PACKAGE = `${import.meta.dirname}/..`
const ID = /MQTT(?:311)?-\d+(?:\.\d+)+-\d+/g
const TITLE = /\b(?:it|describe)(?:\.each\([^]*?\))?\(\s*(['"`])(.*?)\1/g

it('has a test for every statement of the sources', () => {
  const sources = textsOf('src/*.ts', 'src/packets/*.ts').join('\n')
  const titles = textsOf('test/**/*.test.ts').flatMap((text) =>
    [...text.matchAll(TITLE)].map(([, , title = '']) => title),
  )
  const tested = new Set(titles.flatMap((title) => title.match(ID) ?? []))
  const named = new Set(sources.match(ID))
  expect([...named].filter((id) => !tested.has(id)).toSorted()).toEqual([])
  expect(named.size).toBeGreaterThan(50)
})

function textsOf(...patterns: readonly string[]): readonly string[] {
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: PACKAGE }))
  return files.map((file) => readFileSync(`${PACKAGE}/${file}`, 'utf8'))
}
