/** `godwit-broker data ...`, as its own process, on what a broker has left behind. */
import { readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'
import { connect, connectAsync } from 'mqtt'
import { openLmdb } from '@godwit/store-lmdb'
import { MARK } from '../src/data/import-mark.ts'
import { godwit, godwitWithInput, outcomeOf, startDurableBroker } from './running-broker.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import type { TemporaryDirectory } from './temporary-directory.ts'

vi.setConfig({ testTimeout: 60_000 })

describe('export and import', () => {
  it('move what a broker kept to another directory', async () => {
    await using place = await usedDirectory()
    const first = await outcomeOf(godwit('data', 'export', '--data', place.at('data')))
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(typesIn(first.stdout)).toEqual([
      'godwit-export',
      'session',
      'session',
      'subscription',
      'retained',
      'queued',
      'message',
      'end',
    ])
    const other = ['--data', place.at('other')]
    const taken = await outcomeOf(godwitWithInput(first.stdout, 'data', 'import', '-', ...other))
    expect(taken).toEqual({
      code: 0,
      signal: null,
      stdout:
        'Imported 2 sessions, 1 subscriptions, 1 retained messages ' +
        `and 1 messages that wait into ${place.at('other')}\n`,
      stderr: '',
    })
    const second = await outcomeOf(godwit('data', 'export', ...other))
    expect(second.stdout).toBe(first.stdout)
  })

  it('give a broker what waited', async () => {
    await using place = await usedDirectory()
    const file = place.at('file.jsonl')
    await outcomeOf(godwit('data', 'export', file, '--data', place.at('data')))
    await outcomeOf(godwit('data', 'import', file, '--data', place.at('other')))
    await using broker = await startDurableBroker(place.at('other'))
    const received: string[] = []
    const client = connect(broker.tcpUrl, { clientId: 'away', clean: false })
    client.on('message', (topic) => received.push(topic))
    await vi.waitFor(() => expect(received).toEqual(['a/b']), 10_000)
    await client.endAsync(true)
  })

  it('write a file that is whole, for its owner only, and none over another one', async () => {
    await using place = await usedDirectory()
    const file = place.at('file.jsonl')
    const order = ['data', 'export', file, '--data', place.at('data')]
    expect(await outcomeOf(godwit(...order))).toMatchObject({ code: 0, stdout: '', stderr: '' })
    expect((await stat(file)).mode & 0o077).toBe(0)
    expect(typesIn(await readFile(file, 'utf8')).at(-1)).toBe('end')
    const stderr = `godwit-broker: ${file} exists: name a file that does not\n`
    expect(await outcomeOf(godwit(...order))).toMatchObject({ code: 1, stderr })
    expect((await readdir(place.path)).toSorted()).toEqual(['data', 'file.jsonl'])
  })

  it('import nothing from a file that is cut off', async () => {
    await using place = await usedDirectory()
    const { stdout } = await outcomeOf(godwit('data', 'export', '--data', place.at('data')))
    const file = place.at('file.jsonl')
    await writeFile(file, stdout.slice(0, -20))
    const other = ['--data', place.at('other')]
    const { code, stderr } = await outcomeOf(godwit('data', 'import', file, ...other))
    expect(code).toBe(1)
    expect(stderr).toMatch(/^godwit-broker: line 8: expected an object of JSON, got [^\n]*\n$/)
    const { stdout: left } = await outcomeOf(godwit('data', 'export', ...other))
    expect(typesIn(left)).toEqual(['godwit-export', 'end'])
  })

  it('leave alone what is not empty', async () => {
    await using place = await usedDirectory()
    const file = place.at('file.jsonl')
    const data = ['--data', place.at('data')]
    await outcomeOf(godwit('data', 'export', file, ...data))
    const { code, stderr } = await outcomeOf(godwit('data', 'import', file, ...data))
    expect(code).toBe(1)
    expect(stderr).toMatch(/^godwit-broker: The store has something in it, [^\n]*--data\n$/)
  })
})

describe('an export of many megabytes', () => {
  it('is whole, and may be left by who reads it', async () => {
    await using place = await temporaryDirectory()
    const text = largeExport()
    const data = ['--data', place.path]
    await outcomeOf(godwitWithInput(text, 'data', 'import', '-', ...data))
    const whole = await outcomeOf(godwit('data', 'export', ...data))
    expect({ ...whole, stdout: withoutHeader(whole.stdout) === withoutHeader(text) }).toEqual({
      code: 0,
      signal: null,
      stdout: true,
      stderr: '',
    })
    await using left = godwit('data', 'export', ...data)
    left.leave('stdout')
    expect(await left.ended).toEqual({ code: 0, signal: null })
    expect(left.stderr).toBe('')
  })
})

describe('an import that was broken off', () => {
  it('leaves a store that no broker opens, and that the next import fills anew', async () => {
    await using place = await usedDirectory()
    const { stdout } = await outcomeOf(godwit('data', 'export', '--data', place.at('data')))
    const other = ['--data', place.at('other')]
    await breakOffImport(place.at('other'))
    const refused = await outcomeOf(godwit('--port', '0', ...other))
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/^godwit-broker: An import into [^\n]* has not come to its end/)
    await outcomeOf(godwitWithInput(stdout, 'data', 'import', '-', ...other))
    expect((await outcomeOf(godwit('data', 'export', ...other))).stdout).toBe(stdout)
  })
})

