/** Payloads from where they are, and publishing many of them. */
import { describe, expect, it } from 'vitest'
import { messageProperties, payloadOrigin } from '../../src/flags/message-flags.ts'
import { PublishingWindow } from '../../src/payload/publishing-window.ts'
import { linesOf, readPayload } from '../../src/payload/reading.ts'

describe('lines', () => {
  async function lines(...chunks: readonly string[]): Promise<readonly string[]> {
    const read: string[] = []
    for await (const line of linesOf(chunks.map((chunk) => Buffer.from(chunk, 'latin1')))) {
      read.push(Buffer.from(line).toString('latin1'))
    }
    return read
  }

  it.each([
    [[], []],
    [['a\nb\n'], ['a', 'b']],
    [['a\nb'], ['a', 'b']],
    [['\n\n'], ['', '']],
    [
      ['a', 'b\nc', '\n'],
      ['ab', 'c'],
    ],
    [['a\r\nb\0\xff'], ['a\r', 'b\0\xff']],
    [
      ['a', '', 'b', 'c\n', 'd'],
      ['abc', 'd'],
    ],
  ])('of %j are %j', async (chunks, expected) => {
    expect(await lines(...chunks)).toEqual(expected)
  })

  it('are the same however the input is cut', async () => {
    const text = 'one\n\ntwo\r\nthree'
    for (let first = 0; first <= text.length; first += 1) {
      for (let second = first; second <= text.length; second += 1) {
        const chunks = [text.slice(0, first), text.slice(first, second), text.slice(second)]
        expect(await lines(...chunks)).toEqual(['one', '', 'two\r', 'three'])
      }
    }
  })
})

describe('a payload', () => {
  it.each([
    [{ message: 'x' }, undefined, { from: 'text', text: 'x' }],
    [{}, 'x', { from: 'text', text: 'x' }],
    [{ null: true }, undefined, { from: 'text', text: '' }],
    [{ file: 'x' }, undefined, { from: 'file', path: 'x' }],
    [{ stdin: true }, undefined, { from: 'stdin' }],
    [{ lines: true }, undefined, { from: 'lines' }],
    [{ message: '' }, undefined, { from: 'text', text: '' }],
  ])('of %j and %j comes from %j', (flags, bare, origin) => {
    expect(payloadOrigin(flags, bare)).toEqual(origin)
  })

  it('comes from one place', () => {
    expect(() => payloadOrigin({})).toThrow('there is no message')
    expect(() => payloadOrigin({ message: 'x' }, 'y')).toThrow('there are several messages')
    expect(() => payloadOrigin({ null: true, lines: true })).toThrow('there are several messages')
  })

  it('of stdin is all of it', async () => {
    const chunks = [Buffer.from('a'), Buffer.from('b\n')]
    expect(await readPayload({ from: 'stdin' }, chunks)).toEqual(Buffer.from('ab\n'))
    await expect(readPayload({ from: 'stdin' }, [])).rejects.toThrow('Nothing came on stdin')
  })

  it('has the properties of flags, which go before those of -D', () => {
    const property = {
      connect: {},
      publish: { contentType: 'd', responseTopic: 'r', userProperty: [['a', 'b']] },
      will: {},
      subscribe: {},
      disconnect: {},
    } as const
    const flags = {
      contentType: 'c',
      userProperty: [['k', 'v']],
      messageExpiry: 5,
      property,
    } as const
    expect(
      messageProperties({ ...flags, payloadFormatIndicator: 1, correlationData: 'é' }),
    ).toEqual({
      contentType: 'c',
      responseTopic: 'r',
      messageExpiryInterval: 5,
      payloadFormatIndicator: 1,
      correlationData: Buffer.from('é'),
      userProperty: [
        ['a', 'b'],
        ['k', 'v'],
      ],
    })
    expect(messageProperties({})).toBeUndefined()
  })
})

describe('a window', () => {
  /** Publications that end when they are told to. */
  function publications(count: number) {
    return Array.from({ length: count }, () => {
      let end: (error?: Error) => void = () => {}
      const promise = new Promise<void>((resolve, reject) => {
        end = (error) => (error === undefined ? resolve() : reject(error))
      })
      return { promise, end: (error?: Error) => end(error) }
    })
  }

  it('lets the next one in when one of so many is over, whichever', async () => {
    const window = new PublishingWindow(2, () => {})
    const [first, second, third] = publications(3)
    await window.take(first!.promise)
    const log: string[] = []
    const taken = window.take(second!.promise).then(() => log.push('room'))
    await Promise.resolve()
    log.push('full')
    second!.end()
    await taken
    expect(log).toEqual(['full', 'room'])
    const last = window.take(third!.promise)
    third!.end()
    await last
    first!.end()
    await window.settled()
  })

  it('throws the first error of any, and tells of it at once', async () => {
    const told: unknown[] = []
    const window = new PublishingWindow(5, (error) => told.push(error))
    const [first, second, third] = publications(3)
    await window.take(first!.promise)
    await window.take(second!.promise)
    second!.end(new Error('second'))
    first!.end(new Error('first'))
    await new Promise((resolve) => setImmediate(resolve))
    expect(told).toEqual([new Error('second')])
    await expect(window.take(third!.promise)).rejects.toThrow('second')
    await expect(window.settled()).rejects.toThrow('second')
  })
})
