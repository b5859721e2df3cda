/** Watching files on a real disk: every way in which a file becomes another. */
import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { watchFiles } from '../src/file-watch.ts'
import type { FileWatchOptions } from '../src/file-watch.ts'

describe('a file that is watched', () => {
  it('is told of when it is written, replaced, removed and made again', async () => {
    await using place = await directory()
    const path = join(place.path, 'acl.conf')
    await writeFile(path, 'one')
    using watched = watching([path])
    await writeFile(path, 'two!')
    expect(await watched.next()).toEqual([path])
    await writeFile(`${path}.new`, 'six')
    await rename(`${path}.new`, path)
    expect(await watched.next()).toEqual([path])
    await unlink(path)
    expect(await watched.next()).toEqual([path])
    await writeFile(path, 'back')
    expect(await watched.next()).toEqual([path])
  })

  it('is told of when the link in the middle of its path leads elsewhere', async () => {
    await using place = await directory()
    // As Kubernetes does it: file -> ..data/file, ..data -> a directory of some time.
    const at = (...names: readonly string[]): string => join(place.path, ...names)
    for (const time of ['old', 'new']) {
      await mkdir(at(time))
      await writeFile(at(time, 'file'), time)
    }
    await symlink('old', at('..data'))
    await symlink('..data/file', at('file'))
    using watched = watching([at('file')])
    await symlink('new', at('..data_tmp'))
    await rename(at('..data_tmp'), at('..data'))
    expect(await watched.next()).toEqual([at('file')])
  })

  it('is told of once, with all that has changed, when nothing happens any more', async () => {
    await using place = await directory()
    const paths = ['a', 'b', 'c'].map((name) => join(place.path, name))
    await Promise.all(paths.map((path) => writeFile(path, '')))
    using watched = watching(paths, { settleMs: 300 })
    await writeFile(paths[2]!, 'x')
    await writeFile(join(place.path, 'other'), 'x')
    await writeFile(paths[0]!, 'x')
    expect(await watched.next()).toEqual([paths[0], paths[2]])
  })

  it('is waited for in a directory that is not there, and in one that is made anew', async () => {
    await using place = await directory()
    const folder = join(place.path, 'later')
    const path = join(folder, 'file')
    using watched = watching([path], { lookMs: 20 })
    await mkdir(folder)
    await writeFile(path, 'x')
    expect(await watched.next()).toEqual([path])
    await rm(folder, { recursive: true })
    expect(await watched.next()).toEqual([path])
    await mkdir(folder)
    await writeFile(path, 'y')
    expect(await watched.next()).toEqual([path])
  })

  it('is not told of when it is no longer watched', async () => {
    await using place = await directory()
    const path = join(place.path, 'file')
    const witness = join(place.path, 'witness')
    const told: (readonly string[])[] = []
    const watch = watchFiles([path], (paths) => told.push(paths), { settleMs: 1 })
    using watched = watching([witness])
    watch[Symbol.dispose]()
    await writeFile(path, 'x')
    await writeFile(witness, 'x')
    await watched.next()
    expect(told).toEqual([])
  })
})

async function directory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'godwit-auth-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

function watching(
  paths: readonly string[],
  options: FileWatchOptions = {},
): Disposable & { next(): Promise<readonly string[]> } {
  const told: (readonly string[])[] = []
  let wake = (): void => {}
  const changed = (those: readonly string[]): void => {
    told.push(those)
    wake()
  }
  const watch = watchFiles(paths, changed, { settleMs: 60, ...options })
  return {
    async next() {
      for (;;) {
        const first = told.shift()
        if (first !== undefined) return first
        // A watch keeps no process alive, and neither does what waits for it.
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  }
}
