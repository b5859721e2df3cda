// The file on its way to the disk: never a line twice or half, nothing overwritten unasked.

import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openRecording, streamSink } from '../../src/recording/recording-file.ts'
import type { FileMode } from '../../src/recording/recording-file.ts'
import { lineText } from '../../src/recording/recording-line.ts'
import { RecordingWriter } from '../../src/recording/recording-writer.ts'
import type { LineSink } from '../../src/recording/recording-writer.ts'

const HEADER = { kind: 'header', begunMs: 0, filters: ['#'] } as const
const EVENT = { kind: 'event', ms: 1, event: 'connected', details: {} } as const

describe('the file of a recording', () => {
  it('has all lines when it is finished', async () => {
    const path = await freshPath()
    const { writer } = await opened(path)
    await writer.write(HEADER)
    void writer.write(EVENT)
    void writer.write(EVENT)
    await writer.finish()
    expect(await readFile(path, 'utf8')).toBe(lineText(HEADER) + lineText(EVENT).repeat(2))
  })

  it('is taken away again if nothing was recorded', async () => {
    const path = await freshPath()
    await (await opened(path)).writer.finish()
    await expect(stat(path)).rejects.toThrow('ENOENT')
  })

  it('is not written over unasked', async () => {
    const path = await freshPath()
    await writeFile(path, 'precious')
    await expect(opened(path)).rejects.toThrow(`${path} is there already`)
    const { writer } = await opened(path, 'overwrite')
    await writer.write(HEADER)
    await writer.finish()
    expect(await readFile(path, 'utf8')).toBe(lineText(HEADER))
  })

  it('is gone on with behind its last whole line', async () => {
    const path = await freshPath()
    const whole = lineText(HEADER) + lineText({ ...EVENT, event: 'x'.repeat(200_000) })
    await writeFile(path, `${whole}{"ms":5,"topic":"cut`)
    const { writer, warnings } = await opened(path, 'append')
    await writer.write(EVENT)
    await writer.finish()
    expect(await readFile(path, 'utf8')).toBe(whole + lineText(EVENT))
    expect(warnings).toEqual([`the last line of ${path} was cut off, and is taken away`])
  })

  it('may be gone on with when it is whole, or not there yet', async () => {
    const path = await freshPath()
    for (let run = 1; run <= 2; run++) {
      const { writer, warnings } = await opened(path, 'append')
      await writer.write(HEADER)
      await writer.finish()
      expect(warnings).toEqual([])
      expect(await readFile(path, 'utf8')).toBe(lineText(HEADER).repeat(run))
    }
  })

  it.each(['no recording\n', 'no line feed', `${'x'.repeat(100_000)}\n`])(
    'is left alone if it is something else',
    async (text) => {
      const path = await freshPath()
      await writeFile(path, text)
      await expect(opened(path, 'append')).rejects.toThrow(`${path} is no recording`)
      expect(await readFile(path, 'utf8')).toBe(text)
    },
  )

  it('that cannot be made says why', async () => {
    const path = join(await freshPath(), 'in', 'nowhere')
    await expect(opened(path)).rejects.toThrow(`${path} cannot be written: ENOENT`)
  })

  it('may be a stream, which is waited for', async () => {
    const stream = new PassThrough({ highWaterMark: 10 })
    const sink = streamSink(stream)
    const appending = sink.append('more than ten characters\n')
    let isDone = false
    void appending.then(() => (isDone = true))
    await new Promise((resolve) => setImmediate(resolve))
    expect(isDone).toBe(false)
    stream.resume()
    await appending
    await sink.finish()
  })

  it.each([
    ['EPIPE', 'Nobody reads the output any more'],
    ['ENOSPC', 'it broke'],
  ])('may be a stream, whose %s ends it, again and again', async (code, message) => {
    const stream = new PassThrough({ highWaterMark: 10 })
    const sink = streamSink(stream)
    const appending = sink.append('more than ten characters\n')
    stream.destroy(Object.assign(new Error('it broke'), { code }))
    await expect(appending).rejects.toThrow(message)
    await expect(sink.append('once more\n')).rejects.toThrow(message)
  })
})

describe('a writer', () => {
  it('gathers the lines of a turn, and those that come while it appends', async () => {
    const appended: string[] = []
    const writer = new RecordingWriter(sinkOf((text) => void appended.push(text)))
    void writer.write(EVENT)
    await writer.write(EVENT)
    await writer.write(EVENT)
    await writer.finish()
    const line = lineText(EVENT)
    expect(appended).toEqual([line + line, line, 'finished'])
  })

  it('is full while too much waits', async () => {
    let release: () => void = () => {}
    const writer = new RecordingWriter({
      append: () => new Promise((resolve) => (release = resolve)),
      finish: () => Promise.resolve(),
    })
    const large = { ...EVENT, event: 'x'.repeat(5_000_000) }
    const written = writer.write(large)
    expect(writer.isFull).toBe(true)
    await new Promise((resolve) => setImmediate(resolve))
    expect(writer.isFull).toBe(true)
    release()
    await written
    expect(writer.isFull).toBe(false)
  })

  it('fails every line from the one that could not be appended, and its end', async () => {
    const writer = new RecordingWriter(
      sinkOf(() => {
        throw new Error('the disk is full')
      }),
    )
    await expect(writer.write(EVENT)).rejects.toThrow('the disk is full')
    await expect(writer.write(EVENT)).rejects.toThrow('the disk is full')
    await expect(writer.finish()).rejects.toThrow('the disk is full')
  })
})

interface Opened {
  readonly writer: RecordingWriter
  readonly warnings: readonly string[]
}

async function opened(path: string, mode: FileMode = 'new'): Promise<Opened> {
  const warnings: string[] = []
  const sink = await openRecording(path, mode, (warning) => warnings.push(warning))
  return { writer: new RecordingWriter(sink), warnings }
}

function sinkOf(take: (text: string) => void): LineSink {
  return {
    append: async (text) => take(text),
    finish: async () => take('finished'),
  }
}

async function freshPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'godwit-record-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return join(directory, 'recording.jsonl')
}
