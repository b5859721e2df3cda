// A recording played: in its order, at its times, in part, faster, again, and elsewhere.

import { describe, expect, it } from 'vitest'
import { VirtualClock } from '@godwit/transport/testing'
import { Pace } from '../../src/bench/pace.ts'
import type { PlacedLine, RecordedThing } from '../../src/recording/recording-reader.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import type { ReplayPlan } from '../../src/replay/replayer.ts'
import { mappedTopic, topicChange, topicPrefix } from '../../src/replay/topic-mapping.ts'
import { inVirtualTime } from '../bench/virtual-time.ts'

/** Messages at these times, and the end of the recording. */
const RECORDING = [thing(100, 'a'), thing(100, 'b'), thing(350, 'c'), thing(900, 'd'), end(1_000)]

describe('a replay', () => {
  it('publishes every message at its time, in the order of the recording', async () => {
    const { published } = await played({})
    expect(published).toEqual(['a at 100', 'b at 100', 'c at 350', 'd at 900'])
  })

  it.each([
    [2, ['a at 50', 'b at 50', 'c at 175', 'd at 450']],
    [0.5, ['a at 200', 'b at 200', 'c at 700', 'd at 1800']],
    [0, ['a at 0', 'b at 0', 'c at 0', 'd at 0']],
  ])('goes at speed %s', async (speed, expected) => {
    expect((await played({ speed })).published).toEqual(expected)
  })

  it('plays a part, which begins at once', async () => {
    const { published } = await played({ fromMs: 300, toMs: 899 })
    expect(published).toEqual(['c at 50'])
  })

  it('plays it again, each time as long as the recording is, or the part', async () => {
    const { published } = await played({ loops: 2, speed: 10 })
    expect(published.slice(4)).toEqual(['a at 110', 'b at 110', 'c at 135', 'd at 190'])
    const part = await played({ loops: 3, fromMs: 300, toMs: 500 })
    expect(part.published).toEqual(['c at 50', 'c at 250', 'c at 450'])
  })

  it('of nothing for ever is over', async () => {
    expect((await played({ loops: Infinity, fromMs: 5_000 })).published).toEqual([])
  })

  it('does not wait for the server: what is late stays alone', async () => {
    const slow = (clock: VirtualClock): Promise<void> =>
      new Promise((resolve) => clock.after(60_000, resolve))
    const { published, replayer } = await played({}, { publish: slow })
    expect(published).toEqual(['a at 100', 'b at 100', 'c at 350', 'd at 900'])
    expect(replayer.latestMs).toBe(0)
  })

  it('waits where too much is on its way, and says how late that made it', async () => {
    const slow = (clock: VirtualClock): Promise<void> =>
      new Promise((resolve) => clock.after(1_000, resolve))
    const { published, replayer } = await played({ underWayMax: 1 }, { publish: slow })
    expect(published).toEqual(['a at 100', 'b at 1100', 'c at 2100', 'd at 3100'])
    expect(replayer.latestMs).toBe(2_200)
    expect(replayer.messages).toBe(4)
  })

  it('ends with the first message that cannot be published', async () => {
    const publish = (): Promise<void> => Promise.reject(new Error('r.jsonl:2: not authorized'))
    await expect(played({}, { publish })).rejects.toThrow('r.jsonl:2: not authorized')
  })

  it('leaves out what nobody wants', async () => {
    const { published, replayer } = await played({}, { wanted: (topic) => topic > 'b' })
    expect(published).toEqual(['c at 350', 'd at 900'])
    expect(replayer.messages).toBe(2)
  })
})

describe('a topic', () => {
  it('begins otherwise if a change fits its first levels, and has the prefix in front', () => {
    const changes = [...topicChange('site/12=test/a', undefined), ...topicChange('site=other/', [])]
    expect(mappedTopic('site/12/t', changes, undefined)).toBe('test/a/t')
    expect(mappedTopic('site/12', changes, undefined)).toBe('test/a')
    expect(mappedTopic('site/123/t', changes, undefined)).toBe('other/123/t')
    expect(mappedTopic('elsewhere', changes, undefined)).toBe('elsewhere')
    expect(mappedTopic('site/1', changes, topicPrefix('replay/'))).toBe('replay/other/1')
  })

  it.each(['site', '=a', 'a=', 'a=b=c', 'a/#=b'])('cannot be changed by %s', (text) => {
    expect(() => topicChange(text, undefined)).toThrow('It is')
  })
})

interface Played {
  readonly published: readonly string[]
  readonly replayer: Replayer
}

interface Publishing {
  readonly publish?: (clock: VirtualClock) => Promise<unknown>
  readonly wanted?: (topic: string) => boolean
}

async function played(
  plan: Partial<ReplayPlan>,
  { publish = () => Promise.resolve(), wanted = () => true }: Publishing = {},
): Promise<Played> {
  const clock = new VirtualClock()
  const failure = new AbortController()
  const published: string[] = []
  const all = { speed: 1, loops: 1, fromMs: 0, toMs: Infinity, underWayMax: 1_000, ...plan }
  const replayer = new Replayer(all, {
    open: () => lines(),
    publish: ({ topic }) => {
      if (!wanted(topic)) return undefined
      published.push(`${topic} at ${clock.now()}`)
      return publish(clock)
    },
    pace: new Pace(clock, failure.signal, 0),
    failed: (error) => failure.abort(error),
  })
  await inVirtualTime(clock, replayer.run())
  return { published, replayer }
}

async function* lines(): AsyncGenerator<PlacedLine<RecordedThing>> {
  for (const [index, content] of RECORDING.entries()) yield { line: index + 2, content }
}

function thing(ms: number, topic: string): RecordedThing {
  const payload = new Uint8Array(0)
  return { kind: 'message', ms, topic, payload, qos: 0, retain: false, properties: {} }
}

function end(ms: number): RecordedThing {
  return { kind: 'event', ms, event: 'end', details: {} }
}
