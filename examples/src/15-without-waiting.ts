// 15. Publishing without waiting. `publish` may be called again before the last message was
// acknowledged, and without a connection: what was accepted goes out in order, as fast as the
// broker allows, and each promise says when its own message is safe.

import { connect } from '@godwit/client'
import { begin, reconnected } from './lesson.ts'

const { url, wire, lineThatLoses, end } = await begin()

const subscriber = await connect(url, { clientId: 'subscriber', ...wire })
const messages = await subscriber.subscribe('count', { qos: 2 })

// The line of this one breaks at its first acknowledgement.
const publisher = await connect(url, { clientId: 'publisher', ...lineThatLoses('pubrec') })
let acknowledged = 0
const all = Array.from({ length: 10 }, async (_, index) => {
  await publisher.publish('count', String(index + 1), { qos: 2 })
  acknowledged++
})
console.log(`Ten messages were handed over, ${acknowledged} are acknowledged.`)
await reconnected(publisher)
await Promise.all(all)
console.log(`The line broke, there is another one, and ${acknowledged} are acknowledged.`)

const got: string[] = []
for await (const message of messages) {
  if (got.push(message.text()) === 10) break
}
const isInOrder = got.every((text, index) => text === String(index + 1))
console.log(`The subscriber has ${got.length}, ${isInOrder ? 'in order' : 'out of order'}.`)

await publisher.close()
await subscriber.close()
await end()
