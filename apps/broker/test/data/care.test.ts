/** What is said about data that was checked or repaired. */
import { describe, expect, it } from 'vitest'
import type { CheckReport, RepairReport } from '@godwit/store-lmdb'
import { checkText, repairText } from '../../src/data/care.ts'

const CONTENTS = {
  directory: 'd',
  records: new Map([
    ['settings', 0],
    ['sessions', 2],
  ] as const),
  recordsKept: 2,
  recordsLost: 0,
  entriesKept: 7,
  entriesLost: 0,
  valuesMissing: 0,
  gaps: [],
  findings: [],
}
const SOUND: CheckReport = {
  ...CONTENTS,
  file: { kind: 'sound', pages: 9, freePages: 1, leakedPages: 0, bytes: 36_864 },
  isSound: true,
}
const LOSS = { kind: 'record', sentence: 'A record is not what was written' } as const

describe('a check', () => {
  it('says that all is well, and how much there is', () => {
    expect(checkText(SOUND)).toBe(
      ['d is sound', '  records   2 of sessions', '  messages  7', ''].join('\n'),
    )
  })

  it('says what is damaged, what is lost, and what to do', () => {
    const report: CheckReport = {
      ...SOUND,
      isSound: false,
      recordsLost: 1,
      file: { kind: 'damaged', place: 'page 3', sentence: 'its number is 4' },
      findings: [LOSS],
    }
    expect(checkText(report)).toBe(
      [
        'd is damaged',
        '  records   2 of sessions',
        '  messages  7',
        '  lost      1 records, 0 messages',
        '  file      page 3: its number is 4',
        '  lost      A record is not what was written',
        'godwit-broker data repair makes a store of what can be read, and keeps the damaged files',
        '',
      ].join('\n'),
    )
  })

  it('says where it cannot tell how much is lost', () => {
    const report = { ...SOUND, isSound: false, recordsLost: undefined, entriesLost: 4 }
    const line = '  lost      nobody knows how many records, 4 messages'
    expect(checkText(report).split('\n')).toContain(line)
  })

  it('does not show thousands of findings', () => {
    const findings = Array.from({ length: 23 }, () => LOSS)
    const text = checkText({ ...SOUND, isSound: false, findings })
    expect(text.split('\n').filter((line) => line.startsWith('  lost'))).toHaveLength(21)
    expect(text).toContain('  lost      ... and 3 more, which --json shows\n')
  })
})

describe('a repair', () => {
  const repaired: RepairReport = {
    ...CONTENTS,
    damagedFile: 'd/damaged-1/data.mdb',
    faults: [{ place: 'page 3', what: 'has the number 4' }],
    isNewest: false,
    staleValues: 5,
  }

  it('says where the damaged file is, and what may be missing', () => {
    expect(repairText(repaired)).toBe(
      [
        'd is repaired; what was damaged is kept in d/damaged-1/data.mdb',
        '  records   2 of sessions',
        '  messages  7',
        '  file      page 3 has the number 4',
        '  note      the newest state was not found: what came last may be lost',
        '  note      5 values that may be from the past were left out',
        '',
      ].join('\n'),
    )
  })

  it('says that there was nothing to do', () => {
    expect(repairText({ ...repaired, damagedFile: undefined })).toMatch(
      /^d is sound, and was left as it is\n/,
    )
  })
})
