// Every README shows a program and what it prints. Here the programs run, and print it.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runInPackage } from '../src/example-run.ts'
import { blocksOf, exampleOf, homeOf, type Example } from '../src/readme-example.ts'
import { REPOSITORY, repositoryFiles } from '../src/repository.ts'
import { workspaceOf, type Workspace, type WorkspacePackage } from '../src/workspace.ts'
import { packages } from './fixture.ts'

const TIMEOUT_MS = 20_000

const workspace = workspaceOf(repositoryFiles())

describe('the example', () => {
  it.each(shown())('of %s prints what it says', { timeout: 2 * TIMEOUT_MS }, async (dir) => {
    const { program, prints } = exampleIn(dir)
    expect(await outputOf(program, homeIn(dir, program))).toBe(prints)
  })
})

describe('exampleOf', () => {
  it('takes the first program that is followed by what it prints', () => {
    const markdown = [
      '```ts\nfirst()\n```\n```sh\nls\n```',
      '```ts\nsecond()\n```\nprints\n```text\n2\n```',
      '```ts\nthird()\n```\n```text\n3\n```',
    ].join('\n\n')
    expect(exampleOf(markdown)).toEqual({ program: 'second()\n', prints: '2\n' })
    expect(exampleOf('```ts\nalone()\n```')).toBeUndefined()
  })
})

describe('homeOf', () => {
  it('finds the package that reaches everything a program imports', () => {
    const workspace: Workspace = packages({
      '@godwit/codec': {},
      '@godwit/session': { 'package.json': '{"dependencies":{"@godwit/codec":"workspace:^"}}' },
    })
    const home = (program: string): WorkspacePackage | undefined => homeOf(program, workspace)
    expect(home("import { a } from '@godwit/codec/testing'")?.name).toBe('@godwit/codec')
    expect(
      home("import 'x'\nimport { a } from '@godwit/codec'\nfrom '@godwit/session'")?.name,
    ).toBe('@godwit/session')
    expect(home("import { a } from '@godwit/moon'")).toBeUndefined()
  })
})

describe('runInPackage', () => {
  it('runs the program by the name of its package, and removes it', async () => {
    await inPackage(async (folder) => {
      const program = "import { a } from '@godwit/moon'\nconst b: number = a\nconsole.log(b)\n"
      const outcome = await runInPackage(folder, program, TIMEOUT_MS)
      expect(outcome).toEqual({ stdout: '1\n', stderr: '', code: 0 })
      expect(readdirSync(join(folder, 'dist'))).toEqual(['index.js'])
    })
  })

  it('ends a program that takes too long, and removes it', async () => {
    await inPackage(async (folder) => {
      const outcome = await runInPackage(folder, 'setInterval(() => {}, 1e6)', 500)
      expect(outcome.code).toBeNull()
      expect(readdirSync(join(folder, 'dist'))).toEqual(['index.js'])
    })
  })

  it('says what to do when the package is not built', async () => {
    await expect(runInPackage(join(tmpdir(), 'godwit-unbuilt'), '', 1)).rejects.toThrow(
      'run npm test, which builds first',
    )
  })
})

/** The folders whose README must show a program, and the root if it does. */
function shown(): readonly string[] {
  const published = workspace.packages.filter(({ manifest }) => manifest.private !== true)
  return [
    ...published.map(({ dir }) => dir).filter((dir) => !showsConsole(dir)),
    ...(exampleOf(readmeOf('.')) === undefined ? [] : ['.']),
  ]
}

/** Whether an app's README shows a terminal instead of a program. */
function showsConsole(dir: string): boolean {
  const markdown = readmeOf(dir)
  const shows = blocksOf(markdown).some(({ language }) => language === 'console')
  return dir.startsWith('apps/') && shows && exampleOf(markdown) === undefined
}

function exampleIn(dir: string): Example {
  const example = exampleOf(readmeOf(dir))
  if (example !== undefined) return example
  throw new Error(
    `Show a \`\`\`ts block in ${dir}/README.md, followed by what it prints in a \`\`\`text block.`,
  )
}

/** The folder in which a program of this README finds what it imports. */
function homeIn(dir: string, program: string): string {
  const home = dir === '.' ? homeOf(program, workspace)?.dir : dir
  if (home !== undefined) return home
  throw new Error('No one package depends on everything that the example of README.md imports.')
}

function readmeOf(dir: string): string {
  return workspace.files.get(posix.join(dir, 'README.md')) ?? ''
}

async function outputOf(program: string, dir: string): Promise<string> {
  const { stdout, stderr, code } = await runInPackage(join(REPOSITORY, dir), program, TIMEOUT_MS)
  if (code !== 0) throw new Error(`The example of ${dir} failed:\n${stdout}${stderr}`)
  return stdout
}

async function inPackage(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'godwit-moon-'))
  try {
    const manifest = { name: '@godwit/moon', type: 'module', exports: './dist/index.js' }
    mkdirSync(join(folder, 'dist'))
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
    writeFileSync(join(folder, 'dist/index.js'), 'export const a = 1\n')
    await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
