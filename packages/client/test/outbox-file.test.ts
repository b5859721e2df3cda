// The outbox in a file: the contract, the file itself, a disk that fails, a second process.
import { rmSync } from 'node:fs'
import {
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { fileOutbox } from '../src/node/outbox-file.ts'
import { directory, filled, loaded, placeFor, range } from './outbox-files.ts'
import { storeCompliance } from './outbox-store-compliance.ts'
import { message } from './stored-message.ts'

storeCompliance('fileOutbox', {
  open: (place) => fileOutbox(join(directory, place)),
  isGuarded: true,
})

describe('the file', () => {
  it('is for nobody else to read, and leaves nothing beside it when it is closed', async () => {
    const path = await placeFor('modes')
    const store = fileOutbox(path)
    await store.load()
    await store.append([message(1)])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await store.close()
    expect(await readdir(join(path, '..'))).toEqual(['outbox'])
  })

  it('has the format that is written down', async () => {
    const path = await placeFor('format')
    await filled(path, [[message(1)]])
    const file = await readFile(path)
    const salt = file.readUInt32BE(12)
    expect(file.subarray(0, 12).toString('hex')).toBe('474457544f55544200010000')
    expect(file.readUInt32BE(16)).toBe(crc32(file.subarray(0, 16)))
    const body = file.subarray(32)
    expect(file.readUInt32BE(20)).toBe(body.length)
    expect(file.readUInt32BE(24)).toBe(crc32(file.subarray(20, 24), salt))
    expect(file.readUInt32BE(28)).toBe(crc32(body, salt))
    expect(body.toString('hex')).toBe(
      '01' +
        '0000002b' +
        '3ff0000000000000' +
        '4278bcfe56800000' +
        '7ff0000000000000' +
        '3211' +
        '0003612f62' +
        '0001' +
        '00' +
        Buffer.from('message 1').toString('hex'),
    )
  })

  it('is made where an empty one is, and not where its directory is missing', async () => {
    const path = await placeFor('empty')
    await writeFile(path, '')
    expect(await loaded(path)).toEqual([])
    await expect(fileOutbox(join(directory, 'missing', 'outbox')).load()).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })

  it('is one file, with one lock, by whatever name', async () => {
    const path = await placeFor('names')
    await filled(path, [[message(1)]])
    const other = join(directory, 'other-name')
    await symlink(path, other)
    const store = fileOutbox(other)
    expect(await store.load()).toEqual([message(1)])
    await expect(fileOutbox(path).load()).rejects.toThrow(/is in use/)
    await store.close()
  })

  it('is written anew without what is over, when that is most of it', async () => {
    const path = await placeFor('compaction')
    const store = fileOutbox(path)
    await store.load()
    const payload = new Uint8Array(10_000).fill(7)
    let sizeMax = 0
    for (let n = 1; n <= 200; n++) {
      await store.append([{ ...message(n), payload }])
      if (n > 10) await store.remove([n - 10])
      sizeMax = Math.max(sizeMax, (await stat(path)).size)
    }
    expect(sizeMax).toBeLessThan(300_000)
    await store.append([message(201)])
    await store.close()
    const left = await loaded(path)
    expect(left.map(({ sequence }) => sequence)).toEqual([...range(191, 200), 201])
    expect(left[0]).toEqual({ ...message(191), payload })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(join(path, '..'))).toEqual(['outbox'])
  })

  it('is written anew in pieces when it is large', async () => {
    const path = await placeFor('large')
    const store = fileOutbox(path)
    await store.load()
    const payload = new Uint8Array(100_000).map((_, n) => n)
    await store.append(range(1, 80).map((n) => ({ ...message(n), payload })))
    await store.remove(range(1, 80).filter((n) => n % 3 > 0))
    expect((await stat(path)).size).toBeLessThan(3_000_000)
    await store.close()
    const left = await loaded(path)
    expect(left).toEqual(
      range(1, 80)
        .filter((n) => n % 3 === 0)
        .map((n) => ({ ...message(n), payload })),
    )
  })

  it('goes on as it is if it cannot be written anew', async () => {
    const path = await placeFor('no-compaction')
    await mkdir(`${path}.new`)
    const setUp = fileOutbox(path)
    await expect(setUp.load()).rejects.toThrow('directory')
    const file = await placeFor('no-compaction-file')
    await filled(file, [[message(1)]])
    await copyFile(file, path)
    const store = fileOutbox(path)
    await store.load()
    const payload = new Uint8Array(100_000)
    for (let n = 2; n <= 12; n++) {
      await store.append([{ ...message(n), payload }])
      await store.remove([n])
    }
    expect((await stat(path)).size).toBeGreaterThan(1_000_000)
    await store.close()
    expect(await loaded(path)).toEqual([message(1)])
  })
})

