/** Reading traces made by hand, and a real one where there is a strace. */
import { describe, expect, it } from 'vitest'
import { promptnessOf } from '../src/strace/promptness.ts'
import { parseTrace } from '../src/strace/trace.ts'
import { hasStrace, runTraced, TRACED_REQUESTS } from '../src/strace/traced-run.ts'
import { sourcesOrBuilt } from './broker-under-test.ts'

const EXCHANGE = { clientId: 'me', request: 3, answer: 4 }
const CONNECT = String.raw`7 1.0 read(23, "\x10\x02\x6d\x65", 65536) = 4`
const PUBLISH = String.raw`7 1.1 read(23, "\x32\x00", 65536) = 2`
const PUBACK = String.raw`7 1.9 write(23, "\x40\x02\x00\x01", 4) = 4`

describe('a trace', () => {
  it('tells calls that were interrupted from the others', () => {
    const calls = parseTrace(
      [
        '8 1.0 fdatasync(19 <unfinished ...>',
        String.raw`7 1.1 writev(23, [{iov_base="\x40\x02", iov_len=2}, {iov_base="\x01", iov_len=1}], 2) = 3`,
        '8 1.2 <... fdatasync resumed>) = 0',
        '7 1.3 read(23, 0x7ffc, 65536) = -1 EAGAIN (Resource temporarily unavailable)',
        '7 1.4 +++ exited with 0 +++',
      ].join('\n'),
    )
    expect(calls).toEqual([
      call('writev', 23, { data: [0x40, 2, 1], result: 3, begun: 1, ended: 1 }),
      call('fdatasync', 19, { data: [], result: 0, begun: 0, ended: 2 }),
      call('read', 23, { data: [], result: -1, begun: 3, ended: 3 }),
    ])
  })
})

describe('an answer', () => {
  it.each([
    ['a sync', ['8 1.2 fdatasync(19) = 0'], 1],
    [
      'a sync in two lines',
      ['8 1.2 fsync(19 <unfinished ...>', '8 1.3 <... fsync resumed>) = 0'],
      1,
    ],
    ['a sync that failed', ['8 1.2 fdatasync(19) = -1 EIO (Input/output error)'], 0],
    ['a sync that has not ended', ['8 1.2 fdatasync(19 <unfinished ...>'], 0],
    ['no sync', [], 0],
  ])('comes behind %s', (_, lines, synced) => {
    const calls = parseTrace([CONNECT, PUBLISH, ...lines, PUBACK].join('\n'))
    expect(promptnessOf(calls, EXCHANGE)).toEqual({ answers: 1, synced })
  })

  it('does not count a sync that began before the request was read', () => {
    const lines = [
      '8 1.0 fdatasync(19 <unfinished ...>',
      PUBLISH,
      '8 1.2 <... fdatasync resumed>) = 0',
    ]
    const calls = parseTrace([CONNECT, ...lines, PUBACK].join('\n'))
    expect(promptnessOf(calls, EXCHANGE)).toEqual({ answers: 1, synced: 0 })
  })

  it('is one on the connection of the client that asked', () => {
    const other = PUBACK.replace('23', '24')
    const calls = parseTrace([CONNECT, PUBLISH, other].join('\n'))
    expect(promptnessOf(calls, EXCHANGE)).toEqual({ answers: 0, synced: 0 })
  })
})

describe('the broker under strace', () => {
  it.skipIf(!hasStrace())('answers 50 of 50 times behind a sync', { timeout: 60_000 }, async () => {
    const { published, subscribed } = await runTraced(sourcesOrBuilt('fsync'))
    const all = { answers: TRACED_REQUESTS, synced: TRACED_REQUESTS }
    expect({ published, subscribed }).toEqual({ published: all, subscribed: all })
  })
})

function call(
  name: string,
  fd: number,
  rest: { data: readonly number[]; result: number; begun: number; ended: number },
): unknown {
  return { name, fd, ...rest, data: Buffer.from(rest.data) }
}
