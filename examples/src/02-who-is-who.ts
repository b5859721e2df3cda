// 2. Who is who. Publisher and subscriber are what a client is to a message: who says it first, who
// wants it. Sender and receiver are the two ends of one hop: a message makes two, and on the second
// the broker is the sender. Each hop has its own Packet Identifier and its own acknowledgement.

import { connect } from '@godwit/client'
import { begin } from './lesson.ts'

const { url, wire, end } = await begin({
  watch: (clientId, from, packet) => {
    if (packet.type !== 'publish' && packet.type !== 'puback') return
    const arrow = from === 'client' ? '-->' : '<--'
    const name = packet.packetId > 0 ? `${packet.type} ${packet.packetId}` : packet.type
    // A PUBLISH goes from the sender to the receiver; a PUBACK is the receiver's answer.
    const isSender = (from === 'client') === (packet.type === 'publish')
    const [sender, receiver] = isSender ? [clientId, 'broker'] : ['broker', clientId]
    const roles = `sender ${sender}, receiver ${receiver}`
    console.log(`    ${clientId} ${arrow} ${name.toUpperCase()}: ${roles}`)
  },
})

const ada = await connect(url, { clientId: 'ada', ...wire })
const bob = await connect(url, { clientId: 'bob', ...wire })

console.log('Bob is a subscriber, and Ada a publisher:')
const news = await bob.subscribe('news', { qos: 1 })
await ada.publish('news', 'It rains.', { qos: 1 })
for await (const message of news) {
  console.log(`Bob reads: ${message.text()}`)
  break
}

console.log('A client can be both, and gets what it says itself:')
const chat = await ada.subscribe('chat')
await ada.publish('chat', 'Is anybody there?')
for await (const message of chat) {
  console.log(`Ada reads: ${message.text()}`)
  break
}

await ada.close()
await bob.close()
await end()
