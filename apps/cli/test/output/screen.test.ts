/** Where messages are written to: pipes that wait, and terminals that are not flooded. */
import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PipeScreen } from '../../src/output/screen.ts'
import type { Sink } from '../../src/output/screen.ts'
import { TerminalScreen } from '../../src/output/terminal-screen.ts'
import { terminalOf } from '../../src/terminal.ts'

class FakeSink extends EventEmitter implements Sink {
  text = ''
  hasRoom = true
  destroyed = false

  write(bytes: Uint8Array | string): boolean {
    this.text += Buffer.from(bytes).toString()
    return this.hasRoom
  }
}

describe('a pipe', () => {
  it('takes everything, and asks for patience while its reader is slow', async () => {
    const sink = new FakeSink()
    const screen = new PipeScreen(sink)
    expect(screen.show(() => Buffer.from('a'))).toBeUndefined()
    sink.hasRoom = false
    let isOver = false
    const waiting = screen.show(() => Buffer.from('b'))?.then(() => (isOver = true))
    await Promise.resolve()
    expect(isOver).toBe(false)
    sink.emit('drain')
    await waiting
    expect({ text: sink.text, isOver }).toEqual({ text: 'ab', isOver: true })
    expect(sink.listenerCount('drain')).toBe(0)
  })

  it('does not wait for a reader that has left', async () => {
    const sink = new FakeSink()
    sink.hasRoom = false
    const screen = new PipeScreen(sink)
    const waiting = screen.show(() => Buffer.from('a'))
    sink.destroyed = true
    sink.emit('close')
    await waiting
    await screen.show(() => Buffer.from('b'))
    expect(sink.text).toBe('ab')
  })

  it('is not written to for nothing', () => {
    const sink = new FakeSink()
    sink.hasRoom = false
    expect(new PipeScreen(sink).show(() => new Uint8Array())).toBeUndefined()
  })
})

describe('a terminal', () => {
  const { colors } = terminalOf({}, {})
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  function terminal(sink: Sink): TerminalScreen {
    return new TerminalScreen(sink, colors, () => Date.now())
  }

  it('shows what comes at once, such as two thousand retained messages', () => {
    const sink = new FakeSink()
    const screen = terminal(sink)
    for (let index = 0; index < 2_000; index += 1) screen.show(() => Buffer.from(`${index}\n`))
    vi.advanceTimersByTime(5_000)
    screen.close()
    expect(sink.text.split('\n')).toHaveLength(2_001)
    expect(sink.text).not.toContain('shown')
  })

  it('shows a sample of a flood, and tells each second how much came', () => {
    const sink = new FakeSink()
    const screen = terminal(sink)
    for (let second = 0; second < 3; second += 1) {
      for (let index = 0; index < 10_000; index += 1) screen.show(() => Buffer.from('x\n'))
      vi.advanceTimersByTime(1_000)
    }
    screen.close()
    expect(sink.text.match(/\d+,?\d* messages in a second, [\d,]+ of them shown/g)).toEqual([
      '10,000 messages in a second, 2,000 of them shown',
      '10,000 messages in a second, 100 of them shown',
      '10,000 messages in a second, 100 of them shown',
    ])
    expect(sink.text.match(/x\n/g)).toHaveLength(2_200)
    // The line is taken away by what comes behind it, and ended at the end.
    expect(sink.text.split('shown\r\u001b[2Kx\n')).toHaveLength(3)
    expect(sink.text.endsWith('shown\n')).toBe(true)
  })

  it('is shown at most a megabyte at once', () => {
    const sink = new FakeSink()
    const screen = terminal(sink)
    const large = Buffer.alloc(400_000, 'x')
    for (let index = 0; index < 10; index += 1) screen.show(() => large)
    expect(sink.text.length).toBe(1_200_000)
    screen.close()
  })

  it('is left alone while it does not take what it was given', () => {
    const sink = new FakeSink()
    const screen = terminal(sink)
    sink.hasRoom = false
    for (const text of ['a', 'b', 'c']) screen.show(() => Buffer.from(text))
    expect(sink.text).toBe('a')
    sink.hasRoom = true
    sink.emit('drain')
    screen.show(() => Buffer.from('d'))
    expect(sink.text).toBe('ad')
    screen.close()
  })

  it('keeps no timer after it is closed', () => {
    const screen = terminal(new FakeSink())
    screen.show(() => Buffer.from('x'))
    screen.close()
    expect(vi.getTimerCount()).toBe(0)
  })
})
