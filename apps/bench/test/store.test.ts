/** What the store benchmark reads and counts. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fileSystemName } from '../src/store/disk.ts'
import { parseDrainReport } from '../src/store/drain.ts'
import { faultsIn } from '../src/store/offline-fanout.ts'
import { cpuUsOf, memoryOf, numberAt, writtenBytesOf } from '../src/store/process-figures.ts'
import { type Bench, inRounds, samplesOf } from '../src/store/rounds.ts'
import { WHOLE } from '../src/store/scale.ts'
import { TemporaryFolder } from '../src/store/temporary-folder.ts'

const DRAINED = {
  broker_cpu_us_per_op: 2.5,
  drain_seconds: 0.25,
  queued_per_s: 30_000,
  subs: 1,
  sessions_present: 1,
  lost: 0,
  duplicated: 0,
  out_of_order: 0,
  foreign: 0,
  bad: 0,
  refused: 0,
  lost_connections: 0,
}

describe('parseDrainReport', () => {
  it('reads what the loader printed', () => {
    expect(parseDrainReport(`${JSON.stringify(DRAINED)}\n`)).toEqual({
      cpuUs: 2.5,
      seconds: 0.25,
      queuedPerSecond: 30_000,
      faults: [],
    })
  })

  it('finds fault with lost messages, and with a session that was not there', () => {
    const printed = JSON.stringify({ ...DRAINED, lost: 7, sessions_present: 0 })
    expect(parseDrainReport(printed).faults).toEqual(['lost 7', 'sessions absent 1'])
  })
})

describe('faultsIn', () => {
  it.each([
    [{ received: 50, duplicated: 0, absent: 0 }, []],
    [{ received: 48, duplicated: 1, absent: 3 }, ['lost 2', 'duplicated 1', 'sessions absent 3']],
  ])('finds in %o %o', (figures, faults) => {
    const numbers = new Map(Object.entries(figures))
    expect(faultsIn((name) => numbers.get(name) ?? NaN, 50)).toEqual(faults)
  })
})

describe('inRounds', () => {
  it('gives each its turn in another order, and leaves out what failed, with a warning', async () => {
    const order: string[] = []
    const lane = (name: string, figureOf: (round: number) => number) => ({
      name,
      run: async (round: number) => {
        order.push(name)
        return { figure: figureOf(round), faults: round === 1 ? ['lost 3'] : [] }
      },
    })
    const broken = (): number => {
      throw new Error('It ended')
    }
    const lanes = [lane('ours', (round) => 10 + round), lane('peer', broken)]
    const outcome = await inRounds('drain', bench(2), lanes)
    expect(order).toEqual(['ours', 'peer', 'peer', 'ours'])
    expect(samplesOf(outcome, lanes, ({ figure }) => figure)).toEqual([[10, 11], []])
    expect(outcome.warnings).toEqual([
      'peer, drain, round 1: no result: It ended',
      'peer, drain, round 2: no result: It ended',
      'ours, drain, round 2: lost 3',
    ])
  })

  it('stops when it is interrupted', async () => {
    const controller = new AbortController()
    const run = async (): Promise<never> => {
      controller.abort(new Error('Interrupted'))
      throw new Error('Killed')
    }
    const lanes = [{ name: 'ours', run }]
    const interrupted = inRounds('drain', { ...bench(5), signal: controller.signal }, lanes)
    await expect(interrupted).rejects.toThrow('Interrupted')
  })
})

describe('numberAt', () => {
  it('reads a line of the system, by its whole name', () => {
    const text = 'VmPeak:\t  999 kB\nVmRSS:\t  1234 kB\nwrite_bytes: 4096\n'
    expect(numberAt(text, 'VmRSS')).toBe(1_234)
    expect(numberAt(text, 'write_bytes')).toBe(4_096)
    expect(() => numberAt(text, 'Vm')).toThrow('The system does not say Vm of a process')
  })
})

describe('the figures of a process', () => {
  it.each(process.platform === 'linux' ? [process.pid] : [])('are those of %d', (pid) => {
    const { resident, residentPeak } = memoryOf(pid)
    expect(resident).toBeGreaterThan(10_000_000)
    expect(residentPeak).toBeGreaterThanOrEqual(resident)
    expect(cpuUsOf(pid)).toBeGreaterThan(1_000)
    expect(writtenBytesOf(pid)).toBeGreaterThanOrEqual(0)
  })
})

describe('fileSystemName', () => {
  it('names those that are often met, and numbers the rest', () => {
    expect([0xef53, 0x01021994, 0x1234].map(fileSystemName)).toEqual([
      'ext4',
      'tmpfs',
      'a file system of type 0x1234',
    ])
  })
})

describe('TemporaryFolder', () => {
  it('is gone afterwards, with what is in it', async () => {
    let path = ''
    {
      await using folder = await TemporaryFolder.make()
      path = folder.path
      await writeFile(join(path, 'data'), 'kept')
      expect(existsSync(path)).toBe(true)
    }
    expect(existsSync(path)).toBe(false)
  })
})

function bench(rounds: number): Bench {
  const nobody = { mosquitto: [], mosquittoInMemory: [], versions: {}, notes: [] }
  const { signal } = new AbortController()
  const shared = { loader: [], pinning: [], scale: WHOLE, signal }
  return { ...shared, rounds, field: { ...nobody, godwit: () => [] } }
}
