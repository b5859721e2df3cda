/** What the loader prints, and where it may run. */
import { describe, expect, it } from 'vitest'
import { parseCoreList } from '../src/broker/pinning.ts'
import { parseLoadReport, requireLoader } from '../src/loader.ts'

const GOOD = {
  delivered_per_s: 179_116.7657,
  acked_per_s: 179_100.5,
  loader_cpu_pct: 3.834821263,
  broker_cpu_us_per_op: 5.521282918,
  lost: 0,
  duplicated: 0,
  out_of_order: 0,
  foreign: 0,
  bad: 0,
  refused: 0,
  lost_connections: 0,
}

describe('parseLoadReport', () => {
  it('reads the last line that the loader printed', () => {
    expect(parseLoadReport(`warming up\n${JSON.stringify(GOOD)}\n`)).toEqual({
      brokerCpuUs: 5.521282918,
      deliveredPerSecond: 179_116.7657,
      acknowledgedPerSecond: 179_100.5,
      loaderCpuPercent: 3.834821263,
      faults: [],
    })
  })

  it('names everything that went wrong', () => {
    const report = parseLoadReport(JSON.stringify({ ...GOOD, lost: 3, out_of_order: 1 }))
    expect(report.faults).toEqual(['lost 3', 'out_of_order 1'])
  })

  it.each(['', 'connect failed', '[]', JSON.stringify({ ...GOOD, lost: undefined })])(
    'refuses %j, which is no report',
    (printed) => {
      expect(() => parseLoadReport(printed)).toThrow(/^The loader/)
    },
  )
})

describe('requireLoader', () => {
  it.each([undefined, 'no/such/loader'])('says what is needed when it is given %s', (path) => {
    expect(() => requireLoader(path)).toThrow(/gcc .* mqtt-load\.c\n.*--loader PATH/)
  })
})

describe('parseCoreList', () => {
  it('reads ranges and single cores', () => {
    expect(parseCoreList('0-2,5')).toEqual([0, 1, 2, 5])
    expect(parseCoreList('7')).toEqual([7])
    expect(parseCoreList('')).toEqual([])
  })
})
