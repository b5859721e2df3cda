// The rules about packages and texts, on small repositories: what they find and let pass.

import { describe, expect, it } from 'vitest'
import { importGraph } from '../src/rules/import-graph.ts'
import { leftovers } from '../src/rules/leftovers.ts'
import { manifests } from '../src/rules/manifests.ts'
import { statements } from '../src/rules/statements.ts'
import { parseStatements } from '../src/statements/statement.ts'
import { workspaceOf } from '../src/workspace.ts'
import { found, packages } from './fixture.ts'

describe('importGraph', () => {
  it('lets pass what the table allows and the package declares', () => {
    expect(
      importGraph(
        packages({
          '@godwit/codec': { 'src/a.ts': "import './b.ts'\nimport 'node:fs'" },
          '@godwit/session': {
            'package.json': '{"dependencies":{"@godwit/codec":"workspace:^"}}',
            'src/a.ts': "import '@godwit/codec'",
            'test/a.test.ts': "import 'vitest'\nimport '@godwit/session'\nimport '../src/a.ts'",
          },
        }),
      ),
    ).toEqual([])
  })

  it('finds imports and dependencies that are not in the table', () => {
    const workspace = packages({
      '@godwit/topic': {
        'package.json': '{"devDependencies":{"@godwit/codec":"workspace:^"}}',
        'src/a.ts': "import '@godwit/codec/testing'",
        'test/a.test.ts': "const codec = import('@godwit/codec')",
      },
    })
    expect(found(importGraph(workspace))).toEqual([
      'packages/topic/package.json:1 [import-graph] @godwit/topic may not use @godwit/codec',
      'packages/topic/src/a.ts:1 [import-graph] @godwit/topic may not use @godwit/codec',
      'packages/topic/test/a.test.ts:1 [import-graph] @godwit/topic may not use @godwit/codec',
    ])
  })

  it('finds cycles, dev-dependencies included', () => {
    const workspace = packages({
      '@godwit/codec': {
        'package.json': '{"devDependencies":{"@godwit/session":"workspace:^"}}',
      },
      '@godwit/session': { 'package.json': '{"dependencies":{"@godwit/codec":"workspace:^"}}' },
    })
    expect(found(importGraph(workspace))).toEqual([
      'packages/codec/package.json:1 [import-graph] @godwit/codec may not use @godwit/session',
      'packages/codec/package.json:1 [import-graph] Break the cycle @godwit/codec -> @godwit/session -> @godwit/codec, dev-dependencies included.',
      'packages/session/package.json:1 [import-graph] Break the cycle @godwit/session -> @godwit/codec -> @godwit/session, dev-dependencies included.',
    ])
  })

  it('finds a package that is missing from the table', () => {
    expect(found(importGraph(packages({ '@godwit/moon': {} })))).toEqual([
      'packages/moon/package.json:1 [import-graph] @godwit/moon is not in the table',
    ])
  })

  it('finds what is imported and not declared', () => {
    const workspace = packages({
      '@godwit/transport-ws': {
        'package.json': '{"devDependencies":{"ws":"8"}}',
        'src/a.ts': "import { WebSocketServer } from 'ws'\nimport '@godwit/transport'",
        'test/a.test.ts': "import 'ws'",
      },
    })
    expect(found(importGraph(workspace))).toEqual([
      'packages/transport-ws/src/a.ts:1 [import-graph] Declare ws in packages/transport-ws/package.json, or do not import it.',
      'packages/transport-ws/src/a.ts:2 [import-graph] Declare @godwit/transport in packages/transport-ws/package.json, or do not import it.',
    ])
  })

  it('finds third-party code in packages which have none', () => {
    const workspace = packages({
      '@godwit/codec': {
        'package.json': '{"dependencies":{"ws":"8"},"peerDependencies":{"fast-check":"4"}}',
        'src/a.ts': "import 'fast-check'",
        'src/testing/a.ts': "import 'fast-check'",
      },
    })
    expect(found(importGraph(workspace))).toEqual([
      'packages/codec/package.json:1 [import-graph] @godwit/codec has no third-party dependencies',
      'packages/codec/src/a.ts:1 [import-graph] @godwit/codec has no third-party code outside src/testing',
    ])
  })

  it('finds relative imports that leave the package', () => {
    const workspace = packages({
      '@godwit/topic': {
        'src/a.ts': "export { b } from '../../codec/src/b.ts'",
        'test/a.test.ts':
          "import type { B } from '../../codec/src/b.ts'\nlet c: import('../../c').C",
        'tsup.config.ts': "import '../../tsup.config.base.ts'",
      },
    })
    expect(found(importGraph(workspace))).toEqual([
      'packages/topic/src/a.ts:1 [import-graph] ../../codec/src/b.ts leaves packages/topic',
      'packages/topic/test/a.test.ts:1 [import-graph] ../../codec/src/b.ts leaves packages/topic',
      'packages/topic/test/a.test.ts:2 [import-graph] ../../c leaves packages/topic',
    ])
  })
})

