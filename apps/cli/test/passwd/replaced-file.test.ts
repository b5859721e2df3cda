/** Files that are replaced as a whole. */
import { mkdtempSync, rmSync } from 'node:fs'
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { replaceFile, textOfFile } from '../../src/passwd/replaced-file.ts'

const directory = mkdtempSync(join(tmpdir(), 'godwit-'))
afterAll(() => rmSync(directory, { recursive: true }))

async function place(name: string): Promise<string> {
  await mkdir(join(directory, name))
  return join(directory, name, 'passwords')
}

describe('a file', () => {
  it('that is new is for its owner alone', async () => {
    const path = await place('new')
    await replaceFile(path, 'a:b\n')
    expect(await textOfFile(path)).toBe('a:b\n')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('that was there keeps its mode, and leaves nothing beside it', async () => {
    const path = await place('mode')
    await writeFile(path, 'old')
    await chmod(path, 0o640)
    await replaceFile(path, 'new')
    expect((await stat(path)).mode & 0o777).toBe(0o640)
    expect(await readdir(join(path, '..'))).toEqual(['passwords'])
  })

  it('behind a link is replaced where it is', async () => {
    const path = await place('link')
    await writeFile(`${path}.real`, 'old')
    await symlink('passwords.real', path)
    await replaceFile(path, 'new')
    expect((await lstat(path)).isSymbolicLink()).toBe(true)
    expect(await readFile(`${path}.real`, 'utf8')).toBe('new')
  })

  it('that cannot be written stays, and so does one that is no text', async () => {
    const path = await place('none')
    await expect(replaceFile(join(path, 'file'), 'x')).rejects.toThrow('cannot be written')
    await writeFile(path, Uint8Array.of(0xff))
    await expect(textOfFile(path)).rejects.toThrow('cannot be read')
    expect(await textOfFile(`${path}.none`)).toBeUndefined()
  })
})
