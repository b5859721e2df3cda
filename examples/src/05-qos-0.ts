// 5. QoS 0: at most once. The message is sent, and that is all: nobody says that it has arrived.
// What is on a line when it breaks is lost.

import { connect } from '@godwit/client'
import { begin, reconnected } from './lesson.ts'

const { url, wire, lineThatLoses, end } = await begin()

const subscriber = await connect(url, { clientId: 'subscriber', ...wire })
const messages = await subscriber.subscribe('count', { qos: 2 })
const publisher = await connect(url, { clientId: 'publisher', ...lineThatLoses('publish') })

await publisher.publish('count', 'one', { qos: 0 })
console.log('The publisher says "one". Nothing went wrong, as far as it knows.')
await reconnected(publisher)
console.log('But the line broke. The publisher has another one, and says "two".')
await publisher.publish('count', 'two', { qos: 0 })

for await (const message of messages) {
  console.log(`The subscriber gets "${message.text()}".`)
  if (message.text() === 'two') break
}

await publisher.close()
await subscriber.close()
await end()