describe('manifests', () => {
  const GOOD = {
    name: '@godwit/moon',
    version: '1.0.0',
    description: 'A moon.',
    license: 'MIT',
    repository: { type: 'git', url: 'git+https://example.org', directory: 'packages/moon' },
    type: 'module',
    sideEffects: false,
    engines: { node: '>=22.12' },
    exports: {
      '.': { '@godwit/source': './src/a.ts', types: './dist/a.d.ts', default: './dist/a.js' },
      './package.json': './package.json',
    },
    files: ['dist'],
    dependencies: { '@godwit/codec': 'workspace:^', ws: '^8.0.0' },
    publishConfig: { access: 'public', provenance: true },
  }
  const check = (manifest: object, ...files: readonly string[]): readonly string[] =>
    manifests(
      workspaceOf(
        new Map([
          ['packages/moon/package.json', JSON.stringify(manifest)],
          ...files.map((name) => [`packages/moon/${name}`, ''] as const),
        ]),
      ),
    ).map(({ message }) => message)

  it('lets a complete package pass, and a private one', () => {
    expect(check(GOOD, 'README.md', 'CHANGELOG.md')).toEqual([])
    const { exports: _, ...app } = GOOD
    expect(check({ ...app, bin: { moon: './a.js' } }, 'README.md', 'CHANGELOG.md')).toEqual([])
    expect(check({ private: true })).toEqual([])
  })

  it.each([
    ['name must start', { name: 'moon' }],
    ['version is missing', { version: undefined }],
    ['description is missing', { description: '' }],
    ['license must be MIT', { license: 'ISC' }],
    ['repository.url is missing', { repository: { directory: 'packages/moon' } }],
    ['repository.directory must be packages/moon', { repository: { url: 'git+https://a' } }],
    ['type must be module', { type: 'commonjs' }],
    ['sideEffects must be false', { sideEffects: undefined }],
    ['engines.node must be >=22.12', { engines: { node: '>=18' } }],
    ['exports or bin is missing', { exports: undefined }],
    ['exports["."] the conditions', { exports: { '.': './dist/a.js' } }],
    ['exports["."] the conditions', { exports: { '.': { types: 'a', default: 'b' } } }],
    ['exports["."] the conditions', { exports: { '.': { node: './a.js', default: './b.js' } } }],
    ['files must list dist', { files: ['src'] }],
    ['publishConfig.access', { publishConfig: { provenance: true } }],
    ['publishConfig.provenance', { publishConfig: { access: 'public' } }],
    ['Depend on @godwit/codec as workspace:^', { dependencies: { '@godwit/codec': '^1.0.0' } }],
  ])('finds that %s', (message, change) => {
    expect(check({ ...GOOD, ...change }, 'README.md', 'CHANGELOG.md')).toEqual([
      expect.stringContaining(message),
    ])
  })

  it('finds a missing README and CHANGELOG', () => {
    expect(check(GOOD)).toEqual([
      'Write packages/moon/README.md.',
      'Write packages/moon/CHANGELOG.md.',
    ])
  })
})

