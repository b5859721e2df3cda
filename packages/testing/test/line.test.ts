// A line between two ends: how it breaks, goes still, and what it tells whom.

import { encode } from '@godwit/codec'
import type { Packet } from '@godwit/codec'
import type { Transport } from '@godwit/transport'
import { memoryPair } from '@godwit/transport/testing'
import type { MemoryTransport } from '@godwit/transport/testing'
import { describe, expect, it } from 'vitest'
import type { Line } from '../src/line.ts'
import { Lines } from '../src/lines.ts'
import { WorldClock } from '../src/world-clock.ts'

const CONNECT: Packet = {
  type: 'connect',
  version: 5,
  clientId: 'lamp',
  cleanStart: true,
  keepAlive: 0,
}

describe('a line', () => {
  it('carries bytes both ways, and knows who is there', async () => {
    const { client, line, lines, seen } = await laid()
    expect(line.remoteAddress).toBe('memory')
    line.write([bytes('to'), bytes('client')])
    client.write([bytes('to broker')])
    await line.settled()
    expect(seen).toEqual(['client: toclient', 'broker: to broker'])
    expect(lines.clientIds).toEqual(['lamp'])
    expect(lines.of('lamp').connection).toBe(1)
    expect(() => lines.of('lamb')).toThrow('No client "lamb" is connected: these are: lamp')
  })

  it('ends in order at either end', async () => {
    for (const side of ['client', 'broker'] as const) {
      const { client, line, lines, seen } = await laid()
      client.write([bytes('last')])
      if (side === 'client') client.close()
      else line.close()
      await line.settled()
      const ends = ['broker closed: undefined', 'client closed: undefined']
      expect(seen.filter((line) => line.includes('closed')).toSorted()).toEqual(ends)
      expect(seen.includes('broker: last')).toBe(side === 'client')
      expect(lines.clientIds).toEqual([])
      expect(line.write([bytes('late')])).toBe(false)
    }
  })

  it('pauses for the broker in the middle of what arrives', async () => {
    const { client, line, seen } = await laid()
    line.pause()
    client.write([bytes('one')])
    client.write([bytes('two')])
    client.close()
    await line.settled()
    expect(seen).toEqual([])
    line.resume()
    await line.settled()
    expect(seen.slice(0, 3)).toEqual(['broker: one', 'broker: two', 'broker closed: undefined'])
  })
})

describe('cut', () => {
  it('tells both ends, and loses what is under way', async () => {
    const { client, line, seen } = await laid()
    client.write([bytes('lost')])
    line.write([bytes('lost')])
    line.cut()
    await line.settled()
    const error = 'Error: The line was cut'
    expect(seen.toSorted()).toEqual([`broker closed: ${error}`, `client closed: ${error}`])
  })

  it.each(['client', 'broker'] as const)('comes after so many bytes of the %s', async (from) => {
    const { client, line, seen } = await laid()
    line.cutAfter(from, 3)
    const end = from === 'client' ? client : line
    end.write([bytes('ab'), bytes('cdef')])
    end.write([bytes('gh')])
    await line.settled()
    const reader = from === 'client' ? 'broker' : 'client'
    expect(seen.filter((line) => !line.includes('closed'))).toEqual([`${reader}: abc`])
    expect(seen.filter((line) => line.includes('cut'))).toHaveLength(2)
  })
})

it('does not break when that was disposed of', async () => {
  const { client, line, seen } = await laid()
  line.cutAfter('client', 3)[Symbol.dispose]()
  client.write([bytes('abcdef')])
  await line.settled()
  expect(seen).toEqual(['broker: abcdef'])
})

