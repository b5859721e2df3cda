// 8. A session. What a client and the broker know of each other, subscriptions above all, is their
// session. It belongs to the Client Identifier and may outlive connections: `cleanStart: false`
// asks for the one that was there.

import { connect } from '@godwit/client'
import type { Client } from '@godwit/client'
import { begin } from './lesson.ts'

const { url, wire, end } = await begin()

const told: string[] = []
const options = {
  clientId: 'reader',
  cleanStart: false,
  // For what comes by subscriptions of an earlier life.
  unclaimed: (message: { text(): string }) => void told.push(message.text()),
  ...wire,
} as const

let reader = await connect(url, options)
console.log(`First connection: ${sessionOf(reader)}. It subscribes to "news".`)
await reader.subscribe('news', { qos: 1 })
await reader.close({ endSession: false })

reader = await connect(url, options)
console.log(`Second connection: ${sessionOf(reader)}. It does not subscribe.`)
await reader.publish('news', 'We are still subscribed.', { qos: 1 })
await reader.close({ endSession: true })
console.log(`It was told: ${told.join()} Then it ends the session.`)

reader = await connect(url, options)
console.log(`Third connection: ${sessionOf(reader)}.`)
await reader.close()
await end()

function sessionOf({ status }: Client): string {
  const isPresent = status.state === 'connected' && status.sessionPresent
  return isPresent ? 'the broker has kept the session' : 'the session is new'
}
