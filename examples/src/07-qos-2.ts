// 7. QoS 2: exactly once. The receiver remembers which message it has (PUBREC) until its sender
// says that it will not send it again (PUBREL, PUBCOMP). So it may come again, and is known.

import { connect } from '@godwit/client'
import { begin } from './lesson.ts'

const { url, wire, lineThatLoses, end } = await begin()

const subscriber = await connect(url, { clientId: 'subscriber', ...wire })
const messages = await subscriber.subscribe('count', { qos: 2 })
const publisher = await connect(url, { clientId: 'publisher', ...lineThatLoses('pubrec') })

console.log('The publisher says "one", and the line breaks when the PUBREC is on its way.')
await publisher.publish('count', 'one', { qos: 2 })
console.log('The publisher has said it again, and the broker has known it again.')
await publisher.publish('count', 'two', { qos: 2 })

for await (const message of messages) {
  console.log(`The subscriber gets "${message.text()}".`)
  if (message.text() === 'two') break
}

await publisher.close()
await subscriber.close()
await end()
