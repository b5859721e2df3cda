// 12. The Will. A client can leave a message with the broker when it connects, to be published if
// it vanishes. One that says goodbye (DISCONNECT) takes it back.

import { connect } from '@godwit/client'
import { begin } from './lesson.ts'

const { url, wire, lineThatLoses, end } = await begin()

const watcher = await connect(url, { clientId: 'watcher', ...wire })
const states = await watcher.subscribe('state/+')

const polite = await connect(url, {
  clientId: 'polite',
  will: { topic: 'state/polite', payload: 'vanished' },
  ...wire,
})
await polite.publish('state/polite', 'here')
await polite.close()

const unlucky = await connect(url, {
  clientId: 'unlucky',
  will: { topic: 'state/unlucky', payload: 'vanished' },
  ...lineThatLoses('publish'),
  reconnect: false,
})
// The line breaks at the first message, and this client does not try again.
await unlucky.publish('state/unlucky', 'here')

for await (const message of states) {
  console.log(`${message.topic} is "${message.text()}"`)
  if (message.topic === 'state/unlucky') break
}

await watcher.close()
await end()
