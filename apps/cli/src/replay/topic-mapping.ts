/** Where the messages of a recording are published: on their own topics, or on others. */
import { topicNameFault } from '@godwit/topic'
import { InvalidArgumentError } from 'commander'
import { decapitalized } from '../sentence.ts'

/** Topics that begin with these levels begin with others instead. */
export interface TopicChange {
  readonly from: string
  readonly to: string
}

/** Reads `from=to`, collected. */
export function topicChange(
  text: string,
  previous: readonly TopicChange[] | undefined,
): TopicChange[] {
  const [from = '', to = '', ...rest] = text.split('=')
  if (from === '' || to === '' || rest.length > 0) {
    throw new InvalidArgumentError('It is two beginnings of topics: from=to.')
  }
  return [...(previous ?? []), { from: levels(from), to: levels(to) }]
}

/** Reads the levels that topics get in front. */
export function topicPrefix(text: string): string {
  return levels(text)
}

/** The topic of a message in the replay: changed by the first change that fits, then prefixed. */
export function mappedTopic(
  topic: string,
  changes: readonly TopicChange[],
  prefix: string | undefined,
): string {
  const change = changes.find(({ from }) => topic === from || topic.startsWith(`${from}/`))
  const changed = change === undefined ? topic : change.to + topic.slice(change.from.length)
  return prefix === undefined ? changed : `${prefix}/${changed}`
}

/** Levels without the slash behind them. */
function levels(text: string): string {
  const topic = text.replace(/\/$/, '')
  const fault = topicNameFault(topic)
  if (fault === undefined) return topic
  throw new InvalidArgumentError(
    `It is the beginning of a topic, and ${decapitalized(fault.reason)}.`,
  )
}
