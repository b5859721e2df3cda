// The rules about code, on files of a few lines: what they find and let pass.

import { describe, expect, it } from 'vitest'
import { documentation } from '../src/rules/documentation.ts'
import { naming } from '../src/rules/naming.ts'
import { purity } from '../src/rules/purity.ts'
import { size } from '../src/rules/size.ts'
import { trust } from '../src/rules/trust.ts'
import { workspaceOf } from '../src/workspace.ts'
import { found } from './fixture.ts'

describe('purity', () => {
  const inFile = (file: string, text: string): readonly string[] =>
    found(purity(workspaceOf(new Map([[file, text]]))))

  it.each([
    ["import { Buffer } from 'node:buffer'", 'node:buffer'],
    ["import type { Socket } from 'net'", 'net'],
    ['const now = Date.now()', 'Date'],
    ['const now = new Date()', 'Date'],
    ['const now = globalThis.performance.now()', 'performance'],
    ["const later = globalThis['setTimeout']", 'setTimeout'],
    ['setInterval(f, 1)', 'setInterval'],
    ['setImmediate(f)', 'setImmediate'],
    ['queueMicrotask(f)', 'queueMicrotask'],
    ['const x = Math.random()', 'Math.random'],
    ['const { random } = Math', 'Math.random'],
    ['class A extends EventEmitter {}', 'EventEmitter'],
    ['const f = async () => 1', 'async'],
    ['await f()', 'async'],
    ['for await (const x of xs) f(x)', 'async'],
    ['let answer: Promise<void>', 'Promise'],
    ['const { env } = process', 'process'],
    ['console.log(1)', 'console'],
    ['const id = crypto.randomUUID()', 'crypto'],
  ])('finds %s', (text, name) => {
    for (const dir of ['codec', 'topic', 'session']) {
      expect(inFile(`packages/${dir}/src/a.ts`, text)).toEqual([
        `packages/${dir}/src/a.ts:1 [purity] Do without ${name === 'async' ? 'async and await' : name}`,
      ])
    }
    expect(inFile('packages/codec/test/a.test.ts', text)).toEqual([])
  })

  it.each([
    '// Date, setTimeout and async',
    "const text = 'Date'",
    'const detected = globalThis.Buffer',
    'const largest = Math.max(1, 2)',
    'packet.process(clock.performance)',
    'interface Options { console: number; process(): void }',
    'const options = { Date: 1 }',
    'const { process: step } = options',
  ])('lets pass %s', (text) => {
    expect(inFile('packages/codec/src/a.ts', text)).toEqual([])
  })

  it('lets the broker wait, without a clock of its own', () => {
    expect(inFile('packages/broker/src/a.ts', 'const f = async () => console.log(1)')).toEqual([])
    expect(
      inFile('packages/broker/src/a.ts', "import 'node:net'\nsetTimeout(f, Date.now())"),
    ).toEqual([
      'packages/broker/src/a.ts:1 [purity] Do without node:net',
      'packages/broker/src/a.ts:2 [purity] Do without setTimeout',
      'packages/broker/src/a.ts:2 [purity] Do without Date',
    ])
  })

  it("keeps Node's modules in the node folder of transport", () => {
    expect(inFile('packages/transport/src/node/tcp.ts', "import 'node:net'")).toEqual([])
    expect(inFile('packages/transport/src/memory.ts', "import 'node:net'")).toEqual([
      'packages/transport/src/memory.ts:1 [purity] Do without node:net',
    ])
  })
})

describe('naming', () => {
  it.each([
    ['packages/codec/src/a.ts', "export * from './b.ts'", 'Export each name'],
    ['packages/codec/src/a.ts', "export * as b from './b.ts'", 'Export each name'],
    ['packages/codec/src/a.ts', 'export default 1', 'Export it by name'],
    ['packages/codec/src/a.ts', 'export default function f() {}', 'Export it by name'],
    ['packages/codec/src/a.ts', 'export { f as default }', 'Export it by name'],
    ['scripts/a.mjs', 'export default 1', 'Export it by name'],
    ['packages/codec/src/utils.ts', '', 'Name the file after what is in it'],
    ['packages/codec/src/types.ts', '', 'Name the file after what is in it'],
    ['packages/codec/test/helpers.test.ts', '', 'Name the file after what is in it'],
    ['packages/codec/src/common/a.ts', '', 'Name the file after what is in it'],
    ['apps/broker/src/manager.ts', '', 'Name the file after what is in it'],
    ['packages/codec/src/packetReader.ts', '', 'Write the file name "packetReader" in kebab-case.'],
    ['packages/codec/test/Packet.test.ts', '', 'Write the file name "Packet" in kebab-case.'],
  ])('finds %s with %j', (file, text, message) => {
    const violations = naming(workspaceOf(new Map([[file, text]])))
    expect(found(violations)).toEqual([`${file}:1 [naming] ${message}`])
  })

  it.each([
    ['packages/codec/tsup.config.ts', 'export default 1'],
    ['packages/codec/src/packet-reader.ts', "export { a } from './b.ts'\nexport const c = 1"],
    ['packages/codec/test/packet.property.test.ts', ''],
  ])('lets %s pass', (file, text) => {
    expect(naming(workspaceOf(new Map([[file, text]])))).toEqual([])
  })
})

