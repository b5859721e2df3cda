/** Where the log goes, and that it goes on whatever happens there. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'
import { openLog } from '../src/log-writer.ts'
import { temporaryDirectory } from './temporary-directory.ts'

describe('a log in a file', () => {
  it('is appended to, as JSON, and read by the group at most', async () => {
    await using directory = await temporaryDirectory()
    const file = directory.at('broker.log')
    for (const message of ['first', 'second']) {
      using log = await openLog({ level: 'info', format: 'auto', file })
      log.logger.info(message)
      await contains(file, `"msg":"${message}"`)
    }
    expect(messagesIn(await readFile(file, 'utf8'))).toEqual(['first', 'second'])
    expect((await stat(file)).mode & 0o037).toBe(0)
  })

  it('that cannot be opened is told in a sentence', async () => {
    await using directory = await temporaryDirectory()
    const file = directory.at('missing/broker.log')
    await expect(openLog({ level: 'info', file })).rejects.toThrow(
      `The log file ${file} cannot be opened: ENOENT: no such file or directory`,
    )
  })

  it('that is a pipe nobody reads does not make anybody wait', async () => {
    await using directory = await temporaryDirectory()
    const file = pipeAt(directory.at('pipe'))
    await expect(openLog({ level: 'info', file })).rejects.toThrow('cannot be opened: ENXIO')
  })

  it('is opened again after it was moved away, and loses nothing', async () => {
    await using directory = await temporaryDirectory()
    const [file, moved] = [directory.at('broker.log'), directory.at('broker.log.1')]
    using log = await openLog({ level: 'info', file })
    log.logger.info('before')
    await rename(file, moved)
    log.logger.info('still')
    expect(log.reopen()).toBe(true)
    log.logger.info('after')
    await contains(file, 'after')
    await contains(moved, 'still')
    expect(messagesIn(await readFile(moved, 'utf8'))).toEqual(['before', 'still'])
    expect(messagesIn(await readFile(file, 'utf8'))).toEqual(['after'])
  })

  it('lets go of the file that it had', async () => {
    await using directory = await temporaryDirectory()
    const file = directory.at('broker.log')
    using log = await openLog({ level: 'info', file })
    for (let i = 0; i < 20; i++) {
      await rename(file, directory.at(`broker.log.${i}`))
      expect(log.reopen()).toBe(true)
    }
    await vi.waitFor(() => expect(openIn(directory.path)).toEqual([file]))
  })

  it('goes on as before where it cannot be opened again', async () => {
    await using directory = await temporaryDirectory()
    const [file, moved] = [directory.at('broker.log'), directory.at('broker.log.1')]
    using log = await openLog({ level: 'info', file })
    await rename(file, moved)
    await mkdir(file)
    expect(log.reopen()).toBe(false)
    log.logger.info('after')
    await contains(moved, '"msg":"after"')
    expect(await readFile(moved, 'utf8')).toMatch(
      /"err":.*EISDIR.*"msg":"the log could not be opened again, and goes on as before"/,
    )
    await rm(file, { recursive: true })
    expect(log.reopen()).toBe(true)
    log.logger.info('again')
    await contains(file, '"msg":"again"')
  })
})

it('a log that has ended takes no lines, and nobody has to know', async () => {
  await using directory = await temporaryDirectory()
  const file = directory.at('broker.log')
  const log = await openLog({ level: 'info', file })
  log.logger.info('last')
  log[Symbol.dispose]()
  await contains(file, 'last')
  log.logger.info('late')
  log.logger.fatal('late')
  expect(messagesIn(await readFile(file, 'utf8'))).toEqual(['last'])
})

describe('at run time a log', () => {
  it('says more or less', async () => {
    await using directory = await temporaryDirectory()
    const file = directory.at('broker.log')
    using log = await openLog({ level: 'info', file })
    log.logger.debug('unheard')
    log.setLevel('debug')
    log.logger.debug('heard')
    log.setLevel('silent')
    log.logger.fatal('unheard')
    log.setLevel('info')
    log.logger.info('end')
    await contains(file, 'end')
    expect(messagesIn(await readFile(file, 'utf8'))).toEqual(['heard', 'end'])
  })

  it('goes to another file, in another form', async () => {
    await using directory = await temporaryDirectory()
    const [file, other] = [directory.at('a.log'), directory.at('b.log')]
    using log = await openLog({ level: 'info', file })
    await log.change({ level: 'debug', format: 'pretty', file: other })
    log.logger.debug({ n: 1 }, 'a sentence')
    await contains(other, 'a sentence')
    expect(await readFile(other, 'utf8')).toMatch(
      /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\] DEBUG: a sentence \{"n":1\}\n$/,
    )
    expect(await readFile(file, 'utf8')).toBe('')
  })

  it('stays as it is where the change is not possible', async () => {
    await using directory = await temporaryDirectory()
    const file = directory.at('a.log')
    using log = await openLog({ level: 'info', file })
    const change = log.change({ level: 'debug', format: 'pretty', file: directory.at('b/c') })
    await expect(change).rejects.toThrow('cannot be opened')
    log.logger.debug('unheard')
    log.logger.info('as before')
    await contains(file, '"msg":"as before"')
    expect(messagesIn(await readFile(file, 'utf8'))).toEqual(['as before'])
  })
})

describe('a log that nobody takes', () => {
  it('keeps so much, and then says how many lines were lost', async () => {
    await using directory = await temporaryDirectory()
    const file = pipeAt(directory.at('pipe'))
    await using reader = await open(file, 'r+')
    using log = await openLog({ level: 'info', file })
    for (let i = 0; i < 3_000; i++) log.logger.info({ i, pad: 'x'.repeat(1_000) }, 'a line')
    const lines = await takenFrom(reader, 'were lost')
    const kept = lines.filter((line) => line.includes('a line')).length
    expect(kept).toBeGreaterThan(1_000 - 100)
    expect(kept).toBeLessThan(1_200)
    expect(lines.at(-1)).toMatch(
      new RegExp(
        `"lines":${3_000 - kept},"msg":"lines of the log were lost: who reads it is too slow"`,
      ),
    )
  })

  it.skipIf(!existsSync('/dev/full'))('does not end the process', async () => {
    using log = await openLog({ level: 'info', file: '/dev/full' })
    log.logger.info('a line')
    await new Promise((resolve) => setImmediate(resolve))
    log.logger.info('another')
    expect(log.logger.level).toBe('info')
  })
})

function pipeAt(path: string): string {
  execFileSync('mkfifo', [path])
  return path
}

/** Which files below a directory this process has open. */
function openIn(directory: string): readonly string[] {
  const links = [`/proc/${process.pid}/fd`, '-lname', `${directory}/*`, '-printf', '%l\\n']
  return String(execFileSync('find', links)).trim().split('\n')
}

/** Reads until a line says this; all lines. */
async function takenFrom(
  reader: Awaited<ReturnType<typeof open>>,
  text: string,
): Promise<readonly string[]> {
  const buffer = new Uint8Array(65_536)
  const decoder = new TextDecoder()
  let taken = ''
  while (!taken.includes(text)) {
    const { bytesRead } = await reader.read(buffer)
    taken += decoder.decode(buffer.subarray(0, bytesRead), { stream: true })
  }
  return taken.trimEnd().split('\n')
}

function contains(file: string, text: string): Promise<void> {
  return vi.waitFor(async () => expect(await readFile(file, 'utf8')).toContain(text))
}

function messagesIn(log: string): readonly unknown[] {
  return log
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { readonly msg: unknown }).msg)
}
