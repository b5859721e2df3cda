// 1. Publish and subscribe. A message goes from one client to another through a broker. They do not
// know each other, and need not: they know the broker, and a topic.

import { connect } from '@godwit/client'
import { begin } from './lesson.ts'

const { url, wire, end } = await begin()

const subscriber = await connect(url, { clientId: 'subscriber', ...wire })
const messages = await subscriber.subscribe('greetings')
console.log('The subscriber asks the broker for what is published on "greetings".')

const publisher = await connect(url, { clientId: 'publisher', ...wire })
await publisher.publish('greetings', 'Hello, world!')
console.log('The publisher hands the broker a message on "greetings".')

for await (const message of messages) {
  console.log(`The subscriber gets "${message.text()}" on "${message.topic}".`)
  break
}

await publisher.close()
await subscriber.close()
await end()
