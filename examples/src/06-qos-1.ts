// 6. QoS 1: at least once. The receiver acknowledges the message with a PUBACK; until then its
// sender keeps it, and sends it again on the next connection. If it was the PUBACK that was lost,
// the message arrives twice.

import { connect } from '@godwit/client'
import { begin } from './lesson.ts'

const { url, wire, lineThatLoses, end } = await begin()

const subscriber = await connect(url, { clientId: 'subscriber', ...wire })
const messages = await subscriber.subscribe('count', { qos: 2 })
const publisher = await connect(url, { clientId: 'publisher', ...lineThatLoses('puback') })

console.log('The publisher says "one", and the line breaks when the PUBACK is on its way.')
await publisher.publish('count', 'one', { qos: 1 })
console.log('The publisher has said it again, and has its PUBACK.')
await publisher.publish('count', 'two', { qos: 1 })

for await (const message of messages) {
  console.log(`The subscriber gets "${message.text()}".`)
  if (message.text() === 'two') break
}

await publisher.close()
await subscriber.close()
await end()