describe('freeze', () => {
  it('lets nothing through either way, nor the end, until it is thawed', async () => {
    const { client, line, seen } = await laid()
    freeze(line)
    client.write([bytes('up')])
    line.write([bytes('down')])
    client.close()
    await line.settled()
    expect(seen).toEqual(['client closed: undefined'])
    thaw(line)
    await line.settled()
    expect(seen.slice(1)).toEqual(['broker: up', 'broker closed: undefined'])
  })

  it('can be of one direction', async () => {
    const { client, line, seen } = await laid()
    line.freeze('broker')
    client.write([bytes('up')])
    line.write([bytes('down')])
    await line.settled()
    expect(seen).toEqual(['broker: up'])
    line.thaw('broker')
    line.thaw('broker')
    await line.settled()
    expect(seen).toEqual(['broker: up', 'client: down'])
  })

  it('makes the broker feel a reader that takes nothing, and drains when it is thawed', async () => {
    const { line, seen } = await laid()
    line.freeze('broker')
    expect(line.write([new Uint8Array(60_000)])).toBe(true)
    expect(line.write([new Uint8Array(10_000)])).toBe(false)
    expect(line.bufferedBytes).toBe(70_000)
    await line.settled()
    expect(seen).toEqual([])
    line.thaw('broker')
    await line.settled()
    expect(seen.at(-1)).toBe('broker drained')
    expect(line.bufferedBytes).toBe(0)
  })

  it('makes a client feel that nothing gets through', async () => {
    const { client, line, seen } = await laid()
    line.freeze('client')
    for (let count = 0; count < 4; count++) client.write([new Uint8Array(50_000)])
    await line.settled()
    expect(client.bufferedBytes).toBe(100_000)
    line.thaw('client')
    await line.settled()
    expect(client.bufferedBytes).toBe(0)
    expect(seen.at(-1)).toBe('client drained')
  })

  it('keeps the goodbye of the broker back, and gives the line up after a while', async () => {
    const { clock, line, seen } = await laid()
    freeze(line)
    line.write([bytes('goodbye')])
    line.close()
    await clock.pass(4_999)
    expect(seen).toEqual([])
    await clock.pass(1)
    expect(seen.toSorted()).toEqual(['broker closed: undefined', 'client closed: undefined'])
  })

  it('lets the goodbye of the broker through when it is thawed in time', async () => {
    const { line, seen } = await laid()
    freeze(line)
    line.write([bytes('goodbye')])
    line.close()
    thaw(line)
    await line.settled()
    expect(seen).toEqual([
      'client: goodbye',
      'client closed: undefined',
      'broker closed: undefined',
    ])
  })

  it.each(['close', 'destroy', 'cut'] as const)(
    'does not hold the broker up at %s, when the client is gone',
    async (how) => {
      const { client, line, seen } = await laid()
      freeze(line)
      client.destroy()
      await line.settled()
      expect(seen).toEqual(['client closed: undefined'])
      line[how]()
      await line.settled()
      const error = how === 'cut' ? 'Error: The line was cut' : 'undefined'
      expect(seen).toEqual(['client closed: undefined', `broker closed: ${error}`])
    },
  )
})

describe('to lose packets', () => {
  it('goes by client and by direction, and ends by itself or when told to', async () => {
    const { client, line, lines, seen } = await laid()
    const matches = ({ type, from }: { type: string; from: string }): boolean =>
      type === 'pingreq' && from === 'client'
    lines.lose({ clientId: 'lamp', matches, left: 1 })
    const other = lines.lose({ clientId: 'other', matches, left: 1 })
    const rest = lines.lose({ clientId: 'lamp', matches: ({ type }) => type === 'auth', left: 9 })
    const ping = encode({ type: 'pingreq' }, 5)
    client.write([ping, ping])
    await line.settled()
    expect(seen).toEqual(['broker: \u{c0}\0'])
    expect(lines.packets('lamp', 'pingreq').map(({ lost }) => lost)).toEqual([true, undefined])
    expect(lines.mayLose).toBe(true)
    for (const rule of [other, rest]) rule[Symbol.dispose]()
    expect(lines.mayLose).toBe(false)
  })
})

interface LaidLine {
  readonly clock: WorldClock
  readonly lines: Lines
  readonly client: MemoryTransport
  readonly line: Line & { settled(): Promise<void> }
  readonly seen: string[]
}

/** A line whose client has said CONNECT. */
async function laid(): Promise<LaidLine> {
  const clock = new WorldClock()
  const lines = new Lines(clock)
  const [client, end] = memoryPair(clock)
  const line = Object.assign(lines.lay(end), { settled: () => clock.settled() })
  const seen: string[] = []
  watch('client', client, seen)
  watch('broker', line, seen)
  client.write([encode(CONNECT, 5)])
  await clock.settled()
  seen.length = 0
  return { clock, lines, client, line, seen }
}

function watch(name: string, end: Transport, seen: string[]): void {
  end.onClose = (error) => seen.push(`${name} closed: ${String(error)}`)
  end.onDrain = () => seen.push(`${name} drained`)
  end.onData = (chunk) => seen.push(`${name}: ${Buffer.from(chunk).toString('latin1')}`)
}

function freeze(line: Line): void {
  for (const side of ['client', 'broker'] as const) line.freeze(side)
}

function thaw(line: Line): void {
  for (const side of ['client', 'broker'] as const) line.thaw(side)
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