describe('a file that is gone', () => {
  it('and cannot be put back rejects what comes later', async () => {
    const path = await placeFor('gone')
    const store = fileOutbox(path)
    await store.load()
    await rm(path)
    await mkdir(join(path, 'something'), { recursive: true })
    await store.append([{ ...message(1), payload: new Uint8Array(300_000) }])
    await store.remove([1])
    await expect(store.append([message(2)])).rejects.toThrow(`The outbox file ${path} is not open`)
    expect(await readdir(join(path, '..'))).toEqual(['outbox', 'outbox.lock'])
    await store.close()
  })
})

describe('a disk that fails', () => {
  it('rejects what it could not keep, and keeps what comes later', async () => {
    const path = await placeFor('failing')
    const store = fileOutbox(path)
    await store.load()
    await store.append([message(1)])
    const handle = await open(path)
    const prototype: { datasync(): Promise<void> } = Object.getPrototypeOf(handle)
    await handle.close()
    const failing = vi
      .spyOn(prototype, 'datasync')
      .mockRejectedValueOnce(new Error('EIO: i/o error, fdatasync'))
    await expect(store.append([message(2)])).rejects.toThrow('EIO: i/o error, fdatasync')
    await store.append([message(3)])
    failing.mockRestore()
    await store.close()
    expect(await loaded(path)).toEqual([message(1), message(3)])
  })

  it('gets together what was asked for while it was busy', async () => {
    const path = await placeFor('group')
    const store = fileOutbox(path)
    await store.load()
    const handle = await open(path)
    const prototype: { datasync(): Promise<void> } = Object.getPrototypeOf(handle)
    await handle.close()
    const spy = vi.spyOn(prototype, 'datasync')
    await Promise.all(range(1, 100).map((n) => store.append([message(n)])))
    expect(spy.mock.calls.length).toBe(2)
    spy.mockRestore()
    await store.close()
    expect(await loaded(path)).toHaveLength(100)
  })

  it('rejects a message that no packet can carry, alone', async () => {
    const path = await placeFor('impossible')
    const store = fileOutbox(path)
    await store.load()
    const impossible = { ...message(1), topic: '' }
    const results = await Promise.allSettled([
      store.append([impossible]),
      store.append([message(2)]),
    ])
    expect(results).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled' }])
    await store.close()
    expect(await loaded(path)).toEqual([message(2)])
  })
})

describe('the lock', () => {
  it('is refused by a file that is in its way', async () => {
    const path = await placeFor('in-the-way')
    await writeFile(`${path}.lock`, 'precious')
    await expect(fileOutbox(path).load()).rejects.toThrow(
      `${path}.lock is needed for a lock, and something else has that name`,
    )
    expect(String(await readFile(`${path}.lock`))).toBe('precious')
  })

  it('stands elsewhere if the name of the file is too long for it', async () => {
    const path = await placeFor('a'.repeat(100))
    const store = fileOutbox(path)
    await store.load()
    await expect(fileOutbox(path).load()).rejects.toThrow(/is in use/)
    expect(await readdir(join(path, '..'))).toEqual(['outbox'])
    await store.close()
    expect(await loaded(path)).toEqual([])
  })

  it('that was taken away keeps the loser from writing', async () => {
    const path = await placeFor('taken')
    const store = fileOutbox(path)
    await store.load()
    await store.append([message(1)])
    rmSync(`${path}.lock`)
    const winner = fileOutbox(path)
    expect(await winner.load()).toEqual([message(1)])
    await expect(store.append([message(2)])).rejects.toThrow(
      `The lock of ${path} was taken away by another process`,
    )
    await winner.close()
    await store.close()
    expect(await loaded(path)).toEqual([message(1)])
  })
})
