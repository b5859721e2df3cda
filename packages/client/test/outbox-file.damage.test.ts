// The outbox in a file: what a crash and a bad sector do to it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { fileOutbox } from '../src/node/outbox-file.ts'
import { filled, loaded, placeFor } from './outbox-files.ts'
import { message } from './stored-message.ts'

describe('a crash', () => {
  it('may tear the last frame anywhere: it is cut off, and nothing else', async () => {
    const path = await placeFor('torn')
    await filled(path, [[message(1), message(2)]])
    const whole = (await stat(path)).size
    await filled(path, [[message(3)]])
    const file = await readFile(path)
    for (let length = whole; length < file.length; length++) {
      await writeFile(path, file.subarray(0, length))
      expect(await loaded(path)).toEqual([message(1), message(2)])
      expect((await stat(path)).size).toBe(whole)
    }
    await writeFile(path, file)
    expect(await loaded(path)).toEqual([message(1), message(2), message(3)])
  })

  it('may leave zeros, old bytes, or holes in the last frame', async () => {
    const path = await placeFor('holes')
    await filled(path, [[message(1)]])
    const whole = (await stat(path)).size
    await filled(path, [[message(2), message(3)]])
    const file = await readFile(path)
    const tails = [
      Buffer.alloc(500),
      Buffer.from('left over from something else'),
      Buffer.from(file.subarray(whole)).fill(0, 0, 12),
      Buffer.from(file.subarray(whole)).fill(0, 20, 40),
    ]
    for (const tail of tails) {
      await writeFile(path, Buffer.concat([file.subarray(0, whole), tail]))
      expect(await loaded(path)).toEqual([message(1)])
      const store = fileOutbox(path)
      await store.load()
      await store.append([message(4)])
      await store.close()
      expect(await loaded(path)).toEqual([message(1), message(4)])
    }
  })

  it('while the file is written anew leaves the old one as it was', async () => {
    const path = await placeFor('half-new')
    await filled(path, [[message(1)]])
    await writeFile(`${path}.new`, 'half a file')
    expect(await loaded(path)).toEqual([message(1)])
    const store = fileOutbox(path)
    await store.load()
    await store.append([{ ...message(2), payload: new Uint8Array(300_000) }])
    await store.remove([2])
    await store.close()
    expect(await readdir(join(path, '..'))).toEqual(['outbox'])
    expect(await loaded(path)).toEqual([message(1)])
  })

  it('of the process leaves everything that was appended, and a lock that is taken over', async () => {
    const path = await placeFor('killed')
    const child = spawn(
      process.execPath,
      [
        '--conditions=@godwit/source',
        fileURLToPath(new URL('outbox-victim.ts', import.meta.url)),
        path,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    try {
      const [said] = await once(child.stdout, 'data')
      expect(String(said)).toBe('appended\n')
      await expect(fileOutbox(path).load()).rejects.toThrow(/is in use/)
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    expect((await stat(`${path}.lock`)).isSocket()).toBe(true)
    expect(await loaded(path)).toEqual([message(1)])
  })
})

describe('damage', () => {
  it('in any byte before the last frame is an error that names the file and the place', async () => {
    const path = await placeFor('damage')
    await filled(path, [[message(1)], [message(2)], [message(3)]])
    const file = await readFile(path)
    const frame = (file.length - 20) / 3
    for (let at = 20; at < 20 + 2 * frame; at++) {
      const damaged = Buffer.from(file)
      damaged.writeUInt8(file.readUInt8(at) ^ 0x40, at)
      await writeFile(path, damaged)
      const place = at < 20 + frame ? 20 : 20 + frame
      await expect(loaded(path)).rejects.toThrow(
        `The outbox file ${path} cannot be read: what it has at byte ${place} is damaged, and ` +
          'there is more behind it. Put a copy in its place, or move it away to begin with an ' +
          'empty outbox.',
      )
      expect((await readFile(path)).equals(damaged)).toBe(true)
    }
  })

  it('of the header, or another file, or another format, is an error', async () => {
    const path = await placeFor('header')
    await filled(path, [[message(1)]])
    const file = await readFile(path)
    const errors: [Buffer, string][] = [
      [Buffer.from('hello, world, this is a text'), 'it is no outbox'],
      [file.subarray(0, 19), 'it is no outbox'],
      [changed(file, 13), 'its header, at byte 0, is damaged'],
      [withFormat(file, 2), 'it has format 2, and this version reads 1'],
    ]
    for (const [bytes, sentence] of errors) {
      await writeFile(path, bytes)
      await expect(loaded(path)).rejects.toThrow(`${path} cannot be read: ${sentence}.`)
      expect((await readFile(path)).equals(bytes)).toBe(true)
    }
  })

  it('is not seen behind a torn frame whose payload looks like a frame of some other file', async () => {
    const other = await placeFor('look-alike-of')
    await filled(other, [[message(1)]])
    const path = await placeFor('look-alike')
    await filled(path, [[message(1)]])
    const whole = (await stat(path)).size
    await filled(path, [[{ ...message(2), payload: await readFile(other) }]])
    const file = await readFile(path)
    file.fill(0, whole, whole + 12)
    await writeFile(path, file)
    expect(await loaded(path)).toEqual([message(1)])
  })

  it('of the kind that the CRC does not see is an error, too', async () => {
    const path = await placeFor('kinds')
    await filled(path, [[message(1)]])
    const file = await readFile(path)
    for (const body of [
      Buffer.from([9, 0, 0, 0, 0]),
      Buffer.from([1, 0, 0, 0, 25, ...zeros(25)]),
    ]) {
      const frame = frameWithSalt(file.readUInt32BE(12), body)
      await writeFile(path, Buffer.concat([file, frame]))
      await expect(loaded(path)).rejects.toThrow(`The outbox file ${path} cannot be read: `)
    }
  })
})

function changed(file: Buffer, at: number): Buffer {
  const bytes = Buffer.from(file)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  return bytes
}

function withFormat(file: Buffer, format: number): Buffer {
  const bytes = Buffer.from(file)
  bytes.writeUInt16BE(format, 8)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 16)), 16)
  return bytes
}

function frameWithSalt(salt: number, body = Buffer.from([2, 0, 0, 0, 0])): Buffer {
  const frame = Buffer.alloc(12)
  frame.writeUInt32BE(body.length, 0)
  frame.writeUInt32BE(crc32(frame.subarray(0, 4), salt), 4)
  frame.writeUInt32BE(crc32(body, salt), 8)
  return Buffer.concat([frame, body])
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0)
}
