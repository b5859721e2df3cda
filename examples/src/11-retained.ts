// 11. Retained messages. The broker keeps the last message of a topic that was published with
// RETAIN, for those who subscribe later: what the state is, not only how it changes. An empty one
// removes it.

import { connect } from '@godwit/client'
import { begin } from './lesson.ts'

const { url, wire, end } = await begin()

const lamp = await connect(url, { clientId: 'lamp', ...wire })
await lamp.publish('lamp/state', 'on', { retain: true, qos: 1 })
await lamp.publish('lamp/state', 'off', { retain: true, qos: 1 })
console.log('The lamp has said "on" and "off", before anybody listened.')

const switchboard = await connect(url, { clientId: 'switchboard', ...wire })
for await (const message of await switchboard.subscribe('lamp/state')) {
  const kind = message.retain ? 'retained' : 'live'
  console.log(`The switchboard gets "${message.text()}", ${kind}.`)
  if (message.text() === 'off') await lamp.publish('lamp/state', 'on again', { retain: true })
  else break
}

await lamp.publish('lamp/state', '', { retain: true, qos: 1 })
console.log('The lamp removes what is retained.')
const late = await switchboard.subscribe('lamp/state')
await lamp.publish('lamp/state', 'hello')
for await (const message of late) {
  console.log(`Who subscribes now gets nothing but what comes: "${message.text()}".`)
  break
}

await lamp.close()
await switchboard.close()
await end()