describe('check and repair', () => {
  it('find nothing wrong with what a broker has left, and leave it alone', async () => {
    await using place = await usedDirectory()
    const before = await readFile(place.at('data/data.mdb'))
    const check = await outcomeOf(godwit('data', 'check', '--data', place.at('data')))
    expect(check).toMatchObject({ code: 0, stderr: '' })
    expect(check.stdout).toMatch(/ is sound\n/)
    const repair = await outcomeOf(godwit('data', 'repair', '--data', place.at('data')))
    expect(repair).toMatchObject({ code: 0, stderr: '' })
    expect(repair.stdout).toMatch(/ is sound, and was left as it is\n/)
    expect(await readFile(place.at('data/data.mdb'))).toEqual(before)
  })

  it('tell programs as well', async () => {
    await using place = await usedDirectory()
    const order = ['data', 'check', '--json', '--data', place.at('data')]
    const { stdout } = await outcomeOf(godwit(...order))
    expect(JSON.parse(stdout)).toMatchObject({ isSound: true, entriesKept: 1 })
  })

  it('find damage, and make a store of what can be read', async () => {
    await using place = await usedDirectory()
    const file = place.at('data/data.mdb')
    const bytes = await readFile(file)
    // The payload of the message that is retained, and former states of it.
    for (let at = bytes.indexOf('long'); at !== -1; at = bytes.indexOf('long', at)) bytes[at]! ^= 1
    await writeFile(file, bytes)
    const data = ['--data', place.at('data')]
    const check = await outcomeOf(godwit('data', 'check', ...data))
    expect(check).toMatchObject({ code: 1, stderr: '' })
    expect(check.stdout).toMatch(/ is damaged\n[^]*\ngodwit-broker data repair /)
    const repair = await outcomeOf(godwit('data', 'repair', ...data))
    expect(repair).toMatchObject({ code: 0, stderr: '' })
    expect(repair.stdout).toMatch(/ is repaired; what was damaged is kept in \S+\n/)
    const { stdout } = await outcomeOf(godwit('data', 'export', ...data))
    expect(typesIn(stdout)).toContain('session')
    expect(typesIn(stdout)).not.toContain('retained')
  })
})

describe('data that a broker has open', () => {
  it.each([['export'], ['check'], ['repair']])('is not touched by %s', async (command) => {
    await using place = await usedDirectory()
    await using broker = await startDurableBroker(place.at('data'))
    const { code, stdout, stderr } = await outcomeOf(
      godwit('data', command, '--data', place.at('data')),
    )
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(String(broker.program.pid))
  })
})

describe('data that is not there', () => {
  it.each([['export'], ['check'], ['repair']])('is missed by %s', async (command) => {
    await using place = await temporaryDirectory()
    const stderr =
      `godwit-broker: No broker has kept anything in ${place.at('none')}: ` +
      'name another directory with --data\n'
    const order = ['data', command, '--data', place.at('none')]
    expect(await outcomeOf(godwit(...order))).toMatchObject({ code: 1, stdout: '', stderr })
    expect(await readdir(place.path)).toEqual([])
  })

  it('is missed by import, which makes no store then', async () => {
    await using place = await temporaryDirectory()
    const order = ['data', 'import', place.at('file'), '--data', place.at('other')]
    const { code, stderr } = await outcomeOf(godwit(...order))
    expect(code).toBe(1)
    expect(stderr).toMatch(/^godwit-broker: [^\n]* cannot be read: ENOENT[^\n]*\n$/)
    expect(await readdir(place.path)).toEqual([])
  })
})

/** A directory with `data` in it, where a broker has kept two sessions and a message. */
async function usedDirectory(): Promise<TemporaryDirectory> {
  const place = await temporaryDirectory()
  await using broker = await startDurableBroker(place.at('data'))
  const away = await connectAsync(broker.tcpUrl, { clientId: 'away', clean: false }, true)
  await away.subscribeAsync('a/#', { qos: 1 })
  await away.endAsync()
  const publisher = await connectAsync(broker.tcpUrl, { clientId: 'here', clean: false }, true)
  await publisher.publishAsync('a/b', 'waits', { qos: 1 })
  await publisher.publishAsync('kept', 'long', { qos: 1, retain: true })
  await publisher.endAsync()
  broker.program.signal('SIGTERM')
  await broker.program.ended
  return place
}

/** Begins an import, and gets no further. */
async function breakOffImport(directory: string): Promise<void> {
  await using engine = await openLmdb({ directory })
  await engine.commit([{ records: [MARK] }])
}

function largeExport(): string {
  const payload = 'A'.repeat(400_000)
  const retained = Array.from({ length: 20 }, (_, index) => {
    const topic = `t/${String(index).padStart(2, '0')}`
    return { type: 'retained', topic, qos: 1, payload, version: 5, receivedAt: 0 }
  })
  const header = { type: 'godwit-export', format: 1, program: 'a test' }
  const lines = [header, ...retained, { type: 'end', lines: retained.length + 1 }]
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

function withoutHeader(text: string): string {
  return text.slice(text.indexOf('\n'))
}

function typesIn(text: string): readonly unknown[] {
  const lines = text.trimEnd().split('\n')
  return lines.map((line) => (JSON.parse(line) as { type: unknown }).type)
}