describe('size', () => {
  const inFile = (file: string, text: string): readonly string[] =>
    found(size(workspaceOf(new Map([[file, text]]))))
  const lines = (count: number): string => '1\n'.repeat(count)

  it('finds long files, in tests too', () => {
    expect(inFile('packages/codec/src/a.ts', lines(400))).toEqual([])
    for (const file of ['packages/codec/src/a.ts', 'packages/codec/test/a.test.ts']) {
      expect(inFile(file, lines(401))).toEqual([`${file}:401 [size] Split it`])
    }
  })

  it('finds long functions, not in tests', () => {
    const text = `\nconst f = () => {\n${lines(69)}}`
    expect(inFile('packages/codec/src/a.ts', text)).toEqual([
      'packages/codec/src/a.ts:2 [size] Split the function',
    ])
    expect(inFile('packages/codec/src/a.ts', `const f = () => {\n${lines(68)}}`)).toEqual([])
    expect(inFile('packages/codec/test/a.test.ts', text)).toEqual([])
  })

  it('finds long lines, in tests only those that can be broken', () => {
    const title = `it('${'a'.repeat(100)}', () => {})`
    expect(inFile('packages/codec/src/a.ts', title)).toHaveLength(1)
    expect(inFile('packages/codec/test/a.test.ts', title)).toEqual([])
    expect(inFile('packages/codec/test/a.test.ts', 'a + '.repeat(30))).toHaveLength(1)
  })
})

describe('trust', () => {
  const inFile = (file: string, text: string): readonly string[] =>
    found(trust(workspaceOf(new Map([[file, text]]))))
  const SRC = 'packages/codec/src/a.ts'
  const TEST = 'packages/codec/test/a.test.ts'

  it.each([
    ['let a: any', 'Say the type, or `unknown`'],
    ['const a = b!', 'Handle the missing value'],
    ['let a!: number', 'Handle the missing value'],
    ['const a = b as string', 'Narrow it, or annotate the declaration'],
    ['const a = b as unknown as string', 'Narrow it, or annotate the declaration'],
    ['const a = <string>b', 'Narrow it, or annotate the declaration'],
    ['// @ts-ignore', 'Mend the error instead of switching it off.'],
    ['/* @ts-expect-error: reason */', 'Mend the error instead of switching it off.'],
  ])('finds %s', (text, message) => {
    expect(inFile(SRC, text)).toEqual([`${SRC}:1 [trust] ${message}`])
  })

  it('lets `as const`, `as unknown` and `satisfies` pass, and renames', () => {
    const text =
      "const a = [1] as const\nb as unknown\nc satisfies D\nimport { e as f } from './e.ts'"
    expect(inFile(SRC, text)).toEqual([])
  })

  it('lets files in the table cast', () => {
    expect(inFile('packages/codec/src/bytes.ts', 'a as string')).toEqual([])
    expect(inFile('packages/codec/src/bytes.ts', 'a!')).toHaveLength(1)
  })

  it('lets tests assure and cast, but not give up', () => {
    expect(inFile(TEST, '// @ts-expect-error\nconst a = b!\nconst c = d as string')).toEqual([])
    expect(inFile(TEST, 'let a: any')).toHaveLength(1)
  })
})

describe('documentation', () => {
  const inFile = (file: string, text: string): readonly string[] =>
    found(documentation(workspaceOf(withManifests(new Map([[file, text]])))))
  const FILE = 'packages/codec/src/a.ts'

  it.each([
    'export const a = 1',
    'export const { a } = b',
    'export function a() {}',
    'export class a {}',
    'export interface a {}',
    'export type a = 1',
    'export declare enum a {}',
    'const a = 1\nexport { a }',
    'const a = 1\nexport { a as b }',
    '/** */\nexport const a = 1',
    '// Not a doc comment.\nexport const a = 1',
  ])('finds %j without a doc comment', (text) => {
    expect(inFile(FILE, `// Head.\n\n${text}`)).toEqual([
      expect.stringMatching(
        /^packages\/codec\/src\/a\.ts:\d \[documentation\] Give a a doc comment/,
      ),
    ])
  })

  it('finds a file without a head, in apps too', () => {
    for (const file of [FILE, 'apps/broker/src/a.ts']) {
      expect(inFile(file, 'const a = 1')).toEqual([
        `${file}:1 [documentation] Open the file with a comment`,
      ])
    }
  })

  it('lets documented exports, local names and re-exports pass', () => {
    const text = [
      '// Head.',
      "export { b } from './b.ts'",
      'const local = 1',
      '/** A. */\nexport const a = 1',
      '/** F, by its first signature. */\nexport function f(x: 1): 1\nexport function f(x: 2): 2',
      '/** G. */\nconst g = local\nexport { g }',
    ].join('\n')
    expect(inFile(FILE, text)).toEqual([])
    expect(inFile('apps/broker/src/main.ts', '#!/usr/bin/env node\n// Head.\nf()')).toEqual([])
  })
})

function withManifests(files: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([
    ['packages/codec/package.json', '{}'],
    ['apps/broker/package.json', '{}'],
    ...files,
  ])
}
