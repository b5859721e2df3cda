/** docs/observability.md has every metric and every topic below $SYS, and no others. */
import { readFileSync } from 'node:fs'
import { Broker } from '@godwit/broker'
import { VirtualClock } from '@godwit/transport/testing'
import { expect, it } from 'vitest'
import { Metrics } from '../src/index.ts'
import { statsWith } from './stats.ts'

const DOCUMENT = readFileSync(new URL('../../../docs/observability.md', import.meta.url), 'utf8')

it('the document has the name, type and labels of every metric on the page', async () => {
  using metrics = new Metrics({ stats: () => statsWith() })
  const { text } = await metrics.page()
  const documented = DOCUMENT.matchAll(/^\| `(\w+)` +\| (gauge|counter|histogram) +\|([^|]*)\|/gm)
  const rows = Array.from(documented, ([, name = '', type = '', labels = '']) => {
    const names = Array.from(labels.matchAll(/`(\w+)`/g), ([, label = '']) => label)
    return `${name} ${type} ${names.join()}`.trim()
  })
  const types = Array.from(text.matchAll(/^# TYPE (\w+) (\w+)$/gm))
  const shown = types.map(([, name = '', type = '']) => {
    const [, labels = ''] = text.match(new RegExp(`^${name}\\{(.*)\\} `, 'm')) ?? []
    const names = Array.from(labels.matchAll(/(?:^|,)(\w+)="/g), ([, label = '']) => label)
    return `${name} ${type} ${names.join()}`.trim()
  })
  expect(rows.toSorted()).toEqual(shown.toSorted())
})

it('the document has every reason for which a message is dropped', () => {
  for (const reason of Object.keys(statsWith().messagesDropped)) {
    expect(DOCUMENT).toContain(`\`${reason}\``)
  }
})

it('the document has every topic below $SYS that the broker publishes', async () => {
  const clock = new VirtualClock()
  await using broker = new Broker({ listeners: [], clock, version: '0.1.0' })
  await broker.start()
  const topics: string[] = []
  broker.subscribe('$SYS/broker/#', ({ topic }) => topics.push(topic.slice('$SYS/broker/'.length)))
  clock.advance(10_000)
  const known = new Set(
    Array.from(DOCUMENT.matchAll(/`([a-z_ -]+(?:\/[a-z_ -]+)*\/?)`/g), ([, name = '']) => name),
  )
  const missing = topics
    .map((topic) => topic.replace(/\/(?:1|5|15)min$/, ''))
    .filter((topic) => !known.has(topic) && !topic.startsWith('godwit/dropped/'))
  expect(topics.length).toBeGreaterThan(60)
  expect(missing).toEqual([])
})
