// 3. Topics. A Topic Name has levels, divided by "/". A Topic Filter may leave levels open: "+"
// stands for one whole level, "#" for all that follow, none included. Upper and lower case differ,
// and so do "home" and "/home".

import { connect } from '@godwit/client'
import { begin } from './lesson.ts'

const { url, wire, end } = await begin()

const FILTERS = ['home/kitchen/lamp', 'home/+/lamp', 'home/+', 'home/#', '+/kitchen/#', '/home/#']
const TOPICS = ['home', 'home/door', 'home/kitchen/lamp', 'home/hall/lamp', '/home/door']

const subscriber = await connect(url, { clientId: 'subscriber', ...wire })
const publisher = await connect(url, { clientId: 'publisher', ...wire })

for (const filter of FILTERS) {
  // Messages come in the order in which they were published, so "the end" comes last.
  const messages = await subscriber.subscribe([filter, 'the end'])
  for (const topic of [...TOPICS, 'the end']) await publisher.publish(topic, '')
  const matching: string[] = []
  for await (const { topic } of messages) {
    if (topic === 'the end') break
    matching.push(topic)
  }
  console.log(`${filter.padEnd(17)} matches ${matching.join(', ')}`)
}

await publisher.close()
await subscriber.close()
await end()