describe('statements', () => {
  const id = (number: string, prefix = 'MQTT'): string => `${prefix}-${number}`
  const TABLE = [
    'id\tversion\tside\tlevel\tsection\tcounterparts',
    `${id('1.1-2')}\t5.0\tboth\tMUST\t1.1\t`,
    `${id('1.1.1-2')}\t5.0\tboth\tMUST\t1.1.1\t`,
    `${id('1.1-2', 'MQTT311')}\t3.1.1\tboth\tMUST\t1.1\t`,
    `${id('1.1-1', 'MQTT311')}\t3.1.1\tboth\tMUST\t1.1\t${id('1.1-2')} ${id('1.1.1-2')}`,
    `${id('1.1.1-1', 'MQTT311')}\t3.1.1\tboth\tMUST\t1.1.1\t`,
  ].join('\n')
  const inFile = (file: string, text: string): readonly string[] =>
    statements(
      workspaceOf(
        new Map([
          ['tools/tidy/statements.tsv', TABLE],
          [file, text],
        ]),
      ),
    ).map(({ line, message }) => `${line}: ${message}`)

  it('finds ids that are not in the table, in code, literals and prose', () => {
    for (const file of ['packages/a/src/a.ts', 'packages/a/test/a.test.ts', 'README.md']) {
      expect(inFile(file, `\n// [${id('9.9.9-9')}]`)).toEqual([
        `2: MQTT 5.0 has no statement ${id('9.9.9-9')}: look it up in statements.tsv.`,
      ])
    }
    expect(inFile('packages/a/src/a.ts', `fault('${id('9.9.9-9')}')`)).toHaveLength(1)
  })

  it('finds ids of the other version, and says how to write them', () => {
    expect(inFile('a.ts', id('1.1.1-1'))).toEqual([
      `1: MQTT 5.0 has no statement ${id('1.1.1-1')}: it is of 3.1.1: write ${id('1.1.1-1', 'MQTT311')}.`,
    ])
    expect(inFile('a.ts', id('1.1.1-2', 'MQTT311'))).toEqual([
      `1: MQTT 3.1.1 has no statement ${id('1.1.1-2', 'MQTT311')}: it is of 5.0: write ${id('1.1.1-2')}.`,
    ])
  })

  it('finds brackets that do not hold exactly one id', () => {
    for (const inside of [id('1.1.1'), `${id('1.1.1-2')}, ${id('1.1-2')}`]) {
      expect(inFile('a.ts', `[${inside}]`)).toEqual([
        `1: Write one id in brackets, as [${id('1.5.4-1')}], not [${inside}].`,
      ])
    }
  })

  it('finds ids of 3.1.1 of which 5.0 has counterparts, in code', () => {
    const old = id('1.1-1', 'MQTT311')
    const advice = `write ${id('1.1-2')} or ${id('1.1.1-2')}.`
    expect(inFile('a.ts', `// [${old}]`)).toEqual([
      `1: MQTT 5.0 demands the same as ${old}: ${advice}`,
    ])
    expect(inFile('a.md', `// [${id('1.1-1')}]`)).toEqual([
      `1: MQTT 5.0 has no statement ${id('1.1-1')}: it is of 3.1.1: ${advice}`,
    ])
    expect(inFile('a.md', old)).toEqual([])
  })

  it('lets known ids pass', () => {
    const ids = [id('1.1-2'), id('1.1.1-2'), id('1.1.1-1', 'MQTT311')]
    expect(inFile('a.ts', ids.map((known) => `// ![${known}] '${known}'`).join('\n'))).toEqual([])
    expect(inFile('README.md', '[MQTT 5.0](https://example.org) and [MQTT](b)')).toEqual([])
  })

  it('throws on a row that says what cannot be', () => {
    const row = `${id('1.1-1')}\t5.0\tbroker\tMUST\t1.1\t`
    expect(() => parseStatements(`id\n${row}`)).toThrow(
      'tools/tidy/statements.tsv:2: write one of client, server, both, not broker.',
    )
  })
})

describe('leftovers', () => {
  const inFile = (file: string, text: string): readonly string[] =>
    leftovers(workspaceOf(new Map([[file, text]]))).map(({ line }) => `${file}:${line}`)

  // The gaps keep these lines from being found by the rule itself.
  it.each([
    '// TO_DO: later',
    '// FIX_ME',
    '// X_XX',
    '// a HA_CK',
    'see /wo_rk/main',
    "'file:///ro_ot/a'",
    '/ho_me/me/a',
    '../sha_red/design/a.md',
    'https://registry_.npmjs.org/a',
    'see @_@FIGURES@@',
  ])('finds %s', (text) => {
    expect(inFile('docs/a.md', `fine\n${text.replace('_', '')}`)).toEqual(['docs/a.md:2'])
  })

  it.each(['it.only', 'it.skip', 'test.todo', 'describe.skip', 'describe.only', 'it.only.each'])(
    'finds %s',
    (name) => {
      expect(inFile('packages/a/test/a.test.ts', `${name}('a', f)`)).toEqual([
        'packages/a/test/a.test.ts:1',
      ])
    },
  )

  it('lets topics, words and other members pass', () => {
    const text = "it.each([])\nlist.skip(1)\nconst topic = 'home/work/lamp'\n// todo list, /work"
    expect(inFile('packages/a/test/a.test.ts', text)).toEqual([])
  })
})
