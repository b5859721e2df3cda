import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DirectoryLock } from '../src/directory-lock.ts'
import {
  formatOwner,
  livenessOf,
  type LockOwner,
  parseOwner,
  thisOwner,
} from '../src/lock-owner.ts'
import { openLmdb } from '../src/index.ts'
import { Child } from './child.ts'
import { temporaryDirectory } from './directory.ts'

const HAS_PROC = process.platform === 'linux'

describe('The lock of a store', () => {
  it('keeps another process out, which says who holds it', async () => {
    await using directory = await temporaryDirectory()
    await using holder = new Child('holding-child.ts', directory.path)
    expect(await holder.line()).toBe('opened')
    const path = join(directory.path, 'lock')
    await expect(openLmdb({ directory: directory.path })).rejects.toMatchObject({
      kind: 'locked',
      message:
        `The store in ${directory.path} is open in process ${holder.pid}, which holds ${path}: ` +
        'stop it first, or choose another directory',
    })
    await holder.end()
    await using _engine = await openLmdb({ directory: directory.path })
  })

  it('keeps the same process out', async () => {
    await using directory = await temporaryDirectory()
    await using _engine = await openLmdb({ directory: directory.path })
    await expect(openLmdb({ directory: directory.path })).rejects.toMatchObject({
      kind: 'locked',
      message: expect.stringContaining('is open in this very process'),
    })
  })

  it('is free when the store is closed', async () => {
    await using directory = await temporaryDirectory()
    const engine = await openLmdb({ directory: directory.path })
    await engine.close()
    expect(await readdir(directory.path)).not.toContain('lock')
  })

  it('of a process that was killed is taken over by one of those that want it', async () => {
    await using directory = await temporaryDirectory()
    await using holder = new Child('holding-child.ts', directory.path)
    expect(await holder.line()).toBe('opened')
    await holder.kill()
    await using first = new Child('holding-child.ts', directory.path)
    await using second = new Child('holding-child.ts', directory.path)
    await using third = new Child('holding-child.ts', directory.path)
    const lines = await Promise.all([first.line(), second.line(), third.line()])
    expect(lines.filter((line) => line === 'opened')).toHaveLength(1)
    expect(lines.filter((line) => line.includes('is open in process'))).toHaveLength(2)
  })

  it.each(HAS_PROC ? ['a dead process', 'a damaged file', 'a dead heir'] : [])(
    'that is left by %s is taken over by one of many at the same time',
    async (left) => {
      await using directory = await temporaryDirectory()
      for (let round = 0; round < 30; round++) {
        const dead: LockOwner = { ...thisOwner(), started: '1' }
        const heir: LockOwner = { ...thisOwner(), started: '2' }
        const damaged = left === 'a damaged file'
        await writeFile(join(directory.path, 'lock'), damaged ? '' : formatOwner(dead))
        const right = join(directory.path, `lock.after.${dead.nonce}`)
        await (left === 'a dead heir' ? writeFile(right, formatOwner(heir)) : undefined)
        const attempts = Array.from({ length: 8 }, () => DirectoryLock.acquire(directory.path))
        const settled = await Promise.allSettled(attempts)
        const held = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
        expect(held).toHaveLength(1)
        await held[0]![Symbol.asyncDispose]()
        expect(await readdir(directory.path)).toEqual([])
      }
    },
  )

  it('is not removed by one who does not hold it', async () => {
    await using directory = await temporaryDirectory()
    const path = join(directory.path, 'lock')
    const lock = await DirectoryLock.acquire(directory.path)
    const other = formatOwner(thisOwner())
    await writeFile(path, other)
    await lock[Symbol.asyncDispose]()
    expect(await readFile(path, 'utf8')).toBe(other)
  })
})

describe('The holder of a lock', () => {
  it('is read as it was written', () => {
    const owner = thisOwner()
    expect(parseOwner(formatOwner(owner))).toEqual(owner)
  })

  it.each(['', '{', 'null', '7', '{"pid":0,"nonce":"x"}', '{"pid":1}', '{"nonce":"x"}'])(
    'is nobody in %j',
    (text) => {
      expect(parseOwner(text)).toBeUndefined()
    },
  )

  it.each(HAS_PROC ? ['Linux'] : [])('lives or does not, on %s', () => {
    const owner = thisOwner()
    expect(livenessOf(owner)).toBe('alive')
    expect(livenessOf({ ...owner, started: '1' })).toBe('dead')
    expect(livenessOf({ ...owner, pid: 2 ** 22 + 1 })).toBe('dead')
    expect(livenessOf({ ...owner, boot: 'another start of the machine' })).toBe('dead')
    expect(livenessOf({ ...owner, pidNamespace: 'pid:[1]' })).toBe('unknown')
  })
})
