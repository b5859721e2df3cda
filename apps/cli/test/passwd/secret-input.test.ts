/** Passwords from a terminal, and from a pipe. */
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { Interruption } from '../../src/interrupt.ts'
import { readSecret } from '../../src/passwd/secret-input.ts'

describe('a terminal', () => {
  it('is asked twice, echoes nothing, and is what it was in the end', async () => {
    const terminal = new Terminal()
    const secret = readSecret(terminal, terminal.prompts)
    await terminal.prompted('Password: ')
    terminal.write('pä\u007fäß')
    terminal.write('\r')
    await terminal.prompted('Again: ')
    terminal.write('typo\u0015päß\n')
    expect(await secret).toBe('päß')
    expect(terminal.shown).toBe('Password: \nAgain: \n')
    expect(terminal.modes).toEqual([true, false, true, false])
  })

  it.each([
    ['another the second time', ['one\r', 'two\r'], 'The passwords are not the same'],
    ['an empty one', ['\r'], 'The password is empty'],
  ])('that types %s is refused', async (_, lines, message) => {
    const terminal = new Terminal()
    const secret = readSecret(terminal, terminal.prompts)
    secret.catch(() => {})
    for (const [index, line] of lines.entries()) {
      await terminal.prompted(['Password: ', 'Again: '][index]!)
      terminal.write(line)
    }
    await expect(secret).rejects.toThrow(message)
    expect(terminal.modes.at(-1)).toBe(false)
  })

  it.each(['\u0003', '\u0004'])('that types %j ends it', async (key) => {
    const terminal = new Terminal()
    const secret = readSecret(terminal, terminal.prompts)
    terminal.write(`half${key}`)
    await expect(secret).rejects.toBeInstanceOf(Interruption)
    expect(terminal.modes).toEqual([true, false])
  })
})

describe('a pipe', () => {
  it.each([
    ['secret\nmore\n', 'secret'],
    [' with spaces \r\n', ' with spaces '],
    ['no line end', 'no line end'],
    ['\n', ''],
  ])('has the password on its first line: %j', async (text, expected) => {
    const pipe = new PassThrough()
    pipe.end(text)
    expect(await readSecret(pipe, new PassThrough())).toBe(expected)
  })

  it.each([
    [Uint8Array.of(), 'No password came on stdin'],
    [Uint8Array.of(0xff, 0x0a), 'The password on stdin is no UTF-8'],
  ])('with %j is refused', async (bytes, message) => {
    const pipe = new PassThrough()
    pipe.end(bytes)
    await expect(readSecret(pipe, new PassThrough())).rejects.toThrow(message)
  })
})

class Terminal extends PassThrough {
  readonly isTTY = true
  readonly modes: boolean[] = []
  readonly prompts = new PassThrough()
  shown = ''
  #changed: () => void = () => {}

  constructor() {
    super()
    this.prompts.on('data', (chunk: Buffer) => {
      this.shown += chunk.toString()
      this.#changed()
    })
  }

  setRawMode(isRaw: boolean): void {
    this.modes.push(isRaw)
  }

  async prompted(prompt: string): Promise<void> {
    while (!this.shown.endsWith(prompt)) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
  }
}
