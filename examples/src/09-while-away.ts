// 9. While a subscriber is away. With a session that lasts, the broker keeps for it what is
// published in the meantime: messages of QoS 1 and 2, in order. Those of QoS 0 it need not keep.

import { connect } from '@godwit/client'
import { begin } from './lesson.ts'

const { url, wire, end } = await begin()

const options = { clientId: 'subscriber', cleanStart: false, ...wire } as const
const before = await connect(url, options)
await before.subscribe('mail', { qos: 1 })
await before.close()
console.log('The subscriber has subscribed, and is gone.')

const publisher = await connect(url, { clientId: 'publisher', ...wire })
for (const [text, qos] of [
  ['a letter', 1],
  ['a leaflet', 0],
  ['a parcel', 2],
] as const) {
  await publisher.publish('mail', text, { qos })
  console.log(`The publisher sends ${text} at QoS ${qos}.`)
}

const after = await connect(url, options)
console.log('The subscriber is back.')
for await (const message of await after.subscribe('mail', { qos: 1 })) {
  console.log(`It gets ${message.text()} at QoS ${message.qos}.`)
  if (message.text() === 'a parcel') break
}

await after.close({ endSession: true })
await publisher.close()
await end()
