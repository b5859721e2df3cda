// Reads the real repository: what git tracks and what it would track, as text by path. Without git,
// as in a downloaded archive, it walks the folders instead.

import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** The absolute path of the repository. */
export const REPOSITORY: string = resolve(import.meta.dirname, '../../..')

/** Every text file of the repository, by its path from the root with forward slashes. */
export function repositoryFiles(root: string = REPOSITORY): ReadonlyMap<string, string> {
  const paths = (trackedFiles(root) ?? walkedFiles(root)).toSorted()
  const present = paths.filter((path) => existsSync(join(root, path)))
  const files = present.map((path) => [path, readFileSync(join(root, path), 'utf8')] as const)
  return new Map(files.filter(([, text]) => !text.includes('\0')))
}

function trackedFiles(root: string): readonly string[] | undefined {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
  const git = spawnSync('git', list, { cwd: root, encoding: 'utf8' })
  if (git.status !== 0) return undefined
  return [...new Set(git.stdout.split('\0').filter((path) => path !== ''))]
}

const NOT_OURS = new Set(['node_modules', 'dist', 'coverage', '.git', '.turbo', '.cache'])

function walkedFiles(root: string): readonly string[] {
  const inside = globSync('{*,.*,**/*,**/.*,.*/**/*}', {
    cwd: root,
    exclude: (path) => path.split(/[\\/]/).some((segment) => NOT_OURS.has(segment)),
  })
  const paths = [...new Set(inside)].filter((path) => statSync(join(root, path)).isFile())
  return paths.map((path) => path.replaceAll('\\', '/'))
}
